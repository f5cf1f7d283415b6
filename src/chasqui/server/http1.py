"""HTTP/1.1 (and 1.0) over httptools: the receiving half of a connection.

A request that arrives in one segment and is answered while nothing stands before or behind it takes the short way:
`data_received` → the parser's callbacks → `_message_complete` → the application's handler → `Http1Exchange.respond` →
one write. What is not so plain – large bodies, pipelining, HEAD, HTTP/1.0, limits, refusals – branches off to the
functions further down. Rules that need no connection are in `http1_rules`, answers in `http1_answers`.

The parser collects target, header fields and body by methods of lists, which cost less than calls of ours: see
docs/internals/server.md for what each step costs.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade, HttpRequestParser

from chasqui.server import http1_rules as rules
from chasqui.server.exchange import BadRequest
from chasqui.server.http1_answers import Http1Answers, Http1Exchange, ignore
from chasqui.server.http1_rules import Refusal
from chasqui.server.hub import Hub
from chasqui.server.inflow import BrokenBody, Inflow

#: The parser is fed so much at a time: pipelined requests that have to wait are held as bytes, not as objects.
_SLICE_BYTES = 8192

_METHODS = rules.METHODS
_TARGETS = rules.TARGETS
_HOSTS = rules.HOSTS


def _stream_of(exchange: Http1Exchange) -> Inflow:
    assert exchange.stream is not None, "the exchange has no stream"
    return exchange.stream


class Http1Connection(Http1Answers):
    """One client's connection."""

    __slots__ = (
        "_body", "_chunked", "_chunked_after", "_feed", "_fields", "_head_done", "_headers_max", "_heads",
        "_heads_before", "_held", "_holding", "_left", "_parser", "_parts", "_received", "_resuming",
        "_since", "_slice_bytes", "_streamed", "_urls", "_wants_continue",
    )  # fmt: skip

    def __init__(self, hub: Hub, scheme: str = "http") -> None:
        super().__init__(hub, scheme)
        limits = hub.limits
        self._slice_bytes = min(_SLICE_BYTES, limits.head_bytes_max, max(limits.body_bytes_max, 64))
        self._headers_max = limits.headers_max
        self._chunked_after: int | None = None
        #: Bytes that came while the connection is not to be read.
        self._held = b""
        self._holding = self._resuming = False
        self._new_parser()

    def _new_parser(self) -> None:
        urls: list[bytes] = []
        fields: list[tuple[bytes, bytes]] = []
        parts: list[bytes] = []
        append = fields.append

        def on_header(name: bytes, value: bytes) -> None:
            append((name.lower(), value))

        #: The request that arrives: its target (empty between requests), header fields, body.
        self._urls, self._fields, self._parts = urls, fields, parts
        self._heads = itertools.count(self.requests).__next__
        self._heads_before = 0
        self._forget_request()
        callbacks = SimpleNamespace(
            on_url=urls.append,
            on_header=on_header,
            on_headers_complete=self._heads,
            on_chunk_header=self._chunk_header,
            on_body=parts.append,
            on_message_complete=self._message_complete,
        )
        self._parser: Any = HttpRequestParser(callbacks)
        self._feed: Callable[[bytes], None] = self._parser.feed_data

    # --- the short way --------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if len(data) > self._slice_bytes:
            self._receive_slices(data)
            return
        upgrade = None
        try:
            self._feed(data)
        except HttpParserUpgrade as error:
            upgrade = error.args[0]
        except HttpParserError as error:
            self._refuse_malformed(error)
        if upgrade is not None:
            # Not within the handler above: the parser tells what its callbacks raised as its own error's context.
            self._decline_upgrade(data[upgrade:])
        if self._urls:
            self._request_unfinished(len(data))

    def _message_complete(self) -> None:
        self.requests += 1
        urls, fields, parts = self._urls, self._fields, self._parts
        parser = self._parser
        table = dict(fields)
        raw_method = parser.get_method()
        method = "POST" if raw_method == b"POST" else _METHODS.get(raw_method)
        url = urls.pop()
        target = _TARGETS.get(url) or rules.new_target(url)
        if (
            self._unusual
            or self.current is not None
            or target is None
            or method is None
            or table.get(b"host") not in _HOSTS
            or not len(table) == len(fields) <= self._headers_max
            or b"connection" in table
            or not parser.should_keep_alive()
            or self.hub.retiring
        ):
            urls.append(url)
            self._complete_with_care()
            return
        whole, path, query = target
        body = parts.pop() if parts else b""
        self.current = exchange = Http1Exchange(method, whole, path, query, table, body, self)
        fields.clear()
        try:
            self.handler(exchange)
        except Exception:  # noqa: BLE001  the outermost edge of a request; the hub logs it
            self.hub.handler_failed(exchange)

    # --- requests that need care ----------------------------------------------------------------------------------

    def _chunk_header(self) -> None:
        """A chunk begins: header fields that come from here on are trailers."""
        self._unusual = True
        if self._chunked_after is None:
            self._chunked_after = len(self._fields)

    def _complete_with_care(self) -> None:
        """A request has arrived that is not plain, or does not come alone."""
        if self._streamed is not None:
            self._end_stream(self._streamed)
            return
        parser = self._parser
        if parser.should_upgrade():
            self.requests -= 1  # it has not: the parser skips a body here, see `_decline_upgrade`
            return
        if self._last:
            raise Refusal(400, "Request after the last one")
        exchange = self._exchange()
        rules.body_length(exchange.table, self.hub.limits.body_bytes_max, old=exchange.old)
        rules.expects_continue(exchange.table, old=exchange.old)
        self._take_body_parts()
        if len(self._body) > self.hub.limits.body_bytes_max:
            raise Refusal(413, "Request body too large")
        exchange.body = bytes(self._body)
        self._forget_request()
        if exchange.closes:
            self._take_last(exchange)
        else:
            self._parked.append(exchange)
        self._dispatch()
        self.go_on_receiving()

    def _exchange(self) -> Http1Exchange:
        """The request that arrives, without its body. Raises `Refusal`."""
        parser = self._parser
        old = rules.is_old(parser.get_http_version())
        url, fields = b"".join(self._urls), self._fields[: self._chunked_after]
        rules.check_sizes(url, fields, self.hub.limits)
        table = rules.by_name(fields)
        absolute = rules.split_absolute(url)
        if absolute is not None:
            table[b"host"], url = absolute
            fields = [field for field in fields if field[0] != b"host"] + [(b"host", absolute[0])]
        rules.check_host(table.get(b"host"), old=old)
        method = parser.get_method().decode()
        exchange = Http1Exchange(method, *rules.split_target(url), table, b"", self)
        exchange.old = old
        exchange.closes = self.hub.retiring or not parser.should_keep_alive()
        exchange.plain = not (old or exchange.closes or method == "HEAD" or self.current is not None)
        if len(fields) != len(table):
            exchange.fields = fields
        return exchange

    def _forget_request(self) -> None:
        """Between requests."""
        self._urls.clear()
        self._fields.clear()
        self._parts.clear()
        self._body: bytes | bytearray = b""
        #: Where trailers begin in `_fields`; None while no chunk came.
        self._chunked_after = None
        self._head_done = self._wants_continue = self._chunked = False
        #: Its exchange, where the application has it already.
        self._streamed: Http1Exchange | None = None
        #: What is left of a body of known length.
        self._left = 0
        #: Since when, and with how many bytes, an unfinished request arrives.
        self._since = 0.0
        self._received = 0
        self._unusual = self._flow.paused

    def _take_last(self, exchange: Http1Exchange) -> None:
        self._parked.append(exchange)
        self.stop_receiving()

    def _take_body_parts(self) -> None:
        """Join what came of the body. Small chunks must not stay objects: they cost 20 times their size."""
        if self._body or len(self._parts) > 1:
            self._body = bytearray(self._body) if isinstance(self._body, bytes) else self._body
            for part in self._parts:
                self._body += part
        elif self._parts:
            self._body = self._parts[0]
        self._parts.clear()

    def _request_unfinished(self, received: int) -> None:
        """A segment ended within a request: hold it to the limits before more of it comes."""
        if self._last:
            return
        self._unusual = True
        self._received += received
        if not self._since:
            self._since = self.hub.loop.time()
            self.hub.watch()
        try:
            if not self._head_done:
                # The parser counts heads; looking at the counter moves it.
                self._head_done = self._heads() - self._heads_before > self.requests
                self._heads_before += 1
                if not self._head_done:
                    self._check_part_of_head()
                    return
                self._begin_body()
            if self._streamed is not None:
                self._part_of_stream(self._streamed)
            self._check_part_of_body()
        except Refusal as refusal:
            self._refuse(refusal.status, refusal.reason)

    def _check_part_of_head(self) -> None:
        limits = self.hub.limits
        if self._received > limits.head_bytes_max:
            if sum(map(len, self._urls)) > limits.target_bytes_max:
                raise Refusal(414, "Request target too long")
            raise Refusal(431, "Request head too large")

    def _begin_body(self) -> None:
        """The head is complete and the body is not: refuse before reading more, or ask for it."""
        limits = self.hub.limits
        old = rules.is_old(self._parser.get_http_version())
        fields = self._fields[: self._chunked_after]
        rules.check_sizes(b"".join(self._urls), fields, limits)
        table = rules.by_name(fields)
        length = rules.body_length(table, sys.maxsize, old=old)
        self._left = length or 0
        self._chunked = length is None
        self._wants_continue = rules.expects_continue(table, old=old)
        if rules.comes_late(length, wants_continue=self._wants_continue) and not self._parser.should_upgrade():
            exchange = self._exchange()
            if self.hub.streams(exchange.method, exchange.path, exchange.query, exchange.table):
                self._begin_stream(exchange, length)
                return
        rules.body_length(table, limits.body_bytes_max, old=old)
        self._ask_for_body()

    def _ask_for_body(self) -> None:
        if not self._wants_continue:
            return
        if self._streamed is not None:
            # The application asks by beginning to read.
            if self.current is self._streamed and _stream_of(self._streamed).begun:
                self._wants_continue = False
                if not _stream_of(self._streamed).got:
                    self.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        elif self.current is None and not self._parked:
            self._wants_continue = False
            if not self._parts and not self._body:
                self.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _check_part_of_body(self) -> None:
        limits = self.hub.limits
        if self._streamed is None:
            before = len(self._body)
            self._take_body_parts()
            if len(self._body) > limits.body_bytes_max:
                raise Refusal(413, "Request body too large")
            self._left = max(0, self._left - len(self._body) + before)
        if not self._chunked:
            return
        body_bytes = len(self._body) if self._streamed is None else _stream_of(self._streamed).got
        if rules.framing_excess(self._received, body_bytes, limits):
            raise Refusal(400, "Chunks too small")
        if len(self._fields) - (self._chunked_after or 0) > 2 * limits.headers_max:
            raise Refusal(431, "Too many trailer fields")

    # --- bodies that the application reads as they come -----------------------------------------------------------

    def _begin_stream(self, exchange: Http1Exchange, length: int | None) -> None:
        """Give the application a request whose body is still to come."""
        exchange.stream = Inflow(length, self._ask_for_body, self._body_taken)
        exchange.plain = False
        self._streamed = exchange
        self._parked.append(exchange)
        self._dispatch()
        self.go_on_receiving()

    def _body_taken(self, _size: int) -> None:
        if self._holding:
            self.go_on_receiving()

    def _part_of_stream(self, exchange: Http1Exchange) -> None:
        stream = _stream_of(exchange)
        for part in self._parts:
            self._left -= len(part)
            stream.feed(part)
        self._parts.clear()
        self._left = max(0, self._left)
        if stream.full:
            self.go_on_receiving()

    def _end_stream(self, exchange: Http1Exchange) -> None:
        """All of it has come."""
        self._part_of_stream(exchange)
        self._forget_request()
        _stream_of(exchange).end()
        if exchange.closes or self._closing:
            self.stop_receiving()
        else:
            self.go_on_receiving()

    def _break_stream(self, exchange: Http1Exchange, error: Exception) -> None:
        """The rest of it will not come: the application, which is told so, answers, and the connection ends."""
        self._forget_request()
        exchange.closes = self._lingers = True
        _stream_of(exchange).fail(error)
        self.stop_receiving()
        if exchange.answered and exchange is not self.current and self._transport is not None:
            self._transport.close()

    @property
    def receives_body(self) -> bool:
        return self._streamed is not None

    def _receive_slices(self, data: bytes) -> None:
        """Feed the parser in slices, so that it can be stopped in between; what is surely body goes at once."""
        at = 0
        while at < len(data):
            if self._holding:
                self._held += data[at:]
                return
            size = max(self._slice_bytes, self._left)
            piece = data[at : at + size]
            at += size
            if len(piece) <= self._slice_bytes:
                self.data_received(piece)
                continue
            try:
                self._feed(piece)
            except HttpParserError as error:
                self._refuse_malformed(error)
            if self._urls:
                self._request_unfinished(len(piece))

    def _decline_upgrade(self, rest: bytes) -> None:
        """The client offers another protocol. Ours may be kept (RFC 9110, 7.8), but the parser has skipped the body:
        give the request to a new one, without the offer."""
        method = self._parser.get_method()
        if method == b"CONNECT":
            self._refuse(405, "CONNECT is not supported")
            return
        lines = [b"%b %b HTTP/%b" % (method, b"".join(self._urls), self._parser.get_http_version().encode())]
        lines += [b"%b: %b" % field for field in self._fields if field[0] != b"upgrade"]
        self._new_parser()
        self.data_received(b"\r\n".join((*lines, b"", rest)))

    # --- refusals -------------------------------------------------------------------------------------------------

    def _refuse_malformed(self, error: HttpParserError) -> None:
        cause = error.__context__
        if not isinstance(error, HttpParserCallbackError):
            self._refuse(400, str(error))
        elif isinstance(cause, Refusal):
            self._refuse(cause.status, cause.reason)
        else:
            raise error

    def _refuse(self, status: int, reason: str) -> None:
        """Answer, after the answers before, and end the connection."""
        if self._last:
            return
        if self._streamed is not None:
            self._break_stream(self._streamed, BrokenBody(status, reason))
            return
        url = b"".join(self._urls).decode("latin-1")
        method = self._parser.get_method().decode() if url else "GET"
        facts = BadRequest(status, reason, method, url, dict(self._fields[: self._chunked_after]), self.peer)
        exchange = Http1Exchange(method, url, url, "", facts.table, b"", self, plain=False, closes=True)
        exchange.refusal = self.hub.refusal(facts)
        self._forget_request()
        self._lingers = True
        self._take_last(exchange)
        self._dispatch()

    def turn_away(self) -> None:
        """Answer that there are too many connections, whatever is asked, and end."""
        self._refuse(503, "Too many connections")

    # --- when to read ---------------------------------------------------------------------------------------------

    def stop_receiving(self) -> None:
        self._last = True
        self._unusual = True
        self._feed = ignore
        self._held = b""
        self._since = 0.0
        self._urls.clear()
        if self._holding and self._transport is not None:
            # Reading goes on, to notice that the client leaves.
            self._holding = False
            self._transport.resume_reading()

    def _must_wait(self) -> bool:
        if self._streamed is not None:
            return bool(self._parked) or _stream_of(self._streamed).full
        return self._flow.paused or bool(self._parked) or self._line_full()

    def go_on_receiving(self) -> None:
        if self._last or self._transport is None:
            return
        if self._must_wait():
            if not self._holding:
                self._holding = True
                self._feed = self._hold
                self._transport.pause_reading()
            return
        self._ask_for_body()
        if self._holding and not self._resuming:
            # Not now: this may be called from within the parser.
            self._resuming = True
            self.hub.loop.call_soon(self._resume)

    def _hold(self, data: bytes) -> None:
        self._held += data

    def _resume(self) -> None:
        self._resuming = False
        if self._last or self._transport is None or self._must_wait():
            return
        self._holding = False
        self._feed = self._parser.feed_data
        if not self._urls:
            self._unusual = False
        held, self._held = self._held, b""
        if self._since:
            self._since = self.hub.loop.time()
        self._transport.resume_reading()
        if held:
            self.data_received(held)

    def watch_sender(self, now: float) -> bool:
        if not self._since or self._last:
            return False
        limits = self.hub.limits
        if self._streamed is not None:
            if _stream_of(self._streamed).too_slow(now, limits, answered=self._streamed.answered):
                self.hub.timed_out += 1
                self._break_stream(self._streamed, BrokenBody(408, "The request took too long to arrive"))
            return True
        if self._holding:
            self._since = now
        elif now - self._since >= limits.request_seconds + len(self._body) / limits.body_bytes_per_second_min:
            self._refuse(408, "The request took too long to arrive")
        return True

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._parser = None  # it refers to this connection
