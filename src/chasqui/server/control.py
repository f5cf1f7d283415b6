"""The control endpoints: health, capabilities, metrics, clock, reset, and what emulators' users rely on.

They are refused to cross-site browser requests and under foreign host names (`guard.py`), because a web page must not
be able to empty or read a developer's server.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import msgspec

from chasqui.base.control import Answer, ControlRequest, Endpoint, Refusal
from chasqui.base.pending import Drive
from chasqui.server.browsers import Browsers
from chasqui.server.exchange import Exchange

_log = logging.getLogger("chasqui.control")
_JSON = ((b"content-type", b"application/json"),)


class ControlRun(Drive[Answer]):
    """One control request under way."""

    __slots__ = ("_exchange",)

    def __init__(self, exchange: Exchange, work: Any) -> None:
        super().__init__(work)
        self._exchange = exchange
        self.step()

    def finish(self, value: Answer | None, error: BaseException | None) -> None:
        if value is not None:
            body = value.body if isinstance(value.body, bytes) else msgspec.json.encode(value.body)
            self._exchange.respond(value.status, ((b"content-type", value.content_type.encode()),), body)
        elif isinstance(error, Refusal):
            _refuse(self._exchange, error.status, str(error))
        else:
            _log.error("control request failed", exc_info=error, extra={"path": self._exchange.path})
            _refuse(self._exchange, 500, "The request failed; see the server's log.")


def _refuse(exchange: Exchange, status: int, message: str) -> None:
    exchange.respond(status, _JSON, msgspec.json.encode({"message": message}))


class Control:
    """The table of control endpoints by (method, path)."""

    def __init__(self, browsers: Browsers) -> None:
        self._browsers = browsers
        self._table: dict[tuple[str, str], Endpoint] = {}

    def mount(self, endpoints: Mapping[tuple[str, str], Endpoint]) -> None:
        """Add endpoints."""
        assert not self._table.keys() & endpoints.keys(), "a control endpoint has one owner"
        self._table.update(endpoints)

    @property
    def paths(self) -> list[str]:
        return sorted(f"{method} {path}" for method, path in self._table)

    def handle(self, exchange: Exchange) -> None:
        """Answer a request on a control path."""
        refusal = self._browsers.control_refusal(exchange)
        if refusal is not None:
            _refuse(exchange, 403, refusal)
            return
        method = "GET" if exchange.method == "HEAD" else exchange.method
        endpoint = self._table.get((method, exchange.path.rstrip("/")))
        if endpoint is None:
            known = {path for _, path in self._table}
            status = 405 if exchange.path.rstrip("/") in known else 404
            _refuse(exchange, status, f"{exchange.method} {exchange.path} is no control endpoint of this server.")
            return
        host = (exchange.header(b"host") or b"localhost").decode("latin-1")
        request = ControlRequest(
            exchange.method,
            exchange.path,
            parse_qs(exchange.query, keep_blank_values=True),
            exchange.body,
            f"{exchange.scheme}://{host}",
            (exchange.header(b"accept") or b"").decode("latin-1"),
        )
        ControlRun(exchange, endpoint.handler(request))
