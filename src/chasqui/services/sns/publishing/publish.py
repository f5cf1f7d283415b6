"""Publish and PublishBatch to topics. Telephones and endpoints of apps have modules of their own.

A publish is answered when what it does is on disk. Sources: API reference, Publish and PublishBatch.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.service import Operation
from chasqui.services.sns.errors import invalid_parameter, topic_not_found
from chasqui.services.sns.inputs import topic_place
from chasqui.services.sns.publishing import sending
from chasqui.services.sns.publishing.directory import Topic
from chasqui.services.sns.publishing.drafting import Draft, check_size, draft
from chasqui.services.sns.publishing.publish_direct import is_direct, publish_direct
from chasqui.services.sns.publishing.topic_keys import use_key
from chasqui.services.sns.room import Room
from chasqui.services.sns.topics.protecting import protect
from chasqui.services.sns.types import (
    PublishBatchInput,
    PublishBatchRequestEntry,
    PublishBatchResponse,
    PublishBatchResultEntry,
    PublishInput,
    PublishResponse,
)

_ENTRY_ID: Final = re.compile(r"[A-Za-z0-9_-]+\Z")
_ENTRY_ID_LENGTH_MAX: Final = 80


async def publish(room: Room, call: Call, request: PublishInput) -> PublishResponse:
    topic = room.topics.at_hand(request.TopicArn)
    if topic is None or topic.region != call.region or request.TargetArn or request.PhoneNumber:
        if is_direct(request):
            return await publish_direct(room, call, request)
        topic = await _target(room, call, request)
    drafted = draft(topic, call, request, room.clock.now_ms(), room.public_url or call.base_url)
    check_size(topic, drafted.size)
    if topic.kms_key:
        await use_key(room, call, topic)
    if topic.document.data_protection:
        await protect(topic.document.data_protection, drafted.notice)
    prepared = await sending.prepare(room, topic, drafted)
    return PublishResponse(*prepared.done(await prepared.commit()))


async def _target(room: Room, call: Call, request: PublishInput) -> Topic:
    """The topic that is named. Raises AWS' errors."""
    if request.TopicArn and request.TargetArn:
        raise invalid_parameter("TopicArn or TargetArn Reason: only one of them may be given")
    arn, parameter = request.TopicArn or request.TargetArn, "TargetArn" if request.TargetArn else "TopicArn"
    if not arn:
        raise invalid_parameter("TopicArn or TargetArn Reason: no value for required parameter")
    return await find_topic(room, call, arn, parameter)


async def find_topic(room: Room, call: Call, arn: str, parameter: str = "TopicArn") -> Topic:
    """The topic with an ARN, of the region that was called. Raises `InvalidParameter` and `NotFound`."""
    topic = await room.topics.named(topic_place(call, arn, parameter))
    if topic is None:
        raise topic_not_found()
    return topic


async def publish_batch(room: Room, call: Call, request: PublishBatchInput) -> PublishBatchResponse:
    topic = room.topics.at_hand(request.TopicArn)
    if topic is None or topic.region != call.region:
        if not request.TopicArn:
            raise invalid_parameter("TopicArn Reason: no value for required parameter")
        topic = await find_topic(room, call, request.TopicArn)
    entries = request.PublishBatchRequestEntries or []
    _check_entries(entries, room.limits.batch_entries_max)
    now_ms, base_url = room.clock.now_ms(), room.public_url or call.base_url
    drafts = [
        draft(topic, call, entry, now_ms, base_url, f"publishBatchRequestEntries.{number}.member.messageAttributes")
        for number, entry in enumerate(entries, 1)
    ]
    if sum(each.size for each in drafts) > topic.bytes_max:
        raise ServiceError(
            "BatchRequestTooLong", "The length of all the messages put together is more than the limit.", status=400
        )
    if topic.kms_key:
        await use_key(room, call, topic)
    return PublishBatchResponse(await _send_all(room, topic, entries, drafts), [])


async def _send_all(
    room: Room, topic: Topic, entries: Sequence[PublishBatchRequestEntry], drafts: Sequence[Draft]
) -> list[PublishBatchResultEntry]:
    """Commands of one tick, in the entries' order."""
    if topic.document.data_protection:
        for each in drafts:
            await protect(topic.document.data_protection, each.notice)
    prepared = [await sending.prepare(room, topic, each) for each in drafts]
    pending = [each.commit() for each in prepared]
    return [
        PublishBatchResultEntry(entry.Id, *each.done(await waiting))
        for entry, each, waiting in zip(entries, prepared, pending, strict=True)
    ]


def _check_entries(entries: Sequence[PublishBatchRequestEntry], most: int) -> None:
    """Raises the errors that refuse a whole batch."""
    if not entries:
        raise ServiceError("EmptyBatchRequest", "The batch request doesn't contain any entries.", status=400)
    if len(entries) > most:
        raise ServiceError(
            "TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.", status=400
        )
    for entry in entries:
        _check_entry_id(entry.Id or "")
    if len({entry.Id for entry in entries}) != len(entries):
        raise ServiceError(
            "BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.", status=400
        )


def _check_entry_id(identifier: str) -> None:
    what = "The Id of a batch entry in the batch request"
    if len(identifier) > _ENTRY_ID_LENGTH_MAX:
        raise ServiceError("InvalidBatchEntryId", f"{what} is too long: {identifier[:1000]}", status=400)
    if not _ENTRY_ID.match(identifier):
        raise ServiceError(
            "InvalidBatchEntryId", f"{what} contains an impermissible character: {identifier}", status=400
        )


def _arn(request: Any) -> str:
    return request.TopicArn or getattr(request, "TargetArn", None) or "*"


def _resource(_call: Call, request: Any) -> str:
    return _arn(request)


_PUBLISH: Final = Action(
    name="sns:Publish", level="write", told="SNS:Publish", resource=_resource, data=True, decided_by=_arn
)

OPERATIONS: dict[str, Operation] = {"Publish": publish, "PublishBatch": publish_batch}
ACTIONS: dict[str, Action] = {"Publish": _PUBLISH, "PublishBatch": _PUBLISH}
