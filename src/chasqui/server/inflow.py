"""A request's body on its way from a connection to whoever reads it: a bounded buffer between the two.

The connection puts in what comes (`feed`, `end`, `fail`) and stops reading its client while the buffer is `full`; the
reader takes (`take`), and the connection is told so through two hooks. No protocol may live here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from chasqui.server.limits import Limits

#: So much is held of a body that nobody has taken yet; a connection stops reading beyond it.
BUFFER_BYTES: Final = 256 * 1024
#: Bodies of up to this size are held whole before the application sees their request.
HELD_BYTES_MAX: Final = 256 * 1024


class BrokenBody(Exception):
    """A body that will not be had to its end: `status` and `reason` as an HTTP server puts it, 0 where the client has
    gone."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def client_gone() -> BrokenBody:
    """There is nobody any more who could send the rest."""
    return BrokenBody(0, "The client has gone")


class Inflow:
    """One body. `length` is what its request says of it, framing of the payload's own (aws-chunked) included; None when
    it says nothing.

    `on_begin` is called when somebody begins to read, `on_taken` with the number of bytes whenever some were taken.
    """

    __slots__ = (
        "_error", "_parts", "_seen", "_since", "_waiting", "begun", "buffered", "discards", "ended", "got", "length",
        "on_begin", "on_taken",
    )  # fmt: skip

    def __init__(self, length: int | None, on_begin: Callable[[], object], on_taken: Callable[[int], object]) -> None:
        self.length = length
        self.on_begin = on_begin
        self.on_taken = on_taken
        self.begun = self.ended = self.discards = False
        #: Bytes that came, and that wait to be taken.
        self.got = self.buffered = 0
        self._parts: list[bytes] = []
        self._waiting: asyncio.Future[None] | None = None
        self._error: Exception | None = None
        #: Since when its client has had to send more than the bytes seen by then.
        self._since = 0.0
        self._seen = 0

    # --- the connection's side ------------------------------------------------------------------------------------

    @property
    def full(self) -> bool:
        """Whether the client must wait until more was taken."""
        return self.buffered >= BUFFER_BYTES

    @property
    def left(self) -> int | None:
        """How many bytes are still to come, None when that is not known."""
        return None if self.length is None else self.length - self.got

    def feed(self, data: bytes) -> None:
        """Some of the body came."""
        self.got += len(data)
        if not self.discards and self._error is None:
            self._parts.append(data)
            self.buffered += len(data)
            self._wake()

    def end(self) -> None:
        """All of it came."""
        self.ended = True
        self._wake()

    def fail(self, error: Exception) -> None:
        """No more will come. Whoever reads gets the error, now: what came is of no use to them."""
        if not self.ended and self._error is None:
            self._error = error
            self._drop()
            self._wake()

    def discard(self) -> None:
        """Nobody will take the rest."""
        self.discards = True
        self._drop()

    def too_slow(self, now: float, limits: Limits, *, answered: bool = False) -> bool:
        """Whether its client has stopped sending, or nearly; asked now and then. A large body may take its time, as
        long as it comes steadily. While nobody reads, its client is not waited for."""
        if not self._since or self.full or not (self.begun or answered):
            self._since = now
        seconds = now - self._since
        if seconds < limits.request_seconds:
            return False
        came, self._since, self._seen = self.got - self._seen, now, self.got
        return came < seconds * limits.body_bytes_per_second_min

    def _drop(self) -> None:
        self._parts.clear()
        self.buffered = 0

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    # --- the reader's side ----------------------------------------------------------------------------------------

    async def take(self) -> bytes:
        """What came since the last time, in one piece; b"" at the end. Raises what the connection failed with."""
        if not self.begun:
            self.begun = True
            self.on_begin()
        while not self._parts:
            if self._error is not None:
                raise self._error
            if self.ended:
                return b""
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        data = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._drop()
        self.on_taken(len(data))
        return data
