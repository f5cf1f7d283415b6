"""CreateEventSourceMapping, and the others on mappings.

A mapping is at work as soon as it is written, so its states of passage ("Creating", "Updating" …) are seen only in the
answer of the call that begins them.
"""

from __future__ import annotations

from typing import Any, Final

from chasqui.base.call import Call, owner_of
from chasqui.base.ids import new_uuid
from chasqui.base.service import Operation
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import MAPPING
from chasqui.services.lambda_.functions.directory import Target
from chasqui.services.lambda_.functions.inputs import checked
from chasqui.services.lambda_.functions.names import function_arn, read_name
from chasqui.services.lambda_.functions.tagging import read_tags
from chasqui.services.lambda_.mappings import checking
from chasqui.services.lambda_.mappings.documents import (
    MappingDocument,
    mapping_arn,
    mapping_resource,
    read_mapping,
)
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import (
    CreateEventSourceMappingRequest,
    DeleteEventSourceMappingRequest,
    EventSourceMappingConfiguration,
    Filter,
    FilterCriteria,
    GetEventSourceMappingRequest,
    ListEventSourceMappingsRequest,
    ListEventSourceMappingsResponse,
    ScalingConfig,
    UpdateEventSourceMappingRequest,
)
from chasqui.store.port import Resource, Transaction, VersionConflict

_BATCH: Final = 10
_PAGE: Final = 100
_LOOKED_AT: Final = 1000


async def create_event_source_mapping(
    room: Room, call: Call, request: CreateEventSourceMappingRequest
) -> EventSourceMappingConfiguration:
    source = checking.check_source(request.EventSourceArn)
    checking.refuse_unsupported(request)
    target = await _target(room, call, request.FunctionName)
    scaling = request.ScalingConfig
    document = MappingDocument(
        source=source,
        function=target.name,
        qualifier=target.qualifier,
        enabled=request.Enabled is not False,
        batch_size=_BATCH if request.BatchSize is None else request.BatchSize,
        window_s=request.MaximumBatchingWindowInSeconds or 0,
        modified_ms=room.clock.now_ms(),
        partial=checking.reads_partly(request.FunctionResponseTypes),
        concurrency=(scaling.MaximumConcurrency or 0) if scaling is not None else 0,
        filters=checking.read_filters(request.FilterCriteria),
        tags=read_tags(request.Tags or {}),
    )
    await checking.check_ends(room, document, target)
    owner, uuid = owner_of(call), new_uuid()

    async def write(tx: Transaction) -> None:
        after = ""
        while page := await tx.children(MAPPING, target.name, after=after, limit=_LOOKED_AT):
            for each in page:
                _refuse_same(owner, document, each)
            after = f"{page[-1].owner} {page[-1].name}"
        await tx.create(mapping_resource(owner, uuid, document))

    await room.store.transaction(write)
    return _shown(owner, uuid, document, "Creating")


def _refuse_same(owner: str, document: MappingDocument, resource: Resource) -> None:
    """A queue feeds a function once."""
    there = read_mapping(resource)
    if resource.owner == owner and (there.source, there.qualifier) == (document.source, document.qualifier):
        raise errors.conflict(
            f'An event source mapping with SQS arn (" {document.source} ") and function (" {document.function} ")'
            f" already exists. Please update or delete the existing mapping with UUID {resource.name}"
        )


async def _target(room: Room, call: Call, name: str | None) -> Target:
    named = read_name(call, name)
    target = await room.functions.target(named.account, named.region, named.name, named.qualifier)
    if target is None or named.account != call.account:
        raise errors.function_not_found(named.qualified)
    return target


async def get_event_source_mapping(
    room: Room, call: Call, request: GetEventSourceMappingRequest
) -> EventSourceMappingConfiguration:
    found = await room.store.resource(MAPPING, owner_of(call), request.UUID or "")
    if found is None:
        raise errors.resource_not_found()
    return _shown(found.owner, found.name, read_mapping(found))


async def list_event_source_mappings(
    room: Room, call: Call, request: ListEventSourceMappingsRequest
) -> ListEventSourceMappingsResponse:
    limit = min(request.MaxItems or _PAGE, _PAGE)
    wanted = read_name(call, request.FunctionName) if request.FunctionName else None
    owner, after = owner_of(call), request.Marker or ""
    found: list[EventSourceMappingConfiguration] = []
    while page := await room.store.resources(MAPPING, owner, after=(owner, after), limit=_LOOKED_AT):
        for each in page:
            document = read_mapping(each)
            if len(found) == limit:
                return ListEventSourceMappingsResponse(NextMarker=found[-1].UUID, EventSourceMappings=found)
            if request.EventSourceArn not in (None, document.source):
                continue
            if wanted is None or (wanted.name, wanted.qualifier) == (document.function, document.qualifier):
                found.append(_shown(owner, each.name, document))
        after = page[-1].name
    return ListEventSourceMappingsResponse(EventSourceMappings=found)


async def update_event_source_mapping(
    room: Room, call: Call, request: UpdateEventSourceMappingRequest
) -> EventSourceMappingConfiguration:
    checking.refuse_unsupported(request)
    owner, uuid = owner_of(call), request.UUID or ""
    found = await room.store.resource(MAPPING, owner, uuid)
    if found is None:
        raise errors.resource_not_found()
    old = read_mapping(found)
    target = await _target(room, call, request.FunctionName or function_arn(owner, old.function, old.qualifier))
    given, types = request.FilterCriteria, request.FunctionResponseTypes
    scaling = request.ScalingConfig
    document = checking.changed(
        old,
        room.clock.now_ms(),
        function=target.name,
        qualifier=target.qualifier,
        enabled=request.Enabled,
        batch_size=request.BatchSize,
        window_s=request.MaximumBatchingWindowInSeconds,
        partial=None if types is None else checking.reads_partly(types),
        concurrency=None if scaling is None else scaling.MaximumConcurrency or 0,
        filters=None if given is None else checking.read_filters(given),
    )
    await checking.check_ends(room, document, target)
    return await _replace(room, found, document, "Updating")


async def _replace(
    room: Room, found: Resource, document: MappingDocument, state: str
) -> EventSourceMappingConfiguration:
    async def write(tx: Transaction) -> None:
        await tx.replace(mapping_resource(found.owner, found.name, document, found))

    try:
        await room.store.transaction(write)
    except VersionConflict as error:
        raise _in_use(found.name) from error
    if not document.enabled:
        state = "Disabling"
    return _shown(found.owner, found.name, document, state)


async def delete_event_source_mapping(
    room: Room, call: Call, request: DeleteEventSourceMappingRequest
) -> EventSourceMappingConfiguration:
    owner, uuid = owner_of(call), request.UUID or ""

    async def write(tx: Transaction) -> MappingDocument:
        found = await tx.get(MAPPING, owner, uuid)
        if found is None:
            raise errors.resource_not_found()
        await tx.delete(found)
        return read_mapping(found)

    return _shown(owner, uuid, await room.store.transaction(write), "Deleting")


def _in_use(uuid: str) -> Exception:
    return errors.conflict(f"The event source mapping {uuid} was changed by another call.")


def _shown(owner: str, uuid: str, document: MappingDocument, state: str = "") -> EventSourceMappingConfiguration:
    return EventSourceMappingConfiguration(
        UUID=uuid,
        BatchSize=document.batch_size,
        MaximumBatchingWindowInSeconds=document.window_s,
        EventSourceArn=document.source,
        FilterCriteria=FilterCriteria([Filter(each) for each in document.filters]) if document.filters else None,
        ScalingConfig=ScalingConfig(document.concurrency) if document.concurrency else None,
        FunctionArn=function_arn(owner, document.function, document.qualifier),
        LastModified=document.modified_ms / 1000,
        State=state or ("Enabled" if document.enabled else "Disabled"),
        StateTransitionReason="USER_INITIATED",
        FunctionResponseTypes=[checking.PARTIAL] if document.partial else None,
        EventSourceMappingArn=mapping_arn(owner, uuid),
    )


_ALL: Final[dict[str, Any]] = {
    "CreateEventSourceMapping": create_event_source_mapping,
    "DeleteEventSourceMapping": delete_event_source_mapping,
    "GetEventSourceMapping": get_event_source_mapping,
    "ListEventSourceMappings": list_event_source_mappings,
    "UpdateEventSourceMapping": update_event_source_mapping,
}
OPERATIONS: dict[str, Operation] = {name: checked(name, operation) for name, operation in _ALL.items()}
