"""What every request goes through that is not believed on sight: limits, who calls, what for, may they; and the audit
log's record once its operation has answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

import msgspec

from chasqui.access.admission import Admission, Admitted, Door, RequestFacts
from chasqui.access.audit.events import AuditEvent
from chasqui.access.audit.log import AuditLog
from chasqui.access.caller import KEY_LENGTH_MAX, Callers, region_of_host
from chasqui.access.identity.directory import Identity
from chasqui.access.sigv4.chunks import ChunkSigning, chunk_signing
from chasqui.access.sigv4.read import read_presented
from chasqui.access.sigv4.refusals import Family, SignatureRefused, missing_authentication
from chasqui.base.actions import Action
from chasqui.base.bounded import keep
from chasqui.base.call import Call
from chasqui.base.clock import Clock
from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Posted
from chasqui.server import guard
from chasqui.server.exchange import Exchange
from chasqui.server.guests import Guest
from chasqui.server.holding import Bodies
from chasqui.server.mounted import Endpoint
from chasqui.server.payloads import (
    AT_ONCE_BYTES_MAX,
    Checks,
    Payload,
    Promise,
    Streamed,
    Whole,
    check_length,
    promise_of,
    whole_of,
    without_framing,
)
from chasqui.server.rates import Limiter, retry_after, throttled
from chasqui.server.requests import address_of, as_sent, facts_of, request_of
from chasqui.server.shortways import Place
from chasqui.wire.json import DECODE_ERRORS
from chasqui.wire.model import load_service
from chasqui.wire.protocol import Request, WireProtocol
from chasqui.wire.validation import validate

# What access keys begin with that IAM or STS gave out (AKIA…, ASIA…): their holder is looked up in every mode.
REAL_KEY = b"Credential=A"
_CALLS_MAX = 4096
_CALLS_OF_ONE_MAX = 256
# What a call is remembered by is the client's choice: it must not fill the memory.
_CALL_NAMED_MAX = 2048
# What a caller without credentials may send: reading a body takes the event loop's time, and nobody answers for it.
_UNSIGNED_BYTES_MAX = 1_100_000
# Reading more than this takes too much of the event loop's time.
_READ_AT_ONCE_MAX = 2 << 20


def _family_of(service: str) -> Family:
    return "s3" if service == "s3" else "rest-json"


class Reception:
    """Receives requests for operations."""

    def __init__(
        self,
        callers: Callers,
        admission: Admission,
        audit: AuditLog,
        limiter: Limiter,
        clock: Clock,
        bodies: Bodies,
    ) -> None:
        self._bodies = bodies
        self._callers = callers
        self._admission = admission
        self._audit = audit
        self._limiter = limiter
        self._clock = clock
        self._calls: dict[tuple[bytes, bytes | None, str, str], Call] = {}
        self._loop = asyncio.get_running_loop()

    @property
    def checks(self) -> bool:
        """Whether callers are looked at beyond what they say of themselves."""
        return self._admission.checks

    @property
    def verifies(self) -> bool:
        """Whether nobody gets in without a true signature."""
        return self._admission.mode == "strict"

    def believes(self, endpoint: Endpoint) -> bool:
        """Whether requests for an operation may go straight to it: nobody is checked, and nothing is recorded."""
        return not (self._admission.checks or self._limiter.limits_principals or self._audit.wants(endpoint.action))

    def records(self, endpoint: Endpoint) -> bool:
        """Whether calls of an operation are recorded in the audit log."""
        return self._audit.wants(endpoint.action)

    def believed_operation(
        self, exchange: Exchange, endpoint: Endpoint, protocol: WireProtocol, authorization: bytes
    ) -> Coroutine[Any, Any, Any]:
        """The operation of a believed request in another protocol than the service's own JSON. Raises what is wrong
        with it."""
        params = _parse(endpoint, protocol, as_sent(exchange))
        return endpoint.operation(endpoint.room, self.believed_call(exchange, exchange.table, authorization), params)

    def believed_call(
        self, exchange: Exchange, table: Mapping[bytes, bytes], authorization: bytes, *, personal: bool = False
    ) -> Call:
        """The facts of a believed call, shared by all requests with this credential scope, address and path (personal
        ones have none)."""
        # The scope is what stands between "Credential=" and the next comma; the signature behind it changes.
        scope = authorization[: authorization.find(b",")]
        target = "/" if personal else exchange.target
        key = (scope, table.get(b"host"), target, exchange.connection.scheme)
        call = self._calls.get(key)
        if call is None:
            caller = self._callers.of_header(authorization)
            identity = self._admission.root(caller.account, caller.access_key)
            call = self._new_call(exchange, Admitted(identity, caller.region), target)
            # A header in another order than AWS' own would not be told apart by its beginning.
            if b"Credential=" in scope and len(scope) + len(target) <= _CALL_NAMED_MAX:
                keep(self._calls, key, call, _CALLS_MAX)
        return call

    def operation_at_hand(
        self, exchange: Exchange, endpoint: Endpoint, protocol: WireProtocol | None = None
    ) -> Coroutine[Any, Any, Any] | None:
        """The rest of `serve` for a request whose caller is at hand: the operation itself where nothing has to be
        decided; None where `serve` must, and where a record is wanted. Raises whatever refuses the request."""
        if exchange.fields is not None or self._audit.wants(endpoint.action):
            return None
        request = as_sent(exchange)
        admitted = self._who_at_hand(exchange, request, endpoint.door)
        if admitted is None:
            return None
        call, params = self._read(exchange, endpoint, protocol, request, admitted)
        if self._admission.allows_at_hand(admitted.identity, endpoint.action, call, params):
            return endpoint.operation(endpoint.room, call, params)
        return self._decide(exchange, endpoint, admitted.identity, call, params)

    def object_at_hand(self, exchange: Exchange, place: Place, request_id: str) -> Coroutine[Any, Any, Any] | None:
        """The rest of `serve` for an object on its short way, where nothing has to be waited for or decided. Raises
        whatever refuses the request."""
        way, bucket, key = place
        endpoint = way.endpoint
        authorization = exchange.table[b"authorization"]
        admission, identity = self._admission, None
        if self._audit.wants(endpoint.action):
            return None
        request = as_sent(exchange)
        if admission.checks:
            admitted = self._who_at_hand(exchange, request, endpoint.door)
            if admitted is None or admitted.identity.principal.kind == "anonymous":
                return None
            identity = admitted.identity
            call = self._call_of(exchange, admitted, personal=True)
        elif self._limiter.limits_principals or REAL_KEY in authorization:
            return None
        else:
            call = self.believed_call(exchange, exchange.table, authorization, personal=True)
        if endpoint.payload:
            if len(exchange.body) > AT_ONCE_BYTES_MAX:
                return None
            promise = promise_of(request)
            check_length(request.headers, promise)
            checks = Checks(promise, request, self._signing(request, promise, identity))
            payload = Whole(*checks.all_of(exchange.body))
            request = without_framing(request, promise)
            params = way.params(bucket, key, request.headers)
            setattr(params, endpoint.payload, payload)
        else:
            params = way.params(bucket, key, request.headers)
        if identity is not None and not admission.allows_at_hand(identity, endpoint.action, call, params):
            return None
        own = msgspec.structs.replace(call, request_id=request_id, source_address=address_of(exchange))
        return endpoint.operation(endpoint.room, own, params)

    async def serve(
        self, exchange: Exchange, endpoint: Endpoint, protocol: WireProtocol | None, request_id: str | None, path: str
    ) -> Any:
        """The operation's result. `protocol` is None where the request came as the service's own JSON; `request_id` is
        the record's, and the call's where it is personal; `path` stands for the request's where its host names what is
        called. Raises whatever refuses the request, and what the operation raises."""
        held = 0
        if exchange.stream is not None and not endpoint.payload:
            bound = endpoint.body_bytes_max
            if self.verifies and not guard.carries_signature(exchange.table, exchange.query):
                bound = _UNSIGNED_BYTES_MAX
            held = await self._bodies.hold(exchange, endpoint.name, endpoint.door, bound)
        try:
            return await self._serve(exchange, endpoint, protocol, request_id, path)
        finally:
            self._bodies.let_go(held)

    async def _serve(
        self, exchange: Exchange, endpoint: Endpoint, protocol: WireProtocol | None, request_id: str | None, path: str
    ) -> Any:
        request = request_of(exchange)
        admitted = await self._who(exchange, request, endpoint.door)
        payload: Payload | None = None
        if endpoint.door.family == "s3" and (endpoint.payload or exchange.body):
            request, payload = await self._payload(exchange, request, endpoint, admitted)
        if path:
            request = request._replace(path=path)
        if len(request.body) > _READ_AT_ONCE_MAX and not endpoint.payload:
            # Where a package comes as JSON: that takes a good part of a second.
            call, params = await asyncio.get_running_loop().run_in_executor(
                None, self._read, exchange, endpoint, protocol, request, admitted
            )
        else:
            call, params = self._read(exchange, endpoint, protocol, request, admitted)
        facts = partial(self._facts, exchange)
        return await self._perform(endpoint, admitted.identity, call, params, facts, request_id, payload)

    async def serve_guest(self, guest: Guest, endpoint: Endpoint, params: Any, request_id: str) -> Any:
        """The operation's result for somebody who was let into the house: judged and recorded as any other request's.
        Raises whatever refuses it, and what the operation raises."""
        identity = guest.identity
        limiter = self._limiter
        if limiter.limits_principals:
            wait = limiter.admit_principal(identity.principal.id, self._loop.time())
            if wait is not None:
                raise throttled(endpoint.door.family)
        call = guest.call()
        return await self._perform(endpoint, identity, call, params, guest.facts, request_id, None)

    async def admit_guest(self, guest: Guest, action: Action) -> None:
        """Let policies decide on what is no operation of a service. Raises `AccessDenied`."""
        await self._judge(guest.identity, action, guest.call(), None, guest.facts, "rest-json")

    async def _perform(
        self,
        endpoint: Endpoint,
        identity: Identity,
        call: Call,
        params: Any,
        facts: Callable[[], RequestFacts],
        request_id: str | None,
        payload: Payload | None,
    ) -> Any:
        """The operation's result, if the caller may, and its record, however it ends."""
        recorded = self._audit.wants(endpoint.action) and request_id is not None
        try:
            await self._judge(identity, endpoint.action, call, params, facts, endpoint.door.family)
            own = call
            if endpoint.personal:
                own = msgspec.structs.replace(call, request_id=request_id or "", source_address=facts().source_address)
            if endpoint.payload and payload is not None:
                # The operation asks for the body when it knows that it wants it: whoever is refused need not send it.
                setattr(params, endpoint.payload, payload)
            result = await endpoint.operation(endpoint.room, own, params)
        except ServiceError as error:
            if recorded:
                await self._record(endpoint, call, params, request_id or "", facts(), error=error)
            raise
        if recorded:
            await self._record(endpoint, call, params, request_id or "", facts(), result=result)
        return result

    async def _payload(
        self, exchange: Exchange, request: Request, endpoint: Endpoint, admitted: Admitted
    ) -> tuple[Request, Payload]:
        """S3's payload, and the request without what the body had around it. What has come already is checked."""
        promise = promise_of(request)
        if endpoint.payload:
            check_length(request.headers, promise)
        checks = Checks(promise, request, self._signing(request, promise, admitted.identity))
        if exchange.stream is not None and endpoint.payload:
            return without_framing(request, promise), Streamed(exchange.stream, checks, promise.length)
        whole = await whole_of(request.body, checks)
        return without_framing(request, promise)._replace(body=whole.whole), whole

    def _signing(self, request: Request, promise: Promise, identity: Identity | None) -> ChunkSigning | None:
        """How the chunks of a payload are signed, where signatures are verified."""
        if not promise.chunked or not self.verifies or identity is None:
            return None
        presented = read_presented(request, "s3")
        return chunk_signing(presented, identity.secret, self._clock.now_ms()) if presented else None

    def _read(
        self,
        exchange: Exchange,
        endpoint: Endpoint,
        protocol: WireProtocol | None,
        request: Request,
        admitted: Admitted,
    ) -> tuple[Call, Any]:
        """What is asked, by somebody who is known: the call's facts, and the operation's input."""
        if admitted.identity.principal.kind == "anonymous":
            _check_anonymous(endpoint, request)
        params = _parse(endpoint, protocol, request)
        return self._call_of(exchange, admitted, personal=endpoint.personal), params

    async def _decide(self, exchange: Exchange, endpoint: Endpoint, identity: Identity, call: Call, params: Any) -> Any:
        """The operation's result, if the caller may."""
        await self._authorize(exchange, endpoint.door, endpoint.action, identity, call, params)
        return await endpoint.operation(endpoint.room, call, params)

    async def _authorize(
        self, exchange: Exchange, door: Door, action: Action, identity: Identity, call: Call, params: Any
    ) -> None:
        await self._judge(identity, action, call, params, partial(self._facts, exchange), door.family)

    async def _judge(
        self,
        identity: Identity,
        action: Action,
        call: Call,
        params: Any,
        facts: Callable[[], RequestFacts],
        family: Family,
    ) -> None:
        admission = self._admission
        if not admission.allows_at_hand(identity, action, call, params):
            await admission.authorize(identity, action, call, params, facts(), family)

    def _facts(self, exchange: Exchange) -> RequestFacts:
        return facts_of(exchange, self._clock.now_ms())

    async def admit(self, exchange: Exchange, door: Door, action: Action) -> Call:
        """Who asks for what is no operation of a service, if they may. Raises whatever refuses the request."""
        admitted = await self._who(exchange, request_of(exchange), door)
        call = self._call_of(exchange, admitted)
        await self._authorize(exchange, door, action, admitted.identity, call, None)
        return call

    async def identify(self, exchange: Exchange, service: str, request_id: str) -> Call:
        """Who asks a front, if the request is signed for that service; nobody is the anonymous caller. Raises what
        refuses the request."""
        admitted = await self._who(exchange, request_of(exchange), Door(frozenset((service,)), _family_of(service)))
        call = self._call_of(exchange, admitted, personal=True)
        return msgspec.structs.replace(call, request_id=request_id, source_address=address_of(exchange))

    async def identify_posted(self, exchange: Exchange, posted: Posted, request_id: str) -> Call:
        """Who signed a form. Raises what refuses the request."""
        key = posted.credential.partition("/")[0][:KEY_LENGTH_MAX]
        door = Door(frozenset(("s3",)), "s3")
        if self._limiter.suspects:
            wait = self._limiter.admit_key(address_of(exchange), key, self._loop.time())
            self._throttle(exchange, wait, door)
        try:
            admitted = await self._admission.identify_posted(posted)
        except SignatureRefused:
            self._limiter.failed(address_of(exchange), key, self._loop.time())
            raise
        call = self._call_of(exchange, admitted, personal=True)
        return msgspec.structs.replace(call, request_id=request_id, source_address=address_of(exchange))

    def _who_at_hand(self, exchange: Exchange, request: Request, door: Door) -> Admitted | None:
        """The caller, where no limit is to be asked and nothing has to be waited for; None where it is."""
        if self._limiter.limits_principals or self._limiter.suspects:
            return None
        try:
            return self._admission.identify_at_hand(request, door)
        except SignatureRefused:
            self._failed(exchange, request)
            raise

    def _failed(self, exchange: Exchange, request: Request) -> None:
        if key := self._key_named(request):
            self._limiter.failed(address_of(exchange), key, self._loop.time())

    async def _who(self, exchange: Exchange, request: Request, door: Door) -> Admitted:
        """The caller, if it has not asked too often."""
        limiter = self._limiter
        if limiter.suspects:
            wait = limiter.admit_key(address_of(exchange), self._key_named(request), self._loop.time())
            self._throttle(exchange, wait, door)
        try:
            admitted = self._admission.identify_at_hand(request, door) or await self._admission.identify(request, door)
        except SignatureRefused:
            self._failed(exchange, request)
            raise
        if limiter.limits_principals:
            wait = limiter.admit_principal(admitted.identity.principal.id, self._loop.time())
            self._throttle(exchange, wait, door)
        return admitted

    def _key_named(self, request: Request) -> str:
        """The access key that a request names, "" when it names none."""
        authorization = request.headers.get(b"authorization")
        named = self._callers.of_header(authorization) if authorization else self._callers.of_query(request.query)
        return named.access_key[:KEY_LENGTH_MAX] if named is not None else ""

    def _throttle(self, exchange: Exchange, wait: float | None, door: Door) -> None:
        if wait is not None:
            exchange.add_headers(retry_after(wait))
            raise throttled(door.family)

    def _call_of(self, exchange: Exchange, admitted: Admitted, *, personal: bool = False) -> Call:
        """The facts of a call, shared by all requests of this identity to this region, address and path. Personal ones
        have no path, since theirs are as many as there are things."""
        calls = admitted.identity.calls
        target = "/" if personal else exchange.target
        key = (admitted.region, exchange.table.get(b"host"), target, exchange.connection.scheme)
        call: Call | None = calls.get(key)
        if call is None:
            call = self._new_call(exchange, admitted, target)
            if len(target) <= _CALL_NAMED_MAX:
                keep(calls, key, call, _CALLS_OF_ONE_MAX)
        return call

    def _new_call(self, exchange: Exchange, admitted: Admitted, target: str = "") -> Call:
        host = (exchange.header(b"host") or b"localhost").decode("latin-1")
        region = admitted.region or region_of_host(host) or self._callers.anonymous.region
        base_url = f"{exchange.scheme}://{host}"
        path_url = "" if "/" in (exchange.path, target) else base_url + exchange.path
        principal, grants = admitted.identity.principal, admitted.identity.grants
        return Call(principal.account, region, principal, principal.id, base_url, path_url, grants)

    async def _record(
        self,
        endpoint: Endpoint,
        call: Call,
        params: Any,
        request_id: str,
        facts: RequestFacts,
        *,
        result: Any = None,
        error: ServiceError | None = None,
    ) -> None:
        event = AuditEvent(
            call=call,
            service=endpoint.prefix,
            operation=endpoint.name,
            action=endpoint.action,
            params=params,
            result=result,
            error=error,
            request_id=request_id,
            facts=facts,
        )
        await self._audit.write(event)


def _check_anonymous(endpoint: Endpoint, request: Request) -> None:
    """Refuse a request without credentials, before its body is looked at, where no policy could let it in."""
    if not (endpoint.action.unsigned or endpoint.public):
        raise missing_authentication(endpoint.door.family)
    if len(request.body) > _UNSIGNED_BYTES_MAX:
        raise ServiceError("RequestEntityTooLarge", "An unsigned request may not be so large.", status=413)


def _parse(endpoint: Endpoint, protocol: WireProtocol | None, request: Request) -> Any:
    """The operation's input. Raises what is wrong with it."""
    if protocol is None:
        try:
            return endpoint.decode(request.body)
        except DECODE_ERRORS:
            return endpoint.decode_slowly(request.body)
    if endpoint.decode_form is not None and protocol.name == "query" and not request.query and request.path == "/":
        plain = endpoint.decode_form(request.body)
        if plain is not None:
            return plain
    if endpoint.body_check is not None:
        endpoint.body_check(endpoint.name, request.headers, request.body)
    model = load_service(endpoint.service_name).operation(endpoint.name)
    params = protocol.parse(model, request)
    if endpoint.checked:
        validate(model, params)
    return msgspec.convert(params, endpoint.input, builtin_types=(bytes,))
