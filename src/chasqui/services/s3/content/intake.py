"""The bytes of objects on their way in: read once, hashed, compared with what was promised, sealed and staged.

Nothing that comes in is anybody's until a transaction gives it to a document: `keep` runs that transaction, and throws
the bytes away when it fails.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import msgspec

from chasqui.base.bodies import Incoming
from chasqui.services.s3.content.checksums import Promised
from chasqui.services.s3.content.sealing import Seal
from chasqui.services.s3.means import Means
from chasqui.services.s3.objects.document import Piece, Sealing
from chasqui.store.port import StagedBlob, Transaction

T = TypeVar("T")


class Taken(msgspec.Struct, frozen=True):
    """What came in: `md5` is hex (an ETag), `checksums` base64 by algorithm. `pieces` and `sealing` are for the
    document; `staged` are the pieces' blobs, none for nothing."""

    size: int
    md5: str
    checksums: dict[str, str]
    pieces: list[Piece]
    sealing: Sealing
    staged: tuple[tuple[str, StagedBlob], ...] = ()

    async def put(self, tx: Transaction) -> None:
        """Give the staged bytes their names, in the transaction that writes the document."""
        for name, blob in self.staged:
            await tx.put_blob(name, blob)


class Replayed:
    """An `Incoming` made of bytes that are this server's own already: what a copy reads."""

    whole: bytes | None = None

    def __init__(self, pieces: AsyncIterator[bytes], length: int) -> None:
        self.length: int | None = length
        self.trailers: dict[str, str] = {}
        self._pieces = pieces

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._pieces


async def take(means: Means, body: Incoming, promised: Promised, seal: Seal) -> Taken:
    """Read a body to its end. Small ones that are there already are taken without waiting. Raises EntityTooLarge,
    BadDigest, InvalidRequest, and what `body` raises; then nothing is left of it."""
    raise NotImplementedError


async def keep(means: Means, taken: Taken, write: Callable[[Transaction], Awaitable[T]]) -> T:
    """Run `write` in a transaction, which begins with `taken.put`. What it raises is raised, and the bytes are thrown
    away."""
    raise NotImplementedError
