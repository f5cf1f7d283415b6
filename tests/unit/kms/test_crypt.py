"""Encrypt, Decrypt, ReEncrypt, data keys, random bytes."""

from __future__ import annotations

from typing import Any

import pytest

from chasqui.testing import TestServer
from tests.unit.kms.conftest import new_key, refusal

CONTEXT = {"department": "payroll"}


@pytest.fixture
def sealed(kms: Any, key: str) -> bytes:
    return bytes(kms.encrypt(KeyId=key, Plaintext=b"hello", EncryptionContext=CONTEXT)["CiphertextBlob"])


def test_what_was_encrypted_is_decrypted(kms: Any, key: str, sealed: bytes) -> None:
    told = kms.decrypt(CiphertextBlob=sealed, EncryptionContext=CONTEXT)

    assert (told["KeyId"], told["Plaintext"], told["EncryptionAlgorithm"]) == (key, b"hello", "SYMMETRIC_DEFAULT")


@pytest.mark.parametrize("context", [{}, {"department": "sales"}, {**CONTEXT, "more": "x"}])
def test_another_context_does_not_decrypt(kms: Any, sealed: bytes, context: dict[str, str]) -> None:
    told = refusal(kms.decrypt, CiphertextBlob=sealed, EncryptionContext=context)

    assert told == ("InvalidCiphertextException", "")


@pytest.mark.parametrize("blob", [b"nonsense", b"\x01", b"\x01\x02ab"])
def test_what_is_no_ciphertext_is_told(kms: Any, blob: bytes) -> None:
    assert refusal(kms.decrypt, CiphertextBlob=blob)[0] == "InvalidCiphertextException"


def test_a_ciphertext_of_another_key_is_told(kms: Any, sealed: bytes) -> None:
    told = refusal(kms.decrypt, CiphertextBlob=sealed, EncryptionContext=CONTEXT, KeyId=new_key(kms))

    message = "The key ID in the request does not identify a CMK that can perform this operation."
    assert told == ("IncorrectKeyException", message)


def test_a_ciphertext_of_another_region_is_told_as_one_of_no_key(chasqui: TestServer, sealed: bytes) -> None:
    elsewhere = chasqui.client("kms", region_name="eu-west-1")

    code, message = refusal(elsewhere.decrypt, CiphertextBlob=sealed, EncryptionContext=CONTEXT)

    assert code == "AccessDeniedException"
    assert message.startswith("The ciphertext refers to a customer master key that does not exist, ")
    elsewhere.close()


def test_a_ciphertext_moves_to_another_key_and_context(kms: Any, key: str, sealed: bytes) -> None:
    other = new_key(kms)

    moved = kms.re_encrypt(CiphertextBlob=sealed, SourceEncryptionContext=CONTEXT, DestinationKeyId=other)

    assert (moved["SourceKeyId"], moved["KeyId"]) == (key, other)
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == b"hello"


@pytest.mark.parametrize(
    ("how", "size"), [({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 7}, 7)]
)
def test_a_data_key_comes_in_both_forms(kms: Any, key: str, how: dict[str, Any], size: int) -> None:
    made = kms.generate_data_key(KeyId=key, EncryptionContext=CONTEXT, **how)
    hidden = kms.generate_data_key_without_plaintext(KeyId=key, EncryptionContext=CONTEXT, **how)

    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=CONTEXT)["Plaintext"]
    assert made["Plaintext"] == opened
    assert len(opened) == size
    assert "Plaintext" not in hidden
    assert len(kms.decrypt(CiphertextBlob=hidden["CiphertextBlob"], EncryptionContext=CONTEXT)["Plaintext"]) == size


@pytest.mark.parametrize("how", [{}, {"KeySpec": "AES_256", "NumberOfBytes": 32}])
def test_a_data_key_has_one_size(kms: Any, key: str, how: dict[str, Any]) -> None:
    told = refusal(kms.generate_data_key, KeyId=key, **how)

    assert told == ("ValidationException", "Please specify either number of bytes or key spec.")


def test_too_much_to_encrypt_is_told(kms: Any, key: str) -> None:
    told = refusal(kms.encrypt, KeyId=key, Plaintext=bytes(4097))

    assert told == (
        "ValidationException",
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less"
        " than or equal to 4096",
    )


def test_a_dry_run_does_nothing(kms: Any, key: str) -> None:
    told = refusal(kms.encrypt, KeyId=key, Plaintext=b"x", DryRun=True)

    assert told == ("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")


def test_random_bytes_are_as_many_as_wanted(kms: Any) -> None:
    one, other = (kms.generate_random(NumberOfBytes=44)["Plaintext"] for _ in range(2))

    assert len(one) == len(other) == 44
    assert one != other
    assert refusal(kms.generate_random) == ("ValidationException", "NumberOfBytes is required.")


def test_rotation_keeps_old_ciphertexts_readable(chasqui: TestServer, kms: Any, key: str, sealed: bytes) -> None:
    chasqui.clock.freeze()
    kms.enable_key_rotation(KeyId=key)
    chasqui.clock.advance(days=365)
    newer = kms.encrypt(KeyId=key, Plaintext=b"hello", EncryptionContext=CONTEXT)["CiphertextBlob"]

    opened = [kms.decrypt(CiphertextBlob=each, EncryptionContext=CONTEXT) for each in (sealed, newer)]

    assert [each["Plaintext"] for each in opened] == [b"hello", b"hello"]
    assert opened[0]["KeyMaterialId"] != opened[1]["KeyMaterialId"]
    assert [each["RotationType"] for each in kms.list_key_rotations(KeyId=key)["Rotations"]] == ["AUTOMATIC"]


def test_the_rotation_status_tells_when(chasqui: TestServer, kms: Any, key: str) -> None:
    now_ms = chasqui.clock.freeze()
    before = kms.get_key_rotation_status(KeyId=key)
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)

    shown = kms.get_key_rotation_status(KeyId=key)
    kms.disable_key_rotation(KeyId=key)

    assert before["KeyRotationEnabled"] is False
    assert (shown["KeyRotationEnabled"], shown["RotationPeriodInDays"]) == (True, 90)
    assert round(shown["NextRotationDate"].timestamp() * 1000) == now_ms + 90 * 86_400_000
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False


def test_a_key_rotates_on_demand(kms: Any, key: str) -> None:
    first = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]

    assert kms.rotate_key_on_demand(KeyId=key)["KeyId"] == key

    rotations = kms.list_key_rotations(KeyId=key)["Rotations"]
    everything = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert [(each["RotationType"], each["KeyMaterialState"]) for each in rotations] == [("ON_DEMAND", "CURRENT")]
    assert everything[0]["KeyMaterialId"] == first
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"] == rotations[0]["KeyMaterialId"] != first


def test_only_symmetric_keys_rotate(kms: Any) -> None:
    key = new_key(kms, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")

    assert refusal(kms.enable_key_rotation, KeyId=key)[0] == "UnsupportedOperationException"
