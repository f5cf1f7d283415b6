"""TLS over any transport, by memory buffers, so that the first byte of a connection may decide whether it is TLS.

`loop.start_tls` cannot be told of bytes that were read already, so the record layer is driven here: `TlsConnection` is
the protocol of the socket's transport, `TlsTransport` the transport of the HTTP connection on top. Nothing of HTTP may
live here but the choice by ALPN.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from chasqui.server.exchange import Peer
from chasqui.server.hub import Hub

_READ_BYTES = 65536


def tls_context(cert: str | Path, key: str | Path) -> ssl.SSLContext:
    """A server's context: TLS 1.2 and later, HTTP/2 or HTTP/1.1. `cert` is the chain; both files are PEM."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.set_alpn_protocols(["h2", "http/1.1"])
    context.load_cert_chain(cert, key)
    return context


class TlsTransport(asyncio.Transport):
    """What the HTTP connection writes to."""

    def __init__(self, connection: TlsConnection, raw: asyncio.Transport, tls: ssl.SSLObject) -> None:
        super().__init__()
        self._connection = connection
        self._raw = raw
        self._tls = tls
        self.paused = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._tls if name == "ssl_object" else self._raw.get_extra_info(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if data and not self._raw.is_closing():
            self._tls.write(data)
            self._connection.flush()

    def can_write_eof(self) -> bool:
        return False

    def is_closing(self) -> bool:
        return self._raw.is_closing()

    def close(self) -> None:
        if not self._raw.is_closing():
            self._connection.say_goodbye()
            self._raw.close()

    def abort(self) -> None:
        self._raw.abort()

    def pause_reading(self) -> None:
        self.paused = True
        self._raw.pause_reading()

    def resume_reading(self) -> None:
        self.paused = False
        self._raw.resume_reading()
        # Not now: the caller may be on the stack of `data_received`.
        asyncio.get_running_loop().call_soon(self._connection.read)

    def is_reading(self) -> bool:
        return not self.paused

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._raw.set_write_buffer_limits(high, low)

    def get_write_buffer_size(self) -> int:
        return self._raw.get_write_buffer_size()


class TlsConnection(asyncio.Protocol):
    """One TLS connection: the handshake, then a pipe between the socket and the protocol that ALPN chose."""

    requests = 0
    peer: Peer = None

    def __init__(self, hub: Hub, context: ssl.SSLContext, choose: Callable[[str | None], asyncio.Protocol]) -> None:
        self._hub = hub
        self._choose = choose
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._since = hub.loop.time()
        self._raw: asyncio.Transport | None = None
        self._upper: TlsTransport | None = None
        self._protocol: asyncio.Protocol | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._raw = cast(asyncio.Transport, transport)
        self.peer = transport.get_extra_info("peername")
        self._hub.join(self)

    def data_received(self, data: bytes) -> None:
        self._incoming.write(data)
        if self._protocol is None and not self._shake_hands():
            return
        self.read()

    def _shake_hands(self) -> bool:
        assert self._raw is not None
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self.flush()
            return False
        except ssl.SSLError:
            self.flush()  # the alert
            self._raw.close()
            return False
        self.flush()
        self._upper = TlsTransport(self, self._raw, self._tls)
        self._protocol = self._choose(self._tls.selected_alpn_protocol())
        self._protocol.connection_made(self._upper)
        self._hub.replaced(self)
        return True

    def read(self) -> None:
        """Pass on what can be decrypted, until the protocol wants no more for now."""
        while self._protocol is not None and self._upper is not None and not self._upper.paused:
            if self._raw is None or self._raw.is_closing():
                return
            try:
                data = self._tls.read(_READ_BYTES)
            except ssl.SSLWantReadError:
                self.flush()  # the answer to a key update
                return
            except ssl.SSLError:
                data = b""
            if not data:
                self._end_of_data()
                return
            self._protocol.data_received(data)

    def _end_of_data(self) -> None:
        """The client said goodbye, or nonsense."""
        assert self._protocol is not None
        assert self._raw is not None
        self.flush()
        if not self._protocol.eof_received():
            self._raw.close()

    def flush(self) -> None:
        """Send what the TLS layer has ready."""
        if self._outgoing.pending and self._raw is not None and not self._raw.is_closing():
            self._raw.write(self._outgoing.read())

    def say_goodbye(self) -> None:
        """Send close_notify; the client's is not waited for."""
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
        self.flush()

    def eof_received(self) -> bool:
        return False

    def pause_writing(self) -> None:
        if self._protocol is not None:
            self._protocol.pause_writing()

    def resume_writing(self) -> None:
        if self._protocol is not None:
            self._protocol.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        self._raw = None
        if self._protocol is None:
            self._hub.leave(self)
        else:
            self._protocol.connection_lost(error)
            self._protocol = None

    # --- see hub.Connection: until the handshake is done ----------------------------------------------------------

    def sweep(self, now: float) -> bool:
        if now - self._since >= self._hub.limits.request_seconds:
            self._hub.timed_out += 1
            self.abort()
        return True

    def shut_down(self) -> None:
        self.abort()

    def retire(self) -> None:
        """What it begins to speak is told."""

    def abort(self) -> None:
        if self._raw is not None:
            self._raw.abort()
