"""What can be done with a key in each state: the table of the developer guide ("Key states of AWS KMS keys")."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.kms.conftest import new_key, refusal

BOB = "arn:aws:iam::000000000000:user/bob"
MAC: dict[str, Any] = {"Message": b"x", "MacAlgorithm": "HMAC_SHA_256"}
# Operation, its parameters beside the key, whether it can be done with a disabled key and with one to be deleted.
OPERATIONS: list[tuple[str, dict[str, Any], bool, bool]] = [
    ("create_alias", {"AliasName": "alias/new"}, True, False),
    ("create_grant", {"GranteePrincipal": BOB, "Operations": ["DescribeKey"]}, False, False),
    ("describe_key", {}, True, True),
    ("disable_key", {}, True, False),
    ("disable_key_rotation", {}, False, False),
    ("enable_key", {}, True, False),
    ("enable_key_rotation", {}, False, False),
    ("encrypt", {"Plaintext": b"x"}, False, False),
    ("generate_data_key", {"KeySpec": "AES_256"}, False, False),
    ("generate_data_key_without_plaintext", {"KeySpec": "AES_256"}, False, False),
    ("get_key_policy", {}, True, True),
    ("get_key_rotation_status", {}, True, True),
    ("list_aliases", {}, True, True),
    ("list_grants", {}, True, True),
    ("list_key_policies", {}, True, True),
    ("list_resource_tags", {}, True, True),
    ("put_key_policy", {"Policy": ""}, True, True),
    ("rotate_key_on_demand", {}, False, False),
    ("schedule_key_deletion", {}, True, False),
    ("tag_resource", {"Tags": [{"TagKey": "a", "TagValue": "b"}]}, True, False),
    ("untag_resource", {"TagKeys": ["a"]}, True, False),
    ("update_key_description", {"Description": "new"}, True, False),
]


def attempt(kms: Any, operation: str, parameters: dict[str, Any], key: str) -> Any:
    if operation == "create_alias":
        return lambda: kms.create_alias(TargetKeyId=key, **parameters)
    if operation == "put_key_policy":
        parameters = {"Policy": kms.get_key_policy(KeyId=key)["Policy"]}
    return lambda: getattr(kms, operation)(KeyId=key, **parameters)


@pytest.mark.parametrize(
    ("operation", "parameters", "possible"), [(name, how, disabled) for name, how, disabled, _ in OPERATIONS]
)
def test_with_a_disabled_key(kms: Any, key: str, operation: str, parameters: dict[str, Any], possible: bool) -> None:
    kms.disable_key(KeyId=key)
    run = attempt(kms, operation, parameters, key)

    told = ("", "") if possible and run() else refusal(run)

    assert told == (("", "") if possible else ("DisabledException", f"{key} is disabled."))


@pytest.mark.parametrize(
    ("operation", "parameters", "possible"), [(name, how, pending) for name, how, _, pending in OPERATIONS]
)
def test_with_a_key_that_is_to_be_deleted(
    kms: Any, key: str, operation: str, parameters: dict[str, Any], possible: bool
) -> None:
    kms.schedule_key_deletion(KeyId=key)
    run = attempt(kms, operation, parameters, key)

    told = ("", "") if possible and run() else refusal(run)

    assert told == (("", "") if possible else ("KMSInvalidStateException", f"{key} is pending deletion."))


def test_an_alias_leaves_a_key_that_is_to_be_deleted_and_never_comes_to_one(kms: Any, key: str) -> None:
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    other = new_key(kms)
    kms.schedule_key_deletion(KeyId=key)

    kms.update_alias(AliasName="alias/mine", TargetKeyId=other)

    told = refusal(kms.update_alias, AliasName="alias/mine", TargetKeyId=key)
    assert told == ("KMSInvalidStateException", f"{key} is pending deletion.")


def test_a_mac_key_has_states_too(kms: Any) -> None:
    key = new_key(kms, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    kms.disable_key(KeyId=key)

    assert refusal(kms.generate_mac, KeyId=key, **MAC) == ("DisabledException", f"{key} is disabled.")
