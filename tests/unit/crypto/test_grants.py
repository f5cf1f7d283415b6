"""Grants: whom they let in."""

from __future__ import annotations

import pytest

from chasqui.base.principal import Principal
from chasqui.crypto.kms.documents import Constraints
from chasqui.crypto.kms.grants import context_keys, context_of, met, names_of, new_token, read_token

SESSION = Principal(
    kind="role",
    account="000000000000",
    arn="arn:aws:sts::000000000000:assumed-role/clerk/bob",
    id="AROA:bob",
    issuer="arn:aws:iam::000000000000:role/clerk",
)


@pytest.mark.parametrize(
    ("constraints", "context", "expected"),
    [
        (None, {}, True),
        (Constraints(equals={"a": "1"}), {"a": "1"}, True),
        (Constraints(equals={"a": "1"}), {"a": "1", "b": "2"}, False),
        (Constraints(equals={"a": "1"}), {}, False),
        (Constraints(subset={"a": "1"}), {"a": "1", "b": "2"}, True),
        (Constraints(subset={"a": "1"}), {"a": "2"}, False),
    ],
)
def test_constraints_are_met_or_not(constraints: Constraints | None, context: dict[str, str], expected: bool) -> None:
    assert met(constraints, context) is expected


def test_a_roles_session_is_also_its_role() -> None:
    assert names_of(SESSION) == {SESSION.arn, SESSION.issuer}


def test_a_context_survives_as_condition_keys() -> None:
    assert context_of(context_keys({"a": "1", "b": "2"})) == {"a": "1", "b": "2"}
    assert context_of(context_keys(None)) == {}


def test_a_context_that_is_not_the_checks_own_is_left_out() -> None:
    merged = {**context_keys({"a": "1"}), "kms:EncryptionContextKeys": (), **context_keys(None)}

    assert context_of(merged) == {}


def test_a_token_names_its_grant() -> None:
    arn = "arn:aws:kms:us-east-1:000000000000:key/1"

    assert read_token(new_token(arn, "f00")) == (arn, "f00")
    assert new_token(arn, "f00") != new_token(arn, "f00")


@pytest.mark.parametrize("text", ["", "nonsense", "AAAA", "MXxhfGI="])
def test_what_is_no_token_is_none(text: str) -> None:
    assert read_token(text) is None
