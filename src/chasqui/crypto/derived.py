"""The key ring of a secret: for servers that are given their master key in the environment instead of in files.

The key is derived with a salt that belongs to the database, so that one secret gives every database another key.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from chasqui.base.errors import SettingsError
from chasqui.crypto.keyring import KEY_BYTES, KeyRing

_PASSPHRASE_MIN: Final = 16
_INFO: Final = b"chasqui key ring 1"
# OWASP's recommendation for scrypt: 2^17, 8, 1 (128 MiB for the fifth of a second that it takes).
_COST, _BLOCK, _LANES = 2**17, 8, 1


def secret_ring(secret: str, salt: bytes) -> KeyRing:
    """The ring whose key 1 is derived from `secret` and `salt` (random, kept with the database).

    32 random bytes or more, in hex or base64, can't be guessed, so HKDF-SHA256 (RFC 5869) is all they need. Anything
    else is taken for a passphrase, which can: scrypt (RFC 7914) makes each guess cost a fifth of a second and 128 MiB.
    What looks random but is a passphrase after all must not be taken for random, so the test for random is the
    strict one. Raises `SettingsError` for one that is too short for either. Takes long: not on the event loop of a
    running server.
    """
    assert len(salt) >= 16, "a salt has at least 16 bytes"
    text = secret.strip()
    raw = _random_bytes(text)
    if raw is not None:
        return KeyRing({1: HKDF(SHA256(), KEY_BYTES, salt, _INFO).derive(raw)})
    if len(text) < _PASSPHRASE_MIN:
        raise SettingsError(
            "the keys' secret is too short: give 32 random bytes in base64 (openssl rand -base64 32), or a passphrase"
            f" of at least {_PASSPHRASE_MIN} characters"
        )
    return KeyRing({1: Scrypt(salt, KEY_BYTES, _COST, _BLOCK, _LANES).derive(text.encode())})


def _random_bytes(text: str) -> bytes | None:
    """The bytes that hex or base64 digits stand for, when there are 32 and the digits are as mixed as random ones are
    (all but one in a thousand)."""
    try:
        if any(each.isdigit() for each in text) and any(each.isalpha() for each in text):
            raw = bytes.fromhex(text)
            return raw if len(raw) >= KEY_BYTES else None
    except ValueError:
        pass
    if not (any(map(str.isupper, text)) and any(map(str.islower, text)) and any(map(str.isdigit, text))):
        return None
    try:
        raw = base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) >= KEY_BYTES and len(set(raw)) >= KEY_BYTES // 2 else None
