"""Encrypt, Decrypt, ReEncrypt, the data keys, random bytes."""

from __future__ import annotations

import asyncio
import os
from typing import Final, NamedTuple

from chasqui.base.call import Call
from chasqui.crypto.kms import errors
from chasqui.crypto.kms.documents import ENCRYPT_DECRYPT, SYMMETRIC
from chasqui.crypto.kms.keys import Key
from chasqui.services.kms import asymmetric
from chasqui.services.kms.rules import end_of_dry_run, key_to_use, refuse_recipient
from chasqui.services.kms.service import Room
from chasqui.services.kms.specs import SPECS
from chasqui.services.kms.types import (
    DecryptRequest,
    DecryptResponse,
    EncryptRequest,
    EncryptResponse,
    GenerateDataKeyRequest,
    GenerateDataKeyResponse,
    GenerateDataKeyWithoutPlaintextRequest,
    GenerateDataKeyWithoutPlaintextResponse,
    GenerateRandomRequest,
    GenerateRandomResponse,
    ReEncryptRequest,
    ReEncryptResponse,
)

_DATA_KEY_BYTES: Final = {"AES_256": 32, "AES_128": 16}


class _Opened(NamedTuple):
    """What a ciphertext held, its key, and its backing key where the key has several."""

    key: Key
    clear: bytes
    material: str | None


async def encrypt(room: Room, call: Call, request: EncryptRequest) -> EncryptResponse:
    key = await key_to_use(room, call, request.KeyId)
    algorithm = request.EncryptionAlgorithm or SYMMETRIC
    blob, _ = await _seal(room, key, request.Plaintext or b"", request.EncryptionContext, algorithm, "Encrypt")
    end_of_dry_run(request)
    return EncryptResponse(blob, key.arn, algorithm)


async def decrypt(room: Room, call: Call, request: DecryptRequest) -> DecryptResponse:
    refuse_recipient(request)
    algorithm = request.EncryptionAlgorithm or SYMMETRIC
    blob, context = request.CiphertextBlob, request.EncryptionContext
    opened = await _open(room, call, request.KeyId, blob, context, algorithm, "Decrypt")
    end_of_dry_run(request)
    return DecryptResponse(opened.key.arn, opened.clear, algorithm, None, opened.material)


async def re_encrypt(room: Room, call: Call, request: ReEncryptRequest) -> ReEncryptResponse:
    before = request.SourceEncryptionAlgorithm or SYMMETRIC
    after = request.DestinationEncryptionAlgorithm or SYMMETRIC
    destination = await key_to_use(room, call, request.DestinationKeyId)
    opened = await _open(
        room, call, request.SourceKeyId, request.CiphertextBlob, request.SourceEncryptionContext, before, "ReEncrypt"
    )
    context = request.DestinationEncryptionContext
    blob, material = await _seal(room, destination, opened.clear, context, after, "ReEncrypt")
    end_of_dry_run(request)
    return ReEncryptResponse(blob, opened.key.arn, destination.arn, before, after, opened.material, material)


async def _seal(
    room: Room, key: Key, clear: bytes, context: dict[str, str] | None, algorithm: str, operation: str
) -> tuple[bytes, str | None]:
    key.require(ENCRYPT_DECRYPT, operation)
    _require_algorithm(key, algorithm)
    if algorithm == SYMMETRIC:
        return await room.vault.encrypt(key, clear, context or {}, operation)
    _refuse_context(context)
    most = asymmetric.encrypted_max(int(key.document.spec.removeprefix("RSA_")), algorithm)
    if len(clear) > most:
        raise errors.invalid(
            f"Algorithm {algorithm} and key spec {key.document.spec} cannot encrypt data larger than {most} bytes."
        )
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, asymmetric.encrypt, secret_of(key), algorithm, clear), None


async def _open(
    room: Room,
    call: Call,
    key_id: str | None,
    blob: bytes | None,
    context: dict[str, str] | None,
    algorithm: str,
    operation: str,
) -> _Opened:
    key = await key_to_use(room, call, key_id) if key_id else None
    if blob is None:
        raise errors.invalid("CiphertextBlob is required.")
    if algorithm == SYMMETRIC:
        if key is not None and key.document.spec != SYMMETRIC:
            raise errors.incorrect_key()
        return _Opened(*await room.vault.decrypt(call.region, blob, context or {}, key, operation))
    if key is None:
        raise errors.invalid("KeyId is required for asymmetric KMS keys.")
    key.require(ENCRYPT_DECRYPT, operation)
    _require_algorithm(key, algorithm)
    _refuse_context(context)
    loop = asyncio.get_running_loop()
    clear = await loop.run_in_executor(None, asymmetric.decrypt, secret_of(key), algorithm, blob)
    if clear is None:
        raise errors.invalid_ciphertext()
    return _Opened(key, clear, None)


def secret_of(key: Key) -> bytes:
    """The one secret of a key that does not rotate."""
    secret = key.material(key.current.id)
    assert secret is not None, "a key has its current backing key"
    return secret


def _require_algorithm(key: Key, algorithm: str) -> None:
    require_algorithm(key, ENCRYPT_DECRYPT, algorithm)


def require_algorithm(key: Key, usage: str, algorithm: str) -> None:
    """Raises `InvalidKeyUsageException` when keys of its spec do not know the algorithm."""
    if algorithm not in SPECS[key.document.spec].usages[usage]:
        raise errors.refused(
            "InvalidKeyUsageException", f"Algorithm {algorithm} is incompatible with key spec {key.document.spec}."
        )


def _refuse_context(context: dict[str, str] | None) -> None:
    if context:
        raise errors.invalid("EncryptionContext is not supported with asymmetric KMS keys.")


async def generate_data_key(room: Room, call: Call, request: GenerateDataKeyRequest) -> GenerateDataKeyResponse:
    refuse_recipient(request)
    key, (clear, blob, material) = await _data_key(room, call, request, "GenerateDataKey")
    return GenerateDataKeyResponse(blob, clear, key.arn, None, material)


async def generate_data_key_without_plaintext(
    room: Room, call: Call, request: GenerateDataKeyWithoutPlaintextRequest
) -> GenerateDataKeyWithoutPlaintextResponse:
    key, (_, blob, material) = await _data_key(room, call, request, "GenerateDataKeyWithoutPlaintext")
    return GenerateDataKeyWithoutPlaintextResponse(blob, key.arn, material)


async def _data_key(
    room: Room, call: Call, request: GenerateDataKeyRequest | GenerateDataKeyWithoutPlaintextRequest, operation: str
) -> tuple[Key, tuple[bytes, bytes, str]]:
    key = await key_to_use(room, call, request.KeyId)
    if (request.KeySpec is None) == (request.NumberOfBytes is None):
        raise errors.invalid("Please specify either number of bytes or key spec.")
    size = request.NumberOfBytes if request.KeySpec is None else _DATA_KEY_BYTES[request.KeySpec]
    assert size is not None, "one of the two was given"
    key.require(ENCRYPT_DECRYPT, operation)
    _require_algorithm(key, SYMMETRIC)
    made = await room.vault.generate_data_key(key, size, request.EncryptionContext or {}, operation)
    end_of_dry_run(request)
    return key, made


async def generate_random(room: Room, call: Call, request: GenerateRandomRequest) -> GenerateRandomResponse:
    refuse_recipient(request)
    if request.CustomKeyStoreId is not None:
        raise errors.unsupported("Custom key stores are not supported.")
    if request.NumberOfBytes is None:
        raise errors.invalid("NumberOfBytes is required.")
    return GenerateRandomResponse(os.urandom(request.NumberOfBytes))
