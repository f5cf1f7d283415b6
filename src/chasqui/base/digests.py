"""Digests that AWS' protocols ask for and that protect nothing: for checksums, never for secrets."""

from __future__ import annotations

import hashlib
from collections.abc import Callable


def _md5_for_checksums(data: bytes = b"") -> hashlib._Hash:
    return hashlib.md5(data, usedforsecurity=False)


def _choose_md5() -> Callable[..., hashlib._Hash]:
    # Saying what it is for doubles the cost of a short digest; where it must be said (FIPS) the plain call fails.
    try:
        hashlib.md5()
    except ValueError:
        return _md5_for_checksums
    return hashlib.md5


md5: Callable[..., hashlib._Hash] = _choose_md5()
"""`hashlib.md5`, allowed as a checksum wherever the program runs."""
