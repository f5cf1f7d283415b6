"""Keys: what is created and shown, and the ways of a key's state."""

from __future__ import annotations

from typing import Any

import pytest

from chasqui.testing import TestServer
from tests.unit.kms.conftest import new_key, refusal


def test_a_new_key_looks_as_on_aws(kms: Any) -> None:
    made = kms.create_key(Description="test key 123")["KeyMetadata"]

    shown = kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]

    assert shown == made
    shown.pop("CreationDate")
    assert len(shown.pop("CurrentKeyMaterialId")) == 64
    assert shown == {
        "AWSAccountId": "000000000000",
        "Arn": f"arn:aws:kms:us-east-1:000000000000:key/{made['KeyId']}",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "Description": "test key 123",
        "Enabled": True,
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "KeyId": made["KeyId"],
        "KeyManager": "CUSTOMER",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyState": "Enabled",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "MultiRegion": False,
        "Origin": "AWS_KMS",
    }


@pytest.mark.parametrize(
    ("facts", "code", "message"),
    [
        (
            {"KeySpec": "HMAC_256"},
            "ValidationException",
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
        ),
        (
            {"KeySpec": "HMAC_256", "KeyUsage": "SIGN_VERIFY"},
            "ValidationException",
            "KeyUsage SIGN_VERIFY is not compatible with KeySpec HMAC_256",
        ),
        ({"Origin": "EXTERNAL"}, "UnsupportedOperationException", "Only keys of origin AWS_KMS are supported."),
        ({"MultiRegion": True}, "UnsupportedOperationException", "Multi-Region keys are not supported."),
        (
            {"KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY"},
            "UnsupportedOperationException",
            "Keys of spec SM2 are not supported.",
        ),
        ({"Tags": [{"TagKey": "a", "TagValue": ""}] * 2}, "TagException", "Duplicate tag keys"),
    ],
)
def test_a_key_that_can_not_be_is_refused(kms: Any, facts: dict[str, Any], code: str, message: str) -> None:
    assert refusal(kms.create_key, **facts) == (code, message)


def test_keys_are_listed_in_pages(kms: Any) -> None:
    made = {new_key(kms) for _ in range(5)}

    first = kms.list_keys(Limit=2)
    pages = kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2})

    assert first["Truncated"] is True
    assert {key["KeyArn"] for page in pages for key in page["Keys"]} == made
    assert refusal(kms.list_keys, Marker="*")[0] == "InvalidMarkerException"


def test_a_key_in_another_region_is_not_here(chasqui: TestServer, kms: Any, key: str) -> None:
    elsewhere = chasqui.client("kms", region_name="eu-west-1")
    key_id = key.partition("/")[2]

    missing = f"Key 'arn:aws:kms:eu-west-1:000000000000:key/{key_id}' does not exist"
    assert refusal(elsewhere.describe_key, KeyId=key_id) == ("NotFoundException", missing)
    assert refusal(elsewhere.describe_key, KeyId=key) == ("NotFoundException", "Invalid arn us-east-1")
    elsewhere.close()


def test_a_disabled_key_does_nothing_until_it_is_enabled(kms: Any, key: str) -> None:
    kms.disable_key(KeyId=key)

    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"x") == ("DisabledException", f"{key} is disabled.")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    kms.enable_key(KeyId=key)
    assert kms.encrypt(KeyId=key, Plaintext=b"x")["KeyId"] == key


def test_a_key_scheduled_for_deletion_goes_when_its_days_are_over(chasqui: TestServer, kms: Any, key: str) -> None:
    chasqui.clock.freeze()
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    told = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    chasqui.clock.advance(days=6, hours=23)

    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    refused = refusal(kms.encrypt, KeyId=key, Plaintext=b"x")
    chasqui.clock.advance(hours=1)

    assert (told["KeyId"], told["KeyState"], told["PendingWindowInDays"]) == (key, "PendingDeletion", 7)
    assert (shown["KeyState"], shown["Enabled"], shown["DeletionDate"]) == (
        "PendingDeletion",
        False,
        told["DeletionDate"],
    )
    assert refused == ("KMSInvalidStateException", f"{key} is pending deletion.")
    assert kms.list_keys()["Keys"] == []
    assert kms.list_aliases()["Aliases"] == []
    assert refusal(kms.describe_key, KeyId=key) == ("NotFoundException", f"Key '{key}' does not exist")


def test_a_deletion_can_be_cancelled(kms: Any, key: str) -> None:
    kms.schedule_key_deletion(KeyId=key)

    kms.cancel_key_deletion(KeyId=key)

    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    refused = ("KMSInvalidStateException", f"{key} is not pending deletion.")
    assert refusal(kms.cancel_key_deletion, KeyId=key) == refused


@pytest.mark.parametrize("days", [6, 31])
def test_the_waiting_period_has_bounds(kms: Any, key: str, days: int) -> None:
    assert refusal(kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=days)[0] == "ValidationException"


def test_a_description_can_be_changed(kms: Any, key: str) -> None:
    kms.update_key_description(KeyId=key, Description="new")

    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == "new"


def test_keys_that_aws_manages_are_used_and_not_changed(kms: Any) -> None:
    key = kms.describe_key(KeyId="alias/aws/sqs")["KeyMetadata"]

    assert key["KeyManager"] == "AWS"
    assert kms.encrypt(KeyId="alias/aws/sqs", Plaintext=b"x")["KeyId"] == key["Arn"]
    assert refusal(kms.disable_key, KeyId=key["KeyId"])[0] == "AccessDeniedException"
    assert refusal(kms.schedule_key_deletion, KeyId=key["KeyId"])[0] == "AccessDeniedException"


def test_an_emptied_server_has_forgotten_its_keys(chasqui: TestServer, kms: Any, key: str) -> None:
    managed = kms.describe_key(KeyId="alias/aws/sqs")["KeyMetadata"]["Arn"]

    chasqui.reset()

    assert refusal(kms.describe_key, KeyId=key)[0] == "NotFoundException"
    assert kms.describe_key(KeyId="alias/aws/sqs")["KeyMetadata"]["Arn"] != managed


def test_tags_are_added_replaced_and_removed(kms: Any) -> None:
    key = new_key(kms, Tags=[{"TagKey": "a", "TagValue": "1"}, {"TagKey": "b", "TagValue": "2"}])

    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "a", "TagValue": "3"}, {"TagKey": "c", "TagValue": "4"}])
    kms.untag_resource(KeyId=key, TagKeys=["b", "none"])

    shown = kms.list_resource_tags(KeyId=key)
    assert shown["Tags"] == [{"TagKey": "a", "TagValue": "3"}, {"TagKey": "c", "TagValue": "4"}]
    assert shown["Truncated"] is False


def test_a_key_policy_is_the_default_until_it_is_replaced(kms: Any, key: str) -> None:
    default = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]

    policy = default.replace("key-default-1", "mine")
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)

    assert '"Sid" : "Enable IAM User Permissions"' in default
    assert kms.get_key_policy(KeyId=key)["Policy"] == policy
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]
    assert refusal(kms.get_key_policy, KeyId=key, PolicyName="other") == ("NotFoundException", "No such policy exists")


def test_a_policy_that_locks_its_owner_out_is_refused_unless_it_is_meant(kms: Any, key: str) -> None:
    policy = kms.get_key_policy(KeyId=key)["Policy"].replace("kms:*", "kms:Encrypt")

    message = "The new key policy will not allow you to update the key policy in the future."
    expected = ("MalformedPolicyDocumentException", message)
    assert refusal(kms.put_key_policy, KeyId=key, Policy=policy) == expected
    assert refusal(kms.create_key, Policy=policy) == expected
    kms.put_key_policy(KeyId=key, Policy=policy, BypassPolicyLockoutSafetyCheck=True)
    assert kms.get_key_policy(KeyId=key)["Policy"] == policy


@pytest.mark.parametrize("policy", ["{", "{}", '{"Version":"2012-10-17","Statement":[{"Effect":"Perhaps"}]}'])
def test_what_is_no_policy_is_refused(kms: Any, key: str, policy: str) -> None:
    assert refusal(kms.put_key_policy, KeyId=key, Policy=policy)[0] == "MalformedPolicyDocumentException"
