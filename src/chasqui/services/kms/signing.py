"""GenerateMac, VerifyMac, Sign, Verify, GetPublicKey."""

from __future__ import annotations

import asyncio
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

from chasqui.base.call import Call
from chasqui.crypto.kms import errors
from chasqui.crypto.kms.documents import ENCRYPT_DECRYPT, SYMMETRIC
from chasqui.crypto.kms.keys import Key
from chasqui.services.kms import asymmetric
from chasqui.services.kms.crypt import require_algorithm, secret_of
from chasqui.services.kms.rules import end_of_dry_run, key_to_use
from chasqui.services.kms.service import Room
from chasqui.services.kms.specs import MAC, SIGN_VERIFY, SPECS
from chasqui.services.kms.types import (
    GenerateMacRequest,
    GenerateMacResponse,
    GetPublicKeyRequest,
    GetPublicKeyResponse,
    SignRequest,
    SignResponse,
    VerifyMacRequest,
    VerifyMacResponse,
    VerifyRequest,
    VerifyResponse,
)

_DIGESTS: Final[dict[str, hashes.HashAlgorithm]] = {
    "HMAC_SHA_224": hashes.SHA224(),
    "HMAC_SHA_256": hashes.SHA256(),
    "HMAC_SHA_384": hashes.SHA384(),
    "HMAC_SHA_512": hashes.SHA512(),
}


async def generate_mac(room: Room, call: Call, request: GenerateMacRequest) -> GenerateMacResponse:
    key = await key_to_use(room, call, request.KeyId)
    mac = _hmac(key, request, "GenerateMac").finalize()
    end_of_dry_run(request)
    return GenerateMacResponse(mac, request.MacAlgorithm, key.arn)


async def verify_mac(room: Room, call: Call, request: VerifyMacRequest) -> VerifyMacResponse:
    key = await key_to_use(room, call, request.KeyId)
    try:
        _hmac(key, request, "VerifyMac").verify(request.Mac or b"")
    except InvalidSignature:
        raise errors.refused("KMSInvalidMacException") from None
    end_of_dry_run(request)
    return VerifyMacResponse(key.arn, True, request.MacAlgorithm)


def _hmac(key: Key, request: GenerateMacRequest | VerifyMacRequest, operation: str) -> HMAC:
    key.require(MAC, operation)
    algorithm = request.MacAlgorithm or ""
    require_algorithm(key, MAC, algorithm)
    mac = HMAC(secret_of(key), _DIGESTS[algorithm])
    mac.update(request.Message or b"")
    return mac


async def sign(room: Room, call: Call, request: SignRequest) -> SignResponse:
    key = await key_to_use(room, call, request.KeyId)
    algorithm, digested = _signing(key, request, "Sign")
    message = request.Message or b""
    loop = asyncio.get_running_loop()
    signature = await loop.run_in_executor(None, asymmetric.sign, secret_of(key), algorithm, message, digested)
    end_of_dry_run(request)
    return SignResponse(key.arn, signature, algorithm)


async def verify(room: Room, call: Call, request: VerifyRequest) -> VerifyResponse:
    key = await key_to_use(room, call, request.KeyId)
    algorithm, digested = _signing(key, request, "Verify")
    message, signature = request.Message or b"", request.Signature or b""
    loop = asyncio.get_running_loop()
    valid = await loop.run_in_executor(None, asymmetric.verify, secret_of(key), algorithm, message, digested, signature)
    if not valid:
        raise errors.refused("KMSInvalidSignatureException")
    end_of_dry_run(request)
    return VerifyResponse(key.arn, True, algorithm)


def _signing(key: Key, request: SignRequest | VerifyRequest, operation: str) -> tuple[str, bool]:
    """The algorithm, and whether the message is a digest already."""
    key.require(SIGN_VERIFY, operation)
    algorithm = request.SigningAlgorithm or ""
    require_algorithm(key, SIGN_VERIFY, algorithm)
    kind = request.MessageType or "RAW"
    if kind not in ("RAW", "DIGEST"):
        raise errors.invalid(f"MessageType {kind} is not supported with algorithm {algorithm}.")
    if kind == "DIGEST" and len(request.Message or b"") != asymmetric.digest_of(algorithm).digest_size:
        raise errors.invalid(f"Digest is invalid length for algorithm {algorithm}.")
    return algorithm, kind == "DIGEST"


async def get_public_key(room: Room, call: Call, request: GetPublicKeyRequest) -> GetPublicKeyResponse:
    key = await key_to_use(room, call, request.KeyId)
    document = key.document
    if document.spec == SYMMETRIC or document.usage == MAC:
        raise errors.unsupported(f"{key.arn} is not an asymmetric KMS key.")
    key.require(document.usage, "GetPublicKey")
    loop = asyncio.get_running_loop()
    public = await loop.run_in_executor(None, asymmetric.public_key, secret_of(key))
    answer = GetPublicKeyResponse(key.arn, public, document.spec, document.spec, document.usage)
    algorithms = list(SPECS[document.spec].usages[document.usage])
    if document.usage == ENCRYPT_DECRYPT:
        answer.EncryptionAlgorithms = algorithms
    else:
        answer.SigningAlgorithms = algorithms
    return answer
