"""Keys that the caller decides."""

from __future__ import annotations

import msgspec
import pytest

from chasqui.access.policy.keys import PRINCIPAL_KEYS, is_constant, principal_value
from chasqui.base.principal import Principal
from tests.unit.access.policy.asking import ANYBODY, BOB, FEDERATED, OURS, ROLE_ARN, ROOT, S3, SESSION, fulfils


@pytest.mark.parametrize(
    ("principal", "arn", "kind", "user_id", "user_name"),
    [
        (ROOT, f"arn:aws:iam::{OURS}:root", "Account", OURS, None),
        (BOB, f"arn:aws:iam::{OURS}:user/bob", "User", "AIDABOBBOBBOBBOBBOBBO", "bob"),
        (SESSION, ROLE_ARN, "AssumedRole", "AROAWORKERWORKERWORKE:nightly", None),
        (FEDERATED, f"arn:aws:sts::{OURS}:federated-user/guest", "FederatedUser", f"{OURS}:guest", None),
        (S3, None, None, None, None),
        (ANYBODY, None, "Anonymous", None, None),
    ],
)
def test_what_kinds_of_callers_say_of_themselves(
    principal: Principal, arn: str | None, kind: str | None, user_id: str | None, user_name: str | None
) -> None:
    keys = ("aws:principalarn", "aws:principaltype", "aws:userid", "aws:username")

    assert [principal_value(principal, key) for key in keys] == [arn, kind, user_id, user_name]


def test_an_anonymous_callers_account_is_anonymous() -> None:
    assert principal_value(ANYBODY, "aws:principalaccount") == "anonymous"
    assert principal_value(BOB, "aws:principalaccount") == OURS


def test_services_say_that_they_are() -> None:
    assert principal_value(S3, "aws:principalisawsservice") == "true"
    assert principal_value(S3, "aws:principalservicename") == "s3.amazonaws.com"
    assert principal_value(S3, "aws:principalservicenameslist") == ("s3.amazonaws.com",)
    assert principal_value(BOB, "aws:principalisawsservice") == "false"


def test_temporary_credentials_say_when_they_were_issued() -> None:
    assert principal_value(SESSION, "aws:tokenissuetime") == "2026-01-01T00:00:00Z"
    assert principal_value(BOB, "aws:tokenissuetime") is None


def test_tags_are_found_in_any_case() -> None:
    tagged = msgspec.structs.replace(BOB, tags={"Team": "Blue"})

    assert fulfils("StringEquals", "aws:PrincipalTag/team", "Blue", None, tagged)


def test_claims_of_a_federated_identity_are_keys() -> None:
    claimed = msgspec.structs.replace(SESSION, claims={"accounts.google.com:sub": "42"})

    assert fulfils("StringEquals", "accounts.google.com:sub", "42", None, claimed)


def test_the_requests_own_value_comes_before_the_callers() -> None:
    assert fulfils("StringEquals", "aws:username", "carol", "carol")


@pytest.mark.parametrize("key", [*PRINCIPAL_KEYS, "aws:principaltag/team"])
def test_keys_of_the_caller_are_constant(key: str) -> None:
    assert is_constant(key)


@pytest.mark.parametrize("key", ["aws:sourceip", "aws:currenttime", "aws:multifactorauthage", "aws:requesttag/team"])
def test_keys_of_the_request_are_not_constant(key: str) -> None:
    assert not is_constant(key)
