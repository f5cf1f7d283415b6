"""A function's answer on its way to a client that reads it as it comes: between the runner, which writes, and the
answer's iterator, which the server drains. One piece at a time is held, so a slow client holds the function back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Generic, TypeVar

from chasqui.services.lambda_.running.contract import Finished, Stream

T = TypeVar("T")


class Relay:
    """The `Stream` of one invocation, and the pieces that came by it. When the client leaves the function goes on to
    its end, as on AWS, and what it writes is thrown away; so is what is more than `bytes_max` in all."""

    def __init__(self, bytes_max: int) -> None:
        self._left = bytes_max
        self.cut = False
        """Whether there was more."""
        self._loop = asyncio.get_running_loop()
        self._begun: asyncio.Future[None] = self._loop.create_future()
        self.answered = False
        """Whether it has begun: what ended badly before is told in its place."""
        self.content_type = ""
        self.prelude: bytes | None = None
        self.finished: Finished | None = None
        self.error: BaseException | None = None
        self._piece: bytes | None = None
        self._ended = self._closed = False
        self._changed: asyncio.Future[None] = self._loop.create_future()

    # ------------------------------------------------------------------------------------------- the runner's side

    async def begin(self, content_type: str, prelude: bytes | None) -> None:
        """See `Stream`."""
        self.answered, self.content_type, self.prelude = True, content_type, prelude
        self._begin()

    async def write(self, piece: bytes) -> None:
        """See `Stream`."""
        while self._piece is not None and not self._closed:
            await self._change()
        self.cut = self.cut or len(piece) > self._left
        if piece and not self._closed and not self.cut:
            self._left -= len(piece)
            self._piece = piece
            self._wake()

    async def run(self, invoke: Callable[[Stream], Awaitable[Finished]]) -> None:
        """Invoke, in a task of its own, and keep how it ended."""
        try:
            self.finished = await invoke(self)
        except Exception as error:  # noqa: BLE001  who waits for the answer raises it
            self.error = error
        finally:
            self._ended = True
            self._wake()
            self._begin()

    # ------------------------------------------------------------------------------------------- the client's side

    async def opened(self) -> None:
        """Wait until the answer begins, or the invocation has ended without one. Raises what it was refused with."""
        try:
            await self._begun
        except asyncio.CancelledError:
            self.leave()
            raise
        if self.error is not None and not self.answered:
            raise self.error

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """What the function writes, to the end."""
        try:
            while True:
                if self._piece is not None:
                    piece, self._piece = self._piece, None
                    self._wake()
                    yield piece
                elif self._ended:
                    return
                else:
                    await self._change()
        finally:
            self.leave()

    def leave(self) -> None:
        """Nobody reads any more."""
        self._closed = True
        self._wake()

    def _begin(self) -> None:
        if not self._begun.done():
            self._begun.set_result(None)

    def _wake(self) -> None:
        changed, self._changed = self._changed, self._loop.create_future()
        if not changed.done():
            changed.set_result(None)

    async def _change(self) -> None:
        await asyncio.shield(self._changed)  # which both sides may wait for


class Reading(AsyncIterator[T], Generic[T]):
    """What is made of a relay's pieces, for the server to drain. Closing it lets the function go on, also where nothing
    was read yet: closing a generator that was never begun would not."""

    def __init__(self, relay: Relay, made: AsyncGenerator[T, None]) -> None:
        self._relay = relay
        self._made = made

    async def __anext__(self) -> T:
        return await self._made.__anext__()

    async def aclose(self) -> None:
        """End it."""
        self._relay.leave()
        await self._made.aclose()
