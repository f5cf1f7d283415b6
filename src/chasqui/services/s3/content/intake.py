"""The bytes of objects on their way in: read once, hashed, compared with what was promised, sealed and staged.

Nothing that comes in is anybody's until a transaction gives it to a document: `keep` runs that transaction, and throws
the bytes away when it fails.

What is larger than a segment is worked on in steps, on a thread, while the next step is being received and the one
before is being written. A step's size falls when many bodies come in at once, so that they need no more memory in all
than `FLOW_BYTES`, as long as there are not hundreds of them.
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Final, TypeVar

import msgspec

from chasqui.base.arenas import few_arenas
from chasqui.base.bodies import Incoming
from chasqui.base.digests import md5
from chasqui.base.errors import ServiceError
from chasqui.crypto.segments import SEGMENT_BYTES, Sealer, seal_small
from chasqui.services.s3.content.checksums import (
    DEFAULT,
    NOTHING_PROMISED,
    Hasher,
    Promised,
    checksum_of,
    compare,
    hasher,
)
from chasqui.services.s3.content.sealing import Seal
from chasqui.services.s3.means import Flow, Means
from chasqui.services.s3.objects.document import Piece, Sealing
from chasqui.store.port import StagedBlob, Transaction

T = TypeVar("T")

STEP_BYTES_MAX: Final = 512 * 1024
STEP_BYTES_MIN: Final = 128 * 1024
FLOW_BYTES: Final = 4 * 1024 * 1024
"""Of one stage of the work, all bodies together: there are about four stages, from received to written."""
_UNKNOWN: Final = ("CRC32", "CRC32C", DEFAULT)
"""What is computed while it is not known which checksum a body's end will bring: these cost next to nothing."""


class Taken(msgspec.Struct, frozen=True):
    """What came in: `md5` is hex (an ETag), `checksums` base64 by algorithm: the one that counts, which the client has
    `given` or S3 has chosen, and what `take` was to compute beside it. `pieces` and `sealing` are for the document;
    `staged` are the pieces' blobs, none for nothing."""

    size: int
    md5: str
    checksums: dict[str, str]
    pieces: list[Piece]
    sealing: Sealing
    given: bool
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


def step_bytes(flow: Flow) -> int:
    """How much of a body is worked on at a time."""
    return max(STEP_BYTES_MIN, min(STEP_BYTES_MAX, FLOW_BYTES // max(1, flow.bodies)))


async def take(means: Means, body: Incoming, promised: Promised, seal: Seal, *, beside: tuple[str, ...] = ()) -> Taken:
    """Read a body to its end. Small ones are taken whole; those that are there already without waiting. `beside` are
    algorithms of checksums that are wanted whatever the client promises. Raises EntityTooLarge, BadDigest,
    InvalidRequest, and what `body` raises; then nothing is left of it."""
    whole = body.whole
    if whole is None and body.length is not None and body.length <= SEGMENT_BYTES:
        whole = b"".join([piece async for piece in body])
    if whole is not None and len(whole) <= SEGMENT_BYTES:
        return await _take_small(means, whole, body, promised, seal, beside)
    most = means.limits.put_bytes_max
    if body.length is not None and body.length > most:
        raise too_large(body.length, most)
    name = new_name(means)
    work = _Work(seal.piece_key(name), _wanted(promised, beside, streamed=whole is None or bool(body.trailers)))
    sealed = _sealed(means, aiter(body) if whole is None else _cut(whole), work, most)
    if not means.flow.begun:
        means.flow.begun = True
        few_arenas()
    means.flow.bodies += 1
    try:
        staged = await means.store.stage_blob(sealed)
    finally:
        means.flow.bodies -= 1
        await sealed.aclose()
    try:
        values = work.values()
        algorithm, given = compare(promised, body.trailers, work.md5.digest(), values)
        if body.length is not None and body.length != work.size:
            raise incomplete()
    except ServiceError:
        means.store.drop_staged(name, staged)
        raise
    checksums = {each: values[each] for each in (algorithm, *beside)}
    pieces_, blobs = ([Piece(name, work.size)], ((name, staged),)) if work.size else ([], ())
    return Taken(work.size, work.md5.hexdigest(), checksums, pieces_, seal.sealing, given, blobs)


async def _take_small(
    means: Means, whole: bytes, body: Incoming, promised: Promised, seal: Seal, beside: tuple[str, ...]
) -> Taken:
    digest = md5(whole)
    trailers = body.trailers
    wanted = _wanted(promised, beside, streamed=bool(trailers))
    computed = {name: checksum_of(name, whole) for name in wanted}
    algorithm, given = DEFAULT, False
    if promised is not NOTHING_PROMISED or trailers:
        algorithm, given = compare(promised, trailers, digest.digest(), computed)
    checksums = {each: computed[each] for each in (algorithm, *beside)}
    if not whole:
        return Taken(0, digest.hexdigest(), checksums, [], seal.sealing, given)
    name = new_name(means)
    staged = await means.store.stage_blob(seal_small(seal.piece_key(name), whole))
    pieces = [Piece(name, len(whole))]
    return Taken(len(whole), digest.hexdigest(), checksums, pieces, seal.sealing, given, ((name, staged),))


async def keep(means: Means, taken: Taken, write: Callable[[Transaction], Awaitable[T]]) -> T:
    """Run `write` in a transaction, which begins with `taken.put`. What it raises is raised, and the bytes are thrown
    away."""

    async def run(tx: Transaction) -> T:
        for name, blob in taken.staged:
            await tx.put_blob(name, blob)
        return await write(tx)

    try:
        return await means.store.transaction(run)
    except BaseException:
        drop(means, taken)
        raise


def drop(means: Means, taken: Taken) -> None:
    """Throw away what came in and was not kept."""
    for name, blob in taken.staged:
        means.store.drop_staged(name, blob)


def new_name(means: Means) -> str:
    """A name for a piece, never given before. What was put at about one time lies together in the store's index."""
    return f"s3/{means.clock.now_ms():012x}{os.urandom(12).hex()}"


# -------------------------------------------------------------------------------------------------------- large bodies


class _Work:
    """What is done with a body, step by step, on a thread at a time."""

    def __init__(self, key: bytes, algorithms: tuple[str, ...]) -> None:
        self.md5 = md5()
        self.size = 0
        self._checksums: dict[str, Hasher] = {name: hasher(name) for name in algorithms}
        self._sealer = Sealer(key)

    def step(self, pieces: list[bytes], last: bool) -> bytes:
        """Hash, and seal what can be."""
        for piece in pieces:
            self.md5.update(piece)
            for each in self._checksums.values():
                each.update(piece)
        sealed = self._sealer.add(pieces)
        return sealed + self._sealer.finish() if last else sealed

    def values(self) -> dict[str, str]:
        """The checksums in base64."""
        return {name: base64.b64encode(each.digest()).decode() for name, each in self._checksums.items()}


async def _sealed(means: Means, pieces: AsyncIterator[bytes], work: _Work, most: int) -> AsyncGenerator[bytes]:
    """The ciphertext, a step behind what is received."""
    loop = asyncio.get_running_loop()
    running: asyncio.Future[bytes] | None = None
    try:
        last = False
        while not last:
            gathered: list[bytes] = []
            size, wanted, last = 0, step_bytes(means.flow), True
            async for piece in pieces:
                gathered.append(piece)
                size += len(piece)
                if size >= wanted:
                    last = False
                    break
            work.size += size
            if work.size > most:
                raise too_large(work.size, most)
            done = await running if running is not None else None
            running = loop.run_in_executor(None, work.step, gathered, last)
            if done:
                yield done
        assert running is not None, "there was a last step"
        done, running = await running, None
        yield done
    finally:
        if running is not None:
            # It ends by itself; nobody wants what it fails with.
            running.add_done_callback(lambda future: future.cancelled() or future.exception())


async def _cut(whole: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(whole), STEP_BYTES_MIN):
        yield whole[at : at + STEP_BYTES_MIN]


def _wanted(promised: Promised, beside: tuple[str, ...], *, streamed: bool) -> tuple[str, ...]:
    """The checksums to compute: S3's own unless the client wants another; and while it may still say which, the likely
    ones."""
    if promised.algorithm is not None:
        return (promised.algorithm, *beside)
    return (*_UNKNOWN, *beside) if streamed else (DEFAULT, *beside)


def too_large(size: int, most: int) -> ServiceError:
    """A body beyond what one request may bring."""
    return ServiceError(
        "EntityTooLarge",
        "Your proposed upload exceeds the maximum allowed size",
        status=400,
        fields={"ProposedSize": size, "MaxSizeAllowed": most},
    )


def incomplete() -> ServiceError:
    """A body that ended before the length that was told."""
    return ServiceError(
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
        status=400,
    )
