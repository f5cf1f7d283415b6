"""TagResource, UntagResource and ListTagsForResource: tags of topics.

Source: API reference, TagResource (quotas, reserved prefix); the characters are those of "Tagging AWS resources".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.sections import SnsQuotas
from chasqui.base.service import Operation
from chasqui.services.sns import arns, errors
from chasqui.services.sns.documents import TOPIC, read_topic, topic_resource
from chasqui.services.sns.inputs import checked, topic_place
from chasqui.services.sns.room import Room
from chasqui.services.sns.types import (
    ListTagsForResourceRequest,
    ListTagsForResourceResponse,
    Tag,
    TagResourceRequest,
    TagResourceResponse,
    UntagResourceRequest,
    UntagResourceResponse,
)
from chasqui.store.port import Transaction

_ALLOWED = re.compile(r"[\w\s.:/=+\-@]*\Z")


def read_tags(given: Iterable[Tag], limits: SnsQuotas) -> dict[str, str]:
    """The tags of a request. Raises `InvalidParameter` and `TagLimitExceeded`."""
    found: dict[str, str] = {}
    for tag in given:
        key, value = tag.Key or "", tag.Value or ""
        if key in found:
            raise errors.invalid_parameter("Duplicated keys are not allowed.")
        if key.lower().startswith("aws:"):
            raise errors.invalid_parameter("Tag keys must not start with the reserved prefix aws:.")
        if not _ALLOWED.match(key) or not _ALLOWED.match(value):
            raise errors.invalid_parameter(
                "Tags may only contain unicode letters, digits, whitespace, or one of these symbols: _ . : / = + - @"
            )
        found[key] = value
    _check_count(found, limits)
    return found


def _check_count(tags: Mapping[str, str], limits: SnsQuotas) -> None:
    if len(tags) > limits.tags_max:
        raise errors.tag_limit_exceeded(
            f"Could not complete request: tag quota of per resource exceeded ({limits.tags_max})"
        )


async def tag_resource(room: Room, call: Call, request: TagResourceRequest) -> TagResourceResponse:
    added = read_tags(request.Tags or (), room.limits)
    await _change(room, call, request.ResourceArn, lambda old: {**old, **added})
    return TagResourceResponse()


async def untag_resource(room: Room, call: Call, request: UntagResourceRequest) -> UntagResourceResponse:
    gone = frozenset(request.TagKeys or ())
    await _change(
        room, call, request.ResourceArn, lambda old: {key: value for key, value in old.items() if key not in gone}
    )
    return UntagResourceResponse()


async def _change(room: Room, call: Call, arn: str | None, changed: Callable[[dict[str, str]], dict[str, str]]) -> None:
    owner, name = topic_place(call, arn, "ResourceArn")

    async def change(tx: Transaction) -> None:
        found = await tx.get(TOPIC, owner, name)
        if found is None:
            raise errors.resource_not_found()
        document = read_topic(found)
        document.tags = changed(document.tags)
        _check_count(document.tags, room.limits)
        await tx.replace(topic_resource(owner, name, document, found))

    await room.store.transaction(change)


async def list_tags_for_resource(
    room: Room, call: Call, request: ListTagsForResourceRequest
) -> ListTagsForResourceResponse:
    found = await room.store.resource(TOPIC, *topic_place(call, request.ResourceArn, "ResourceArn"))
    if found is None:
        raise errors.resource_not_found()
    return ListTagsForResourceResponse(
        Tags=[Tag(Key=key, Value=value) for key, value in sorted(read_topic(found).tags.items())]
    )


OPERATIONS: dict[str, Operation] = {
    "ListTagsForResource": checked("ListTagsForResource", list_tags_for_resource),
    "TagResource": checked("TagResource", tag_resource),
    "UntagResource": checked("UntagResource", untag_resource),
}
ACTIONS: dict[str, Action] = {
    "ListTagsForResource": arns.of("ListTagsForResource", "read", resource=arns.resource),
    "TagResource": arns.of("TagResource", "tagging", resource=arns.resource, context=arns.new_tags),
    "UntagResource": arns.of("UntagResource", "tagging", resource=arns.resource, context=arns.gone_tags),
}
