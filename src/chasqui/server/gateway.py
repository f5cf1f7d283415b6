"""The way of a request: from an HTTP exchange to a service's operation and back.

A JSON request of a mounted service is found by one dictionary look-up on its `X-Amz-Target`; everything else goes
through `wire.routing`. Operations run on the caller's stack (`base.pending`): no task, no queue in between.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import partial
from typing import Any

import msgspec

from chasqui.access.admission import Admission, Admitted, RequestFacts
from chasqui.access.caller import Callers, region_of_host
from chasqui.base.call import Call
from chasqui.base.clock import Clock
from chasqui.base.errors import ChasquiError, ServiceError
from chasqui.base.pending import Drive, call_when_done
from chasqui.server import guard
from chasqui.server.exchange import BadRequest, Exchange, Headers, new_request_id
from chasqui.server.mounted import Endpoint, Mounted
from chasqui.store.port import StoreError, StoreFull
from chasqui.wire import routing
from chasqui.wire.json import DECODE_ERRORS
from chasqui.wire.model import load_service
from chasqui.wire.protocol import Request, Response, WireProtocol
from chasqui.wire.registry import PROTOCOLS
from chasqui.wire.validation import validate

_log = logging.getLogger("chasqui.requests")

_CALLS_MAX = 4096
_CBOR = b"application/x-amz-cbor"
_CALLS_OF_ONE_MAX = 256
_ROUTED_BY_HEADER = frozenset((b"x-amz-target", b"smithy-protocol"))
# What access keys begin with that IAM or STS gave out (AKIA…, ASIA…): their holder is looked up in every mode.
_REAL_KEY = b"Credential=A"

# What a refused request is called, by status.
_REFUSALS = {
    408: "RequestTimeout",
    413: "RequestEntityTooLarge",
    414: "URITooLong",
    431: "RequestHeaderSectionTooLarge",
}

ControlHandler = Callable[[Exchange], None]


_encode = msgspec.json.Encoder().encode


def send(exchange: Exchange, response: Response, request_id: str) -> None:
    """Answer with what a protocol rendered. The exchange adds the request id's header itself."""
    exchange.respond(response.status, without_request_id(response.headers), response.body, request_id)


def without_request_id(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """A protocol's headers less the one that the exchange adds."""
    return tuple(pair for pair in headers if pair[0] != b"x-amzn-requestid")


class Unroutable(ChasquiError):
    """A request that nothing answers to: what to tell its client, in which protocol."""

    def __init__(self, service: str, protocol: WireProtocol, error: ServiceError) -> None:
        super().__init__(str(error))
        self.service = service
        self.protocol = protocol
        self.error = error


def request_of(exchange: Exchange) -> Request:
    """An exchange as protocols, routing and signatures see it."""
    if exchange.fields is None:
        headers = {name: value.rstrip() for name, value in exchange.table.items()}
    else:
        headers = {}
        for name, value in exchange.headers:
            headers[name] = headers[name] + b"," + value if name in headers else value
    return Request(exchange.method, exchange.path, exchange.query, headers, exchange.body)


class OtherRun(Drive[Any]):
    """A request on its way to being routed."""

    __slots__ = ("_exchange", "_gateway")

    def __init__(self, gateway: Gateway, exchange: Exchange) -> None:
        super().__init__(gateway.route(exchange))
        self._gateway = gateway
        self._exchange = exchange
        self.step()

    def finish(self, value: Any, error: BaseException | None) -> None:
        if isinstance(error, Unroutable):
            self._gateway.fail(self._exchange, error.service or None, error.protocol, error.error)
        elif error is not None:
            self._gateway.fail(self._exchange, None, None, error)
        else:
            self._gateway.routed(self._exchange, value)


class Gateway:
    """Dispatches exchanges to the mounted services and to the control endpoints."""

    def __init__(
        self, mounted: Mounted, callers: Callers, admission: Admission, clock: Clock, control: ControlHandler
    ) -> None:
        self.mounted = mounted
        self._callers = callers
        self._admission = admission
        self._clock = clock
        self._control = control
        self._json = mounted.targets
        self._believes = not admission.checks
        self._calls: dict[tuple[bytes, bytes | None, str, str], Call] = {}

    def handle(self, exchange: Exchange) -> None:
        """Answer an exchange, now or later. Never raises."""
        table = exchange.table
        authorization = table.get(b"authorization")
        if authorization is None and self._refuse_page(exchange):
            return
        endpoint = self._json.get(table.get(b"x-amz-target"))  # type: ignore[arg-type]
        if endpoint is None or table.get(b"content-type", b"").startswith(_CBOR):
            self._handle_other(exchange)
            return
        if not self._believes or authorization is None or _REAL_KEY in authorization:
            self._run(exchange, endpoint, None, self._checked(exchange, endpoint, None))
            return
        # The hottest way, spelt out: plain JSON from somebody who is believed.
        try:
            request = endpoint.decode(exchange.body)
        except DECODE_ERRORS:
            try:
                request = endpoint.decode_slowly(exchange.body)
            except ServiceError as error:
                self.fail(exchange, endpoint.service_name, None, error)
                return
        call = self._call(exchange, table, authorization)
        self._run(exchange, endpoint, None, endpoint.operation(endpoint.room, call, request))

    async def _checked(self, exchange: Exchange, endpoint: Endpoint, protocol: WireProtocol | None) -> Any:
        """Who calls, what for, may they; then the operation."""
        request = request_of(exchange)
        admission, door, action = self._admission, endpoint.door, endpoint.action
        admitted = admission.identify_at_hand(request, door) or await admission.identify(request, door)
        params = self._parse(endpoint, protocol, request)
        call = self._call_of(exchange, admitted)
        identity = admitted.identity
        if not admission.allows_at_hand(identity, action, call, params):
            facts = self._facts(exchange)
            await admission.authorize(identity, action, call, params, facts, door.family)
        return await endpoint.operation(endpoint.room, call, params)

    def _parse(self, endpoint: Endpoint, protocol: WireProtocol | None, request: Request) -> Any:
        if protocol is None:
            return endpoint.decode_slowly(request.body)
        model = load_service(endpoint.service_name).operation(endpoint.name)
        params = protocol.parse(model, request)
        if endpoint.checked:
            validate(model, params)
        return msgspec.convert(params, endpoint.input, builtin_types=(bytes,))

    def _facts(self, exchange: Exchange) -> RequestFacts:
        peer = exchange.peer
        return RequestFacts(
            source_address=str(peer[0]) if peer else "",
            secure=exchange.scheme == "https",
            user_agent=(exchange.header(b"user-agent") or b"").decode("latin-1"),
            referer=(exchange.header(b"referer") or b"").decode("latin-1"),
            now_ms=self._clock.now_ms(),
        )

    def _run(
        self,
        exchange: Exchange,
        endpoint: Endpoint,
        protocol: WireProtocol | None,
        operation: Coroutine[Any, Any, Any],
        _finished: object = None,
    ) -> None:
        """Run an operation to its next wait, which calls this again, or to its end: a `Drive` spelt out, because it is
        hot. `protocol` is None where the request came as the service's own JSON."""
        try:
            waiting = operation.send(None)
        except StopIteration as stop:
            value = stop.value
            if protocol is None:
                exchange.respond(200, endpoint.headers, b"{}" if value is None else _encode(value))
            else:
                model = load_service(endpoint.service_name).operation(endpoint.name)
                request_id = new_request_id()
                send(exchange, protocol.serialise(model, value, request_id), request_id)
        except BaseException as error:  # noqa: BLE001  the outermost edge of a request
            self.fail(exchange, endpoint.service_name, protocol, error)
        else:
            if waiting is not None:
                exchange.on_disconnect = waiting.cancel
            call_when_done(waiting, partial(self._run, exchange, endpoint, protocol, operation))

    def _refuse_page(self, exchange: Exchange) -> bool:
        """Refuse what a page of another site makes a browser send unsigned: it needs no preflight, so only we are
        between it and the queues. True if refused."""
        table = exchange.table
        rebound = b"sec-fetch-site" in table and guard.foreign_host(table, frozenset())
        if not (rebound or guard.is_cross_site(table)) or "X-Amz-Signature" in exchange.query:
            return False
        error = ServiceError("AccessDenied", "Cross-site browser requests must be signed.", status=403)
        self.fail(exchange, None, PROTOCOLS["query"], error)
        return True

    def _call(self, exchange: Exchange, table: Mapping[bytes, bytes], authorization: bytes) -> Call:
        """The facts of a believed call, shared by all requests with this credential scope, address and path."""
        # The scope is what stands between "Credential=" and the next comma; the signature behind it changes.
        scope = authorization[: authorization.find(b",")]
        key = (scope, table.get(b"host"), exchange.target, exchange.connection.scheme)
        call = self._calls.get(key)
        if call is None:
            caller = self._callers.of_header(authorization)
            identity = self._admission.root(caller.account, caller.access_key)
            call = self._new_call(exchange, Admitted(identity, caller.region))
            if len(self._calls) >= _CALLS_MAX:
                self._calls.clear()
            # A header in another order than AWS' own would not be told apart by its beginning.
            if b"Credential=" in scope:
                self._calls[key] = call
        return call

    def _call_of(self, exchange: Exchange, admitted: Admitted) -> Call:
        """The facts of a call, shared by all requests of this identity to this region, address and path."""
        calls = admitted.identity.calls
        key = (admitted.region, exchange.table.get(b"host"), exchange.target, exchange.connection.scheme)
        call: Call | None = calls.get(key)
        if call is None:
            if len(calls) >= _CALLS_OF_ONE_MAX:
                calls.clear()
            call = calls[key] = self._new_call(exchange, admitted)
        return call

    def _new_call(self, exchange: Exchange, admitted: Admitted) -> Call:
        host = (exchange.header(b"host") or b"localhost").decode("latin-1")
        region = admitted.region or region_of_host(host) or self._callers.anonymous.region
        base_url = f"{exchange.scheme}://{host}"
        path_url = "" if exchange.path == "/" else base_url + exchange.path
        principal = admitted.identity.principal
        return Call(principal.account, region, principal, principal.id, base_url, path_url)

    def _handle_other(self, exchange: Exchange) -> None:
        """What is not a hot service's JSON: routed by its whole shape."""
        if guard.is_control(exchange.path) and not _ROUTED_BY_HEADER & exchange.table.keys():
            self._control(exchange)
        else:
            OtherRun(self, exchange)

    async def route(self, exchange: Exchange) -> tuple[Endpoint, WireProtocol] | None:
        """The operation that a request is for, and its protocol; None for a control endpoint. Raises `Unroutable`."""
        route = routing.route(await self.mounted.catalogue(), request_of(exchange))
        if route.control:
            return None
        protocol = PROTOCOLS[route.protocol]
        if route.error is not None:
            raise Unroutable(route.service, protocol, route.error)
        endpoint = await self.mounted.endpoint(route.service, route.operation)
        if endpoint is None:
            raise Unroutable(route.service, protocol, not_implemented(route.service, route.operation))
        return endpoint, protocol

    def routed(self, exchange: Exchange, found: tuple[Endpoint, WireProtocol] | None) -> None:
        """Go on with a request whose way is known."""
        if found is None:
            self._control(exchange)
        else:
            endpoint, protocol = found
            self._run(exchange, endpoint, protocol, self._checked(exchange, endpoint, protocol))

    def bad_request(self, facts: BadRequest) -> tuple[int, Headers, bytes]:
        """The answer to what was refused before it became an exchange, in the shape its target speaks."""
        endpoint = self._json.get(facts.table.get(b"x-amz-target"))  # type: ignore[arg-type]
        service = load_service(endpoint.service_name) if endpoint is not None else None
        code = _REFUSALS.get(facts.status, "BadRequest" if facts.status < 500 else "InternalFailure")
        error = ServiceError(
            code, facts.reason, status=facts.status, fault="Sender" if facts.status < 500 else "Receiver"
        )
        response = PROTOCOLS["json-1.0" if service is not None else "query"].error(service, error, new_request_id())
        return response.status, without_request_id(response.headers), response.body

    def fail(
        self,
        exchange: Exchange,
        service_name: str | None,
        protocol: WireProtocol | None,
        error: BaseException,
    ) -> None:
        """Answer with an error in the protocol's shape; what nobody foresaw is logged and becomes a 500."""
        if isinstance(error, asyncio.CancelledError):
            if not exchange.answered:
                exchange.respond(503, (), b"")
            return
        request_id = new_request_id()
        if isinstance(error, StoreFull):
            error = ServiceError(
                "ServiceUnavailable", "There is no room on the server's disk.", status=503, fault="Receiver"
            )
        elif isinstance(error, StoreError):
            error = ServiceError(
                "ServiceUnavailable", "The server's store does not answer.", status=503, fault="Receiver"
            )
        elif not isinstance(error, ServiceError):
            _log.error("request failed", exc_info=error, extra={"request": request_id})
            error = ServiceError(
                "InternalFailure",
                "The request processing has failed because of an unknown error, exception or failure.",
                status=500,
                fault="Receiver",
            )
        service = load_service(service_name) if service_name else None
        spoken = protocol or PROTOCOLS["json-1.0"]
        send(exchange, spoken.error(service, error, request_id), request_id)


def not_implemented(service: str, operation: str) -> ServiceError:
    """What an operation answers that AWS has and this server does not."""
    return ServiceError(
        "NotImplementedException",
        f"{service}:{operation} is not implemented by this version of Chasqui; see /_chasqui/capabilities.",
        status=501,
        fault="Receiver",
    )
