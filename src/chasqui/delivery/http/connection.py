"""One connection: a request, its answer, and whether another request may follow. HTTP/1.1 (RFC 9112), by httptools.

Every answer is bounded: its head by `HEAD_BYTES_MAX`, its body by `body_bytes_max`. A longer body is not read to its
end: the answer counts as it is, and the connection is closed.
"""

from __future__ import annotations

import asyncio
from typing import Final, cast

import httptools
import msgspec

from chasqui.delivery.http.failures import HttpFailure, Stale

HEAD_BYTES_MAX: Final = 32 * 1024
_INTERIM_MAX: Final = 8
_KEPT_FIELDS: Final = frozenset((b"location", b"retry-after", b"content-length", b"transfer-encoding"))


class Response(msgspec.Struct, frozen=True):
    """An answer. `fields` has those of its fields that somebody asks for, by lower-case name; `body` may be only the
    beginning."""

    status: int
    fields: dict[bytes, bytes]
    body: bytes


class Connection(asyncio.Protocol):
    """A connection to one origin. `idle_since` and `opened_at` are the pool's, in the loop's time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, body_bytes_max: int) -> None:
        self._loop = loop
        self._body_bytes_max = body_bytes_max
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._waiter: asyncio.Future[Response] | None = None
        self._received = 0
        self._reset()
        self.used = False
        self.idle_since = self.opened_at = loop.time()
        self.lost = self._ignore

    def _ignore(self, connection: Connection) -> None:
        """Nobody wants to know that the connection is lost."""

    def _reset(self) -> None:
        self._fields: dict[bytes, bytes] = {}
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._head_done = False
        self._interim = 0

    # ------------------------------------------------------------------------------------------- the request

    @property
    def usable(self) -> bool:
        """Whether a request may be sent."""
        return self._transport is not None and not self._transport.is_closing() and self._waiter is None

    async def exchange(self, head: bytes, body: bytes, seconds: float) -> Response:
        """Send a request and wait for its answer. Raises `HttpFailure`, `Stale` if this connection was used before and
        ended with nothing of an answer. After a failure the connection is closed."""
        assert self._transport is not None
        assert self._waiter is None
        self._reset()
        self._received = 0
        self._parser = httptools.HttpResponseParser(self)
        waiter: asyncio.Future[Response] = self._loop.create_future()
        self._waiter = waiter
        timer = self._loop.call_later(seconds, self._late)
        try:
            self._transport.write(head + body)
            return await waiter
        except asyncio.CancelledError:
            self.close()
            raise
        finally:
            timer.cancel()
            self._waiter = None
            self.used = True

    def close(self) -> None:
        """End it, at once."""
        if self._transport is not None:
            self._transport.abort()

    def _late(self) -> None:
        self._fail(HttpFailure("no complete answer in time"))

    def _fail(self, failure: HttpFailure) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(failure)
        self.close()

    # ------------------------------------------------------------------------------------------- the transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._waiter is None or self._waiter.done() or self._parser is None:
            self.close()  # nobody asked
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            if not self._waiter.done():
                self._fail(HttpFailure(f"the answer is not HTTP: {error}", reached=True))
            return
        if not self._head_done and self._received > HEAD_BYTES_MAX:
            self._fail(HttpFailure("the answer's head is too large", reached=True))

    def eof_received(self) -> bool:
        self._ended()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._ended()
        self._transport = None
        self.lost(self)

    def _ended(self) -> None:
        """The target has closed. An answer that has no length ends with that (RFC 9112, section 6.3)."""
        if self._waiter is None or self._waiter.done():
            return
        endless = b"content-length" not in self._fields and b"transfer-encoding" not in self._fields
        if self._head_done and endless:
            self._answer()
            self.close()
        elif not self._received and self.used:
            self._fail(Stale("the connection was closed"))
        else:
            self._fail(HttpFailure("the connection was closed before the answer's end", reached=self._received > 0))

    # ------------------------------------------------------------------------------------------- the parser's side

    def on_message_begin(self) -> None:
        if self._waiter is None or self._waiter.done():
            self.close()  # more than one answer to one request

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name in _KEPT_FIELDS:
            self._fields[name] = value

    def on_headers_complete(self) -> None:
        assert self._parser is not None
        self._head_done = self._parser.get_status_code() >= 200

    def on_body(self, data: bytes) -> None:
        self._body_bytes += len(data)
        self._body.append(data)
        if self._body_bytes > self._body_bytes_max:
            self._answer()
            self.close()

    def on_message_complete(self) -> None:
        assert self._parser is not None
        if self._head_done:
            keep = self._parser.should_keep_alive()
            self._answer()
            if not keep:
                self.close()
            return
        self._interim += 1
        self._fields = {}
        if self._interim > _INTERIM_MAX or self._parser.get_status_code() == 101:
            self._fail(HttpFailure("the answer consists of interim answers", reached=True))

    def _answer(self) -> None:
        assert self._parser is not None
        if self._waiter is not None and not self._waiter.done():
            body = b"".join(self._body)[: self._body_bytes_max]
            self._waiter.set_result(Response(self._parser.get_status_code(), self._fields, body))
