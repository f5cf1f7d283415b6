"""Random ids, made in bulk: one call to the kernel serves 256 of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

_POOL_BYTES = 4096


def _ids() -> Iterator[bytes]:
    while True:
        pool = os.urandom(_POOL_BYTES)
        for at in range(0, _POOL_BYTES, 16):
            yield pool[at : at + 16]


# A generator's own method: no Python frame of ours between the caller and the next id.
new_id: Callable[[], bytes] = _ids().__next__
"""16 random bytes."""


def uuid_text(raw: bytes) -> str:
    """16 bytes as a UUID's text, for example "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"."""
    h = raw.hex("-", 2)
    return f"{h[:4]}{h[5:29]}{h[30:34]}{h[35:]}"


def new_uuid() -> str:
    """A random UUID's text."""
    return uuid_text(new_id())
