"""Live streams: how many there are, and when one ends without its browser having left.

What a stream shows was decided when it began. So each piece waits for a look at whether its visitor still is who it
was: a session that was ended, a key that was taken away, a policy that was changed end the stream, and the browser
that asks for it again is judged anew.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from chasqui.base.errors import ServiceError

VISITOR_MAX: Final = 16
SERVER_MAX: Final = 512
BEAT_SECONDS: Final = 15.0
_BEAT: Final = b": still here\n\n"


class Streams:
    """The live streams of a server. `beat_seconds` is the longest time without a sign of life."""

    def __init__(
        self,
        visitor_max: int = VISITOR_MAX,
        server_max: int = SERVER_MAX,
        beat_seconds: float = BEAT_SECONDS,
    ) -> None:
        self._visitor_max = visitor_max
        self._server_max = server_max
        self._beat_seconds = beat_seconds
        self._counts: dict[str, int] = {}
        self._count = 0
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def __len__(self) -> int:
        return self._count

    def end(self) -> None:
        """End them all, and those to come: the server stops."""
        if not self._over.done():
            self._over.set_result(None)

    def check(self, visitor: str, group: str) -> None:
        """Whether one more may begin. `group` is who stands behind many visitors: a user with many sessions, an address
        with many browsers; half of what the server has is the most for one. Raises `ServiceError`."""
        most = ((visitor, self._visitor_max), (group, self._server_max // 2))
        if self._count >= self._server_max or any(self._counts.get(name, 0) >= bound for name, bound in most):
            raise ServiceError("TooManyStreams", "Too many pages show live data. Close some of them.", status=429)

    async def bounded(
        self, pieces: AsyncIterator[bytes], visitor: str, group: str, still: Callable[[], Awaitable[bool]]
    ) -> AsyncIterator[bytes]:
        """A stream that counts, shows signs of life, and ends when it must. `still` says whether the visitor is who it
        was. Runs in a task."""
        self._begun(visitor, group)
        upcoming: asyncio.Future[bytes] | None = None
        try:
            while True:
                if upcoming is None:
                    upcoming = asyncio.ensure_future(anext(pieces))
                await asyncio.wait(
                    (upcoming, self._over), timeout=self._beat_seconds, return_when=asyncio.FIRST_COMPLETED
                )
                if self._over.done():
                    return
                piece = _BEAT
                if upcoming.done():
                    try:
                        piece, upcoming = upcoming.result(), None
                    except (StopAsyncIteration, ServiceError):
                        # What a stream may not see any more, the page that asks for it again is told.
                        return
                if not await still():
                    return
                yield piece
        finally:
            self._ended(visitor, group)
            if upcoming is not None:
                # Not from within this task: what it waits for may answer at once (`Pending`), and a task can't be run
                # inside another.
                asyncio.get_running_loop().call_soon(upcoming.cancel)
                with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration, ServiceError):
                    await upcoming
            close = getattr(pieces, "aclose", None)
            if close is not None:
                await close()

    def _begun(self, *names: str) -> None:
        for name in names:
            self._counts[name] = self._counts.get(name, 0) + 1
        self._count += 1

    def _ended(self, *names: str) -> None:
        self._count -= 1
        for name in names:
            self._counts[name] -= 1
            if not self._counts[name]:
                del self._counts[name]
