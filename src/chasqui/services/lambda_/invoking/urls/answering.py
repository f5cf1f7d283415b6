"""Answers requests to function URLs.

Source: Lambda developer guide, "Lambda function URLs": access control, invocation, streaming, CORS.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, Final

import msgspec

from chasqui.base.bodies import Outgoing
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply, Visit
from chasqui.base.principal import Principal
from chasqui.services.lambda_.functions.directory import Target, Url
from chasqui.services.lambda_.invoking.streams import Reading, Relay
from chasqui.services.lambda_.invoking.urls.cors import preflight, visible
from chasqui.services.lambda_.invoking.urls.replies import GUARDS, Malformed, harmless, head_of, reply_of, told
from chasqui.services.lambda_.invoking.urls.requests import url_event
from chasqui.services.lambda_.running.contract import Invocation

if TYPE_CHECKING:
    from chasqui.services.lambda_.room import Room

_ACTION: Final = "lambda:InvokeFunctionUrl"
_ANONYMOUS: Final = Principal(kind="anonymous", account="", arn="", id="anonymous")
_THROTTLED: Final = 429
_FAULT: Final = 500
_CORS: Final = b"access-control-"


async def answer(room: Room, visit: Visit, id_: str, path: str) -> Reply:
    """The answer to a request for a path of the URL with an id: the function's, or Lambda's own."""
    url = await room.functions.url(id_)
    if url is None:
        return told(403, "Forbidden")
    origin, asked = visit.header(b"origin"), visit.header(b"access-control-request-method")
    if url.cors is not None and origin and asked and visit.method == "OPTIONS":
        fields = preflight(url.cors, origin, asked, visit.header(b"access-control-request-headers") or "")
        return Reply(200, (*fields, *GUARDS))
    reply = await _answered(room, visit, url, id_, path)
    # A URL that its host names has an origin of its own; one that a path names is at everybody's.
    headers = harmless(tuple(reply.headers), shared=path != (visit.path or "/"))
    reply = Reply(reply.status, headers, b"" if visit.method == "HEAD" else reply.body)
    if url.cors is None or not origin:
        return reply
    # What is configured stands in the place of what the function says of it.
    own = [each for each in reply.headers if not each[0].startswith(_CORS)]
    return Reply(reply.status, (*own, *visible(url.cors, origin)), reply.body)


async def _answered(room: Room, visit: Visit, url: Url, id_: str, path: str) -> Reply:
    try:
        target = await room.functions.target(url.account, url.region, url.name, url.qualifier)
        if target is None:
            raise _forbidden()
        caller = await _let_in(room, visit, url, target)
        body = visit.body.whole
        if body is None:
            body = b"".join([piece async for piece in visit.body])
        event = url_event(visit, id_, path, body, room.clock.now_ms(), caller)
        if len(event) > room.limits.request_bytes_max:
            raise ServiceError("RequestEntityTooLargeException", "Request Entity Too Large", status=413)
        invocation = Invocation(request_id=visit.request_id, payload=event, function_arn=target.invoked_arn)
        if url.invoke_mode == "RESPONSE_STREAM":
            return await _streamed(room, target, invocation, body=visit.method != "HEAD")
        finished = await room.invoker.invoke(target, invocation)
        return _broken() if finished.error else reply_of(finished.payload)
    except ServiceError as error:
        return _refusal(error)
    except Malformed:
        return _broken()


async def _let_in(room: Room, visit: Visit, url: Url, target: Target) -> Call | None:
    """Who calls, if they may; None where nobody need say. Raises `ServiceError`."""
    context = {"lambda:FunctionUrlAuthType": url.auth}
    if url.auth == "NONE":
        allowed, _ = await room.policy_lets(_ANONYMOUS, _ACTION, target.invoked_arn, dict(context))
        if not allowed:
            raise _forbidden()
        return None
    if b"authorization" not in visit.table and "X-Amz-Signature=" not in visit.query:
        # Also where everybody is believed: any page in a browser could ask.
        raise _forbidden()
    caller = await visit.identify("lambda")
    if caller.principal.kind == "anonymous":
        raise _forbidden()
    await room.demand(caller, _ACTION, target.invoked_arn, context)
    return caller


def _forbidden() -> ServiceError:
    return ServiceError("AccessDeniedException", "Forbidden", status=403)


def _refusal(error: ServiceError) -> Reply:
    """Lambda's own refusals, as URLs tell them."""
    status = error.status or 400
    if status == _THROTTLED:
        reason = str(error.fields.get("Reason", ""))
        reply = told(_THROTTLED, "Rate Exceeded.", name="message", Reason=reason, Type="User")
        return Reply(reply.status, (*reply.headers, *error.headers), reply.body)
    if error.code in ("AccessDenied", "AccessDeniedException"):
        return told(403, "Forbidden")
    if status >= _FAULT:
        return _broken()
    return told(status, error.message, name="message")


def _broken() -> Reply:
    return told(502, "Internal Server Error")


async def _streamed(room: Room, target: Target, invocation: Invocation, *, body: bool) -> Reply:
    """The answer of a function that streams, as it comes; of its `body` nothing, where that is false. Raises
    `ServiceError`."""
    relay = Relay(room.limits.stream_bytes_max)
    work = relay.run(lambda stream: room.invoker.invoke(target, invocation, stream))
    room.background.start(f"invocation {invocation.request_id}", work)
    await relay.opened()
    if not relay.answered:
        return _broken()
    try:
        # With a prelude, the type is that of the two together.
        content_type = relay.content_type if relay.prelude is None else ""
        status, headers = head_of(_prelude(relay), content_type or "application/octet-stream")
    except Malformed:
        relay.leave()
        return _broken()
    if not body:
        relay.leave()
        return Reply(status, headers)
    return Reply(status, headers, Outgoing(Reading(relay, _pieces(relay))))


def _prelude(relay: Relay) -> dict[str, Any]:
    """What the function says of its answer before it begins. Raises `Malformed`."""
    if relay.prelude is None:
        return {}
    try:
        return msgspec.json.decode(relay.prelude, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise Malformed("a prelude that is no JSON") from error


async def _pieces(relay: Relay) -> AsyncGenerator[bytes, None]:
    """What is written, to a good end; a bad one ends the connection before its time, for the client to see."""
    async for piece in relay.pieces():
        yield piece
    if relay.error is not None or relay.cut or (relay.finished is not None and relay.finished.error):
        raise ConnectionAbortedError("the function failed while it answered")
