"""One invocation under way, and the streamed answer of one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from chasqui.base.errors import ChasquiError
from chasqui.base.pending import Pending

if TYPE_CHECKING:
    from chasqui.services.lambda_.running.contract import Finished, Invocation, Stream

_TAIL_BYTES: Final = 4096
_HELD_BYTES_MAX: Final = 262_144
_PRELUDE_BYTES_MAX: Final = 1024 * 1024
INTEGRATION: Final = "application/vnd.awslambda.http-integration-response"
_SEPARATOR: Final = b"\0" * 8


class Work:
    """An invocation and who waits for it. `number` orders them by arrival."""

    __slots__ = ("delivered", "flow", "invocation", "number", "pending", "started", "stream", "tail")

    def __init__(self, invocation: Invocation, stream: Stream | None, number: int) -> None:
        self.invocation = invocation
        self.stream = stream
        self.number = number
        self.pending: Pending[Finished] = Pending()
        self.started = 0.0
        self.delivered = False
        self.flow: StreamFlow | None = None
        self.tail: deque[bytes] | None = deque() if invocation.tail else None

    def printed(self, event: str) -> None:
        """Keep the end of the log, if it is wanted."""
        tail = self.tail
        if tail is None:
            return
        text = event if event.endswith("\n") else event + "\n"
        tail.append(text.encode("utf-8", "replace")[-_TAIL_BYTES:])
        while len(tail) > 1 and sum(map(len, tail)) - len(tail[0]) >= _TAIL_BYTES:
            tail.popleft()

    def log_tail(self) -> bytes:
        """The last 4 KB of the log."""
        return b"".join(self.tail)[-_TAIL_BYTES:] if self.tail else b""


class StreamFlow:
    """Gives a streamed answer on, at the pace that it is taken; gathers it where nobody takes it in pieces.

    `done` is called once, from the loop: with the answer, as far as it was gathered, and the error's type and JSON.
    """

    def __init__(
        self,
        stream: Stream | None,
        content_type: str,
        bytes_max: int,
        pause: Callable[[bool], None],
        done: Callable[[bytes, str, bytes], object],
    ) -> None:
        self._stream = stream
        self.content_type = content_type
        self._left = bytes_max
        self._pause = pause
        self._done = done
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._paused = False
        self._ended: tuple[str, bytes] | None = None
        self._moved = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._pump()) if stream is not None else None
        self.too_large = False
        self.begun = False

    def write(self, piece: bytes) -> None:
        """A piece of the answer."""
        self._left -= len(piece)
        if self._left < 0:
            self.too_large = True
            return
        self._pieces.append(piece)
        self._held += len(piece)
        if self._task is not None:
            if self._held > _HELD_BYTES_MAX and not self._paused:
                self._paused = True
                self._pause(True)
            self._moved.set()

    def end(self, error_type: str, error: bytes) -> None:
        """The answer is whole, or there is an error in the middle of it."""
        if self._ended is None:
            self._ended = error_type, error
            if self._task is None:
                self._done(b"".join(self._pieces), error_type, error)
            else:
                self._moved.set()

    def abandon(self) -> None:
        """The function was ended: `done` is not called any more."""
        self._ended = self._ended or ("", b"")
        self._done = lambda *_ended: None
        if self._task is not None:
            asyncio.get_running_loop().call_soon(self._task.cancel)

    async def _pump(self) -> None:
        assert self._stream is not None
        # A caller who has gone does not end the function: the rest is taken and thrown away.
        with suppress(ChasquiError, ConnectionError):
            await self._give(self._stream)
        while self._ended is None:
            await self._next()
        loop = asyncio.get_running_loop()
        # Not from within this task: who waits is resumed on the spot.
        loop.call_soon(self._done, b"", *self._ended)

    async def _give(self, stream: Stream) -> None:
        prelude, rest = await self._prelude() if self.content_type == INTEGRATION else (None, b"")
        self.begun = True
        await stream.begin(self.content_type, prelude)
        if rest:
            await stream.write(rest)
        while True:
            piece = await self._next()
            if piece:
                await stream.write(piece)
            elif self._ended is not None:
                return

    async def _prelude(self) -> tuple[bytes | None, bytes]:
        """What stands before eight zero bytes, and what came after them."""
        data = b""
        while len(data) <= _PRELUDE_BYTES_MAX:
            piece = await self._next()
            data += piece
            head, found, rest = data.partition(_SEPARATOR)
            if found:
                return head, rest
            if not piece and self._ended is not None:
                break
        return None, data

    async def _next(self) -> bytes:
        """All that is there; b"" at the end, or when there was nothing."""
        if not self._pieces and self._ended is None:
            self._moved.clear()
            await self._moved.wait()
        taken = b"".join(self._pieces)
        self._pieces.clear()
        self._held = 0
        if self._paused:
            self._paused = False
            self._pause(False)
        return taken
