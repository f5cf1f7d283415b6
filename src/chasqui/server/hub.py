"""What all connections of one listener share: the application's hooks, the limits, the counters, the encoded heads of
recent answers, and the one timer that watches for slow and idle clients. No protocol may live here.
"""

from __future__ import annotations

import asyncio
import email.utils
import http
import logging
import math
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Protocol

import msgspec

from chasqui.base.background import Background
from chasqui.server.exchange import BadRequest, BadRequestHook, Exchange, Headers, Peer, plain_bad_request
from chasqui.server.limits import Limits
from chasqui.server.rates import network
from chasqui.server.streaming import close_chunks

log = logging.getLogger("chasqui.server")

#: Encoded heads kept at a time. They are dropped each second anyway, because they hold the date.
_HEADS_MAX = 512
_HEAD_BYTES_MAX = 2048
_SWEEP_SECONDS_MAX = 5.0
#: So often, at most, the log says that connections are turned away.
_TELL_SECONDS = 60.0

_REASONS = {status.value: status.phrase.encode() for status in http.HTTPStatus}


#: (method, path, query, header fields by name) to whether a request becomes an exchange before its body has come. Asked
#: where that matters only: see `http1_rules.comes_late`.
StreamsHook = Callable[[str, str, str, dict[bytes, bytes]], bool]


def never(_method: str, _path: str, _query: str, _table: dict[bytes, bytes]) -> bool:
    """The hook of a server that takes every body whole."""
    return False


class Connection(Protocol):
    """What the hub asks of a connection."""

    requests: int
    peer: Peer

    def sweep(self, now: float) -> bool:
        """Cut off a slow or idle client. True if this connection needs to be looked at again."""
        ...

    def shut_down(self) -> None:
        """Take no more requests, finish those in flight, close."""
        ...

    def retire(self) -> None:
        """Close with the next answer (see `Listener.retire`)."""
        ...

    def abort(self) -> None:
        """Close at once."""
        ...


class Statistics(msgspec.Struct, frozen=True):
    """Counters of a listener since its start, and its connections now."""

    connections_now: int
    connections: int
    requests: int
    refused: int
    timed_out: int
    disconnected: int


class Hub:
    """The shared part of a listener's connections."""

    def __init__(
        self,
        handler: Callable[[Exchange], None],
        limits: Limits | None = None,
        bad_request: BadRequestHook | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
        streams: StreamsHook | None = None,
    ) -> None:
        self.handler = handler
        self.streams = streams or never
        self.limits = limits = limits or Limits()
        self.bad_request = bad_request or plain_bad_request
        self.loop = loop or asyncio.get_running_loop()
        self.connections: set[Connection] = set()
        #: Encoded heads by (status, headers), up to and including "x-amzn-RequestId: "; emptied when the date changes.
        self.heads: dict[tuple[int, Headers], bytes] = {}
        #: The same of answers with fields of their own, which follow.
        self.bases: dict[tuple[int, Headers], bytes] = {}
        self.closing = False
        #: Each answer is its connection's last.
        self.retiring = False
        self.connected = self.requests = self.refused = self.timed_out = self.disconnected = 0
        self.on_empty: Callable[[], object] | None = None
        self._date: bytes | None = None
        self._sweeping: asyncio.TimerHandle | None = None
        #: Connections by whose address they come from, where there is a limit.
        self._by_network: dict[str, int] = {}
        self._told = -_TELL_SECONDS
        self._closing_chunks = Background()
        shortest = min(limits.request_seconds, limits.idle_seconds, limits.stall_seconds)
        self._sweep_seconds = min(_SWEEP_SECONDS_MAX, shortest / 4)

    def join(self, connection: Connection) -> None:
        """A connection was made."""
        self.connections.add(connection)
        self.connected += 1
        if self.limits.connections_per_address_max:
            network_ = network_of(connection)
            self._by_network[network_] = self._by_network.get(network_, 0) + 1
        self.watch()

    def leave(self, connection: Connection) -> None:
        """A connection is gone."""
        self.connections.discard(connection)
        self.requests += connection.requests
        if self.limits.connections_per_address_max:
            network_ = network_of(connection)
            left = self._by_network[network_] = self._by_network[network_] - 1
            if not left:
                del self._by_network[network_]
        if not self.connections and self.on_empty is not None:
            self.on_empty()

    def replaced(self, connection: Connection) -> None:
        """A connection has become another one, which has joined."""
        self.connected -= 1
        self.leave(connection)

    def excess(self, connection: Connection) -> int:
        """How many connections there are too many, with this one, at all or from where it comes."""
        limits = self.limits
        found = len(self.connections) - limits.connections_max if limits.connections_max else 0
        if limits.connections_per_address_max:
            found = max(found, self._by_network[network_of(connection)] - limits.connections_per_address_max)
        return max(found, 0)

    def turned_away(self, connection: Connection) -> None:
        """A connection was not wanted because there are too many."""
        self.refused += 1
        now = self.loop.time()
        if now - self._told >= _TELL_SECONDS:
            self._told = now
            told = {"connections": len(self.connections), "address": network_of(connection)}
            log.warning("there are too many connections: new ones are turned away", extra=told)

    def statistics(self) -> Statistics:
        """The counters now."""
        requests = self.requests + sum(connection.requests for connection in self.connections)
        return Statistics(
            len(self.connections), self.connected, requests, self.refused, self.timed_out, self.disconnected
        )

    def watch(self) -> None:
        """Some connection waits for its client: sweep until none does."""
        if self._sweeping is None and not self.loop.is_closed():
            self._sweeping = self.loop.call_later(self._sweep_seconds, self._sweep)

    def _sweep(self) -> None:
        self._sweeping = None
        now = self.loop.time()
        waiting = [connection for connection in list(self.connections) if connection.sweep(now)]
        if waiting:
            self.watch()

    def stop(self) -> None:
        """The listener is closed: no timer may outlive it."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None

    def date(self) -> bytes:
        """The value of a Date header. Found anew each second in which it is asked for, and only then."""
        if self._date is None:
            now = time.time()
            self._date = email.utils.formatdate(now, usegmt=True).encode()
            self.loop.call_later(math.floor(now) + 1.001 - now, self._date_passed)
        return self._date

    def _date_passed(self) -> None:
        self._date = None
        self.heads.clear()
        self.bases.clear()

    def head(self, status: int, headers: Headers) -> bytes:
        """The start of an HTTP/1.1 answer: status line, Date, `headers` and the name x-amzn-RequestId."""
        key = (status, headers)
        head = self.heads.get(key)
        if head is None:
            # The date comes first: it arms the timer that empties the heads.
            lines = [b"HTTP/1.1 %d %b\r\nDate: %b\r\n" % (status, _REASONS.get(status, b"Status"), self.date())]
            for name, value in headers:
                check_field(name, value)
                lines.append(b"%b: %b\r\n" % (name, value))
            head = b"".join((*lines, b"x-amzn-RequestId: "))
            if len(self.heads) < _HEADS_MAX and len(head) <= _HEAD_BYTES_MAX:
                self.heads[key] = head
        return head

    def base(self, status: int, headers: Headers) -> bytes:
        """The start of an HTTP/1.1 answer that has fields of its own: status line, Date, `headers`."""
        key = (status, headers)
        base = self.bases.get(key)
        if base is None:
            lines = [b"HTTP/1.1 %d %b\r\nDate: %b" % (status, _REASONS.get(status, b"Status"), self.date())]
            base = b"\r\n".join((*lines, encoded_fields(headers), b"") if headers else (*lines, b""))
            if len(self.bases) < _HEADS_MAX and len(base) <= _HEAD_BYTES_MAX:
                self.bases[key] = base
        return base

    def refusal(self, facts: BadRequest) -> tuple[int, Headers, bytes]:
        """The answer to a request that the application never sees."""
        self.refused += 1
        if facts.status == http.HTTPStatus.REQUEST_TIMEOUT:
            self.timed_out += 1
        return self.bad_request(facts)

    def handler_failed(self, exchange: Exchange) -> None:
        """The application raised: say so in the log, and answer if that was not done."""
        log.exception("the handler failed on %s %s", exchange.method, exchange.path)
        if not exchange.answered:
            facts = BadRequest(
                500, "Internal server error", exchange.method, exchange.target, exchange.table, exchange.peer
            )
            exchange.respond(*self.bad_request(facts))

    def begin_sending(self, work: Coroutine[Any, Any, None], chunks: AsyncIterator[bytes]) -> asyncio.Task[None]:
        """A task that answers with `chunks` and closes them, as is done here where it is cancelled before it began."""
        task = self.loop.create_task(work)
        task.add_done_callback(lambda ended: self.close_soon(chunks) if ended.cancelled() else None)
        return task

    def close_soon(self, chunks: AsyncIterator[bytes]) -> None:
        """Close what nobody will read: a function that answers waits for its reader, a stream has its place."""
        self._closing_chunks.start("closing an answer", close_chunks(chunks))

    def disconnect(self, exchange: Exchange) -> None:
        """The client of an unanswered exchange is gone: tell the application."""
        self.disconnected += 1
        hook = exchange.on_disconnect
        exchange.on_disconnect = exchange.on_shutdown = None
        if hook is not None:
            run_hook(hook)

    @staticmethod
    def announce_shutdown(exchange: Exchange) -> None:
        """Tell the application that this unanswered exchange holds up the server's end."""
        hook, exchange.on_shutdown = exchange.on_shutdown, None
        if hook is not None:
            run_hook(hook)


def network_of(connection: Connection) -> str:
    """Whose address a connection comes from; those without one (other sockets than of the internet) are one's."""
    peer = connection.peer
    return network(str(peer[0])) if peer else ""


def run_hook(hook: Callable[[], object]) -> None:
    """Call the application; its failure must not keep the other exchanges from being told."""
    try:
        hook()
    except Exception:  # the outermost edge of a callback
        log.exception("a hook of an exchange failed")


def encoded_fields(fields: Headers) -> bytes:
    """Header fields as HTTP/1.1 has them, without the last line's end. Refuses what `check_field` does."""
    encoded = b"\r\n".join([b"%b: %b" % field for field in fields])
    breaks = len(fields) - 1
    if encoded.count(b"\n") != breaks or encoded.count(b"\r") != breaks or b"\0" in encoded:
        raise ValueError("line break in a header field")
    return encoded


def check_field(name: bytes, value: bytes) -> None:
    """Refuse a header field that would end early: whoever made it passed on a client's bytes unchecked."""
    if b"\n" in value or b"\r" in value or b"\0" in value or b"\n" in name or b"\r" in name or b":" in name:
        raise ValueError(f"line break in header field {name!r}")
