"""The way of a request: from an HTTP exchange to a service's operation and back.

A JSON request of a mounted service is found by one dictionary look-up on its `X-Amz-Target`; everything else goes
through `wire.routing`. Operations run on the caller's stack (`base.pending`): no task, no queue in between.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import msgspec

from chasqui.access.audit.explanations import Explanations
from chasqui.access.authorizer import AccessDenied
from chasqui.base.clock import Clock
from chasqui.base.errors import ChasquiError, ServiceError
from chasqui.base.fronts import Front
from chasqui.base.pending import Drive, call_when_done
from chasqui.server import guard
from chasqui.server.answers import send, send_events, without_request_id
from chasqui.server.browsers import Browsers
from chasqui.server.exchange import BadRequest, Exchange, Headers, new_request_id
from chasqui.server.forms import FormRoutes
from chasqui.server.fronts import Fronts
from chasqui.server.mounted import Endpoint, Mounted
from chasqui.server.rates import Limiter, retry_after, throttled
from chasqui.server.reception import REAL_KEY, Reception
from chasqui.server.requests import address_of, request_of
from chasqui.server.shortways import Place, RestRoutes, ShortWays
from chasqui.store.port import StoreError, StoreFull
from chasqui.wire import routing
from chasqui.wire.json import DECODE_ERRORS
from chasqui.wire.model import load_service
from chasqui.wire.protocol import WireProtocol
from chasqui.wire.registry import PROTOCOLS
from chasqui.wire.rest_xml import REST_XML

_log = logging.getLogger("chasqui.requests")

_CBOR = b"application/x-amz-cbor"
_QUERY = PROTOCOLS["query"]
_REST_JSON = PROTOCOLS["rest-json"]
_REST = (REST_XML, _REST_JSON)
# Addresses that a browser may be led to: an error tells what was asked for, and shares an origin with the console.
_HARMLESS = ((b"content-security-policy", b"sandbox"), (b"x-content-type-options", b"nosniff"))
# Bodies of these types may say what is called.
_ROUTED_BY_BODY = (b"application/x-www-form-urlencoded", b"application/x-amz-json", b"application/x-amz-cbor")

# What a refused request is called, by status.
_REFUSALS = {
    408: "RequestTimeout",
    413: "RequestEntityTooLarge",
    414: "URITooLong",
    431: "RequestHeaderSectionTooLarge",
    503: "ServiceUnavailable",
}

ControlHandler = Callable[[Exchange], None]


_encode = msgspec.json.Encoder().encode


class Unroutable(ChasquiError):
    """A request that nothing answers to: what to tell its client, in which protocol."""

    def __init__(self, service: str, protocol: WireProtocol, error: ServiceError) -> None:
        super().__init__(str(error))
        self.service = service
        self.protocol = protocol
        self.error = error


def _is_control(exchange: Exchange) -> bool:
    """Whether a control endpoint is asked: what a header routes is an operation, whatever its path."""
    return guard.is_control(exchange.path) and not guard.ROUTED_BY_HEADER & exchange.table.keys()


def _is_front_page(exchange: Exchange) -> bool:
    """Whether the page is asked for that tells a person where they are."""
    return exchange.target == "/" and exchange.method == "GET" and b"authorization" not in exchange.table


class Found(msgspec.Struct, frozen=True):
    """Where a request goes. `path` stands for its own where its host names what is called."""

    endpoint: Endpoint
    protocol: WireProtocol
    path: str


class PageRun(Drive[Headers]):
    """A page's request, while the services are asked whether that page may."""

    __slots__ = ("_exchange", "_gateway", "_reason")

    def __init__(self, gateway: Gateway, exchange: Exchange, fronts: Fronts, reason: str | None) -> None:
        super().__init__(fronts.readable(exchange))
        self._gateway = gateway
        self._exchange = exchange
        self._reason = reason
        self.step()

    def finish(self, value: Headers | None, error: BaseException | None) -> None:
        if error is not None:
            self._gateway.fail(self._exchange, None, None, error)
        elif value:
            self._exchange.add_headers(value)
            self._gateway.handle_other(self._exchange)
        elif self._reason is not None:
            self._gateway.refuse_page(self._exchange, self._reason)
        else:
            self._gateway.handle_other(self._exchange)


class FrontRun(Drive[None]):
    """A front's work on a request."""

    __slots__ = ("_exchange", "_gateway", "_protocol", "_request_id", "_service")

    def __init__(self, gateway: Gateway, exchange: Exchange, fronts: Fronts, front: Front) -> None:
        self._request_id = new_request_id()
        super().__init__(fronts.answer(exchange, front, self._request_id))
        self._gateway = gateway
        self._exchange = exchange
        self._service = front.service or None
        self._protocol = PROTOCOLS[front.protocol]
        self.step()

    def finish(self, value: None, error: BaseException | None) -> None:
        if error is not None:
            self._gateway.fail(self._exchange, self._service, self._protocol, error, self._request_id)


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
        self,
        mounted: Mounted,
        reception: Reception,
        limiter: Limiter,
        browsers: Browsers,
        explanations: Explanations,
        clock: Clock,
        control: ControlHandler,
        fronts: Fronts,
    ) -> None:
        self._fronts = fronts
        self.mounted = mounted
        self._reception = reception
        self._limiter = limiter
        self._browsers = browsers
        self._explanations = explanations
        self._clock = clock
        self._control = control
        self._json = mounted.targets
        self._forms = FormRoutes()
        self._objects = ShortWays()
        self._rest = RestRoutes()
        self._believed = frozenset(each for each in mounted.targets.values() if reception.believes(each))
        self._loop = asyncio.get_running_loop()

    def handle(self, exchange: Exchange) -> None:
        """Answer an exchange, now or later. Never raises."""
        table = exchange.table
        authorization = table.get(b"authorization")
        if guard.from_browser(table) and (self._refuses_worker(exchange) or self._answer_page(exchange)):
            return
        endpoint = self._json.get(table.get(b"x-amz-target"))  # type: ignore[arg-type]
        if endpoint is None or table.get(b"content-type", b"").startswith(_CBOR):
            place = self._objects.of(exchange)
            if place is not None:
                self._handle_object(exchange, place)
            elif (known := self._forms.at_hand(exchange)) is not None:
                self._handle_form(exchange, *known)
            else:
                self.handle_other(exchange)
            return
        if self._limiter.limits_addresses and self._throttle(exchange, endpoint, None):
            return
        if endpoint not in self._believed or authorization is None or REAL_KEY in authorization:
            try:
                operation = self._reception.operation_at_hand(exchange, endpoint)
            except Exception as error:  # noqa: BLE001  the outermost edge of a request
                self.fail(exchange, endpoint.service_name, None, error)
                return
            if operation is None:
                self._receive(exchange, endpoint, None)
            else:
                self._run(exchange, endpoint, None, None, operation)
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
        call = self._reception.believed_call(exchange, table, authorization)
        self._run(exchange, endpoint, None, None, endpoint.operation(endpoint.room, call, request))

    def _handle_form(self, exchange: Exchange, endpoint: Endpoint, believed: bool) -> None:
        """What came as a form, for an operation that is known already."""
        authorization = exchange.table[b"authorization"]
        if self._limiter.limits_addresses and self._throttle(exchange, endpoint, _QUERY):
            return
        try:
            if believed and REAL_KEY not in authorization:
                operation = self._reception.believed_operation(exchange, endpoint, _QUERY, authorization)
            else:
                at_hand = self._reception.operation_at_hand(exchange, endpoint, _QUERY)
                if at_hand is None:
                    self._receive(exchange, endpoint, _QUERY)
                    return
                operation = at_hand
        except Exception as error:  # noqa: BLE001  the outermost edge of a request
            self.fail(exchange, endpoint.service_name, _QUERY, error)
            return
        self._run(exchange, endpoint, _QUERY, None, operation)

    def _handle_object(self, exchange: Exchange, place: Place) -> None:
        """What is asked of one of S3's objects."""
        endpoint = place[0].endpoint
        if self._limiter.limits_addresses and self._throttle(exchange, endpoint, REST_XML):
            return
        request_id = new_request_id()
        try:
            operation = self._reception.object_at_hand(exchange, place, request_id)
        except Exception as error:  # noqa: BLE001  the outermost edge of a request
            self.fail(exchange, "s3", REST_XML, error, request_id)
            return
        if operation is None:
            OtherRun(self, exchange)
        else:
            self._run(exchange, endpoint, REST_XML, request_id, operation)

    def _receive(self, exchange: Exchange, endpoint: Endpoint, protocol: WireProtocol | None, path: str = "") -> None:
        # Others get theirs when they are answered, for less.
        request_id = new_request_id() if endpoint.personal or self._reception.records(endpoint) else None
        work = self._reception.serve(exchange, endpoint, protocol, request_id, path)
        self._run(exchange, endpoint, protocol, request_id, work)

    def _run(
        self,
        exchange: Exchange,
        endpoint: Endpoint,
        protocol: WireProtocol | None,
        request_id: str | None,
        operation: Coroutine[Any, Any, Any],
        _finished: object = None,
    ) -> None:
        """Run an operation to its next wait, which calls this again, or to its end: a `Drive` spelt out, because it is
        hot. `protocol` is None where the request came as the service's own JSON."""
        try:
            waiting = operation.send(None)
        except StopIteration as stop:
            value = stop.value
            if endpoint.event_stream:
                model = load_service(endpoint.service_name).operation(endpoint.name)
                send_events(exchange, model, endpoint.event_stream, value, request_id or new_request_id())
            elif protocol is None:
                exchange.respond(200, endpoint.headers, b"{}" if value is None else _encode(value), request_id)
            else:
                model = load_service(endpoint.service_name).operation(endpoint.name)
                request_id = request_id or new_request_id()
                send(exchange, protocol.serialise(model, value, request_id), request_id, endpoint.common, model)
        except BaseException as error:  # noqa: BLE001  the outermost edge of a request
            self.fail(exchange, endpoint.service_name, protocol, error, request_id)
        else:
            # The others have their end in sight, and may wait for what others wait for too: who has only closed its
            # half is answered.
            if endpoint.polls and waiting is not None:
                exchange.on_disconnect = waiting.cancel
            call_when_done(waiting, partial(self._run, exchange, endpoint, protocol, request_id, operation))

    def _throttle(self, exchange: Exchange, endpoint: Endpoint, protocol: WireProtocol | None) -> bool:
        """Refuse an address that asks too often, as the service words it. True if refused."""
        wait = self._limiter.admit_address(address_of(exchange), self._loop.time())
        if wait is None:
            return False
        exchange.add_headers(retry_after(wait))
        self.fail(exchange, endpoint.service_name, protocol, throttled(endpoint.door.family))
        return True

    def _refuses_worker(self, exchange: Exchange) -> bool:
        """Refuse scripts of service workers: one would stand between the console's pages and this server, whoever
        uploaded it."""
        asked = b"service-worker" in exchange.table
        if asked:
            self.refuse_page(exchange, guard.NO_WORKERS)
        return asked

    def _answer_page(self, exchange: Exchange) -> bool:
        """Answer a browser's preflight; refuse what it sends for a page that has no business here, since only we are
        between that and the queues. True if answered."""
        routed = guard.ROUTED_BY_HEADER & exchange.table.keys()
        front = None if routed else self._fronts.of(exchange)
        if front is not None and front.answers_pages:
            origin = exchange.header(b"origin")
            # What the operator lets in needs no bucket's leave.
            if origin is None or not self._browsers.lets_in(origin) or not self._browsers.greet(exchange):
                FrontRun(self, exchange, self._fronts, front)
            return True
        if self._browsers.greet(exchange):
            return True
        if _is_control(exchange) or _is_front_page(exchange):
            return False
        reason = self._browsers.refusal(exchange, verified=self._reception.verifies)
        origin = exchange.header(b"origin")
        if origin is not None and not routed and self._fronts.has_rules and not self._browsers.lets_in(origin):
            PageRun(self, exchange, self._fronts, reason)
            return True
        if reason is None:
            return False
        self.refuse_page(exchange, reason)
        return True

    def refuse_page(self, exchange: Exchange, reason: str) -> None:
        """Answer a page that has no business here."""
        self.fail(exchange, None, PROTOCOLS["query"], ServiceError("AccessDenied", reason, status=403))

    def streams(self, method: str, path: str, query: str, table: dict[bytes, bytes]) -> bool:
        """Whether a request whose body is large, or late, is looked at before the body has come: what is routed by its
        address is, and gives the body to its operation as it comes, or waits for as much as the operation takes."""
        if guard.ROUTED_BY_HEADER & table.keys() or guard.is_control(path):
            return False
        kind = table.get(b"content-type", b"").lstrip().lower()
        if method != "POST" or not (path == "/" or kind.startswith(_ROUTED_BY_BODY)):
            return True
        return self._fronts.named(method, path, table) is not None

    def handle_other(self, exchange: Exchange) -> None:
        """What is not a hot service's JSON: a front's, or routed by its whole shape."""
        if _is_control(exchange):
            self._control(exchange)
            return
        if guard.ROUTED_BY_HEADER & exchange.table.keys():
            OtherRun(self, exchange)
            return
        front = self._fronts.of(exchange)
        if front is not None:
            FrontRun(self, exchange, self._fronts, front)
            return
        found = self._rest.at_hand(exchange)
        if found is not None:
            self._go(exchange, found)
        else:
            OtherRun(self, exchange)

    async def route(self, exchange: Exchange) -> Found | None:
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
        return Found(endpoint, protocol, route.path)

    def routed(self, exchange: Exchange, found: Found | None) -> None:
        """Go on with a request whose way is known."""
        if found is None:
            self._control(exchange)
        else:
            self._objects.note(found.endpoint)
            if found.protocol is _REST_JSON:
                self._rest.note(exchange, found, found.endpoint.door)
            self._go(exchange, found)

    def _go(self, exchange: Exchange, found: Found) -> None:
        """Give a request to its operation."""
        endpoint, protocol = found.endpoint, found.protocol
        if not (self._limiter.limits_addresses and self._throttle(exchange, endpoint, protocol)):
            if protocol is _QUERY:
                self._forms.note(exchange, endpoint, self._reception.believes(endpoint))
            self._receive(exchange, endpoint, protocol, found.path)

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
        request_id: str | None = None,
    ) -> None:
        """Answer with an error in the protocol's shape; what nobody foresaw is logged and becomes a 500."""
        if isinstance(error, asyncio.CancelledError):
            if not exchange.answered:
                exchange.respond(503, (), b"")
            return
        request_id = request_id or new_request_id()
        if isinstance(error, AccessDenied):
            self._explanations.note(request_id, error.explanation, self._clock.now_ms())
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
        common = _HARMLESS if protocol in _REST else ()
        send(exchange, spoken.error(service, error, request_id), request_id, common)


def not_implemented(service: str, operation: str) -> ServiceError:
    """What an operation answers that AWS has and this server does not."""
    return ServiceError(
        "NotImplementedException",
        f"{service}:{operation} is not implemented by this version of Chasqui; see /_chasqui/capabilities.",
        status=501,
        fault="Receiver",
    )
