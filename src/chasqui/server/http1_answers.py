"""The sending half of an HTTP/1.1 connection: answers in the order of the requests, slow readers, and the end.

The line: `current` is the exchange whose answer is next, `_queue` those behind it that are being worked on, `_parked`
those that still wait for that. The receiving half (`http1`) fills `_parked` or, on its short way, `current`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, cast

from chasqui.server.exchange import ID_PREFIX, Exchange, Headers, Peer, next_id_digits
from chasqui.server.http1_rules import LENGTHS, LIVE, has_field
from chasqui.server.hub import Hub, encoded_fields, log
from chasqui.server.inflow import client_gone
from chasqui.server.streaming import Flow, close_chunks, half_close


def ignore(_data: bytes) -> None:
    """Where bytes go after the end."""


def take_care(exchange: Exchange) -> None:
    """The answer is not plain any more, if it is still to come."""
    if exchange.plain:
        exchange.plain = False


class Http1Exchange(Exchange, eq=False):
    """An exchange of an HTTP/1.1 connection.

    It is `plain` when it is HTTP/1.1, kept alive, not HEAD, first and last in line, and the client is there.
    """

    #: The connection ends with this answer.
    closes: bool = False
    #: HTTP/1.0: no chunks, and keep-alive has to be said.
    old: bool = False
    #: The encoded answer, while answers before it are missing.
    ready: bytes | None = None
    #: The task that sends a streamed answer, and what it waits for until its turn comes.
    streaming: Any = None
    turn: Any = None
    #: The answer of a request that was refused before the application saw it.
    refusal: tuple[int, Headers, bytes] | None = None

    def respond(self, status: int, headers: Headers, body: bytes, request_id: str | None = None) -> None:
        connection: Http1Answers = self.connection
        head = connection.heads.get((status, headers))
        if head is None or not self.plain:
            connection.respond_with_care(self, status, headers, body, request_id)
            return
        self.plain = None
        if self.on_disconnect is not None:
            self.on_disconnect = self.on_shutdown = None
        connection.current = None
        if request_id is None:
            connection.write(b"".join((head, ID_PREFIX, next_id_digits(), LENGTHS[len(body)], body)))
        else:
            connection.write(b"".join((head, request_id.encode(), LENGTHS[len(body)], body)))

    def respond_own(self, status: int, headers: Headers, own: Headers, body: bytes) -> None:
        connection: Http1Answers = self.connection
        if not self.plain or status in (204, 304):
            connection.respond_with_care(self, status, headers, body, None, own)
            return
        self.plain = None
        if self.on_disconnect is not None:
            self.on_disconnect = self.on_shutdown = None
        connection.current = None
        connection.write(
            b"".join((connection.hub.base(status, headers), encoded_fields(own), LENGTHS[len(body)], body))
        )

    def respond_stream(
        self,
        status: int,
        headers: Headers,
        chunks: AsyncIterator[bytes],
        request_id: str | None = None,
        own: Headers | None = None,
    ) -> None:
        connection: Http1Answers = self.connection
        connection.respond_stream(self, status, headers, chunks, request_id, own)


class Http1Answers(asyncio.Protocol):
    """What an HTTP/1.1 connection owes its client. Public attributes are the exchanges' and the hub's to use."""

    __slots__ = (
        "_closing", "_dispatching", "_flow", "_last", "_linger_timer", "_lingers", "_parked", "_queue",
        "_quiet_since", "_seen", "_stalled_bytes", "_stalled_since", "_transport", "_unusual", "current", "handler",
        "heads", "hub", "peer", "requests", "scheme", "write",
    )  # fmt: skip

    def __init__(self, hub: Hub, scheme: str) -> None:
        self.hub = hub
        self.handler = hub.handler
        self.heads = hub.heads
        self.scheme = scheme
        self.peer: Peer = None
        self.requests = 0
        self.current: Http1Exchange | None = None
        self._queue: deque[Http1Exchange] = deque()
        self._parked: deque[Http1Exchange] = deque()
        self._dispatching = False
        #: The server is ending: what arrives is the last.
        self._closing = False
        #: The request that arrives, or the state of the connection, keeps it off the short way.
        self._unusual = False
        #: No request is taken after the last one in line; a refused client may still be sending then.
        self._last = self._lingers = False
        self._linger_timer: asyncio.TimerHandle | None = None
        self._flow = Flow()
        self._stalled_since = 0.0
        self._stalled_bytes = 0
        self._quiet_since = hub.loop.time()
        self._seen = 0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.write: Callable[[bytes], None] = self._transport.write
        self.peer = transport.get_extra_info("peername")
        self._transport.set_write_buffer_limits(high=self.hub.limits.write_buffer_bytes)
        self.hub.join(self)

    # --- what the receiving half does -----------------------------------------------------------------------------

    def stop_receiving(self) -> None:
        """Take no more requests."""
        raise NotImplementedError

    def go_on_receiving(self) -> None:
        """The line has become shorter."""
        raise NotImplementedError

    @property
    def receives_body(self) -> bool:
        """Whether a body arrives whose request is in line already."""
        raise NotImplementedError

    def watch_sender(self, now: float) -> bool:
        """Refuse a request that arrives too slowly. True while one arrives."""
        raise NotImplementedError

    # --- the line -------------------------------------------------------------------------------------------------

    def _in_line(self) -> Iterator[Http1Exchange]:
        if self.current is not None:
            yield self.current
        yield from self._queue

    def _line_full(self) -> bool:
        return self.current is not None and len(self._queue) + 1 >= self.hub.limits.pipelined_max

    def _dispatch(self) -> None:
        """Give parked requests to the application, as many at a time as are allowed."""
        if self._dispatching:  # an answer given at once comes back here; the loop below goes on
            return
        self._dispatching = True
        while self._parked and not self._flow.paused and not self._line_full():
            exchange = self._parked.popleft()
            if self.current is None:
                self.current = exchange
            else:
                take_care(self.current)
                take_care(exchange)
                self._queue.append(exchange)
            if exchange.refusal is not None:
                exchange.respond(*exchange.refusal)
                continue
            try:
                self.handler(exchange)
            except Exception:  # noqa: BLE001  the outermost edge of a request; the hub logs it
                self.hub.handler_failed(exchange)
        self._dispatching = False

    def respond_with_care(
        self,
        exchange: Http1Exchange,
        status: int,
        headers: Headers,
        body: bytes,
        request_id: str | None,
        own: Headers | None = None,
    ) -> None:
        """Answer where something is not plain."""
        self._leave_unread(exchange)
        head = self._start_of_head(exchange, status, headers, request_id, own)
        self._take(exchange)
        exchange.on_disconnect = exchange.on_shutdown = None
        if self._transport is None:
            return
        bodiless = status < 200 or status in (204, 304)
        if bodiless or has_field(headers if own is None else own, b"content-length"):
            head += b"\r\n\r\n"
        else:
            head += LENGTHS[len(body)]
        answer = head if bodiless or exchange.method == "HEAD" else head + body
        if exchange is self.current:
            self.write(answer)
            self._advance()
        else:
            exchange.ready = answer

    def _leave_unread(self, exchange: Http1Exchange) -> None:
        """What has not come of a body when its answer is given is not wanted: little of it is let pass, more costs the
        client its connection (RFC 9110, 10.1.1; RFC 9112, 9.3)."""
        stream = exchange.stream
        if stream is None or stream.ended:
            return
        if stream.left is None or stream.left > self.hub.limits.unread_bytes_max or not (stream.begun or stream.got):
            exchange.closes = self._lingers = True
        stream.discard()

    def _take(self, exchange: Http1Exchange) -> None:
        assert not exchange.answered, "an exchange is answered once"
        exchange.plain = None

    def _start_of_head(
        self, exchange: Http1Exchange, status: int, headers: Headers, request_id: str | None, own: Headers | None
    ) -> bytes:
        """The head up to where its length is said."""
        if own is None:
            request = ID_PREFIX + next_id_digits() if request_id is None else request_id.encode()
            head = self.hub.head(status, headers + exchange.extra) + request
        else:
            head = self.hub.base(status, headers) + encoded_fields(own + exchange.extra)
        if exchange.closes:
            return head + b"\r\nConnection: close"
        return head + b"\r\nConnection: keep-alive" if exchange.old else head

    def _advance(self) -> None:
        """The current answer is written: on to the next."""
        while self.current is not None:
            if self.current.closes:
                self._end()
                return
            self.current = following = self._queue.popleft() if self._queue else None
            if following is None or following.ready is None:
                break
            self.write(following.ready)
            following.ready = None
        if self.current is not None and self.current.turn is not None and not self.current.turn.done():
            self.current.turn.set_result(None)
        self._quiet_since = self.hub.loop.time()
        self.hub.watch()
        self._dispatch()
        self.go_on_receiving()

    # --- streamed answers -----------------------------------------------------------------------------------------

    def respond_stream(
        self,
        exchange: Http1Exchange,
        status: int,
        headers: Headers,
        chunks: AsyncIterator[bytes],
        request_id: str | None,
        own: Headers | None = None,
    ) -> None:
        """Answer with what `chunks` gives, in chunks unless the headers say a length or the client is old."""
        self._leave_unread(exchange)
        sized = has_field(headers if own is None else own, b"content-length")
        chunked = not sized and not exchange.old
        if not sized and exchange.old:
            exchange.closes = True
        head = self._start_of_head(exchange, status, headers, request_id, own)
        self._take(exchange)
        if self._transport is None:
            self.hub.close_soon(chunks)
            return
        head += b"\r\nTransfer-Encoding: chunked\r\n\r\n" if chunked else b"\r\n\r\n"
        exchange.streaming = self.hub.begin_sending(self._stream(exchange, head, chunked, chunks), chunks)
        if (b"content-type", LIVE) in (headers if own is None else own):
            # It would go on for ever: who sends no more has gone.
            exchange.on_disconnect = exchange.streaming.cancel

    async def _stream(self, exchange: Http1Exchange, head: bytes, chunked: bool, chunks: AsyncIterator[bytes]) -> None:
        try:
            if exchange is not self.current:
                exchange.turn = self.hub.loop.create_future()
                await exchange.turn
            self.write(head)
            if exchange.method != "HEAD":
                async for chunk in chunks:
                    if chunk:
                        self.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunked else chunk)
                    await self._flow.drained()
                if chunked:
                    self.write(b"0\r\n\r\n")
        except Exception:  # noqa: BLE001  the outermost edge of an answer: what was promised cannot be sent
            log.exception("the answer to %s %s broke off", exchange.method, exchange.path)
            self.abort()
            return
        finally:
            await close_chunks(chunks)
        exchange.on_disconnect = exchange.on_shutdown = None
        if self._transport is not None:
            self._advance()

    # --- slow and idle clients ------------------------------------------------------------------------------------

    def pause_writing(self) -> None:
        self._flow.pause()
        self._unusual = True
        self._stalled_since = self.hub.loop.time()
        self.go_on_receiving()
        self.hub.watch()

    def resume_writing(self) -> None:
        self._stalled_since = 0.0
        self._flow.resume()
        self._dispatch()
        self.go_on_receiving()

    def sweep(self, now: float) -> bool:
        """See `hub.Connection`. A connection whose request is being worked on waits for us, not for its client."""
        if self._transport is None:
            return False
        if self._stalled_since:
            self._watch_reader(now)
            return True
        if self.watch_sender(now):
            return True
        if self.current is not None:
            # The answer may come when the sweep has ended: it has to start it again.
            take_care(self.current)
            return False
        if self.requests != self._seen:
            self._seen = self.requests
            self._quiet_since = now
        elif now - self._quiet_since >= self.hub.limits.idle_seconds:
            self.stop_receiving()
            self._transport.close()
        return True

    def _watch_reader(self, now: float) -> None:
        assert self._transport is not None
        waiting = self._transport.get_write_buffer_size()
        if waiting != self._stalled_bytes:
            self._stalled_bytes = waiting
            self._stalled_since = now
        elif now - self._stalled_since >= self.hub.limits.stall_seconds:
            self.hub.timed_out += 1
            self.abort()

    # --- the end --------------------------------------------------------------------------------------------------

    def _end(self) -> None:
        """The last answer is written."""
        self.current = None
        self.stop_receiving()
        if self._transport is None:
            return
        if not self._lingers:
            self._transport.close()
            return
        # Closing with bytes unread would reset the connection and could destroy the answer on its way: the client is
        # told that nothing more comes, and what it still sends is thrown away for a while (RFC 9112, 9.6).
        half_close(self._transport)
        self.write = ignore
        self._linger_timer = self.hub.loop.call_later(self.hub.limits.linger_seconds, self._transport.close)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def shut_down(self) -> None:
        """See `hub.Connection`."""
        if self._transport is None:
            return
        self._closing = True
        if not self.receives_body:
            self.stop_receiving()
        if self.current is None and not self._parked:
            if self._linger_timer is None:
                self._transport.close()
            return
        for exchange in self._in_line():
            take_care(exchange)
        last = self._parked[-1] if self._parked else self._queue[-1] if self._queue else self.current
        assert last is not None
        last.closes = True
        for exchange in list(self._in_line()):
            if not exchange.answered:
                self.hub.announce_shutdown(exchange)

    def retire(self) -> None:
        """See `hub.Connection`."""
        if self.current is not None or self._parked:
            self.shut_down()

    def eof_received(self) -> bool:
        """The client sends no more. It may have gone, or only closed its half: those who can let go are told that it
        has gone, others are answered first."""
        cut = self.receives_body
        self.stop_receiving()
        if self.current is None and not self._parked:
            return False
        if cut or any(exchange.on_disconnect is not None for exchange in self._in_line()):
            self._lose()
            return False
        for exchange in self._in_line():
            take_care(exchange)
        last = self._parked[-1] if self._parked else self._queue[-1] if self._queue else self.current
        assert last is not None
        last.closes = True
        return True

    def connection_lost(self, _error: Exception | None) -> None:
        self.stop_receiving()
        self._lose()
        self.hub.leave(self)
        if self._linger_timer is not None:
            self._linger_timer.cancel()
        self._flow.resume()

    def _lose(self) -> None:
        """The client has gone: nobody waits for the answers."""
        self._transport, self.write = None, ignore
        lost = list(self._in_line())
        for exchange in (*lost, *self._parked):
            if exchange.stream is not None:
                exchange.stream.fail(client_gone())
        self.current = None
        self._queue.clear()
        self._parked.clear()
        for exchange in lost:
            take_care(exchange)
            if exchange.streaming is not None:
                exchange.streaming.cancel()
            if not exchange.answered or exchange.streaming is not None:
                self.hub.disconnect(exchange)
