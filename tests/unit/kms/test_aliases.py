"""Aliases."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.kms.conftest import new_key, refusal

ARN = "arn:aws:kms:us-east-1:000000000000:alias/mine"


@pytest.fixture
def alias(kms: Any, key: str) -> str:
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    return "alias/mine"


def test_an_alias_stands_for_its_key(kms: Any, key: str, alias: str) -> None:
    for name in (alias, ARN):
        assert kms.encrypt(KeyId=name, Plaintext=b"x")["KeyId"] == key


def test_an_alias_can_stand_for_another_key(kms: Any, key: str, alias: str) -> None:
    sealed = kms.encrypt(KeyId=alias, Plaintext=b"x")["CiphertextBlob"]
    other = new_key(kms)

    kms.update_alias(AliasName=alias, TargetKeyId=other)

    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"] == other
    assert kms.decrypt(CiphertextBlob=sealed)["KeyId"] == key
    assert refusal(kms.decrypt, CiphertextBlob=sealed, KeyId=alias)[0] == "IncorrectKeyException"


def test_a_deleted_alias_is_gone(kms: Any, alias: str) -> None:
    kms.delete_alias(AliasName=alias)

    expected = ("NotFoundException", f"Alias {ARN} is not found.")
    assert refusal(kms.describe_key, KeyId=alias) == expected
    assert refusal(kms.delete_alias, AliasName=alias) == expected


def test_aliases_are_listed_of_all_keys_or_of_one(kms: Any, key: str, alias: str) -> None:
    other = new_key(kms)
    kms.create_alias(AliasName="alias/other", TargetKeyId=other)

    everything = kms.list_aliases(Limit=1)
    of_one = kms.list_aliases(KeyId=other)["Aliases"]

    assert [each["AliasName"] for each in everything["Aliases"]] == ["alias/mine"]
    rest = kms.list_aliases(Marker=everything["NextMarker"])
    assert [each["AliasName"] for each in rest["Aliases"]] == ["alias/other"]
    assert [(each["AliasName"], each["TargetKeyId"]) for each in of_one] == [("alias/other", other.partition("/")[2])]


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        (
            "mine",
            "ValidationException",
            'Alias must start with the prefix "alias/". Please see'
            " https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
        ),
        ("alias/", "InvalidAliasNameException", "alias/ is not a valid alias name."),
        ("alias/aws/sqs", "NotAuthorizedException", ""),
        ("alias/mine", "AlreadyExistsException", f"An alias with the name {ARN} already exists"),
    ],
)
def test_a_name_that_can_not_be_is_refused(kms: Any, key: str, alias: str, name: str, code: str, message: str) -> None:
    assert refusal(kms.create_alias, AliasName=name, TargetKeyId=key) == (code, message)


def test_an_alias_stands_for_a_key_only(kms: Any, alias: str) -> None:
    expected = ("ValidationException", "Aliases must refer to keys. Not aliases")

    assert refusal(kms.create_alias, AliasName="alias/other", TargetKeyId=alias) == expected


def test_what_manages_a_key_takes_no_alias(kms: Any, alias: str) -> None:
    assert refusal(kms.disable_key, KeyId=alias) == ("NotFoundException", "Invalid keyId 'alias/mine'")
