"""Invoke and InvokeWithResponseStream.

Source: Lambda API reference. The warm synchronous Invoke is hot: a name is parsed, a target found, the payload looked
through, and the runner is waited for.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator
from typing import Any, Final

from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.ids import new_uuid
from chasqui.base.service import Operation
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.functions import arns
from chasqui.services.lambda_.functions.directory import Target
from chasqui.services.lambda_.functions.inputs import check
from chasqui.services.lambda_.functions.names import read_name
from chasqui.services.lambda_.invoking import refusals
from chasqui.services.lambda_.invoking.accepting import accept
from chasqui.services.lambda_.invoking.payloads import check_json, client_context
from chasqui.services.lambda_.invoking.streams import Reading, Relay
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.running.contract import Finished, Invocation
from chasqui.services.lambda_.types import (
    InvocationRequest,
    InvocationResponse,
    InvokeWithResponseStreamRequest,
    InvokeWithResponseStreamResponse,
)

_KINDS: Final = frozenset((None, "RequestResponse", "Event", "DryRun"))
_LOGS: Final = frozenset((None, "None", "Tail"))
_PRELUDE_END: Final = bytes(8)
"""Between status and headers of a streamed answer and its body, as the function wrote them."""

_DRY: Final = 204
_ACCEPTED: Final = 202
_DONE: Final = 200

Requests = InvocationRequest | InvokeWithResponseStreamRequest


async def invoke(room: Room, call: Call, request: InvocationRequest) -> InvocationResponse:
    """Run a function and answer with what it returns, or take its event over."""
    target = await _target(room, call, request, "Invoke")
    payload = request.Payload or b""
    if request.InvocationType == "Event":
        await accept(room, target, payload, call.request_id or new_uuid())
        return InvocationResponse(StatusCode=_ACCEPTED, Payload=b"")
    invocation = _invocation(room, call, request, target)
    if request.InvocationType == "DryRun":
        return InvocationResponse(StatusCode=_DRY, Payload=b"")
    finished = await room.invoker.invoke(target, invocation)
    return InvocationResponse(
        StatusCode=_DONE,
        FunctionError=finished.error or None,
        LogResult=_tail(finished) if invocation.tail else None,
        Payload=finished.payload,
        ExecutedVersion=target.deployment.version,
    )


async def invoke_with_response_stream(
    room: Room, call: Call, request: InvokeWithResponseStreamRequest
) -> InvokeWithResponseStreamResponse:
    """Run a function and answer with what it writes, while it writes."""
    target = await _target(room, call, request, "InvokeWithResponseStream")
    if request.InvocationType == "Event":
        check("InvokeWithResponseStream", request)
    invocation = _invocation(room, call, request, target)
    if request.InvocationType == "DryRun":
        return InvokeWithResponseStreamResponse(StatusCode=_DRY)
    relay = Relay(room.limits.stream_bytes_max)
    work = relay.run(lambda stream: room.invoker.invoke(target, invocation, stream))
    room.background.start(f"invocation {invocation.request_id}", work)
    await relay.opened()
    events = Reading(relay, _events(relay, tail=invocation.tail))
    return InvokeWithResponseStreamResponse(
        StatusCode=_DONE, ExecutedVersion=target.deployment.version, EventStream=events
    )


async def _events(relay: Relay, *, tail: bool) -> AsyncGenerator[tuple[str, dict[str, Any]], None]:
    """The event stream: what was written, and how it ended."""
    if relay.prelude is not None:
        yield "PayloadChunk", {"Payload": relay.prelude + _PRELUDE_END}
    async for piece in relay.pieces():
        yield "PayloadChunk", {"Payload": piece}
    end: dict[str, Any] = {}
    finished = relay.finished
    if relay.error is not None:
        end = {"ErrorCode": "ServiceException", "ErrorDetails": str(relay.error)}
    elif relay.cut:
        end = {"ErrorCode": "Function.ResponseSizeTooLarge", "ErrorDetails": "The response is larger than allowed."}
    elif finished is not None and finished.error:
        end = {"ErrorCode": finished.error, "ErrorDetails": finished.payload.decode("utf-8", "replace")}
    if tail and finished is not None:
        end["LogResult"] = _tail(finished)
    yield "InvokeComplete", end


async def _target(room: Room, call: Call, request: Requests, operation: str) -> Target:
    """What is to be invoked. Raises the API's refusals."""
    if request.InvocationType not in _KINDS or request.LogType not in _LOGS:
        check(operation, request)
    if request.TenantId:
        raise errors.invalid_parameter(
            "The invoked function is not enabled with tenancy configuration. Remove the tenant ID in your request and"
            " try again."
        )
    named = read_name(call, request.FunctionName, request.Qualifier)
    target = await room.functions.target(named.account, named.region, named.name, named.qualifier)
    if target is None:
        raise errors.function_not_found(named.qualified)
    return target


def _invocation(room: Room, call: Call, request: Requests, target: Target) -> Invocation:
    """What the function gets. Raises the API's refusals."""
    payload, limit = request.Payload or b"", room.limits.request_bytes_max
    if len(payload) > limit:
        raise refusals.request_too_large(limit)
    return Invocation(
        request_id=call.request_id or new_uuid(),
        payload=check_json(payload),
        function_arn=target.invoked_arn,
        client_context=client_context(request.ClientContext),
        tail=request.LogType == "Tail",
    )


def _tail(finished: Finished) -> str:
    return base64.b64encode(finished.log_tail).decode()


def _asked(request: Requests) -> object:
    """What of a request the function's ARN depends on."""
    return f"{request.FunctionName}\0{request.Qualifier}"


OPERATIONS: dict[str, Operation] = {
    "Invoke": invoke,
    "InvokeWithResponseStream": invoke_with_response_stream,
}

ACTIONS: dict[str, Action] = {
    name: arns.of("InvokeFunction", "write", resource=arns.function, data=True, decided_by=_asked)
    for name in OPERATIONS
}
