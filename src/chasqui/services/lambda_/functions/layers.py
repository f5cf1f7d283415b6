"""Layers: publish, read, list and delete their versions.

A layer's version that is deleted stays for the functions that use it: its package is counted (`packages.py`). Numbers
are not used twice. Source: API reference, PublishLayerVersion, ListLayers; developer guide, "Managing Lambda
dependencies with layers"; errors as AWS words them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from chasqui.base.actions import Action
from chasqui.base.call import Call, owner_of
from chasqui.base.service import Operation
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import LAYER, LAYER_VERSION
from chasqui.services.lambda_.functions import arns, packages, usage
from chasqui.services.lambda_.functions.creating import refuse_storage
from chasqui.services.lambda_.functions.documents import (
    LayerDocument,
    LayerVersionDocument,
    changed,
    new_layer,
    new_layer_version,
    read,
)
from chasqui.services.lambda_.functions.downloads import location
from chasqui.services.lambda_.functions.inputs import checked
from chasqui.services.lambda_.functions.listing import owned_page, page_of
from chasqui.services.lambda_.functions.names import LayerName, peek_layer
from chasqui.services.lambda_.functions.rendering import lambda_time
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import (
    DeleteLayerVersionRequest,
    GetLayerVersionByArnRequest,
    GetLayerVersionRequest,
    GetLayerVersionResponse,
    LayersListItem,
    LayerVersionContentInput,
    LayerVersionContentOutput,
    LayerVersionsListItem,
    ListLayersRequest,
    ListLayersResponse,
    ListLayerVersionsRequest,
    ListLayerVersionsResponse,
    PublishLayerVersionRequest,
    PublishLayerVersionResponse,
)
from chasqui.store.port import Transaction

_PAGE: Final = 500
Version = tuple[int, LayerVersionDocument]


async def publish_layer_version(
    room: Room, call: Call, request: PublishLayerVersionRequest
) -> PublishLayerVersionResponse:
    named = peek_layer(call, request.LayerName)
    if named.owner != owner_of(call):
        raise errors.access_denied(f"Layers of {named.owner} cannot be published by account {call.account}")
    content = request.Content or LayerVersionContentInput()
    refuse_storage(content)
    source = packages.Source(content.ZipFile, content.S3Bucket or "", content.S3Key or "", content.S3ObjectVersion)
    staged = await packages.stage(room, call, source)
    document = LayerVersionDocument(
        code=staged.package,
        unzipped=staged.unzipped,
        created_ms=room.clock.now_ms(),
        description=request.Description or "",
        license=request.LicenseInfo or "",
        runtimes=request.CompatibleRuntimes,
        architectures=request.CompatibleArchitectures,
    )

    async def write(tx: Transaction) -> int:
        found = await tx.get(LAYER, named.owner, named.name)
        layer = read(LayerDocument, found) if found is not None else LayerDocument()
        layer.published += 1
        if found is None:
            await tx.create(new_layer(named.owner, named.name, layer))
        else:
            await tx.replace(changed(found, layer))
        await packages.keep(tx, staged)
        await usage.add(tx, named.owner, code_bytes=staged.package.size, code_bytes_max=room.limits.code_bytes_max)
        await tx.create(new_layer_version(named.owner, named.name, layer.published, document))
        return layer.published

    number = await packages.held(room, staged, room.store.transaction(write))
    shown = _facts(LayerName(named.owner, named.name, number), document)
    return PublishLayerVersionResponse(**shown, LayerArn=named.arn, Content=_content(room, call, document))


def _facts(named: LayerName, document: LayerVersionDocument) -> dict[str, Any]:
    """What every answer tells of a version."""
    return {
        "LayerVersionArn": named.version_arn,
        "Version": named.version,
        "Description": document.description,
        "CreatedDate": lambda_time(document.created_ms),
        "CompatibleRuntimes": document.runtimes,
        "CompatibleArchitectures": document.architectures,
        "LicenseInfo": document.license or None,
    }


def _content(room: Room, call: Call, document: LayerVersionDocument) -> LayerVersionContentOutput:
    return LayerVersionContentOutput(
        Location=location(room, call, document.code), CodeSha256=document.code.sha256, CodeSize=document.code.size
    )


async def get_layer_version(room: Room, call: Call, request: GetLayerVersionRequest) -> GetLayerVersionResponse:
    return await _get(room, call, numbered(call, request.LayerName, request.VersionNumber))


async def get_layer_version_by_arn(
    room: Room, call: Call, request: GetLayerVersionByArnRequest
) -> GetLayerVersionResponse:
    return await _get(room, call, peek_layer(call, request.Arn))


def numbered(call: Call, name: str | None, number: int | None) -> LayerName:
    """A layer's version. Raises InvalidParameterValueException."""
    if number is None or number < 1:
        raise errors.invalid_parameter("Layer Version Cannot be less than 1")
    return peek_layer(call, name, number)


async def _get(room: Room, call: Call, named: LayerName) -> GetLayerVersionResponse:
    found = await room.store.resource(LAYER_VERSION, named.owner, f"{named.name}:{named.version}")
    if found is None:
        raise errors.resource_not_found()
    document = read(LayerVersionDocument, found)
    return GetLayerVersionResponse(
        **_facts(named, document), LayerArn=named.arn, Content=_content(room, call, document)
    )


async def delete_layer_version(room: Room, call: Call, request: DeleteLayerVersionRequest) -> None:
    """Deleting what is not there is no error, as on AWS."""
    named = numbered(call, request.LayerName, request.VersionNumber)

    async def write(tx: Transaction) -> None:
        found = await tx.get(LAYER_VERSION, named.owner, f"{named.name}:{named.version}")
        if found is not None:
            document = read(LayerVersionDocument, found)
            await packages.drop(tx, document.code)
            await usage.add(tx, named.owner, code_bytes=-document.code.size)
            await tx.delete(found)

    await room.store.transaction(write)


async def _versions(room: Room, named: LayerName) -> list[Version]:
    """A layer's versions, newest first."""
    found: list[Version] = []
    after, prefix = ("", ""), f"{named.name}:"
    while page := await room.store.resources(LAYER_VERSION, named.owner, prefix=prefix, after=after, limit=_PAGE):
        found += [(int(each.name[len(prefix) :]), read(LayerVersionDocument, each)) for each in page]
        after = (page[-1].owner, page[-1].name)
    return sorted(found, key=lambda each: each[0], reverse=True)


def _matching(versions: Iterable[Version], runtime: str | None, architecture: str | None) -> list[Version]:
    """The versions that say that they are for a runtime and an architecture."""
    return [
        each
        for each in versions
        if (runtime is None or runtime in (each[1].runtimes or ()))
        and (architecture is None or architecture in (each[1].architectures or ()))
    ]


async def list_layer_versions(room: Room, call: Call, request: ListLayerVersionsRequest) -> ListLayerVersionsResponse:
    named = peek_layer(call, request.LayerName)
    versions = _matching(await _versions(room, named), request.CompatibleRuntime, request.CompatibleArchitecture)
    page, marker = page_of(versions, request.Marker, request.MaxItems, lambda each: str(each[0]))
    shown = [
        LayerVersionsListItem(**_facts(LayerName(named.owner, named.name, number), document))
        for number, document in page
    ]
    return ListLayerVersionsResponse(NextMarker=marker, LayerVersions=shown)


async def list_layers(room: Room, call: Call, request: ListLayersRequest) -> ListLayersResponse:
    """Layers that have a version that is asked for; the newest of those is shown."""
    owner = owner_of(call)
    found, marker = await owned_page(room.store, LAYER, owner, request.Marker, request.MaxItems)
    shown = []
    for each in found:
        named = LayerName(owner, each.name)
        versions = _matching(await _versions(room, named), request.CompatibleRuntime, request.CompatibleArchitecture)
        if versions:
            number, document = versions[0]
            latest = LayerVersionsListItem(**_facts(LayerName(owner, each.name, number), document))
            shown.append(LayersListItem(LayerName=each.name, LayerArn=named.arn, LatestMatchingVersion=latest))
    return ListLayersResponse(NextMarker=marker, Layers=shown)


OPERATIONS: dict[str, Operation] = {
    "DeleteLayerVersion": checked("DeleteLayerVersion", delete_layer_version),
    "GetLayerVersion": checked("GetLayerVersion", get_layer_version),
    "GetLayerVersionByArn": checked("GetLayerVersionByArn", get_layer_version_by_arn),
    "ListLayerVersions": checked("ListLayerVersions", list_layer_versions),
    "ListLayers": checked("ListLayers", list_layers),
    "PublishLayerVersion": checked("PublishLayerVersion", publish_layer_version),
}
ACTIONS: dict[str, Action] = {
    "DeleteLayerVersion": arns.of("DeleteLayerVersion", "write", resource=arns.layer_version),
    "GetLayerVersion": arns.of("GetLayerVersion", "read", resource=arns.layer_version),
    "GetLayerVersionByArn": Action(name="lambda:GetLayerVersion", level="read", resource=arns.by_arn),
    "ListLayerVersions": arns.of("ListLayerVersions", "list"),
    "ListLayers": arns.of("ListLayers", "list"),
    "PublishLayerVersion": arns.of("PublishLayerVersion", "write", resource=arns.layer, hidden=("Content",)),
}
