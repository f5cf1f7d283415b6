"""Log groups: making, deleting, describing them, and how long they keep what is in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from chasqui.base.call import Call, owner_of
from chasqui.base.positions import name_in, token_after
from chasqui.services.logs import errors
from chasqui.services.logs.places import group_arn, place_of
from chasqui.services.logs.service import Room
from chasqui.services.logs.tags import checked_tags
from chasqui.services.logs.types import (
    CreateLogGroupRequest,
    DeleteLogGroupRequest,
    DeleteRetentionPolicyRequest,
    DescribeLogGroupsRequest,
    DescribeLogGroupsResponse,
    LogGroup,
    PutRetentionPolicyRequest,
)
from chasqui.store.port import Resource, Transaction
from chasqui.telemetry.log_groups import (
    GROUP,
    STREAM,
    USAGE,
    GroupDocument,
    changed,
    delete_stream,
    read_group,
    stream_name,
    use,
    used_bytes,
)

_PAGE_MAX: Final = 50
_LOOKED_AT_MAX: Final = 10_000
_DELETED_AT_ONCE: Final = 200
_NAMES: Final = 500
DAYS: Final = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
)  # fmt: skip
"""The retentions that there are (API reference, PutRetentionPolicy)."""


async def create_log_group(room: Room, call: Call, request: CreateLogGroupRequest) -> None:
    if request.kmsKeyId is not None:
        raise errors.invalid("Log groups under a KMS key are not implemented.")
    if request.deletionProtectionEnabled:
        raise errors.invalid("Deletion protection of log groups is not implemented.")
    if request.logGroupClass == "DELIVERY":
        raise errors.invalid("Log groups of the class DELIVERY are not implemented.")
    owner, name = owner_of(call), request.logGroupName or ""
    document = GroupDocument(
        room.clock.now_ms(), tags=checked_tags(request.tags or {}), kind=request.logGroupClass or "STANDARD"
    )

    async def create(tx: Transaction) -> None:
        if await tx.get(GROUP, owner, name) is not None:
            raise errors.group_exists()
        await tx.create(Resource(GROUP, owner, name, msgspec.json.encode(document)))

    await room.store.transaction(create)


async def delete_log_group(room: Room, call: Call, request: DeleteLogGroupRequest) -> None:
    """The streams go in slices, the group with the last of them: a group that is there may lose streams meanwhile, but
    one made anew never has old ones."""
    owner, name = owner_of(call), request.logGroupName or ""
    await room.groups.settled()

    async def delete(tx: Transaction) -> bool:
        group = await tx.get(GROUP, owner, name)
        if group is None:
            raise errors.no_group()
        streams = await tx.list(STREAM, owner, prefix=stream_name(name, ""), limit=_DELETED_AT_ONCE)
        told = [await delete_stream(tx, each) for each in streams]
        if len(streams) == _DELETED_AT_ONCE:
            await use(tx, (owner, name), -sum(told))
            return False
        await tx.delete(group)
        usage = await tx.get(USAGE, owner, name)
        if usage is not None:
            await tx.delete(usage)
        return True

    while not await room.store.transaction(delete):
        pass


async def put_retention_policy(room: Room, call: Call, request: PutRetentionPolicyRequest) -> None:
    days = request.retentionInDays
    if days not in DAYS:
        raise errors.invalid(
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(map(str, DAYS))}]"
        )

    def retain(document: GroupDocument) -> None:
        document.retention_days = days

    await change_group(room, owner_of(call), request.logGroupName or "", retain)
    room.retention.stir()


async def delete_retention_policy(room: Room, call: Call, request: DeleteRetentionPolicyRequest) -> None:
    def keep_all(document: GroupDocument) -> None:
        document.retention_days = 0

    await change_group(room, owner_of(call), request.logGroupName or "", keep_all)


async def change_group(room: Room, owner: str, name: str, change: Callable[[GroupDocument], object]) -> None:
    """Change a group's document. Raises `ResourceNotFoundException`."""

    async def write(tx: Transaction) -> None:
        found = await tx.get(GROUP, owner, name)
        if found is None:
            raise errors.no_group()
        document = read_group(found)
        change(document)
        await tx.replace(changed(found, document))

    await room.store.transaction(write)


async def describe_log_groups(room: Room, call: Call, request: DescribeLogGroupsRequest) -> DescribeLogGroupsResponse:
    if request.logGroupNamePrefix is not None and request.logGroupNamePattern is not None:
        raise errors.invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
    await room.groups.settled()
    if request.logGroupIdentifiers is not None:
        return await _named(room, call, request)
    after = ""
    if request.nextToken is not None:
        token = name_in(request.nextToken)
        if token is None:
            raise errors.invalid_token()
        after = token
    limit = request.limit or _PAGE_MAX
    found: list[LogGroup] = []
    looked_at = 0
    while True:
        prefix = request.logGroupNamePrefix or ""
        page = await room.store.resources(
            GROUP, owner_of(call), prefix=prefix, after=(owner_of(call), after), limit=_NAMES
        )
        for each in page:
            if not _wanted(each, request):
                after = each.name
            elif len(found) == limit:
                return DescribeLogGroupsResponse(found, token_after(after))
            else:
                found.append(await _shown(room, each))
                after = each.name
        looked_at += len(page)
        if len(page) < _NAMES:
            return DescribeLogGroupsResponse(found)
        if looked_at >= _LOOKED_AT_MAX:
            return DescribeLogGroupsResponse(found, token_after(after))


async def _named(room: Room, call: Call, request: DescribeLogGroupsRequest) -> DescribeLogGroupsResponse:
    """The groups of a list that are there and the caller's."""
    others = (request.logGroupNamePrefix, request.logGroupNamePattern, request.logGroupClass, request.nextToken)
    if any(each is not None for each in others):
        raise errors.invalid("logGroupIdentifiers cannot be combined with other filters.")
    found = []
    for identifier in dict.fromkeys(request.logGroupIdentifiers or ()):
        place = place_of(call, None, identifier)
        each = await room.store.resource(GROUP, *place) if place[0] == owner_of(call) else None
        if each is not None:
            found.append(await _shown(room, each))
    return DescribeLogGroupsResponse(sorted(found, key=lambda each: each.logGroupName or ""))


def _wanted(group: Resource, request: DescribeLogGroupsRequest) -> bool:
    if request.logGroupNamePattern and request.logGroupNamePattern not in group.name:
        return False
    wanted = request.logGroupClass
    if wanted is None:
        return True
    rare = ("INFREQUENT_ACCESS", "ESSENTIALS")
    kind = read_group(group).kind
    return kind in rare if wanted in rare else kind == wanted


async def _shown(room: Room, group: Resource) -> LogGroup:
    usage = await room.store.resource(USAGE, group.owner, group.name)
    document, arn = read_group(group), group_arn(group.owner, group.name)
    return LogGroup(
        logGroupName=group.name,
        creationTime=document.created_ms,
        retentionInDays=document.retention_days or None,
        metricFilterCount=0,
        arn=f"{arn}:*",
        storedBytes=used_bytes(usage) if usage is not None else 0,
        logGroupClass=document.kind,
        logGroupArn=arn,
        deletionProtectionEnabled=False,
    )
