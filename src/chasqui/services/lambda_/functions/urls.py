"""Function URLs: create, read, change, delete, list. What answers at them is `invoking`'s.

Source: API reference, CreateFunctionUrlConfig; developer guide, "Creating and managing Lambda function URLs"; errors as
AWS words them. A URL is `http://<id>.lambda-url.<region>.<host>/`, with the host and port that the caller used; names
below localhost lead to this machine everywhere.
"""

from __future__ import annotations

import ipaddress
import secrets
import string
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from chasqui.base.actions import Action, Values
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.service import Operation
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import FUNCTION_URL
from chasqui.services.lambda_.functions import arns, finding
from chasqui.services.lambda_.functions.documents import (
    FunctionDocument,
    FunctionUrlDocument,
    UrlDocument,
    changed,
    new_url,
)
from chasqui.services.lambda_.functions.inputs import checked
from chasqui.services.lambda_.functions.listing import page_of
from chasqui.services.lambda_.functions.names import FunctionName, function_arn, is_version, read_name
from chasqui.services.lambda_.functions.rendering import lambda_time
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import (
    Cors,
    CreateFunctionUrlConfigRequest,
    CreateFunctionUrlConfigResponse,
    DeleteFunctionUrlConfigRequest,
    FunctionUrlConfig,
    GetFunctionUrlConfigRequest,
    GetFunctionUrlConfigResponse,
    ListFunctionUrlConfigsRequest,
    ListFunctionUrlConfigsResponse,
    UpdateFunctionUrlConfigRequest,
    UpdateFunctionUrlConfigResponse,
)
from chasqui.store.port import Resource, Transaction

_LETTERS: Final = string.ascii_lowercase + string.digits
_ID_LENGTH: Final = 32
_PATTERN: Final = r"Member must satisfy regular expression pattern: ((?!^\d+$)^[0-9a-zA-Z-_]+$)"


def _name(call: Call, name: str | None, qualifier: str | None) -> FunctionName:
    """A function or an alias: versions have no URLs. Raises ValidationException."""
    named = read_name(call, name, qualifier)
    if named.qualifier.startswith("$") or is_version(named.qualifier):
        raise errors.broken(named.qualifier, "qualifier", _PATTERN)
    return named


def _address(call: Call, region: str, id_: str) -> str:
    """The URL with an id, under the address by which the server was called."""
    called = urlsplit(call.base_url)
    host, at, port = called.netloc.rpartition(":")
    if not at or not port.isdigit():
        host, port = called.netloc, ""
    if _is_loopback(host.strip("[]")):
        host = "localhost"
    return f"{called.scheme}://{id_}.lambda-url.{region}.{host}{':' if port else ''}{port}/"


def _is_loopback(host: str) -> bool:
    """Whether it is an address of this machine alone, before which no name can stand."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _facts(call: Call, named: FunctionName, qualifier: str, url: UrlDocument) -> dict[str, Any]:
    """What every answer tells of a URL."""
    return {
        "FunctionUrl": _address(call, named.region, url.id),
        "FunctionArn": function_arn(named.owner, named.name, qualifier),
        "AuthType": url.auth,
        "CreationTime": lambda_time(url.created_ms),
        "Cors": msgspec.convert(url.cors, Cors) if url.cors is not None else None,
        "InvokeMode": url.invoke_mode,
    }


def _cors(cors: Cors | None) -> dict[str, Any] | None:
    given: dict[str, Any] | None = msgspec.to_builtins(cors) if cors is not None else None
    return given


async def create_function_url_config(
    room: Room, call: Call, request: CreateFunctionUrlConfigRequest
) -> CreateFunctionUrlConfigResponse:
    named = _name(call, request.FunctionName, request.Qualifier)
    now_ms = room.clock.now_ms()
    id_ = "".join(secrets.choice(_LETTERS) for _ in range(_ID_LENGTH))
    url = UrlDocument(
        id_, request.AuthType or "", now_ms, now_ms, request.InvokeMode or "BUFFERED", _cors(request.Cors)
    )

    async def write(tx: Transaction) -> None:
        found, function = await _function(tx, named)
        if named.qualifier in function.urls:
            raise errors.conflict(
                f"Failed to create function url config for [functionArn = {named.qualified}]. Error message: "
                " FunctionUrlConfig exists for this Lambda function"
            )
        function.urls[named.qualifier] = url
        await tx.replace(changed(found, function))
        await tx.create(new_url(url.id, FunctionUrlDocument(named.owner, named.name, named.qualifier)))

    await room.store.transaction(write)
    return CreateFunctionUrlConfigResponse(**_facts(call, named, named.qualifier, url))


async def _function(tx: Transaction, named: FunctionName) -> tuple[Resource, FunctionDocument]:
    """The function, which has the alias that is named. Raises ResourceNotFoundException."""
    try:
        found = await finding.function_in(tx, named)
        await finding.require_qualifier(tx, named)
    except ServiceError:
        raise errors.not_found("Function does not exist") from None
    return found


async def get_function_url_config(
    room: Room, call: Call, request: GetFunctionUrlConfigRequest
) -> GetFunctionUrlConfigResponse:
    named = _name(call, request.FunctionName, request.Qualifier)
    url = (await finding.function(room, named)).urls.get(named.qualifier)
    if url is None:
        raise errors.resource_not_found()
    return GetFunctionUrlConfigResponse(
        **_facts(call, named, named.qualifier, url), LastModifiedTime=lambda_time(url.modified_ms)
    )


async def update_function_url_config(
    room: Room, call: Call, request: UpdateFunctionUrlConfigRequest
) -> UpdateFunctionUrlConfigResponse:
    named = _name(call, request.FunctionName, request.Qualifier)

    async def write(tx: Transaction) -> UrlDocument:
        found, function = await _function(tx, named)
        url = function.urls.get(named.qualifier)
        if url is None:
            raise errors.resource_not_found()
        url.auth = request.AuthType or url.auth
        url.invoke_mode = request.InvokeMode or url.invoke_mode
        if request.Cors is not None:
            # An empty one takes the configuration away.
            url.cors = _cors(request.Cors) or None
        url.modified_ms = room.clock.now_ms()
        await tx.replace(changed(found, function))
        return url

    url = await room.store.transaction(write)
    return UpdateFunctionUrlConfigResponse(
        **_facts(call, named, named.qualifier, url), LastModifiedTime=lambda_time(url.modified_ms)
    )


async def delete_function_url_config(room: Room, call: Call, request: DeleteFunctionUrlConfigRequest) -> None:
    named = _name(call, request.FunctionName, request.Qualifier)

    async def write(tx: Transaction) -> None:
        found, function = await finding.function_in(tx, named)
        url = function.urls.pop(named.qualifier, None)
        if url is None:
            raise errors.resource_not_found()
        await tx.replace(changed(found, function))
        at = await tx.get(FUNCTION_URL, "", url.id)
        if at is not None:
            await tx.delete(at)

    await room.store.transaction(write)


async def list_function_url_configs(
    room: Room, call: Call, request: ListFunctionUrlConfigsRequest
) -> ListFunctionUrlConfigsResponse:
    named = read_name(call, request.FunctionName)
    function = await finding.function(room, named)
    page, marker = page_of(sorted(function.urls.items()), request.Marker, request.MaxItems, lambda each: each[1].id)
    shown = [
        FunctionUrlConfig(**_facts(call, named, qualifier, url), LastModifiedTime=lambda_time(url.modified_ms))
        for qualifier, url in page
    ]
    return ListFunctionUrlConfigsResponse(FunctionUrlConfigs=shown, NextMarker=marker)


def _authorized(_call: Call, request: Any) -> Mapping[str, Values]:
    """The condition key of who may call a URL."""
    auth = getattr(request, "AuthType", None)
    return {"lambda:FunctionUrlAuthType": auth} if auth else {}


OPERATIONS: dict[str, Operation] = {
    "CreateFunctionUrlConfig": checked("CreateFunctionUrlConfig", create_function_url_config),
    "DeleteFunctionUrlConfig": checked("DeleteFunctionUrlConfig", delete_function_url_config),
    "GetFunctionUrlConfig": checked("GetFunctionUrlConfig", get_function_url_config),
    "ListFunctionUrlConfigs": checked("ListFunctionUrlConfigs", list_function_url_configs),
    "UpdateFunctionUrlConfig": checked("UpdateFunctionUrlConfig", update_function_url_config),
}
ACTIONS: dict[str, Action] = {
    "CreateFunctionUrlConfig": arns.of("CreateFunctionUrlConfig", "write", resource=arns.function, context=_authorized),
    "DeleteFunctionUrlConfig": arns.of("DeleteFunctionUrlConfig", "write", resource=arns.function),
    "GetFunctionUrlConfig": arns.of("GetFunctionUrlConfig", "read", resource=arns.function),
    "ListFunctionUrlConfigs": arns.of("ListFunctionUrlConfigs", "list", resource=arns.function),
    "UpdateFunctionUrlConfig": arns.of("UpdateFunctionUrlConfig", "write", resource=arns.function, context=_authorized),
}
