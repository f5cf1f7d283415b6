"""Access keys: their secrets, their limits, whose they are, when they were used."""

from __future__ import annotations

import pytest

from chasqui.access.identity.documents import ACCESS_KEY, KEY_USE, AccessKeyDocument, KeyUse, decode, encode
from chasqui.access.identity.keys import open_secret
from chasqui.base.principal import Principal
from chasqui.store.port import Resource
from tests.unit.iam.support import ACCOUNT, NOW_MS, Iam


@pytest.fixture
def key(iam: Iam) -> str:
    """The id of a key of bob's."""
    iam("CreateUser", UserName="bob")
    return str(iam("CreateAccessKey", UserName="bob")["AccessKey"]["AccessKeyId"])


def test_a_new_key_is_active_and_shows_its_secret(iam: Iam) -> None:
    iam("CreateUser", UserName="Bob")

    created = iam("CreateAccessKey", UserName="bob")["AccessKey"]

    assert len(created["AccessKeyId"]) == 20
    assert len(created["SecretAccessKey"]) == 40
    assert (created["UserName"], created["Status"], created["CreateDate"]) == ("Bob", "Active", NOW_MS // 1000)


def test_a_secret_is_stored_sealed(iam: Iam) -> None:
    iam("CreateUser", UserName="bob")
    created = iam("CreateAccessKey", UserName="bob")["AccessKey"]

    stored = iam.run(iam.store.resource(ACCESS_KEY, "", created["AccessKeyId"]))

    assert created["SecretAccessKey"].encode() not in stored.document
    sealed = decode(AccessKeyDocument, stored).secret
    assert open_secret(iam.room.ring, created["AccessKeyId"], sealed) == created["SecretAccessKey"]


def test_a_listed_key_shows_no_secret(iam: Iam, key: str) -> None:
    assert iam("ListAccessKeys", UserName="bob")["AccessKeyMetadata"] == [
        {"UserName": "bob", "AccessKeyId": key, "Status": "Active", "CreateDate": NOW_MS // 1000}
    ]


def test_a_user_has_two_keys_at_most(iam: Iam, key: str) -> None:
    iam("CreateAccessKey", UserName="bob")

    assert iam.refusal("CreateAccessKey", UserName="bob") == (
        "LimitExceeded",
        "Cannot exceed quota for AccessKeysPerUser: 2",
    )


def test_a_key_is_switched_off_and_on(iam: Iam, key: str) -> None:
    def status() -> str:
        return str(iam("ListAccessKeys", UserName="bob")["AccessKeyMetadata"][0]["Status"])

    iam("UpdateAccessKey", UserName="bob", AccessKeyId=key, Status="Inactive")
    assert status() == "Inactive"
    iam("UpdateAccessKey", UserName="bob", AccessKeyId=key, Status="Active")
    assert status() == "Active"


def test_a_key_does_not_take_another_status(iam: Iam, key: str) -> None:
    assert iam.refusal("UpdateAccessKey", UserName="bob", AccessKeyId=key, Status="Expired")[0] == "ValidationError"


def test_another_users_key_is_not_found(iam: Iam, key: str) -> None:
    iam("CreateUser", UserName="ann")
    missing = ("NoSuchEntity", f"The Access Key with id {key} cannot be found.")

    assert iam.refusal("DeleteAccessKey", UserName="ann", AccessKeyId=key) == missing
    assert iam.refusal("UpdateAccessKey", UserName="ann", AccessKeyId=key, Status="Inactive") == missing


def test_a_user_that_names_nobody_has_its_own_keys(iam: Iam, key: str) -> None:
    iam.as_user("bob")

    iam("CreateAccessKey")

    assert len(iam("ListAccessKeys")["AccessKeyMetadata"]) == 2


def test_a_role_must_name_the_user(iam: Iam) -> None:
    iam.principal = Principal(kind="role", account=ACCOUNT, arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s", id="r:s")

    assert iam.refusal("CreateAccessKey") == (
        "ValidationError",
        "Must specify userName when calling with non-User credentials",
    )


def test_a_key_that_was_never_used_says_so(iam: Iam, key: str) -> None:
    assert iam("GetAccessKeyLastUsed", AccessKeyId=key) == {
        "UserName": "bob",
        "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"},
    }


def test_the_last_use_of_a_key_is_told(iam: Iam, key: str) -> None:
    use = encode(KeyUse(at_s=1234, region="eu-west-1", service="sqs"))
    iam.run(iam.store.transaction(lambda tx: tx.create(Resource(KEY_USE, "", key, use))))

    assert iam("GetAccessKeyLastUsed", AccessKeyId=key)["AccessKeyLastUsed"] == {
        "LastUsedDate": 1234,
        "ServiceName": "sqs",
        "Region": "eu-west-1",
    }


def test_a_deleted_key_leaves_nothing(iam: Iam, key: str) -> None:
    use = encode(KeyUse(at_s=1234, region="eu-west-1", service="sqs"))
    iam.run(iam.store.transaction(lambda tx: tx.create(Resource(KEY_USE, "", key, use))))

    iam("DeleteAccessKey", UserName="bob", AccessKeyId=key)

    assert iam.run(iam.store.resource(ACCESS_KEY, "", key)) is None
    assert iam.run(iam.store.resource(KEY_USE, "", key)) is None


def test_other_accounts_learn_nothing_of_a_key(iam: Iam, key: str) -> None:
    assert iam.refusal("GetAccessKeyLastUsed", AccessKeyId=key, account="444455556666")[0] == "NoSuchEntity"
