"""PutFunctionEventInvokeConfig and its relatives: retries, age and destinations of asynchronous invocations.

Source: API reference, PutFunctionEventInvokeConfig; errors as AWS words them.
"""

from __future__ import annotations

import msgspec

from chasqui.base.actions import Action
from chasqui.base.arn import parse_arn
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.service import Operation
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import FUNCTION, LATEST
from chasqui.services.lambda_.functions import arns, finding
from chasqui.services.lambda_.functions.documents import EventInvokeDocument, FunctionDocument, changed
from chasqui.services.lambda_.functions.inputs import checked
from chasqui.services.lambda_.functions.listing import page_of
from chasqui.services.lambda_.functions.names import FunctionName, function_arn, peek, read_name
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import (
    DeleteFunctionEventInvokeConfigRequest,
    DestinationConfig,
    FunctionEventInvokeConfig,
    GetFunctionEventInvokeConfigRequest,
    ListFunctionEventInvokeConfigsRequest,
    ListFunctionEventInvokeConfigsResponse,
    OnFailure,
    OnSuccess,
    PutFunctionEventInvokeConfigRequest,
    UpdateFunctionEventInvokeConfigRequest,
)
from chasqui.store.port import Resource, Transaction

Settings = PutFunctionEventInvokeConfigRequest | UpdateFunctionEventInvokeConfigRequest


def _name(call: Call, name: str | None, qualifier: str | None) -> FunctionName:
    """What is configured: without a qualifier, $LATEST."""
    named = read_name(call, name, qualifier)
    return msgspec.structs.replace(named, qualifier=named.qualifier or LATEST)


def _shown(named: FunctionName, qualifier: str, document: EventInvokeDocument) -> FunctionEventInvokeConfig:
    return FunctionEventInvokeConfig(
        LastModified=document.modified_ms / 1000,
        FunctionArn=function_arn(named.owner, named.name, qualifier),
        MaximumRetryAttempts=document.retries_max,
        MaximumEventAgeInSeconds=document.age_max_s,
        DestinationConfig=DestinationConfig(
            OnSuccess=OnSuccess(Destination=document.on_success or None),
            OnFailure=OnFailure(Destination=document.on_failure or None),
        ),
    )


async def put_function_event_invoke_config(
    room: Room, call: Call, request: PutFunctionEventInvokeConfigRequest
) -> FunctionEventInvokeConfig:
    return await _set(room, call, request, anew=True)


async def update_function_event_invoke_config(
    room: Room, call: Call, request: UpdateFunctionEventInvokeConfigRequest
) -> FunctionEventInvokeConfig:
    return await _set(room, call, request, anew=False)


async def _set(room: Room, call: Call, request: Settings, *, anew: bool) -> FunctionEventInvokeConfig:
    given = (request.MaximumRetryAttempts, request.MaximumEventAgeInSeconds, request.DestinationConfig)
    if all(each is None for each in given):
        raise errors.invalid_parameter("You must specify at least one of error handling or destination setting.")
    named = _name(call, request.FunctionName, request.Qualifier)
    await _check_destinations(room, call, named, request.DestinationConfig)

    async def write(tx: Transaction) -> EventInvokeDocument:
        found, function = await _function(tx, named)
        old = function.event_invokes.get(named.qualifier)
        if old is None and not anew:
            raise _no_config(named)
        document = EventInvokeDocument(0) if anew or old is None else old
        _apply(document, request)
        document.modified_ms = room.clock.now_ms()
        function.event_invokes[named.qualifier] = document
        await tx.replace(changed(found, function))
        return document

    return _shown(named, named.qualifier, await room.store.transaction(write))


def _apply(document: EventInvokeDocument, request: Settings) -> None:
    if request.MaximumRetryAttempts is not None:
        document.retries_max = request.MaximumRetryAttempts
    if request.MaximumEventAgeInSeconds is not None:
        document.age_max_s = request.MaximumEventAgeInSeconds
    config = request.DestinationConfig
    if config is not None:
        document.on_success = (config.OnSuccess.Destination if config.OnSuccess is not None else None) or ""
        document.on_failure = (config.OnFailure.Destination if config.OnFailure is not None else None) or ""


async def _function(tx: Transaction, named: FunctionName) -> tuple[Resource, FunctionDocument]:
    """The function, which has the qualifier that is named. Raises ResourceNotFoundException."""
    try:
        found = await finding.function_in(tx, named)
        await finding.require_qualifier(tx, named)
    except ServiceError:
        raise errors.not_found("The function doesn't exist.") from None
    return found


async def _check_destinations(room: Room, call: Call, named: FunctionName, config: DestinationConfig | None) -> None:
    """Whether results may go where they are to. Raises InvalidParameterValueException."""
    if config is None:
        return
    success = config.OnSuccess.Destination if config.OnSuccess is not None else None
    failure = config.OnFailure.Destination if config.OnFailure is not None else None
    for text, only_failures in ((success, False), (failure, True)):
        if text and not await _may_be_sent_to(room, call, named, text, only_failures=only_failures):
            shown_success = f"OnSuccess(destination={success})" if success else "null"
            shown_failure = f"OnFailure(destination={failure})" if failure else "null"
            raise errors.invalid_parameter(
                f"The provided destination config DestinationConfig(onSuccess={shown_success},"
                f" onFailure={shown_failure}) is invalid."
            )


async def _may_be_sent_to(room: Room, call: Call, named: FunctionName, text: str, *, only_failures: bool) -> bool:
    arn = parse_arn(text)
    if arn is None:
        return False
    if arn.service == "lambda":
        target = peek(call, text)
        if target is None or await room.store.resource(FUNCTION, target.owner, target.name) is None:
            raise errors.invalid_parameter(f"The destination ARN {text} is invalid.")
        if (target.owner, target.name) == (named.owner, named.name):
            raise errors.invalid_parameter("You can't specify the function as a destination for itself.")
        return True
    if arn.service == "events" or (only_failures and arn.service == "s3"):
        raise errors.not_implemented(f"The destination {text}")
    return arn.service in ("sqs", "sns")


def _no_config(named: FunctionName) -> ServiceError:
    return errors.not_found(f"The function {named.qualified} doesn't have an EventInvokeConfig")


async def get_function_event_invoke_config(
    room: Room, call: Call, request: GetFunctionEventInvokeConfigRequest
) -> FunctionEventInvokeConfig:
    named = _name(call, request.FunctionName, request.Qualifier)
    found = await room.store.transaction(lambda tx: _config(tx, named))
    return _shown(named, named.qualifier, found[2])


async def _config(tx: Transaction, named: FunctionName) -> tuple[Resource, FunctionDocument, EventInvokeDocument]:
    """What is configured. Raises ResourceNotFoundException."""
    try:
        found, function = await finding.function_in(tx, named)
    except ServiceError:
        raise _no_config(named) from None
    document = function.event_invokes.get(named.qualifier)
    if document is None:
        raise _no_config(named)
    return found, function, document


async def delete_function_event_invoke_config(
    room: Room, call: Call, request: DeleteFunctionEventInvokeConfigRequest
) -> None:
    named = _name(call, request.FunctionName, request.Qualifier)

    async def write(tx: Transaction) -> None:
        found, function, _ = await _config(tx, named)
        del function.event_invokes[named.qualifier]
        await tx.replace(changed(found, function))

    await room.store.transaction(write)


async def list_function_event_invoke_configs(
    room: Room, call: Call, request: ListFunctionEventInvokeConfigsRequest
) -> ListFunctionEventInvokeConfigsResponse:
    named = read_name(call, request.FunctionName)
    try:
        function = await finding.function(room, named)
    except ServiceError:
        raise errors.not_found("The function doesn't exist.") from None
    page, marker = page_of(
        sorted(function.event_invokes.items()), request.Marker, request.MaxItems, lambda each: each[0]
    )
    shown = [_shown(named, qualifier, document) for qualifier, document in page]
    return ListFunctionEventInvokeConfigsResponse(FunctionEventInvokeConfigs=shown, NextMarker=marker)


OPERATIONS: dict[str, Operation] = {
    "DeleteFunctionEventInvokeConfig": checked("DeleteFunctionEventInvokeConfig", delete_function_event_invoke_config),
    "GetFunctionEventInvokeConfig": checked("GetFunctionEventInvokeConfig", get_function_event_invoke_config),
    "ListFunctionEventInvokeConfigs": checked("ListFunctionEventInvokeConfigs", list_function_event_invoke_configs),
    "PutFunctionEventInvokeConfig": checked("PutFunctionEventInvokeConfig", put_function_event_invoke_config),
    "UpdateFunctionEventInvokeConfig": checked("UpdateFunctionEventInvokeConfig", update_function_event_invoke_config),
}
ACTIONS: dict[str, Action] = {
    "DeleteFunctionEventInvokeConfig": arns.of("DeleteFunctionEventInvokeConfig", "write", resource=arns.function),
    "GetFunctionEventInvokeConfig": arns.of("GetFunctionEventInvokeConfig", "read", resource=arns.function),
    "ListFunctionEventInvokeConfigs": arns.of("ListFunctionEventInvokeConfigs", "list", resource=arns.function),
    "PutFunctionEventInvokeConfig": arns.of("PutFunctionEventInvokeConfig", "write", resource=arns.function),
    "UpdateFunctionEventInvokeConfig": arns.of("UpdateFunctionEventInvokeConfig", "write", resource=arns.function),
}
