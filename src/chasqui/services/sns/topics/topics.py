"""The topics themselves: create, delete, list, and their attributes.

Source: API reference, CreateTopic (same name with other attributes or tags), DeleteTopic, SetTopicAttributes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from chasqui.base.actions import Action
from chasqui.base.call import Call, owner_of
from chasqui.base.errors import ChasquiError
from chasqui.base.service import Operation
from chasqui.services.sns import arns, counts, errors
from chasqui.services.sns.documents import (
    TOPIC,
    TopicDocument,
    read_subscription,
    read_topic,
    sns_arn,
    topic_resource,
)
from chasqui.services.sns.inputs import checked, topic_place
from chasqui.services.sns.listing import owned_page
from chasqui.services.sns.room import Room
from chasqui.services.sns.subscriptions import subscribed
from chasqui.services.sns.topics import data_protection, deletion, tags, topic_attributes
from chasqui.services.sns.types import (
    CreateTopicInput,
    CreateTopicResponse,
    DeleteTopicInput,
    GetTopicAttributesInput,
    GetTopicAttributesResponse,
    ListTopicsInput,
    ListTopicsResponse,
    SetTopicAttributesInput,
    Topic,
)
from chasqui.store.port import Resource, Transaction, VersionConflict

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}\Z")
_FIFO_NAME = re.compile(r"[A-Za-z0-9_-]{1,251}\.fifo\Z")
_LARGE_SUBSCRIPTIONS_MAX = 100
_STANDARD_BYTES = 262_144


class _NewTopic(msgspec.Struct, frozen=True):
    """What CreateTopic asks for, as it is kept."""

    owner: str
    name: str
    attributes: dict[str, str]
    given: frozenset[str]
    tags: dict[str, str]
    data_protection: str

    @property
    def fifo(self) -> bool:
        return self.name.endswith(".fifo")


async def create_topic(room: Room, call: Call, request: CreateTopicInput) -> CreateTopicResponse:
    new = _read_new(room, call, request)
    while True:
        try:
            await room.store.transaction(lambda tx: _create(room, tx, new))
            return CreateTopicResponse(TopicArn=sns_arn(new.owner, new.name))
        except _OldOneGoes:
            await deletion.finish(room, new.owner, new.name)
        except VersionConflict:
            # Somebody else has made it meanwhile: it is looked at again.
            continue


class _OldOneGoes(ChasquiError):
    """The topic's former namesake is still being deleted."""


def _read_new(room: Room, call: Call, request: CreateTopicInput) -> _NewTopic:
    given = dict(request.Attributes or {})
    for name in given:
        if name not in topic_attributes.KNOWN:
            raise errors.invalid_parameter(f"Attributes Reason: Unknown attribute {name}")
    name = request.Name or ""
    fifo = given.get("FifoTopic", "").lower() == "true"
    if not (_FIFO_NAME if fifo else _NAME).match(name):
        raise errors.invalid_parameter("Topic Name")
    attributes = {each: _accept(room, each, value, fifo=fifo, among=True) for each, value in given.items()}
    attributes.pop("FifoTopic", None)
    return _NewTopic(
        owner_of(call),
        name,
        attributes,
        frozenset(attributes),
        tags.read_tags(request.Tags or (), room.limits),
        data_protection.accept(request.DataProtectionPolicy or ""),
    )


def _accept(room: Room, name: str, value: str, *, fifo: bool, among: bool) -> str:
    try:
        return topic_attributes.accept(name, value, room.limits, fifo=fifo)
    except errors.Unacceptable as error:
        raise errors.refusal(error, among=among) from None


async def _create(room: Room, tx: Transaction, new: _NewTopic) -> None:
    existing = await tx.get(TOPIC, new.owner, new.name)
    if existing is not None:
        _check_same(read_topic(existing), new)
        return
    if await deletion.is_under_way(tx, new.owner, new.name):
        raise _OldOneGoes
    now_ms = room.clock.now_ms()
    kept = {name: value for name, value in new.attributes.items() if value}
    document = TopicDocument(kept, new.tags, now_ms, now_ms, data_protection=new.data_protection)
    if new.fifo:
        document.once = await tx.create_queue(ordered=True)
    if kept.get("ArchivePolicy"):
        document.archive, document.archive_since_ms = await tx.create_log(), now_ms
    await tx.create(topic_resource(new.owner, new.name, document))
    tally = await counts.load(tx, new.owner, new.name)
    tally.account.topics += 1
    tally.account.fifo_topics += new.fifo
    limits = room.limits
    if tally.account.topics > limits.topics_max or (new.fifo and tally.account.fifo_topics > limits.fifo_topics_max):
        raise errors.topic_limit_exceeded("Topic limit exceeded for account.")
    await tally.write(tx)


def _check_same(existing: TopicDocument, new: _NewTopic) -> None:
    """Whether what is asked for is there already. What is not asked for may be as it is."""
    for name in new.given:
        if topic_attributes.effective(existing, name, fifo=new.fifo) != new.attributes[name]:
            raise errors.invalid_parameter("Attributes Reason: Topic already exists with different attributes")
    if new.tags and new.tags != existing.tags:
        raise errors.invalid_parameter("Tags Reason: Topic already exists with different tags")


async def delete_topic(room: Room, call: Call, request: DeleteTopicInput) -> None:
    owner, name = topic_place(call, request.TopicArn)

    async def delete(tx: Transaction) -> bool:
        found = await tx.get(TOPIC, owner, name)
        if found is None:
            return False
        if read_topic(found).archive:
            raise errors.invalid_state("A topic with an ArchivePolicy cannot be deleted: deactivate the policy first.")
        return await deletion.delete_topic(tx, owner, name, found)

    if await room.store.transaction(delete):
        deletion.go_on(room, owner, name)


async def list_topics(room: Room, call: Call, request: ListTopicsInput) -> ListTopicsResponse:
    owner = owner_of(call)
    found, token = await owned_page(room.store, TOPIC, owner, request.NextToken)
    return ListTopicsResponse(Topics=[Topic(TopicArn=sns_arn(owner, each.name)) for each in found], NextToken=token)


async def get_topic_attributes(room: Room, call: Call, request: GetTopicAttributesInput) -> GetTopicAttributesResponse:
    owner, name = topic_place(call, request.TopicArn)
    now_ms = room.clock.now_ms()

    async def read(tx: Transaction) -> tuple[TopicDocument, counts.TopicCounts]:
        document = read_topic(await found_topic(tx, owner, name))
        tally = await counts.load(tx, owner, name)
        for each in await subscribed.lapsed(tx, owner, name, now_ms):
            tally.move(read_subscription(each), None)
        return document, tally.topic

    document, tally = await room.store.transaction(read)
    shown = topic_attributes.shown(sns_arn(owner, name), document, tally, now_ms)
    return GetTopicAttributesResponse(Attributes=dict(shown))


async def found_topic(tx: Transaction, owner: str, name: str) -> Resource:
    """A topic's resource. Raises `NotFound`."""
    found = await tx.get(TOPIC, owner, name)
    if found is None:
        raise errors.topic_not_found()
    return found


async def set_topic_attributes(room: Room, call: Call, request: SetTopicAttributesInput) -> None:
    owner, topic = topic_place(call, request.TopicArn)
    name, value = request.AttributeName or "", request.AttributeValue or ""
    if name == "FifoTopic" or name not in topic_attributes.KNOWN:
        raise errors.invalid_parameter("AttributeName")
    accepted = _accept(room, name, value, fifo=topic.endswith(".fifo"), among=False)

    async def change(tx: Transaction) -> None:
        found = await found_topic(tx, owner, topic)
        document = read_topic(found)
        if name == "MaximumMessageSize" and int(accepted) > _STANDARD_BYTES:
            _check_large((await counts.load(tx, owner, topic)).topic)
        if name == "ArchivePolicy":
            await _set_archive(room, tx, document, accepted)
        _put(document.attributes, name, accepted)
        document.modified_ms = room.clock.now_ms()
        await tx.replace(topic_resource(owner, topic, document, found))

    await room.store.transaction(change)


def _put(attributes: dict[str, str], name: str, value: str) -> None:
    if value:
        attributes[name] = value
    else:
        attributes.pop(name, None)


def _check_large(tally: counts.TopicCounts) -> None:
    """Whether a topic with these subscriptions may take messages above 256 KiB."""
    if tally.small_only or tally.confirmed + tally.pending > _LARGE_SUBSCRIPTIONS_MAX:
        raise errors.invalid_parameter(
            "MaximumMessageSize: A topic with a MaximumMessageSize above 256 KiB must have 100 or fewer subscriptions,"
            " and each subscription must be an Amazon SQS, Amazon Data Firehose, or Lambda subscription."
        )


async def _set_archive(room: Room, tx: Transaction, document: TopicDocument, policy: str) -> None:
    if policy and not document.archive:
        document.archive, document.archive_since_ms = await tx.create_log(), room.clock.now_ms()
    elif not policy and document.archive:
        await tx.delete_log(document.archive)
        document.archive = document.archive_since_ms = 0


def check_large_subscription(topic: Mapping[str, str], protocol: str, tally: counts.TopicCounts) -> None:
    """Whether a topic with these attributes may have this subscription more. Raises `InvalidParameter`."""
    if int(topic.get("MaximumMessageSize", "0")) > _STANDARD_BYTES:
        small_only = protocol not in counts.FITS_LARGE
        _check_large(counts.TopicCounts(tally.confirmed, tally.pending, small_only=tally.small_only + small_only))


OPERATIONS: dict[str, Operation] = {
    "CreateTopic": checked("CreateTopic", create_topic),
    "DeleteTopic": checked("DeleteTopic", delete_topic),
    "GetTopicAttributes": checked("GetTopicAttributes", get_topic_attributes),
    "ListTopics": checked("ListTopics", list_topics),
    "SetTopicAttributes": checked("SetTopicAttributes", set_topic_attributes),
}
ACTIONS: dict[str, Action] = {
    "CreateTopic": arns.of("CreateTopic", "write", resource=arns.new_topic, context=arns.new_tags, also=arns.creating),
    "DeleteTopic": arns.of("DeleteTopic", "write", resource=arns.topic),
    "GetTopicAttributes": arns.of("GetTopicAttributes", "read", resource=arns.topic),
    "ListTopics": arns.of("ListTopics", "list"),
    "SetTopicAttributes": arns.of("SetTopicAttributes", "permissions", resource=arns.topic),
}
