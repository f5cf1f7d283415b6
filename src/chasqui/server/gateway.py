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

from chasqui.access.caller import Callers, region_of_host
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.pending import call_when_done
from chasqui.base.service import Operation, Service
from chasqui.server import guard
from chasqui.server.exchange import BadRequest, Exchange, Headers, new_request_id
from chasqui.store.port import StoreError, StoreFull
from chasqui.wire import routing
from chasqui.wire.json import DECODE_ERRORS, StructDecoder
from chasqui.wire.model import load_service
from chasqui.wire.protocol import Request, Response, WireProtocol
from chasqui.wire.registry import PROTOCOLS

_log = logging.getLogger("chasqui.requests")

_CALLS_MAX = 4096
_CBOR = b"application/x-amz-cbor"
_JSON_1_0 = ((b"content-type", b"application/x-amz-json-1.0"),)
_JSON_1_1 = ((b"content-type", b"application/x-amz-json-1.1"),)

# What a refused request is called, by status.
_REFUSALS = {
    408: "RequestTimeout",
    413: "RequestEntityTooLarge",
    414: "URITooLong",
    431: "RequestHeaderSectionTooLarge",
}

ControlHandler = Callable[[Exchange], None]


class Endpoint:
    """One operation of one service, ready to be called."""

    __slots__ = ("decode", "decode_slowly", "headers", "input", "name", "operation", "room", "service", "service_name")

    def __init__(self, service: Service, name: str, operation: Operation) -> None:
        self.service_name = service.name
        self.service = service
        self.name = name
        self.operation = operation
        self.room = service.room
        self.input = service.inputs[name]
        # The strict decoder, and the one that knows what else AWS takes and how it words a refusal.
        self.decode: Callable[[bytes], Any] = msgspec.json.Decoder(self.input).decode
        self.decode_slowly = StructDecoder(self.input, service.name, name)
        self.headers = _JSON_1_0


_encode = msgspec.json.Encoder().encode


def send(exchange: Exchange, response: Response, request_id: str) -> None:
    """Answer with what a protocol rendered. The exchange adds the request id's header itself."""
    exchange.respond(response.status, without_request_id(response.headers), response.body, request_id)


def without_request_id(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """A protocol's headers less the one that the exchange adds."""
    return tuple(pair for pair in headers if pair[0] != b"x-amzn-requestid")


class Gateway:
    """Dispatches exchanges to the mounted services and to the control endpoints."""

    def __init__(self, services: Iterable[Service], callers: Callers, control: ControlHandler) -> None:
        self._callers = callers
        self._control = control
        self._endpoints: dict[tuple[str, str], Endpoint] = {}
        self._json: dict[bytes, Endpoint] = {}
        self._calls: dict[tuple[bytes, bytes | None, str, str], Call] = {}
        mounted = list(services)
        for service in mounted:
            self._mount(service)
        self._catalogue = routing.Catalogue([service.name for service in mounted])

    def _mount(self, service: Service) -> None:
        model = load_service(service.name)
        for name, operation in service.operations.items():
            endpoint = Endpoint(service, name, operation)
            self._endpoints[(service.name, name)] = endpoint
            if model.target_prefix:
                endpoint.headers = _JSON_1_1 if model.json_version == "1.1" else _JSON_1_0
                self._json[f"{model.target_prefix}.{name}".encode()] = endpoint

    @property
    def capabilities(self) -> Mapping[str, list[str]]:
        """The operations that are implemented, by service: what is not listed answers with an error."""
        found: dict[str, list[str]] = {}
        for service, operation in sorted(self._endpoints):
            found.setdefault(service, []).append(operation)
        return found

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
        try:
            request = endpoint.decode(exchange.body)
        except DECODE_ERRORS:
            try:
                request = endpoint.decode_slowly(exchange.body)
            except ServiceError as error:
                self.fail(exchange, endpoint.service_name, None, error)
                return
        call = self._call(exchange, table, authorization or b"")
        self._run(exchange, endpoint, None, endpoint.operation(endpoint.room, call, request))

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
        """The facts of the call, shared by all requests with this credential scope, address and path."""
        # The scope is what stands between "Credential=" and the next comma; the signature behind it changes.
        scope = authorization[: authorization.find(b",")]
        key = (scope, table.get(b"host"), exchange.target, exchange.connection.scheme)
        call = self._calls.get(key)
        if call is None:
            call = self._new_call(exchange)
            if len(self._calls) >= _CALLS_MAX:
                self._calls.clear()
            # A header in another order than AWS' own would not be told apart by its beginning.
            if b"Credential=" in scope or not authorization:
                self._calls[key] = call
        return call

    def _new_call(self, exchange: Exchange) -> Call:
        caller = self._callers.of_header(exchange.table.get(b"authorization"))
        if not caller.access_key and exchange.query:
            caller = self._callers.of_query(exchange.query) or caller
        host = (exchange.header(b"host") or b"localhost").decode("latin-1")
        if not caller.access_key:
            caller = caller._replace(region=region_of_host(host) or caller.region)
        base_url = f"{exchange.scheme}://{host}"
        path_url = "" if exchange.path == "/" else base_url + exchange.path
        return Call(caller.account, caller.region, caller.account, base_url, path_url)

    def _handle_other(self, exchange: Exchange) -> None:
        protocol: WireProtocol | None = None
        service_name = None
        try:
            request = Request(exchange.method, exchange.path, exchange.query, dict(exchange.headers), exchange.body)
            route = routing.route(self._catalogue, request)
            if route.control:
                self._control(exchange)
                return
            service_name, protocol = route.service, PROTOCOLS[route.protocol]
            if route.error is not None:
                raise route.error
            endpoint = self._endpoints.get((route.service, route.operation))
            if endpoint is None:
                raise not_implemented(route.service, route.operation)
            model = load_service(route.service).operation(route.operation)
            params = protocol.parse(model, request)
            typed = msgspec.convert(params, endpoint.input, builtin_types=(bytes,))
        except Exception as error:  # noqa: BLE001  the outermost edge of a request
            self.fail(exchange, service_name, protocol, error)
            return
        call = self._call(exchange, exchange.table, exchange.table.get(b"authorization", b""))
        self._run(exchange, endpoint, protocol, endpoint.operation(endpoint.room, call, typed))

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
