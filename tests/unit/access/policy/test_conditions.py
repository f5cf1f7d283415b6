"""Condition operators, one by one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.access.policy.asking import BOB, SESSION, allow, ask, deny, fulfils, identity

KEY = "sqs:Example"


@pytest.mark.parametrize(
    ("operator", "given", "value", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", "a*", "a*", True),
        ("StringNotEquals", "a", "A", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringEqualsIgnoreCase", "aB", "Ab", True),
        ("StringNotEqualsIgnoreCase", "aB", "Ab", False),
        ("StringLike", "a*c?", "abbcd", True),
        ("StringLike", "a*", "Ab", False),
        ("StringLike", "", "", True),
        ("StringNotLike", "a*", "ab", False),
        ("StringNotLike", "a*", "b", True),
        ("NumericEquals", "10", "10.0", True),
        ("NumericEquals", 10, "10", True),
        ("NumericNotEquals", "10", "11", True),
        ("NumericNotEquals", "10", "not a number", True),
        ("NumericLessThan", "10", "9", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "9", "10", True),
        ("NumericGreaterThan", "9", "not a number", False),
        ("NumericGreaterThanEquals", "10", "10", True),
        ("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", True),
        ("DateEquals", "2026-01-01T00:00:00Z", "1767225600", True),
        ("DateNotEquals", "2026-01-01", "2026-01-01T00:00:00Z", False),
        ("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59.999Z", True),
        ("DateLessThan", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", False),
        ("DateLessThanEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", True),
        ("DateGreaterThan", "1767225599", "2026-01-01T00:00:00Z", True),
        ("DateGreaterThanEquals", "2026", "2026-01-01T00:00:00Z", True),
        ("DateGreaterThanEquals", "2024-02-29", "2024-03-01", True),
        ("DateGreaterThan", "2024-02-29", "yesterday", False),
        ("Bool", "true", "True", True),
        ("Bool", True, "true", True),
        ("Bool", "false", "true", False),
        ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", True),
        ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "AAAA", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.255", True),
        ("IpAddress", "203.0.113.0/24", "203.0.114.0", False),
        ("IpAddress", "203.0.113.7", "203.0.113.7", True),
        ("IpAddress", "203.0.113.7", "::ffff:203.0.113.7", True),
        ("IpAddress", ["203.0.113.0/24", "2001:DB8:1234:5678::/64"], "2001:db8:1234:5678::1", True),
        ("IpAddress", "0.0.0.0/0", "::1", False),
        ("IpAddress", "0.0.0.0/0", "no address", False),
        ("NotIpAddress", "203.0.113.0/24", "203.0.113.255", False),
        ("NotIpAddress", ["10.0.0.0/8", "203.0.113.0/24"], "192.0.2.1", True),
        ("ArnEquals", "arn:aws:sns:*:1:t*", "arn:aws:sns:us-east-1:1:topic", True),
        ("ArnLike", "arn:aws:sns:us-east-?:1:topic", "arn:aws:sns:us-east-1:1:topic", True),
        ("ArnLike", "arn:aws:x:*:1:finance/*", "arn:aws:x:us-east-2:9:store/abc:1:finance/document.txt", False),
        ("StringLike", "arn:aws:x:*:1:finance/*", "arn:aws:x:us-east-2:9:store/abc:1:finance/document.txt", True),
        ("ArnLike", "arn:aws:sns:*", "arn:aws:sns:us-east-1:1:topic", False),
        ("ArnLike", "arn:aws:logs:*:1:log-group:*", "arn:aws:logs:us-east-1:1:log-group:a:b", True),
        ("ArnNotEquals", "arn:aws:sns:*:1:t*", "arn:aws:sns:us-east-1:1:topic", False),
        ("ArnNotLike", "arn:aws:sns:*:1:t*", "no arn", True),
    ],
)
def test_operators(operator: str, given: object, value: str, expected: bool) -> None:
    assert fulfils(operator, KEY, given, value) is expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", False),
        ("StringLike", False),
        ("StringNotEquals", True),
        ("StringNotLike", True),
        ("StringNotEqualsIgnoreCase", True),
        ("ArnNotLike", True),
        ("StringEqualsIfExists", True),
        ("StringNotEqualsIfExists", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringEqualsIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAllValues:StringNotEquals", True),
    ],
)
def test_a_key_that_the_request_lacks(operator: str, expected: bool) -> None:
    assert fulfils(operator, KEY, "a", None) is expected


@pytest.mark.parametrize(
    ("given", "values", "expected"),
    [
        ("true", None, True),
        ("false", None, False),
        ("true", "x", False),
        ("false", "x", True),
        (True, (), True),
        (["true", "false"], "x", True),
    ],
)
def test_null_asks_whether_a_key_is_there(given: object, values: Any, expected: bool) -> None:
    assert fulfils("Null", KEY, given, values) is expected


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("ForAllValues:StringEquals", ("a", "b"), True),
        ("ForAllValues:StringEquals", ("a", "c"), False),
        ("ForAllValues:StringEquals", (), True),
        ("ForAllValues:StringEquals", "", True),
        ("ForAllValues:StringNotEquals", ("c", "d"), True),
        ("ForAllValues:StringNotEquals", ("a", "d"), False),
        ("ForAllValues:StringLike", "a", True),
        ("ForAnyValue:StringEquals", ("a", "c"), True),
        ("ForAnyValue:StringEquals", ("c",), False),
        ("ForAnyValue:StringEquals", (), False),
        ("ForAnyValue:StringEquals", "", False),
        ("ForAnyValue:StringNotEquals", ("a", "c"), True),
        ("ForAnyValue:StringNotEquals", ("a", "b"), False),
        ("StringEquals", ("c", "a"), True),
        ("StringNotEquals", ("c", "a"), False),
    ],
)
def test_keys_with_several_values(operator: str, values: Any, expected: bool) -> None:
    assert fulfils(operator, KEY, ["a", "b"], values) is expected


def test_all_conditions_must_hold() -> None:
    condition = {"StringEquals": {"x:a": "1", "x:b": "2"}, "Bool": {"x:c": "true"}}
    policy = identity(allow(Condition=condition))
    holds = {"x:a": "1", "x:b": "2", "x:c": "true"}

    assert ask(BOB, (policy,), context=holds).allowed
    for key in holds:
        assert not ask(BOB, (policy,), context={**holds, key: "other"}).allowed


def test_keys_are_the_same_in_any_case() -> None:
    policy = identity(allow(Condition={"StringEquals": {"AWS:sourceACCOUNT": "1"}}))

    assert ask(BOB, (policy,), context={"aws:SourceAccount": "1"}).allowed


def test_an_empty_condition_holds() -> None:
    assert ask(BOB, (identity(allow(Condition={})),)).allowed


def test_a_condition_without_values_matches_nothing() -> None:
    assert not fulfils("StringEquals", KEY, [], "a")


def test_a_deny_under_a_negated_condition_denies_who_lacks_the_key() -> None:
    denial = identity(deny(Condition={"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}))

    assert not ask(BOB, (identity(allow()), denial)).allowed


def test_mfa_is_no_key_of_long_term_credentials() -> None:
    denial = identity(deny(Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}))
    strict = identity(deny(Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}))

    assert not ask(BOB, (identity(allow()), denial)).allowed
    assert ask(BOB, (identity(allow()), strict)).allowed
    assert not ask(SESSION, (identity(allow()), strict)).allowed
