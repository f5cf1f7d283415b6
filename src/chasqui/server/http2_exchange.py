"""An exchange of an HTTP/2 connection: its answers are the connection's to give."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from chasqui.server.exchange import Exchange, Headers


class Http2Exchange(Exchange, eq=False):
    """An exchange of an HTTP/2 connection."""

    stream_id: int = 0
    streaming: Any = None

    def respond(self, status: int, headers: Headers, body: bytes, request_id: str | None = None) -> None:
        self.connection.respond(self, status, headers, body, request_id)

    def respond_own(self, status: int, headers: Headers, own: Headers, body: bytes) -> None:
        self.connection.respond(self, status, headers + own, body, "")

    def respond_stream(
        self,
        status: int,
        headers: Headers,
        chunks: AsyncIterator[bytes],
        request_id: str | None = None,
        own: Headers | None = None,
    ) -> None:
        self.connection.respond_stream(self, status, headers + (own or ()), chunks, request_id if own is None else "")
