"""KMS in the language of policies: resources, condition keys, and what no log may show."""

from __future__ import annotations

from typing import Any

import pytest

from chasqui.base.call import Call
from chasqui.base.principal import root_of
from chasqui.crypto.kms.blobs import seal_blob
from chasqui.services.kms import types
from chasqui.services.kms.actions import ACTIONS
from chasqui.services.kms.types import INPUTS

CALL = Call("000000000000", "us-east-1", root_of("000000000000"), "000000000000", "http://localhost")
HEAD = "arn:aws:kms:us-east-1:000000000000:"
KEY = f"{HEAD}key/1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
BLOB = seal_blob(KEY, "ab" * 32, bytes(32), b"hello", {})
SECRETS = {"Plaintext", "Mac", "Signature", "GrantToken", "GrantTokens", "Message"}


def resource(operation: str, **members: Any) -> str:
    return ACTIONS[operation].resource(CALL, INPUTS[operation](**members))


def context(operation: str, **members: Any) -> dict[str, Any]:
    find = ACTIONS[operation].context
    assert find is not None
    return dict(find(CALL, INPUTS[operation](**members)))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (KEY.partition("/")[2], KEY),
        (KEY, KEY),
        ("alias/mine", f"{HEAD}key/alias/mine"),
        (f"{HEAD}alias/mine", f"{HEAD}key/alias/mine"),
        (None, "*"),
    ],
)
def test_a_keys_name_becomes_its_arn(name: str | None, expected: str) -> None:
    assert resource("Encrypt", KeyId=name) == expected


def test_decrypting_is_about_the_key_that_the_ciphertext_names() -> None:
    assert resource("Decrypt", CiphertextBlob=BLOB) == KEY
    assert resource("Decrypt", CiphertextBlob=BLOB, KeyId="alias/mine") == f"{HEAD}key/alias/mine"
    assert resource("Decrypt", CiphertextBlob=b"nonsense") == "*"


def test_an_encryption_context_becomes_condition_keys() -> None:
    assert context("Encrypt", KeyId="alias/mine", EncryptionContext={"a": "1"}) == {
        "kms:CallerAccount": "000000000000",
        "kms:RequestAlias": "alias/mine",
        "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "kms:EncryptionContext:a": "1",
        "kms:EncryptionContextKeys": ("a",),
    }


def test_re_encrypting_needs_leave_at_both_keys() -> None:
    request = types.ReEncryptRequest(
        CiphertextBlob=BLOB, DestinationKeyId="alias/mine", DestinationEncryptionContext={"b": "2"}
    )
    action = ACTIONS["ReEncrypt"]
    assert action.also is not None

    (other,) = action.also(CALL, request)

    assert (action.name, action.resource(CALL, request)) == ("kms:ReEncryptFrom", KEY)
    assert (other.action, other.resource) == ("kms:ReEncryptTo", f"{HEAD}key/alias/mine")
    assert other.context["kms:EncryptionContextKeys"] == ("b",)


def test_an_alias_needs_leave_at_its_keys_too() -> None:
    request = types.UpdateAliasRequest(AliasName="alias/mine", TargetKeyId=KEY)
    action = ACTIONS["UpdateAlias"]
    assert action.also is not None

    assert action.resource(CALL, request) == f"{HEAD}alias/mine"
    assert [check.resource for check in action.also(CALL, request)] == [f"{HEAD}key/alias/mine", KEY]


@pytest.mark.parametrize("operation", sorted(ACTIONS))
def test_nothing_secret_is_logged(operation: str) -> None:
    answer = getattr(types, f"{operation}Response", None)
    members = {*INPUTS[operation].__struct_fields__, *(answer.__struct_fields__ if answer else ())}

    assert members & SECRETS <= {*ACTIONS[operation].hidden}
