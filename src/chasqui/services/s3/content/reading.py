"""The bytes of objects on their way out: pieces one after the other, opened segment by segment.

Names of blobs are never used twice, so whoever reads by an old document finds its bytes or none, never another's. What
is larger than a segment is opened on a thread, one step ahead of who takes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from typing import TypeVar

from chasqui.base.bodies import Outgoing
from chasqui.base.call import Call
from chasqui.base.errors import ChasquiError
from chasqui.crypto.segments import SEGMENT_BYTES, Opener, Span, open_small
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.content.intake import step_bytes
from chasqui.services.s3.content.sealing import Seal, open_seal
from chasqui.services.s3.means import Means
from chasqui.services.s3.objects.document import ObjectDocument, Piece
from chasqui.services.s3.objects.packing import pieces_from

T = TypeVar("T")


class Gone(ChasquiError):
    """The object was replaced or deleted since its document was read: read that anew."""


def small_blob(document: ObjectDocument) -> str | None:
    """The one blob of an object of a single segment."""
    pieces = document.pieces
    return pieces[0].blob if document.size <= SEGMENT_BYTES and len(pieces) == 1 else None


async def payload(
    means: Means,
    call: Call,
    bucket: Bucket,
    key: str,
    document: ObjectDocument,
    start: int = 0,
    end: int | None = None,
    sealed: bytes | None = None,
) -> bytes | Outgoing:
    """The bytes [start, end) for an answer: at once where they are few, else as the client takes them, of which the
    first have been read. `sealed` is the stored blob of `small_blob`, where it has been read already. Raises `Gone`,
    and what `open_seal` raises."""
    end = document.size if end is None else end
    if start >= end:
        if document.sealing.kms_key is not None:
            await open_seal(means, call, bucket, key, document.sealing)
        return b""
    seal = await open_seal(means, call, bucket, key, document.sealing)
    pieces = document.pieces
    if not document.packed and document.size <= SEGMENT_BYTES and len(pieces) == 1:
        if sealed is not None:
            return open_small(seal.piece_key(pieces[0].blob), sealed)[start:end]
        return (await _small(means, seal, pieces[0]))[start:end]
    coming = read(means, seal, document, start, end)
    try:
        first = await anext(coming)
    except BaseException:
        await coming.aclose()
        raise
    if len(first) == end - start:
        await coming.aclose()
        return first
    return Outgoing(_with_first(means, first, coming), end - start)


async def read(
    means: Means, seal: Seal, document: ObjectDocument, start: int = 0, end: int | None = None
) -> AsyncGenerator[bytes]:
    """The bytes [start, end) in pieces, for copies and other services; close it when it is not read to its end. Raises
    `Gone`, midway too."""
    end = document.size if end is None else end
    ahead: asyncio.Future[bytes] | None = None
    pieces: Iterable[Piece] = document.pieces
    before = 0
    if document.packed:
        before, pieces = pieces_from(document.packed, start)
    steps = _steps(means, seal, pieces, start - before, end - before)
    run = asyncio.get_running_loop().run_in_executor
    try:
        async for step in steps:
            done = await ahead if ahead is not None else b""
            ahead = run(None, step)
            if done:
                yield done
        if ahead is not None:
            done, ahead = await ahead, None
            if done:
                yield done
    finally:
        if ahead is not None:
            # It ends by itself; nobody wants what it fails with.
            ahead.add_done_callback(lambda future: future.cancelled() or future.exception())
        await steps.aclose()


async def _with_first(means: Means, first: bytes, rest: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    means.flow.bodies += 1
    try:
        yield first
        del first
        async for piece in rest:
            yield piece
    finally:
        means.flow.bodies -= 1
        await rest.aclose()


async def _small(means: Means, seal: Seal, piece: Piece) -> bytes:
    """A piece of one segment."""
    try:
        sealed = [each async for each in means.store.read_blob(piece.blob)]
    except (KeyError, FileNotFoundError) as error:
        raise Gone(piece.blob) from error
    return open_small(seal.piece_key(piece.blob), sealed[0] if len(sealed) == 1 else b"".join(sealed))


async def _steps(
    means: Means, seal: Seal, pieces: Iterable[Piece], start: int, end: int
) -> AsyncGenerator[Callable[[], bytes]]:
    """The work of opening, to be done on a thread, a step at a time and in order."""
    at = 0
    for piece in pieces:
        first, last = max(start - at, 0), min(end - at, piece.size)
        at += piece.size
        if first >= last:
            if at >= end:
                return
            continue
        span = Span(piece.size, first, last)
        opener = Opener(seal.piece_key(piece.blob), span)
        blob = means.store.read_blob(piece.blob, span.sealed_start, span.sealed_end)
        gathered: list[bytes] = []
        size = 0
        try:
            async for sealed in blob:
                gathered.append(sealed)
                size += len(sealed)
                if size >= step_bytes(means.flow):
                    yield _opening(opener, gathered, last=False)
                    gathered, size = [], 0
        except (KeyError, FileNotFoundError) as error:
            raise Gone(piece.blob) from error
        finally:
            if isinstance(blob, AsyncGenerator):
                await blob.aclose()
        yield _opening(opener, gathered, last=True)


def _opening(opener: Opener, gathered: list[bytes], *, last: bool) -> Callable[[], bytes]:
    def run() -> bytes:
        clear = opener.add(gathered)
        if last:
            opener.finish()
        return clear

    return run
