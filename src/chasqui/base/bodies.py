"""Bodies that are not held whole: what a request brings as it comes, and what an answer sends as it goes.

Services see these two and nothing of HTTP. `server/` makes the first and drains the second. Only what both sides of
that seam need may live here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

import msgspec


class Incoming(Protocol):
    """A request's payload: framing (aws-chunked) is taken off already, and what the request promised of it (its
    SHA-256, the signatures of its chunks, its length) is checked as it comes.

    It can be read once. An operation that does not read it to its end costs the client its connection at worst.
    """

    @property
    def length(self) -> int | None:
        """Bytes of the payload, known ahead; None when the client did not tell."""
        ...

    @property
    def whole(self) -> bytes | None:
        """The payload where it has come already and was checked, as small ones have unless their client waits to be
        asked for them. None: iterate."""
        ...

    @property
    def trailers(self) -> dict[str, str]:
        """Trailing fields by lower-case name, there once the payload has been read to its end."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Pieces of up to some hundred KiB; what is not taken is not read from the client. Raises `ServiceError`
        (XAmzContentSHA256Mismatch, IncompleteBody …) in place of the end when the payload is not what was promised:
        what was made of it must be thrown away."""
        ...


class Outgoing(msgspec.Struct, frozen=True):
    """An answer's payload that is made as fast as the client takes it. `pieces` is closed when the client leaves. With
    a `length`, so many bytes come; without, until they end."""

    pieces: AsyncIterator[bytes]
    length: int | None = None
