"""Tags of log groups: TagResource, UntagResource, ListTagsForResource, and the older ones that take a group's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from chasqui.base.call import Call, owner_of
from chasqui.services.logs import errors
from chasqui.services.logs.places import Place, group_arn, group_at, place_of_arn
from chasqui.services.logs.service import Room
from chasqui.services.logs.types import (
    ListTagsForResourceRequest,
    ListTagsForResourceResponse,
    ListTagsLogGroupRequest,
    ListTagsLogGroupResponse,
    TagLogGroupRequest,
    TagResourceRequest,
    UntagLogGroupRequest,
    UntagResourceRequest,
)
from chasqui.store.port import Transaction
from chasqui.telemetry.log_groups import GROUP, changed, read_group

TAGS_MAX: Final = 50
_ALLOWED: Final = re.compile(r"[\w\s.:/=+\-@]*\Z")


def checked_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """A request's tags. Raises `InvalidParameterException`."""
    for key, value in tags.items():
        if key.lower().startswith("aws:"):
            raise errors.invalid("Tag keys must not start with the reserved prefix aws:.")
        if not _ALLOWED.match(key) or not _ALLOWED.match(value):
            raise errors.invalid("Tags may only contain letters, digits, whitespace, or one of _ . : / = + - @")
    return dict(tags)


async def tag_resource(room: Room, _call: Call, request: TagResourceRequest) -> None:
    await _change(room, _place(request.resourceArn), added=checked_tags(request.tags or {}))


async def tag_log_group(room: Room, call: Call, request: TagLogGroupRequest) -> None:
    await _change(room, (owner_of(call), request.logGroupName or ""), added=checked_tags(request.tags or {}))


async def untag_resource(room: Room, _call: Call, request: UntagResourceRequest) -> None:
    await _change(room, _place(request.resourceArn), gone=request.tagKeys or ())


async def untag_log_group(room: Room, call: Call, request: UntagLogGroupRequest) -> None:
    await _change(room, (owner_of(call), request.logGroupName or ""), gone=request.tags or ())


async def list_tags_for_resource(
    room: Room, _call: Call, request: ListTagsForResourceRequest
) -> ListTagsForResourceResponse:
    return ListTagsForResourceResponse(read_group(await group_at(room, _place(request.resourceArn))).tags)


async def list_tags_log_group(room: Room, call: Call, request: ListTagsLogGroupRequest) -> ListTagsLogGroupResponse:
    found = await group_at(room, (owner_of(call), request.logGroupName or ""))
    return ListTagsLogGroupResponse(read_group(found).tags)


def _place(arn: str | None) -> Place:
    place = place_of_arn(arn or "")
    if place is None:
        raise errors.invalid("The specified resource ARN is invalid.")
    return place


async def _change(room: Room, place: Place, *, added: Mapping[str, str] = {}, gone: Iterable[str] = ()) -> None:
    leaving = frozenset(gone)

    async def change(tx: Transaction) -> None:
        found = await tx.get(GROUP, *place)
        if found is None:
            raise errors.no_group()
        document = read_group(found)
        document.tags = {key: value for key, value in {**document.tags, **added}.items() if key not in leaving}
        if len(document.tags) > TAGS_MAX:
            raise errors.too_many_tags(group_arn(*place))
        await tx.replace(changed(found, document))

    await room.store.transaction(change)
