"""Operations and control endpoints, called from inside the server for somebody who was let in: the same tables, the
same checks of input and access, the same audit log as for requests that come with a signature."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from chasqui.access.admission import Admission
from chasqui.access.audit.events import AuditEvent
from chasqui.access.audit.explanations import Explanations
from chasqui.access.audit.log import AuditLog
from chasqui.access.authorizer import AccessDenied
from chasqui.access.caller import KEY_LENGTH_MAX
from chasqui.access.identity.directory import Directory, Identity, NoSuchCredentials
from chasqui.access.identity.sessions import BadToken
from chasqui.base.actions import Action
from chasqui.base.bodies import Outgoing
from chasqui.base.clock import Clock
from chasqui.base.control import Answer, ControlRequest
from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply, Visit
from chasqui.server.control import Control
from chasqui.server.exchange import new_request_id
from chasqui.server.gateway import not_implemented
from chasqui.server.guests import Guest
from chasqui.server.mounted import Endpoint, Mounted
from chasqui.server.payloads import Whole
from chasqui.server.rates import Limiter
from chasqui.server.reception import Reception
from chasqui.wire.errors import resolve
from chasqui.wire.json import DECODE_ERRORS
from chasqui.wire.model import load_service
from chasqui.wire.protocol import Again
from chasqui.wire.validation import validate


class WrongKey(Exception):
    """An access key that does not exist, is not active, or whose secret is another."""


class _SignIn(msgspec.Struct, frozen=True):
    """What the audit log says of somebody who signs in (CloudTrail user guide, "AWS Management Console sign-in
    events")."""

    ConsoleLogin: str


_SIGN_IN: Final = Action(name="signin:ConsoleLogin", level="write")


class TooManyGuesses(Exception):
    """Wrong secrets came too often for an access key from one address."""


class House:
    """What is called from inside."""

    def __init__(
        self,
        mounted: Mounted,
        reception: Reception,
        control: Control,
        admission: Admission,
        directory: Directory,
        limiter: Limiter,
        explanations: Explanations,
        audit: AuditLog,
        clock: Clock,
    ) -> None:
        self._mounted = mounted
        self._reception = reception
        self._control = control
        self._admission = admission
        self._directory = directory
        self._limiter = limiter
        self._explanations = explanations
        self._audit = audit
        self.clock = clock
        self._loop = asyncio.get_running_loop()
        self._farewells: list[Callable[[], object]] = []

    @property
    def mode(self) -> str:
        """The server's mode: "permissive", "audit" or "strict"."""
        return self._admission.mode

    def on_leaving(self, farewell: Callable[[], object]) -> None:
        """Have this called when the server stops: what would go on for ever ends then."""
        self._farewells.append(farewell)

    def leave(self) -> None:
        """The server stops."""
        for each in self._farewells:
            each()

    def services(self) -> list[str]:
        """The services that are there, by botocore's names."""
        return sorted(self._mounted.services)

    # ------------------------------------------------------------------------------------------------------ who it is

    def believed(self, account: str) -> Identity:
        """An account's root, as whoever does not sign in is taken where the mode is not strict."""
        return self._admission.root(account, "")

    def nobody(self) -> Identity:
        """Whoever has not signed in, where that matters: may nothing."""
        return self._admission.anonymous

    async def holder(self, access_key: str, token: str) -> Identity:
        """Whose an access key is now, for sessions that began with `sign_in`. Raises `WrongKey`."""
        try:
            identity = self._directory.at_hand(access_key, token) or await self._directory.find(access_key, token)
        except (NoSuchCredentials, BadToken):
            raise WrongKey(access_key) from None
        expires_at_ms = identity.principal.expires_at_ms
        if not identity.active or (self.mode == "strict" and not identity.verified):
            raise WrongKey(access_key)
        if 0 < expires_at_ms <= self.clock.now_ms():
            raise WrongKey(access_key)
        return identity

    async def sign_in(self, guest: Guest, access_key: str, secret: str, token: str) -> Identity:
        """Whose this key is, if the secret is its; `guest` is who asks from where. Written into the audit log. Raises
        `WrongKey`, and `TooManyGuesses` by the limit of failed signatures."""
        limiter, now = self._limiter, self._loop.time()
        address, access_key = guest.source_address, access_key[:KEY_LENGTH_MAX]
        if limiter.suspects and limiter.admit_key(address, access_key, now) is not None:
            raise TooManyGuesses
        try:
            identity = await self.holder(access_key, token)
            if not hmac.compare_digest(identity.secret.encode(), secret.encode()):
                await self._note_sign_in(guest, identity, well=False)
                raise WrongKey(access_key)
        except WrongKey:
            limiter.failed(address, access_key, now)
            raise
        await self._note_sign_in(guest, identity, well=True)
        return identity

    async def _note_sign_in(self, guest: Guest, identity: Identity, *, well: bool) -> None:
        event = AuditEvent(
            call=msgspec.structs.replace(guest, identity=identity).call(),
            service="signin",
            operation="ConsoleLogin",
            action=_SIGN_IN,
            params=None,
            result=_SignIn("Success") if well else None,
            error=None if well else ServiceError("ConsoleLoginFailure", "Failed authentication", status=403),
            request_id=new_request_id(),
            facts=guest.facts(),
        )
        await self._audit.write(event)

    # -------------------------------------------------------------------------------------------------------- calling

    async def call(
        self, guest: Guest, service: str, operation: str, params: dict[str, Any], payload: Any = None
    ) -> Any:
        """An operation's result, with AWS' names: dictionaries and lists; blobs are bytes, times seconds since the
        epoch, payloads that are made as they go `Outgoing`. `params` are AWS' too, `payload` is what a streaming
        operation reads (`Incoming`). Raises `ServiceError`, with the status that its model gives it."""
        endpoint = await self._mounted.endpoint(service, operation)
        if endpoint is None:
            raise not_implemented(service, operation)
        request_id = new_request_id()
        try:
            given = _input(endpoint, params)
            if endpoint.payload and payload is not None:
                setattr(given, endpoint.payload, payload)
            return plain(await self._reception.serve_guest(guest, endpoint, given, request_id))
        except ServiceError as error:
            if isinstance(error, AccessDenied):
                self._explanations.note(request_id, error.explanation, self.clock.now_ms())
                error.request_id = request_id
            error.status = resolve(load_service(service), error).status
            raise

    async def follow(self, guest: Guest, link: str) -> Reply:
        """What a link of this server's leads to that an operation gave out and that carries its own permission (a
        package of code). Raises `ServiceError`."""
        address = urlsplit(link)
        for service in self._mounted.services.values():
            for front in service.fronts:
                if front.takes("GET", b"", address.path, {}):
                    return await front.answer(_visit_of(guest, address.path, address.query))
        raise ServiceError("NotFound", "The link leads nowhere on this server.", status=404)

    async def control(self, guest: Guest, request: ControlRequest) -> Answer:
        """A control endpoint's answer. Raises `Refusal` and `ServiceError`."""
        return await self._control.serve_guest(guest, request)


async def _nobody(_asked: object) -> Any:
    raise ServiceError("AccessDenied", "A link that is followed from inside has no caller.", status=403)


def _visit_of(guest: Guest, path: str, query: str) -> Visit:
    return Visit(
        method="GET",
        host="",
        path=path,
        query=query,
        fields=(),
        table={},
        body=Whole(b"", {}),
        scheme="https" if guest.secure else "http",
        source_address=guest.source_address,
        request_id=new_request_id(),
        identify=_nobody,
        identify_posted=_nobody,
    )


def _input(endpoint: Endpoint, params: dict[str, Any]) -> Any:
    """An operation's input. Raises what is wrong with it, as the service words it."""
    model = load_service(endpoint.service_name)
    if not endpoint.checked and model.protocol == "json":
        body = msgspec.json.encode(params)
        try:
            return endpoint.decode(body)
        except DECODE_ERRORS:
            return endpoint.decode_slowly(body)
    if endpoint.checked:
        validate(model.operation(endpoint.name), params)
    try:
        return msgspec.convert(params, endpoint.input, builtin_types=(bytes,))
    except msgspec.ValidationError as error:
        raise ServiceError("ValidationException", str(error)) from error


def plain(value: Any) -> Any:
    """A result as dictionaries and lists, without members that are not there."""
    if isinstance(value, Outgoing):
        return value
    if isinstance(value, Again):
        return plain(value.of.output) | {"Body": value.payload}
    if isinstance(value, msgspec.Struct):
        found = ((name, getattr(value, name)) for name in value.__struct_fields__)
        return {name: plain(each) for name, each in found if each is not None}
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value
