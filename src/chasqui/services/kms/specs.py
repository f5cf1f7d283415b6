"""The key specs that there are: what keys of each may do, by which algorithms, and how their secret is made.

Source: KMS developer guide, "Key spec reference". What makes secrets of asymmetric keys is in `asymmetric.py`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from chasqui.crypto.kms.documents import ENCRYPT_DECRYPT, SYMMETRIC
from chasqui.services.kms.asymmetric import new_curve_key, new_rsa_key

SIGN_VERIFY: Final = "SIGN_VERIFY"
MAC: Final = "GENERATE_VERIFY_MAC"


class Spec(msgspec.Struct, frozen=True):
    """A key spec: the algorithms by usage, and what makes a secret. `slow` ones are made on a thread."""

    usages: Mapping[str, tuple[str, ...]]
    make: Callable[[], bytes]
    slow: bool = False


_RSA_SIGNING: Final = tuple(f"RSASSA_{way}_SHA_{bits}" for way in ("PKCS1_V1_5", "PSS") for bits in (256, 384, 512))
_RSA_ENCRYPTION: Final = ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")


def _rsa(bits: int) -> Spec:
    usages = {ENCRYPT_DECRYPT: _RSA_ENCRYPTION, SIGN_VERIFY: _RSA_SIGNING}
    return Spec(usages, lambda: new_rsa_key(bits), slow=True)


def _curve(name: str, digest_bits: int) -> Spec:
    return Spec({SIGN_VERIFY: (f"ECDSA_SHA_{digest_bits}",)}, lambda: new_curve_key(name))


def _hmac(bits: int) -> Spec:
    return Spec({MAC: (f"HMAC_SHA_{bits}",)}, lambda: os.urandom(bits // 8))


SPECS: Final[dict[str, Spec]] = {
    SYMMETRIC: Spec({ENCRYPT_DECRYPT: (SYMMETRIC,)}, lambda: os.urandom(32)),
    **{f"HMAC_{bits}": _hmac(bits) for bits in (224, 256, 384, 512)},
    **{f"RSA_{bits}": _rsa(bits) for bits in (2048, 3072, 4096)},
    "ECC_NIST_P256": _curve("ECC_NIST_P256", 256),
    "ECC_NIST_P384": _curve("ECC_NIST_P384", 384),
    "ECC_NIST_P521": _curve("ECC_NIST_P521", 512),
    "ECC_SECG_P256K1": _curve("ECC_SECG_P256K1", 256),
}


async def new_secret(spec: Spec) -> bytes:
    """A new key's secret: raw bytes, or PKCS #8 in DER for asymmetric ones."""
    if spec.slow:
        return await asyncio.get_running_loop().run_in_executor(None, spec.make)
    return spec.make()
