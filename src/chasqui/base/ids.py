"""Random ids and their texts, made in bulk: one call to the kernel serves 256 of them, and so do the calls that turn
bytes into text."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterable, Iterator

_POOL = 256
_RAW = struct.Struct("16s" * _POOL)
# The five parts of a UUID's text, in hexadecimal digits.
_PARTS = struct.Struct("8s4s4s4s12s")


def uuid_texts(raws: Iterable[bytes]) -> list[str]:
    """Each 16 bytes as a UUID's text, for example "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"."""
    digits = b"".join(raws).hex().encode()
    return b"\n".join(map(b"-".join, _PARTS.iter_unpack(digits))).decode().split("\n")


def uuid_text(raw: bytes) -> str:
    """16 bytes as a UUID's text."""
    h = raw.hex("-", 2)
    return f"{h[:4]}{h[5:29]}{h[30:34]}{h[35:]}"


def _ids() -> Iterator[tuple[bytes, str]]:
    while True:
        raws = _RAW.unpack(os.urandom(16 * _POOL))
        yield from zip(raws, uuid_texts(raws), strict=True)


new_ids: Iterator[tuple[bytes, str]] = _ids()
"""Never ends: to take many at once from."""

# A generator's own method: no Python frame of ours between the caller and the next id.
new_id: Callable[[], tuple[bytes, str]] = new_ids.__next__
"""16 random bytes, and their text as a UUID."""


def new_uuid() -> str:
    """A random UUID's text."""
    return new_id()[1]
