"""The control endpoints: health, capabilities, metrics, clock, reset, and what emulators' users rely on.

They are refused to cross-site browser requests and under foreign host names (`guard.py`), because a web page must not
be able to empty or read a developer's server. Where callers are checked, each is an IAM action on everything there is
("chasqui:Reset" on "*"), and requests are signed for the service "chasqui"; `PUBLIC` are those that anybody may ask.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec

from chasqui.access.admission import Door
from chasqui.access.audit.explanations import Explanations
from chasqui.access.authorizer import AccessDenied
from chasqui.access.caller import DEFAULT_ACCOUNT
from chasqui.base.actions import AccessLevel, Action
from chasqui.base.call import Call
from chasqui.base.clock import Clock
from chasqui.base.control import Answer, ControlRequest, Endpoint, Refusal
from chasqui.base.errors import ServiceError
from chasqui.base.pending import Drive
from chasqui.server.browsers import Browsers
from chasqui.server.exchange import Exchange, new_request_id
from chasqui.server.guests import Guest
from chasqui.server.reception import Reception
from chasqui.store.port import StoreError
from chasqui.wire.errors import resolve

_log = logging.getLogger("chasqui.control")
_JSON: Final = ((b"content-type", b"application/json"),)

#: The name that requests to control endpoints are signed for, and whose actions they are.
SERVICE: Final = "chasqui"
_DOOR: Final = Door(frozenset((SERVICE,)), "rest-json")

#: What anybody may ask in every mode: nothing here tells what users keep. A path that ends in "-" is the beginning of
#: several: the certificates that SNS signs with, where AWS has them, because verifiers insist on that.
PUBLIC: Final = frozenset(
    (
        ("GET", ""),
        ("GET", "/_chasqui/health"),
        ("GET", "/_chasqui/capabilities"),
        ("GET", "/_localstack/health"),
        ("GET", "/_localstack/init"),
        ("GET", "/SimpleNotificationService-"),
    )
)


class ControlRun(Drive[Answer]):
    """One control request under way."""

    __slots__ = ("_control", "_exchange")

    def __init__(self, control: Control, exchange: Exchange, work: Any) -> None:
        super().__init__(work)
        self._control = control
        self._exchange = exchange
        self.step()

    def finish(self, value: Answer | None, error: BaseException | None) -> None:
        if value is not None:
            body = value.body if isinstance(value.body, bytes) else msgspec.json.encode(value.body)
            headers = ((b"content-type", value.content_type.encode()), *value.headers)
            self._exchange.respond(value.status, headers, body)
        elif isinstance(error, Refusal):
            _refuse(self._exchange, error.status, str(error))
        elif isinstance(error, ServiceError):
            self._control.refused(self._exchange, error)
        elif isinstance(error, StoreError):
            _refuse(self._exchange, 503, "The server's store does not answer.")
        else:
            _log.error("control request failed", exc_info=error, extra={"path": self._exchange.path})
            _refuse(self._exchange, 500, "The request failed; see the server's log.")


def _refuse(exchange: Exchange, status: int, message: str, code: str = "", request_id: str | None = None) -> None:
    told = {"message": message} if not code else {"code": code, "message": message}
    exchange.respond(status, _JSON, msgspec.json.encode(told), request_id)


class Control:
    """The table of control endpoints by (method, path)."""

    def __init__(self, browsers: Browsers, reception: Reception, explanations: Explanations, clock: Clock) -> None:
        self._browsers = browsers
        self._reception = reception
        self._explanations = explanations
        self._clock = clock
        self._table: dict[tuple[str, str], Endpoint] = {}
        self._actions: dict[str, Action] = {}

    def mount(self, endpoints: Mapping[tuple[str, str], Endpoint]) -> None:
        """Add endpoints."""
        assert not self._table.keys() & endpoints.keys(), "a control endpoint has one owner"
        for which, endpoint in endpoints.items():
            assert (endpoint.action is None) is (which in PUBLIC), f"{which} has an action, or is one of PUBLIC"
            if endpoint.action is not None:
                level: AccessLevel = "read" if which[0] == "GET" else "write"
                action = Action(name=endpoint.action, level=level, resource=_the_server)
                self._actions.setdefault(endpoint.action, action)
        self._table.update(endpoints)

    @property
    def paths(self) -> list[str]:
        return sorted(f"{method} {path}" for method, path in self._table)

    @property
    def endpoints(self) -> Mapping[tuple[str, str], Endpoint]:
        """All of them."""
        return self._table

    def handle(self, exchange: Exchange) -> None:
        """Answer a request on a control path."""
        method = "GET" if exchange.method == "HEAD" else exchange.method
        path, family = exchange.path.rstrip("/"), f"{exchange.path.rpartition('-')[0]}-"
        endpoint = self._table.get((method, path)) or self._table.get((method, family))
        # A strict server asks for a signature instead, which no page has, under whatever name it is called. Public
        # certificates are fetched by other servers, under whatever name they know this one.
        signed = endpoint is not None and endpoint.action is not None and self._reception.verifies
        anybody = (method, family) in PUBLIC
        refusal = None if signed or anybody else self._browsers.control_refusal(exchange)
        if refusal is not None:
            _refuse(exchange, 403, refusal)
        elif endpoint is None:
            known = {path for _, path in self._table}
            status = 405 if exchange.path.rstrip("/") in known else 404
            _refuse(exchange, status, f"{exchange.method} {exchange.path} is no control endpoint of this server.")
        elif endpoint.action is None or not self._reception.checks:
            ControlRun(self, exchange, endpoint.handler(_request(exchange)))
        else:
            ControlRun(self, exchange, self._checked(exchange, endpoint, self._actions[endpoint.action]))

    async def _checked(self, exchange: Exchange, endpoint: Endpoint, action: Action) -> Answer:
        """Who asks, may they; then the answer. Raises `Refusal` and AWS' refusals."""
        await self._reception.admit(exchange, _DOOR, action)
        return await endpoint.handler(_request(exchange))

    async def serve_guest(self, guest: Guest, request: ControlRequest) -> Answer:
        """An endpoint's answer to somebody who was let into the house. Raises `Refusal` and AWS' refusals."""
        endpoint = self._table.get((request.method, request.path))
        if endpoint is None:
            raise Refusal(404, f"{request.method} {request.path} is no control endpoint of this server.")
        if endpoint.action is not None:
            await self._reception.admit_guest(guest, self._actions[endpoint.action])
        return await endpoint.handler(request)

    def refused(self, exchange: Exchange, error: ServiceError) -> None:
        """Tell a caller who may not why, and remember it for `chasqui access explain`."""
        request_id = new_request_id()
        if isinstance(error, AccessDenied):
            self._explanations.note(request_id, error.explanation, self._clock.now_ms())
        form = resolve(None, error)
        _refuse(exchange, form.status, error.message, form.name, request_id)


def _the_server(call: Call, _request: object) -> str:
    """What the endpoints act on: all that there is, whosever it is. So it is the operator's, in the default account."""
    return f"arn:aws:chasqui:{call.region}:{DEFAULT_ACCOUNT}:server"


def _base_url(exchange: Exchange) -> str:
    host = (exchange.header(b"host") or b"localhost").decode("latin-1")
    return f"{exchange.scheme}://{host}"


def _request(exchange: Exchange) -> ControlRequest:
    return ControlRequest(
        exchange.method,
        exchange.path,
        parse_qs(exchange.query, keep_blank_values=True),
        exchange.body,
        _base_url(exchange),
        (exchange.header(b"accept") or b"").decode("latin-1"),
    )
