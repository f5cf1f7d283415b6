"""The door: sockets, what a connection speaks by its first bytes, statistics, and the way out.

HTTP, HTTPS and HTTP/2 share each port. The first byte of a TLS handshake is 0x16, which begins no request; HTTP/2 with
prior knowledge begins with its preface (RFC 9113, 3.4).
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import sys
from collections.abc import Callable
from typing import cast

import msgspec

from chasqui.server.exchange import BadRequestHook, Exchange, Peer
from chasqui.server.http1 import Http1Connection
from chasqui.server.http2_frames import PREFACE
from chasqui.server.hub import Hub, Statistics, StreamsHook
from chasqui.server.limits import Limits
from chasqui.server.tls import TlsConnection, tls_context

__all__ = ["Listener", "bind", "listen", "raise_file_limit", "tls_context"]

_TLS_HANDSHAKE = 0x16
#: All clients of a fleet may connect in the same moment.
_BACKLOG = 4096
_FILES_MAX = 1 << 20
_BIND_ATTEMPTS = 16
#: Connections beyond the limit that are told so; further ones are cut off.
_TURNED_AWAY_MAX = 64
#: Open files that are not connections: the database's, the log's, listening sockets.
_FILES_KEPT = 128


def http2_connection(hub: Hub, scheme: str) -> asyncio.Protocol:
    """An HTTP/2 connection. Imported with the first of them: it costs a twentieth of the server's start."""
    from chasqui.server.http2 import Http2Connection  # noqa: PLC0415

    return Http2Connection(hub, scheme)


class FirstBytes(asyncio.Protocol):
    """A connection until it is known what it speaks."""

    __slots__ = ("_crowded", "_data", "_hub", "_since", "_tls", "_transport", "peer", "requests")

    def __init__(self, hub: Hub, tls: ssl.SSLContext | None) -> None:
        self._hub = hub
        self._tls = tls
        self._data = b""
        self._since = hub.loop.time()
        self._transport: asyncio.Transport | None = None
        #: There are too many connections for this one to stay.
        self._crowded = False
        self.peer: Peer = None
        self.requests = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.peer = transport.get_extra_info("peername")
        self._hub.join(self)
        if self._hub.closing:
            self._transport.close()
        elif excess := self._hub.excess(self):
            self._crowded = True
            self._hub.turned_away(self)
            if excess > _TURNED_AWAY_MAX:
                self.abort()

    def data_received(self, data: bytes) -> None:
        data = self._data + data
        if self._crowded:
            self._turn_away(data)
            return
        protocol: asyncio.Protocol
        if data[0] == _TLS_HANDSHAKE and self._tls is not None:
            protocol = TlsConnection(self._hub, self._tls, self._by_alpn)
        elif data.startswith(PREFACE):
            protocol = http2_connection(self._hub, "http")
        elif PREFACE.startswith(data):
            self._data = data
            return
        else:
            protocol = Http1Connection(self._hub, "http")
        self._hand_over(protocol)
        protocol.data_received(data)

    def _hand_over(self, protocol: asyncio.Protocol) -> None:
        transport, self._transport = self._transport, None
        assert transport is not None
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        self._hub.replaced(self)

    def _turn_away(self, data: bytes) -> None:
        """Say that there are too many connections, if that is a word: TLS and HTTP/2 would cost a handshake."""
        if data[0] == _TLS_HANDSHAKE or PREFACE.startswith(data[: len(PREFACE)]):
            self.abort()
            return
        protocol = Http1Connection(self._hub, "http")
        self._hand_over(protocol)
        protocol.turn_away()

    def _by_alpn(self, name: str | None) -> asyncio.Protocol:
        return http2_connection(self._hub, "https") if name == "h2" else Http1Connection(self._hub, "https")

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        self._hub.leave(self)

    # --- see hub.Connection ---------------------------------------------------------------------------------------

    def sweep(self, now: float) -> bool:
        limits = self._hub.limits
        allowed = limits.request_seconds if self._data else limits.idle_seconds
        if now - self._since >= (limits.linger_seconds if self._crowded else allowed):
            self.abort()
        return True

    def shut_down(self) -> None:
        self.abort()

    def retire(self) -> None:
        """What it begins to speak is told."""

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class Listener:
    """An open door."""

    def __init__(self, hub: Hub, servers: list[asyncio.AbstractServer], port: int) -> None:
        self._hub = hub
        self._servers = servers
        self.port = port

    @property
    def connections(self) -> int:
        """Connections now."""
        return len(self._hub.connections)

    def statistics(self) -> Statistics:
        """Counters since the start."""
        return self._hub.statistics()

    def shut(self) -> None:
        """Accept no more; each connection ends with the answers to what it has asked (those with an `on_shutdown` hook
        are told)."""
        self._hub.closing = True
        self._stop_accepting()
        for connection in list(self._hub.connections):
            connection.shut_down()

    def retire(self) -> None:
        """Accept no more, and let every answer be its connection's last. Who is between requests may ask once more:
        closed now, the connection could meet the next request on its way, which would get no answer."""
        self._hub.retiring = True
        self._stop_accepting()
        for connection in list(self._hub.connections):
            connection.retire()

    async def retired(self, seconds: float) -> None:
        """Wait until the last connection is gone, for so long at most."""
        await self._empty(seconds)

    def _stop_accepting(self) -> None:
        for server in self._servers:
            server.close()

    async def _empty(self, seconds: float | None) -> None:
        hub = self._hub
        if hub.connections:
            empty = hub.loop.create_future()
            hub.on_empty = lambda: None if empty.done() else empty.set_result(None)
            await asyncio.wait([empty], timeout=seconds)

    async def close(self, grace_seconds: float = 10.0) -> None:
        """Accept no more, let requests in flight end (see `shut`), close.

        What is not answered after `grace_seconds` is cut off, as if its client had gone.
        """
        hub = self._hub
        self.shut()
        await self._empty(grace_seconds)
        for connection in list(hub.connections):
            connection.abort()
        await self._empty(None)
        hub.stop()
        for server in self._servers:
            await server.wait_closed()


async def listen(
    handler: Callable[[Exchange], None],
    *,
    host: str | list[str] = "localhost",
    port: int = 4566,
    tls: ssl.SSLContext | None = None,
    limits: Limits | None = None,
    bad_request: BadRequestHook | None = None,
    streams: StreamsHook | None = None,
    sockets: list[socket.socket] | None = None,
) -> Listener:
    """Listen on all of `host`, on one port (0: any free one), and hand each request to `handler`. With `sockets`, which
    `bind` made, listen on these.

    `localhost` means both loopback addresses, as far as the machine has them. Raises `OSError` if the port is taken.
    """
    loop = asyncio.get_running_loop()
    hub = Hub(handler, within_files(limits or Limits(), raise_file_limit()), bad_request, loop, streams)
    if sockets is None:
        sockets = _bind_all([host] if isinstance(host, str) else host, port)
    servers: list[asyncio.AbstractServer] = [
        await loop.create_server(lambda: FirstBytes(hub, tls), sock=each, backlog=_BACKLOG) for each in sockets
    ]
    return Listener(hub, servers, sockets[0].getsockname()[1])


def bind(host: str, port: int, count: int) -> list[list[socket.socket]]:
    """`count` times the sockets of one address and port, for that many processes to listen on: the system deals new
    connections out to them (SO_REUSEPORT). Raises `OSError` if the port is taken, also by another such server."""
    for each in _bind_all([host], port) if port else ():
        each.close()
    first = _bind_all([host], port, shared=True)
    port = first[0].getsockname()[1]
    return [first, *(_bind_all([host], port, shared=True) for _ in range(count - 1))]


def _bind_all(hosts: list[str], port: int, *, shared: bool = False) -> list[socket.socket]:
    """A bound socket for each address. With port 0 the first address chooses the port, which may be taken on the
    next one: then another is tried."""
    for attempt in range(_BIND_ATTEMPTS):
        bound: list[socket.socket] = []
        try:
            for family, address, optional in _addresses(hosts):
                at = bound[0].getsockname()[1] if bound else port
                each = _bind(family, address, at, optional and bool(bound), shared)
                if each is not None:
                    bound.append(each)
        except OSError as error:
            for each in bound:
                each.close()
            taken = error.errno == errno.EADDRINUSE and port == 0 and bound
            if not taken or attempt == _BIND_ATTEMPTS - 1:
                raise
        else:
            return bound
    raise AssertionError("the loop returns or raises")


def _addresses(hosts: list[str]) -> list[tuple[int, str, bool]]:
    """(family, address, whether the machine may lack it), each once."""
    found: dict[tuple[int, str], bool] = {}
    for host in hosts:
        if host == "localhost":
            found.setdefault((socket.AF_INET, "127.0.0.1"), False)
            found.setdefault((socket.AF_INET6, "::1"), True)
            continue
        for family, _, _, _, address in socket.getaddrinfo(
            host or None, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            found.setdefault((family, str(address[0])), False)
    return [(family, address, optional) for (family, address), optional in found.items()]


def _bind(family: int, address: str, port: int, optional: bool, shared: bool) -> socket.socket | None:
    try:
        each = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        if optional:
            return None
        raise
    try:
        if sys.platform != "win32":  # where it would let two servers share a port
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            each.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        each.setblocking(False)
        each.bind((address, port))
    except OSError as error:
        each.close()
        if optional and error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            return None
        raise
    return each


def within_files(limits: Limits, files: int | None) -> Limits:
    """The limits with no more connections than so many open files allow; without a limit of connections as they are."""
    if files is None or files < 0 or not limits.connections_max:
        return limits
    allowed = min(limits.connections_max, max(1, files - _FILES_KEPT))
    return msgspec.structs.replace(limits, connections_max=allowed)


def raise_file_limit() -> int | None:
    """Allow as many open files, thus connections, as the system lets us. The limit now; None where there is none."""
    try:
        import resource  # noqa: PLC0415  not on Windows
    except ImportError:
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES_MAX if hard == resource.RLIM_INFINITY else min(hard, _FILES_MAX)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):  # macOS says infinity and means less
        return soft
    return wanted
