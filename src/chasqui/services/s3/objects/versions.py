"""Version ids: 32 characters that look like AWS' and tell nothing to clients, but tell us a version's order, so that a
version is found without looking for it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from typing import Final

NULL: Final = "null"
"""The version id of what was put while versioning was not enabled."""

_RANDOM_BYTES: Final = 16
_ALPHABET: Final = b"._"
"""What stands in base64 for + and /: AWS' ids have both."""


def new_version_id(order: int) -> str:
    """An id for the version with this order."""
    return _spelt(order, os.urandom(_RANDOM_BYTES))


def order_of(version_id: str) -> int | None:
    """The order of the version with this id; None when no version ever had it ("null" has none either)."""
    if len(version_id) != 32:
        return None
    try:
        raw = base64.b64decode(version_id, _ALPHABET, validate=True)
    except (binascii.Error, ValueError):
        return None
    random = raw[:_RANDOM_BYTES]
    order = int.from_bytes(raw[_RANDOM_BYTES:], "big") ^ _mask(random)
    return order if order < 2**63 else None


def _spelt(order: int, random: bytes) -> str:
    return base64.b64encode(random + (order ^ _mask(random)).to_bytes(8, "big"), _ALPHABET).decode()


def _mask(random: bytes) -> int:
    """Makes ids that follow one another look nothing alike."""
    return int.from_bytes(hashlib.blake2b(random, digest_size=8).digest(), "big")
