"""HTTP/2 requests of which not everything has come: what is held of them, and what their clients may go on sending.

A body that is held whole is acknowledged as it comes. One that the application reads as it comes is acknowledged when
it was read: the stream's window is the bound of what waits. The connection's window is not held back with it, or one
slow reader would stop all streams, unless much waits on the connection in all.
"""

from __future__ import annotations

import contextlib
from typing import Final

import h2.connection
import h2.exceptions

from chasqui.server import http1_rules as rules
from chasqui.server.http1_rules import Refusal
from chasqui.server.inflow import Inflow
from chasqui.server.limits import MIB, Limits

#: So many bytes may wait to be read on one connection before its window is held back.
_UNREAD_BYTES_MAX: Final = 4 * MIB

Fields = list[tuple[bytes, bytes]]


class Arriving:
    """A request of which not everything has come. `stream` is its body where the application has the request
    already."""

    __slots__ = ("body", "fields", "since", "stream")

    def __init__(self, fields: Fields, since: float) -> None:
        self.fields = fields
        self.body = bytearray()
        self.since = since
        self.stream: Inflow | None = None

    def too_slow(self, now: float, limits: Limits) -> bool:
        """Whether its client has taken too long."""
        if self.stream is not None:
            return self.stream.too_slow(now, limits)
        return now - self.since >= limits.request_seconds + len(self.body) / limits.body_bytes_per_second_min


def head_of(fields: Fields) -> tuple[str, bytes, Fields, dict[bytes, bytes]]:
    """(method, target, fields, fields by name) of a request, as HTTP/1.1 would have them. Raises `Refusal`."""
    pseudo = {name: value for name, value in fields if name.startswith(b":")}
    fields = [(name, value) for name, value in fields if not name.startswith(b":")]
    # Cookies may come in pieces (RFC 9113, 8.2.3); they are joined for those who know HTTP/1.1 only.
    cookies = [value for name, value in fields if name == b"cookie"]
    if len(cookies) > 1:
        fields = [field for field in fields if field[0] != b"cookie"] + [(b"cookie", b"; ".join(cookies))]
    if b":authority" in pseudo:
        fields = [(b"host", pseudo[b":authority"]), *(field for field in fields if field[0] != b"host")]
    table = rules.by_name(fields)
    rules.check_host(table.get(b"host"), old=False)
    method = pseudo[b":method"]
    if method == b"CONNECT":
        raise Refusal(405, "CONNECT is not supported")
    if not method.isalnum() and not method.replace(b"-", b"").isalnum():
        raise Refusal(400, "Invalid method")
    return method.decode("ascii", "replace"), pseudo.get(b":path", b""), fields, table


class Windows:
    """What the client of a connection may send."""

    __slots__ = ("_h2", "_owed", "_unread")

    def __init__(self, connection: h2.connection.H2Connection) -> None:
        self._h2 = connection
        self._unread = self._owed = 0

    def came(self, size: int, framing: int, stream_id: int) -> None:
        """Bytes of a body that waits to be read have come, with as many bytes of framing."""
        self._unread += size
        self._owed += size + framing
        self._pay()
        if framing:
            self._open(framing, stream_id)

    def read(self, size: int, stream_id: int | None) -> None:
        """Some were read, or thrown away (None: with their stream)."""
        self._unread -= size
        if size and stream_id is not None:
            self._open(size, stream_id)
        self._pay()

    def _pay(self) -> None:
        if self._owed and self._unread <= _UNREAD_BYTES_MAX:
            owed, self._owed = self._owed, 0
            self._open(owed, None)

    def _open(self, size: int, stream_id: int | None) -> None:
        # The stream, or the connection, may be closed already.
        with contextlib.suppress(h2.exceptions.ProtocolError):
            self._h2.increment_flow_control_window(size, stream_id)
