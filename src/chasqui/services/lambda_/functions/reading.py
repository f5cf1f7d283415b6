"""GetFunction, GetFunctionConfiguration, ListFunctions, ListVersionsByFunction."""

from __future__ import annotations

from chasqui.base.actions import Action
from chasqui.base.call import Call, owner_of
from chasqui.base.service import Operation
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import FUNCTION, FUNCTION_VERSION, LATEST
from chasqui.services.lambda_.functions import arns, finding, rendering
from chasqui.services.lambda_.functions.documents import VersionDocument, read
from chasqui.services.lambda_.functions.downloads import location
from chasqui.services.lambda_.functions.inputs import checked
from chasqui.services.lambda_.functions.listing import owned_page, page_of
from chasqui.services.lambda_.functions.names import read_name
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import (
    Concurrency,
    FunctionCodeLocation,
    FunctionConfiguration,
    GetFunctionConfigurationRequest,
    GetFunctionRequest,
    GetFunctionResponse,
    ListFunctionsRequest,
    ListFunctionsResponse,
    ListVersionsByFunctionRequest,
    ListVersionsByFunctionResponse,
)


async def get_function(room: Room, call: Call, request: GetFunctionRequest) -> GetFunctionResponse:
    named = read_name(call, request.FunctionName, request.Qualifier)
    version, document = await finding.version(room, named)
    function = await finding.function(room, named)
    shown = await rendering.configuration(
        room, call, named.owner, named.name, version, document, qualifier=named.qualifier
    )
    return GetFunctionResponse(
        Configuration=shown,
        Code=_code(room, call, document),
        Tags=function.tags or None,
        Concurrency=None if function.reserved is None else Concurrency(ReservedConcurrentExecutions=function.reserved),
    )


def _code(room: Room, call: Call, document: VersionDocument) -> FunctionCodeLocation:
    if document.code is None:
        return FunctionCodeLocation(RepositoryType="ECR", ImageUri=document.image, ResolvedImageUri=document.image)
    return FunctionCodeLocation(RepositoryType="S3", Location=location(room, call, document.code))


async def get_function_configuration(
    room: Room, call: Call, request: GetFunctionConfigurationRequest
) -> FunctionConfiguration:
    named = read_name(call, request.FunctionName, request.Qualifier)
    version, document = await finding.version(room, named)
    return await rendering.configuration(
        room, call, named.owner, named.name, version, document, qualifier=named.qualifier
    )


async def list_functions(room: Room, call: Call, request: ListFunctionsRequest) -> ListFunctionsResponse:
    owner = owner_of(call)
    if request.FunctionVersion == "ALL":
        found, marker = await owned_page(room.store, FUNCTION_VERSION, owner, request.Marker, request.MaxItems)
        shown = []
        for each in found:
            name, _, version = each.name.partition(":")
            document = read(VersionDocument, each)
            shown.append(await rendering.listed(room, call, owner, name, version, document, qualifier=version))
        return ListFunctionsResponse(NextMarker=marker, Functions=shown)
    found, marker = await owned_page(room.store, FUNCTION, owner, request.Marker, request.MaxItems)
    reads = [(each.name, room.store.resource(FUNCTION_VERSION, owner, f"{each.name}:{LATEST}")) for each in found]
    shown = []
    for name, latest in reads:
        current = await latest
        if current is not None:
            document = read(VersionDocument, current)
            shown.append(await rendering.listed(room, call, owner, name, LATEST, document))
    return ListFunctionsResponse(NextMarker=marker, Functions=shown)


async def list_versions_by_function(
    room: Room, call: Call, request: ListVersionsByFunctionRequest
) -> ListVersionsByFunctionResponse:
    named = read_name(call, request.FunctionName)
    versions = await room.functions.versions(named.owner, named.name)
    if not versions:
        raise errors.function_not_found(named.arn)
    page, marker = page_of(versions, request.Marker, request.MaxItems, lambda each: each[0])
    shown = [
        await rendering.listed(room, call, named.owner, named.name, version, document, qualifier=version)
        for version, document in page
    ]
    return ListVersionsByFunctionResponse(NextMarker=marker, Versions=shown)


OPERATIONS: dict[str, Operation] = {
    "GetFunction": checked("GetFunction", get_function),
    "GetFunctionConfiguration": checked("GetFunctionConfiguration", get_function_configuration),
    "ListFunctions": checked("ListFunctions", list_functions),
    "ListVersionsByFunction": checked("ListVersionsByFunction", list_versions_by_function),
}
ACTIONS: dict[str, Action] = {
    "GetFunction": arns.of("GetFunction", "read", resource=arns.function),
    "GetFunctionConfiguration": arns.of("GetFunctionConfiguration", "read", resource=arns.function),
    "ListFunctions": arns.of("ListFunctions", "list"),
    "ListVersionsByFunction": arns.of("ListVersionsByFunction", "list", resource=arns.function),
}
