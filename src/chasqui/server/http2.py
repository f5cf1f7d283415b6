"""HTTP/2 over h2: one connection, its streams, and the same exchanges as HTTP/1.1.

h2 knows frames, header compression and the states of streams (RFC 9113); here is what it leaves to a server: limits,
time, what may be sent when, and the end. What is sent on a stream and waits for room is in `http2_sending`.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from typing import Any, cast

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings
import hyperframe.frame

from chasqui.server import http1_rules as rules
from chasqui.server.exchange import BadRequest, Headers, Peer
from chasqui.server.http1_rules import Refusal
from chasqui.server.http2_arriving import Arriving, Windows, head_of
from chasqui.server.http2_exchange import Http2Exchange
from chasqui.server.http2_frames import FrameLengths
from chasqui.server.http2_sending import Sending, response_fields
from chasqui.server.hub import Hub, log
from chasqui.server.inflow import BrokenBody, Inflow, client_gone
from chasqui.server.streaming import close_chunks, half_close

_READ_BYTES_BEFORE_SEND = 65536
_FINISH_SECONDS_MAX = 0.25
_NO_ERROR = h2.errors.ErrorCodes.NO_ERROR


class Http2Connection(asyncio.Protocol):
    """One client's connection. The public attributes are the exchanges' and the hub's to use."""

    __slots__ = (
        "_arriving", "_arriving_bytes", "_closing", "_exchanges", "_finishing", "_h2", "_lengths", "_quiet_since",
        "_resets", "_resets_since", "_seen", "_sending", "_transport", "_windows", "hub", "peer", "requests", "scheme",
    )  # fmt: skip

    def __init__(self, hub: Hub, scheme: str = "http") -> None:
        self.hub = hub
        self.scheme = scheme
        self.peer: Peer = None
        self.requests = self._seen = 0
        self._arriving: dict[int, Arriving] = {}
        self._arriving_bytes = 0
        self._exchanges: dict[int, Http2Exchange] = {}
        self._quiet_since = hub.loop.time()
        self._resets = 0
        self._resets_since = 0.0
        self._closing = False
        self._finishing: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        limits = hub.limits
        self._h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding=None, validate_outbound_headers=False)
        )
        self._h2.local_settings = h2.settings.Settings(
            client=False,
            initial_values={
                h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: limits.streams_max,
                h2.settings.SettingCodes.MAX_HEADER_LIST_SIZE: limits.head_bytes_max,
                h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: limits.window_bytes,
            },
        )
        self._h2.decoder.max_header_list_size = limits.head_bytes_max
        self._lengths = FrameLengths(self._h2.max_inbound_frame_size)
        self._sending = Sending(self._h2, hub.loop)
        self._windows = Windows(self._h2)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.peer = transport.get_extra_info("peername")
        self._transport.set_write_buffer_limits(high=self.hub.limits.write_buffer_bytes)
        self._h2.initiate_connection()
        more = self.hub.limits.window_bytes - 65535
        if more > 0:
            self._h2.increment_flow_control_window(more)
        self.hub.join(self)
        self._flush()

    # --- receiving ------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self._finishing is not None:
            return
        if self._lengths.overlong(data):
            self._go_away(h2.errors.ErrorCodes.FRAME_SIZE_ERROR)
            self._finish()
            return
        try:
            # In pieces: what h2 answers by itself (to PING, SETTINGS) must not pile up before it is written.
            for at in range(0, len(data), _READ_BYTES_BEFORE_SEND):
                for event in self._h2.receive_data(data[at : at + _READ_BYTES_BEFORE_SEND]):
                    self._handle(event)
                self._flush()
        except h2.exceptions.ProtocolError:
            self._flush()  # the GOAWAY that says why
            self._finish()

    def _handle(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RequestReceived):
            self._request_received(event)
        elif isinstance(event, h2.events.DataReceived):
            self._data_of_body(event)
        elif isinstance(event, h2.events.StreamEnded):
            self._request_complete(event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            self._stream_reset(event.stream_id)
        elif isinstance(event, h2.events.WindowUpdated | h2.events.RemoteSettingsChanged):
            self._sending.pump()
        elif isinstance(event, h2.events.ConnectionTerminated):
            self._finish()  # h2 sends nothing after a client's GOAWAY

    def _request_received(self, event: h2.events.RequestReceived) -> None:
        stream_id, fields = event.stream_id, cast(Any, event.headers)
        if self._closing:
            self._reset(stream_id, h2.errors.ErrorCodes.REFUSED_STREAM)
            return
        self._arriving[stream_id] = Arriving([(bytes(n), bytes(v)) for n, v in fields], self.hub.loop.time())
        self.hub.watch()
        limits = self.hub.limits
        arriving = self._arriving[stream_id]
        table = dict(arriving.fields)
        try:
            rules.check_sizes(table.get(b":path", b""), arriving.fields, limits)
            length = rules.body_length(table, sys.maxsize, old=False)
            waits = event.stream_ended is None and rules.expects_continue(table, old=False)
            if event.stream_ended is None:
                told = length if b"content-length" in table else None
                if rules.comes_late(told, wants_continue=waits) and self._begin_stream(stream_id, arriving, told):
                    return
            rules.body_length(table, limits.body_bytes_max, old=False)
            if waits:
                self._continue(stream_id)
        except Refusal as refusal:
            self._refuse(stream_id, refusal.status, refusal.reason)

    def _continue(self, stream_id: int) -> None:
        with contextlib.suppress(h2.exceptions.ProtocolError):
            self._h2.send_headers(stream_id, [(b":status", b"100")])

    def _begin_stream(self, stream_id: int, arriving: Arriving, length: int | None) -> bool:
        """Give the application a request whose body is still to come, if it wants it so."""
        exchange = self._exchange(stream_id, arriving)
        if not self.hub.streams(exchange.method, exchange.path, exchange.query, exchange.table):
            return False

        def begun() -> None:
            if b"expect" in exchange.table and not exchange.answered and not stream.got:
                self._continue(stream_id)
                self._flush()

        def taken(size: int) -> None:
            if stream_id in self._arriving:
                self._windows.read(size, stream_id)
                self._flush()

        arriving.stream = exchange.stream = stream = Inflow(length, begun, taken)
        self._begin(exchange)
        return True

    def _begin(self, exchange: Http2Exchange) -> None:
        """Give an exchange to the application."""
        self._exchanges[exchange.stream_id] = exchange
        self.requests += 1
        try:
            self.hub.handler(exchange)
        except h2.exceptions.ProtocolError:  # as in `respond`
            self._exchanges.pop(exchange.stream_id, None)
        except Exception:  # noqa: BLE001  the outermost edge of a request; the hub logs it
            self.hub.handler_failed(exchange)

    def _data_of_body(self, event: h2.events.DataReceived) -> None:
        stream_id, length, data = event.stream_id, event.flow_controlled_length, event.data or b""
        arriving = self._arriving.get(stream_id)
        stream = arriving.stream if arriving is not None else None
        if stream is not None:
            self._windows.came(len(data), length - len(data), stream_id)
            if stream.length is not None and stream.got + len(data) > stream.length:
                self._break_stream(stream_id, BrokenBody(400, "The body is longer than Content-Length says"))
            else:
                stream.feed(data)
            return
        if length:
            self._h2.acknowledge_received_data(length, stream_id)
        if arriving is None:
            return
        arriving.body += data
        self._arriving_bytes += len(data)
        limit = self.hub.limits.body_bytes_max
        if len(arriving.body) > limit or self._arriving_bytes > 2 * limit:
            self._refuse(stream_id, 413, "Request body too large")

    def _forget(self, stream_id: int) -> Arriving | None:
        arriving = self._arriving.pop(stream_id, None)
        if arriving is not None:
            self._arriving_bytes -= len(arriving.body)
        return arriving

    def _break_stream(self, stream_id: int, error: Exception) -> None:
        """The rest of a body that is read as it comes will not come."""
        arriving = self._forget(stream_id)
        if arriving is not None and arriving.stream is not None:
            self._windows.read(arriving.stream.buffered, None)
            arriving.stream.fail(error)

    def _request_complete(self, stream_id: int) -> None:
        arriving = self._arriving.get(stream_id)
        if arriving is None:
            return
        if arriving.stream is not None:
            if arriving.stream.left:
                self._break_stream(stream_id, BrokenBody(400, "The body is shorter than Content-Length says"))
                return
            self._forget(stream_id)
            # Its own window is of no use any more.
            self._windows.read(arriving.stream.buffered, None)
            arriving.stream.end()
            return
        try:
            exchange = self._exchange(stream_id, arriving)
            # h2 compares the length with frames of a body only.
            length = exchange.table.get(b"content-length")
            if length is not None and int(length) != len(arriving.body):
                raise Refusal(400, "The body is not as long as Content-Length says")
        except Refusal as refusal:
            self._refuse(stream_id, refusal.status, refusal.reason)
            return
        self._forget(stream_id)
        self._begin(exchange)

    def _exchange(self, stream_id: int, arriving: Arriving) -> Http2Exchange:
        method, url, fields, table = head_of(arriving.fields)
        exchange = Http2Exchange(method, *rules.split_target(url), table, bytes(arriving.body), self)
        exchange.stream_id = stream_id
        if len(fields) != len(table):
            exchange.fields = fields
        return exchange

    def _stream_reset(self, stream_id: int) -> None:
        """A client (or a protocol error) ended a stream. Many resets of requests that were begun in vain are an attack
        (CVE-2023-44487)."""
        self._sending.drop(stream_id)
        self._break_stream(stream_id, client_gone())
        exchange = self._exchanges.pop(stream_id, None)
        if exchange is not None:
            self._lose(exchange)
        now = self.hub.loop.time()
        if now - self._resets_since >= 1.0:
            self._resets, self._resets_since = 0, now
        self._resets += 1
        if self._resets > self.hub.limits.resets_per_second_max:
            self.hub.refused += 1
            self._go_away(h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)
            self._finish()

    def _reset(self, stream_id: int, code: h2.errors.ErrorCodes) -> None:
        with contextlib.suppress(h2.exceptions.ProtocolError):  # it may be closed already
            self._h2.reset_stream(stream_id, code)

    def _refuse(self, stream_id: int, status: int, reason: str) -> None:
        """Answer a request that the application does not see, and take no more of it."""
        arriving = self._forget(stream_id)
        assert arriving is not None
        table = {name: value for name, value in arriving.fields if not name.startswith(b":")}
        pseudo = {name: value.decode("latin-1") for name, value in arriving.fields if name.startswith(b":")}
        method, target = pseudo.get(b":method", ""), pseudo.get(b":path", "")
        answer = self.hub.refusal(BadRequest(status, reason, method, target, table, self.peer))
        exchange = Http2Exchange(method, target, target, "", table, b"", self)
        exchange.stream_id = stream_id
        self._exchanges[stream_id] = exchange
        self.respond(exchange, *answer, None)

    # --- answering ------------------------------------------------------------------------------------------------

    def _take(self, exchange: Http2Exchange) -> bool:
        assert not exchange.answered, "an exchange is answered once"
        exchange.plain = None
        return exchange.stream_id in self._exchanges and self._transport is not None

    def respond(
        self, exchange: Http2Exchange, status: int, headers: Headers, body: bytes, request_id: str | None
    ) -> None:
        """See `Exchange.respond`."""
        bodiless = status < 200 or status in (204, 304)
        fields = response_fields(
            status, headers + exchange.extra, self.hub.date(), request_id, None if bodiless else len(body)
        )
        wanted = self._take(exchange)
        exchange.on_disconnect = exchange.on_shutdown = None
        if not wanted:
            return
        if bodiless or exchange.method == "HEAD":
            body = b""
        try:
            self._sending.begin(exchange.stream_id, fields, body, self._sent)
        except h2.exceptions.ProtocolError:
            # The stream is closed already; the event that says so comes later in the same batch.
            self._exchanges.pop(exchange.stream_id, None)
        self._flush()

    def _sent(self, stream_id: int) -> None:
        """The answer is with the transport. The rest of a request that was answered early is not wanted."""
        self._exchanges.pop(stream_id, None)
        self._break_stream(stream_id, client_gone())
        self._quiet_since = self.hub.loop.time()
        self.hub.watch()
        stream = self._h2.streams.get(stream_id)
        if stream is not None and not stream.closed:
            self._reset(stream_id, _NO_ERROR)

    def respond_stream(
        self,
        exchange: Http2Exchange,
        status: int,
        headers: Headers,
        chunks: AsyncIterator[bytes],
        request_id: str | None,
    ) -> None:
        """See `Exchange.respond_stream`."""
        fields = response_fields(status, headers + exchange.extra, self.hub.date(), request_id, None)
        if self._take(exchange):
            exchange.streaming = self.hub.begin_sending(self._stream(exchange, fields, chunks), chunks)
        else:
            self.hub.close_soon(chunks)

    async def _stream(
        self, exchange: Http2Exchange, fields: list[tuple[bytes, bytes]], chunks: AsyncIterator[bytes]
    ) -> None:
        stream_id = exchange.stream_id
        try:
            self._sending.begin(stream_id, fields, None, self._sent)
            self._flush()
            if exchange.method != "HEAD":
                async for chunk in chunks:
                    await self._sending.add(stream_id, chunk, self._flush)
        except h2.exceptions.ProtocolError:  # as in `respond`
            self._exchanges.pop(stream_id, None)
            return
        except Exception:  # noqa: BLE001  the outermost edge of an answer: what was promised cannot be sent
            log.exception("the answer to %s %s broke off", exchange.method, exchange.path)
            self._sending.drop(stream_id)
            self._exchanges.pop(stream_id, None)
            self._reset(stream_id, h2.errors.ErrorCodes.INTERNAL_ERROR)
            self._flush()
            return
        finally:
            await close_chunks(chunks)
        exchange.on_disconnect = exchange.on_shutdown = None
        self._sending.end(stream_id)
        self._flush()

    def _flush(self) -> None:
        """Hand over what may be sent, as much at a time as the transport takes."""
        while self._transport is not None and self._finishing is None and not self._transport.is_closing():
            self._sending.pump()
            data = self._h2.data_to_send()
            if not data:
                self._end_if_done()
                return
            self._transport.write(data)

    def pause_writing(self) -> None:
        """The client does not read: neither read what would make us answer more."""
        self._sending.paused = True
        if self._transport is not None:
            self._transport.pause_reading()
        self.hub.watch()

    def resume_writing(self) -> None:
        self._sending.paused = False
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
        self._flush()

    # --- slow and idle clients ------------------------------------------------------------------------------------

    def sweep(self, now: float) -> bool:
        """See `hub.Connection`."""
        if self._transport is None or self._finishing is not None:
            return False
        limits = self.hub.limits
        if self._sending.waits_for_client():
            if now - self._sending.moved_at(self._transport.get_write_buffer_size(), now) >= limits.stall_seconds:
                self.hub.timed_out += 1
                self.abort()
            return True
        for stream_id, arriving in list(self._arriving.items()):
            if stream_id not in self._arriving or not arriving.too_slow(now, limits):
                continue
            if arriving.stream is None:
                self._refuse(stream_id, 408, "The request took too long to arrive")
            else:
                self.hub.timed_out += 1
                self._break_stream(stream_id, BrokenBody(408, "The request took too long to arrive"))
        if self._arriving:
            return True
        if self._exchanges:
            return False
        if self.requests != self._seen:
            self._seen = self.requests
            self._quiet_since = now
        elif now - self._quiet_since >= limits.idle_seconds:
            self._go_away(_NO_ERROR)
            self._finish()
        return True

    # --- the end --------------------------------------------------------------------------------------------------

    def _go_away(self, code: h2.errors.ErrorCodes) -> None:
        """Announce the end. By hand, because h2 would not let the streams under way be finished after its own."""
        if self._transport is not None and self._finishing is None:
            last = self._h2.highest_inbound_stream_id
            frame = hyperframe.frame.GoAwayFrame(0, last_stream_id=last, error_code=int(code))
            self._transport.write(self._h2.data_to_send() + frame.serialize())

    def shut_down(self) -> None:
        """See `hub.Connection`."""
        # Answers that can be given now go first: clients built on h2 read nothing behind a GOAWAY.
        for exchange in list(self._exchanges.values()):
            if not exchange.answered:
                self.hub.announce_shutdown(exchange)
        self._closing = True
        self._go_away(_NO_ERROR)
        self._end_if_done()

    def retire(self) -> None:
        """See `hub.Connection`. A GOAWAY loses nothing: what crosses with it is known to be unanswered."""
        self.shut_down()

    def _end_if_done(self) -> None:
        if self._closing and not self._exchanges and not self._arriving:
            self._finish()

    def _finish(self) -> None:
        """Nothing more is sent. The client has a moment to take what was: frames of its own that cross with ours
        (window updates) would make closing at once a reset."""
        if self._transport is None or self._finishing is not None:
            return
        half_close(self._transport)
        seconds = min(self.hub.limits.linger_seconds, _FINISH_SECONDS_MAX)
        self._finishing = self.hub.loop.call_later(seconds, self._transport.close)
        self._lose_all()

    def _lose_all(self) -> None:
        for stream_id in list(self._arriving):
            self._break_stream(stream_id, client_gone())
        self._arriving.clear()
        self._sending.drop_all()
        exchanges, self._exchanges = list(self._exchanges.values()), {}
        for exchange in exchanges:
            self._lose(exchange)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def eof_received(self) -> bool:
        """A client that sends no more cannot grant windows or read to the end: it has gone."""
        return False

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        if self._finishing is not None:
            self._finishing.cancel()
        self._lose_all()
        self.hub.leave(self)

    def _lose(self, exchange: Http2Exchange) -> None:
        if exchange.streaming is not None:
            exchange.streaming.cancel()
        if not exchange.answered or exchange.streaming is not None:
            self.hub.disconnect(exchange)
