"""What answers of both protocols need on their way out: the wait for a slow reader, and clean ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Flow:
    """Whether a transport's buffer is full, and who waits until it is not."""

    __slots__ = ("_waiting", "paused")

    def __init__(self) -> None:
        self.paused = False
        self._waiting: list[asyncio.Future[None]] = []

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def drained(self) -> None:
        """Wait until there is room."""
        while self.paused:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future


class Closing(AsyncIterator[bytes]):
    """What is made of the pieces of a source. Closing it closes the source, also where nothing was read yet: closing a
    generator that was never begun does nothing."""

    def __init__(self, source: AsyncIterator[object], made: AsyncIterator[bytes]) -> None:
        self._source = source
        self._made = made

    async def __anext__(self) -> bytes:
        return await self._made.__anext__()

    async def aclose(self) -> None:
        """End it."""
        await close_chunks(self._made)
        await close_chunks(self._source)


async def close_chunks(chunks: AsyncIterator[object]) -> None:
    """End an async generator that was not run to its end, so that its `finally` runs now and not at some later time."""
    close = getattr(chunks, "aclose", None)
    if close is not None:
        await close()


def half_close(transport: asyncio.Transport) -> None:
    """Tell the client that nothing more comes, and still take what it sends."""
    if transport.can_write_eof():
        with contextlib.suppress(OSError):  # asyncio's own loop, when the client has gone but that is not known yet
            transport.write_eof()
