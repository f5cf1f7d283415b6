"""The control endpoints: health, capabilities, metrics, clock, reset, and what emulators' users rely on.

They are refused to cross-site browser requests and under foreign host names (`guard.py`), because a web page must not
be able to empty or read a developer's server.
"""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qs

import msgspec

from chasqui.base.control import Answer, ControlRequest, Handler, Refusal
from chasqui.base.pending import call_when_done
from chasqui.server import guard
from chasqui.server.exchange import Exchange

_log = logging.getLogger("chasqui.control")
_JSON = ((b"content-type", b"application/json"),)


def _run(exchange: Exchange, work: Coroutine[Any, Any, Answer], _finished: object = None) -> None:
    """Run a handler to its next wait, which calls this again, or to its end."""
    try:
        waiting = work.send(None)
    except StopIteration as stop:
        value: Answer = stop.value
        body = value.body if isinstance(value.body, bytes) else msgspec.json.encode(value.body)
        exchange.respond(value.status, ((b"content-type", value.content_type.encode()),), body)
    except Refusal as refusal:
        _refuse(exchange, refusal.status, str(refusal))
    except BaseException as error:  # noqa: BLE001  the outermost edge of a request
        _log.error("control request failed", exc_info=error, extra={"path": exchange.path})
        _refuse(exchange, 500, "The request failed; see the server's log.")
    else:
        call_when_done(waiting, partial(_run, exchange, work))


def _refuse(exchange: Exchange, status: int, message: str) -> None:
    exchange.respond(status, _JSON, msgspec.json.encode({"message": message}))


class Control:
    """The table of control endpoints: (method, path) to handler."""

    def __init__(self, allowed_hosts: frozenset[str]) -> None:
        self._allowed_hosts = allowed_hosts
        self._table: dict[tuple[str, str], Handler] = {}

    def mount(self, handlers: Mapping[tuple[str, str], Handler]) -> None:
        """Add endpoints."""
        assert not self._table.keys() & handlers.keys(), "a control endpoint has one owner"
        self._table.update(handlers)

    @property
    def paths(self) -> list[str]:
        return sorted(f"{method} {path}" for method, path in self._table)

    def handle(self, exchange: Exchange) -> None:
        """Answer a request on a control path."""
        refusal = guard.refusal(dict(exchange.headers), self._allowed_hosts)
        if refusal is not None:
            _refuse(exchange, 403, refusal)
            return
        method = "GET" if exchange.method == "HEAD" else exchange.method
        handler = self._table.get((method, exchange.path.rstrip("/")))
        if handler is None:
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
        _run(exchange, handler(request))
