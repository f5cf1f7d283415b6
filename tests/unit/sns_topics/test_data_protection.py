"""What data protection policies do to messages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chasqui.services.sns.topics.data_protection import Denied, accept, protection

PUBLISHER = "arn:aws:iam::000000000000:user/ana"


def policy(operation: dict[str, Any], *identifiers: str, principal: str = "*") -> str:
    statement = {
        "Sid": "one",
        "DataDirection": "Inbound",
        "Principal": [principal],
        "DataIdentifier": [f"arn:aws:dataprotection::aws:data-identifier/{each}" for each in identifiers],
        "Operation": operation,
    }
    return accept(json.dumps({"Version": "2021-06-01", "Statement": [statement]}))


def applied(text: str, operation: dict[str, Any], *identifiers: str, principal: str = "*") -> str:
    return protection(policy(operation, *identifiers, principal=principal)).apply(text, PUBLISHER)


MASK = {"Deidentify": {"MaskConfig": {"MaskWithCharacter": "*"}}}
REDACT: dict[str, Any] = {"Deidentify": {"RedactConfig": {}}}
DENY: dict[str, Any] = {"Deny": {}}


@pytest.mark.parametrize(
    ("identifier", "text", "found"),
    [
        ("EmailAddress", "write to ana.b+c@mail.example.com, please", "ana.b+c@mail.example.com"),
        ("IpAddress", "from 192.168.0.1 it came", "192.168.0.1"),
        ("IpAddress", "from 2001:db8::1 it came", "2001:db8::1"),
        ("CreditCardNumber", "paid with 4111 1111 1111 1111!", "4111 1111 1111 1111"),
        ("CreditCardNumber", '{"card":"5555555555554444"}', "5555555555554444"),
    ],
)
def test_what_is_found_is_masked_taken_out_or_denied(identifier: str, text: str, found: str) -> None:
    assert applied(text, MASK, identifier) == text.replace(found, "*" * len(found))
    assert applied(text, REDACT, identifier) == text.replace(found, "")
    with pytest.raises(Denied, match="one"):
        applied(text, DENY, identifier)


@pytest.mark.parametrize(
    ("identifier", "text"),
    [
        ("EmailAddress", "me @ home, you@home"),
        ("IpAddress", "version 1.2.3.4.5, time 12:30, 300.1.1.1, face"),
        ("CreditCardNumber", "4111 1111 1111 1112, order 12345678901234567890123"),
    ],
)
def test_what_only_looks_like_it_is_left(identifier: str, text: str) -> None:
    assert applied(text, DENY, identifier) == text


def test_a_statement_may_be_about_one_publisher() -> None:
    other = "arn:aws:iam::000000000000:user/bea"

    assert applied("a@b.example", REDACT, "EmailAddress", principal=other) == "a@b.example"
    assert applied("a@b.example", REDACT, "EmailAddress", principal=PUBLISHER) == ""


@pytest.mark.parametrize("text", ["a@" * 20_000, "1" * 40_000, ":" * 40_000, "a" * 40_000 + "@", "1.1" * 10_000])
def test_hostile_texts_are_gone_through_once(text: str) -> None:
    for identifier in ("EmailAddress", "IpAddress", "CreditCardNumber"):
        assert isinstance(applied(text, MASK, identifier), str)
