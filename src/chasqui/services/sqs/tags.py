"""TagQueue, UntagQueue and ListQueueTags."""

from __future__ import annotations

import re
from collections.abc import Mapping

from chasqui.base.call import Call
from chasqui.services.sqs import errors
from chasqui.services.sqs.queues import Queue, read_queue, write_queue
from chasqui.services.sqs.room import Room
from chasqui.services.sqs.types import (
    ListQueueTagsRequest,
    ListQueueTagsResult,
    TagQueueRequest,
    UntagQueueRequest,
)
from chasqui.store.port import Transaction

_KEY_LENGTH_MAX, _VALUE_LENGTH_MAX = 128, 256
_ALLOWED = re.compile(r"[\w\s.:/=+\-@]*\Z")


def check_tags(tags: Mapping[str, str], most: int) -> dict[str, str]:
    """Tags as AWS accepts them. Raises `InvalidParameterValue`."""
    if len(tags) > most:
        raise errors.invalid_parameter(f"Too many tags added for queue. Maximum number of tags is {most}.")
    for key, value in tags.items():
        if not 1 <= len(key) <= _KEY_LENGTH_MAX:
            raise errors.invalid_parameter(f"Tag keys must be between 1 and {_KEY_LENGTH_MAX} characters in length.")
        if key.lower().startswith("aws:"):
            raise errors.invalid_parameter("Tag keys must not start with the reserved prefix aws:.")
        if len(value) > _VALUE_LENGTH_MAX:
            raise errors.invalid_parameter(
                f"Tag values must be between 0 and {_VALUE_LENGTH_MAX} characters in length."
            )
        for what, text in (("keys", key), ("values", value)):
            if not _ALLOWED.match(text):
                raise errors.invalid_parameter(
                    f"Tag {what} may only contain unicode letters, digits, whitespace, or one of these symbols:"
                    " _ . : / = + - @"
                )
    return dict(tags)


async def _change(room: Room, queue: Queue, add: Mapping[str, str], remove: list[str]) -> None:
    async def change(tx: Transaction) -> None:
        resource, document = await read_queue(tx, queue)
        for key in remove:
            document.tags.pop(key, None)
        document.tags = check_tags({**document.tags, **add}, room.limits.tags_max)
        await write_queue(tx, resource, document)

    await room.store.transaction(change)


async def tag_queue(room: Room, call: Call, request: TagQueueRequest) -> None:
    queue = await room.queues.find(call, request.QueueUrl)
    if not request.Tags:
        raise errors.missing_parameter("Tags")
    await _change(room, queue, request.Tags, [])


async def untag_queue(room: Room, call: Call, request: UntagQueueRequest) -> None:
    queue = await room.queues.find(call, request.QueueUrl)
    if not request.TagKeys:
        raise errors.invalid_parameter("Tag keys must not be empty.")
    await _change(room, queue, {}, request.TagKeys)


async def list_queue_tags(room: Room, call: Call, request: ListQueueTagsRequest) -> ListQueueTagsResult:
    queue = await room.queues.find(call, request.QueueUrl)
    return ListQueueTagsResult(Tags=dict(queue.document.tags) or None)
