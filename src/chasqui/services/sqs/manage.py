"""The queues themselves: create, delete, purge, list, URL and attributes."""

from __future__ import annotations

import base64
import re

import msgspec

from chasqui.base.arn import parse_arn
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.services.sqs import errors
from chasqui.services.sqs.attributes import (
    COMPUTED,
    FIFO_DEFAULTS,
    KNOWN,
    validate,
)
from chasqui.services.sqs.policies import redrive_policy
from chasqui.services.sqs.queues import (
    TYPE,
    Queue,
    QueueDocument,
    owner_of,
    queue_arn,
    queue_resource,
    queue_url,
    read_queue,
    write_queue,
)
from chasqui.services.sqs.room import Room
from chasqui.services.sqs.tags import check_tags
from chasqui.services.sqs.types import (
    CreateQueueRequest,
    CreateQueueResult,
    DeleteQueueRequest,
    GetQueueAttributesRequest,
    GetQueueAttributesResult,
    GetQueueUrlRequest,
    GetQueueUrlResult,
    ListDeadLetterSourceQueuesRequest,
    ListDeadLetterSourceQueuesResult,
    ListQueuesRequest,
    ListQueuesResult,
    PurgeQueueRequest,
    SetQueueAttributesRequest,
)
from chasqui.store.port import Counts, Resource, Transaction, VersionConflict

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}\Z")
_FIFO_NAME = re.compile(r"[A-Za-z0-9_-]{1,75}\.fifo\Z")
_PAGE_MAX = 1000
_TOMBSTONE = "sqs:deleted-queue"


def check_name(name: str | None, *, fifo: bool) -> str:
    """A new queue's name. Raises `InvalidParameterValue`."""
    if name is None:
        raise errors.no_queue_name()
    if not name:
        raise errors.invalid_parameter("Queue name cannot be empty")
    if not fifo and not _NAME.match(name):
        raise errors.invalid_parameter(
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        )
    if fifo and not _FIFO_NAME.match(name):
        raise errors.invalid_parameter(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with"
            " .fifo suffix and be 1 to 80 in length"
        )
    return name


async def create_queue(room: Room, call: Call, request: CreateQueueRequest) -> CreateQueueResult:
    given = dict(request.Attributes or {})
    fifo = given.get("FifoQueue", "").lower() == "true"
    if "FifoQueue" in given and not fifo:
        raise errors.unknown_attribute("FifoQueue")
    name = check_name(request.QueueName, fifo=fifo)
    attributes: dict[str, str] = {}
    merge_attributes(attributes, _validate_new(room, given, fifo=fifo))
    tags = check_tags(request.tags or {}, room.limits.tags_max)
    owner = owner_of(call.account, call.region)
    existing = await room.queues.named(call.account, call.region, name)
    if existing is None:
        await check_redrive(room, call, name, attributes, fifo=fifo)
        try:
            await room.store.transaction(lambda tx: _create(room, tx, owner, name, attributes, tags))
        except VersionConflict:
            existing = await room.queues.named(call.account, call.region, name)
    if existing is not None:
        _check_same(existing, attributes)
    return CreateQueueResult(QueueUrl=queue_url(call, call.account, call.region, name))


def _validate_new(room: Room, given: dict[str, str], *, fifo: bool) -> dict[str, str]:
    try:
        return validate(given, fifo=fifo, creating=True, limits=room.limits)
    except ServiceError as error:
        if error.code != "OverLimit":
            raise
        # Only SetQueueAttributes knows OverLimit.
        raise errors.invalid_parameter(error.message) from None


async def _create(
    room: Room, tx: Transaction, owner: str, name: str, attributes: dict[str, str], tags: dict[str, str]
) -> None:
    now_ms = room.clock.now_ms()
    tombstone = await tx.get(_TOMBSTONE, owner, name)
    if tombstone is not None:
        if now_ms - int(tombstone.document) < room.limits.name_reuse_s * 1000:
            raise errors.queue_deleted_recently()
        await tx.delete(tombstone)
    queue = await tx.create_queue(ordered=name.endswith(".fifo"))
    document = QueueDocument(queue, attributes, tags, now_ms // 1000, now_ms // 1000)
    await tx.create(queue_resource(owner, name, document))


def _check_same(existing: Queue, attributes: dict[str, str]) -> None:
    for name, value in attributes.items():
        if name == "MaximumMessageSize":
            same = existing.message_bytes_max == int(value)
        elif name == "SqsManagedSseEnabled":
            same = existing.managed_encryption == (value == "true")
        else:
            same = existing.attribute(name) == value
        if not same:
            raise errors.queue_name_exists(name)


async def check_redrive(room: Room, call: Call, name: str, attributes: dict[str, str], *, fifo: bool) -> None:
    """Whether the dead-letter queue that a redrive policy names can take this queue's messages."""
    policy = redrive_policy(attributes)
    if policy is None:
        return
    text = attributes["RedrivePolicy"]
    arn = parse_arn(policy.target_arn)
    # Looked at first: nobody learns which queues another account has.
    if arn is None or arn.account != call.account or arn.region != call.region:
        raise errors.invalid_value(
            "RedrivePolicy", text, "Dead letter target must be in the same account and region as the source."
        )
    target = await room.queues.by_arn(policy.target_arn)
    if target is None:
        raise errors.invalid_value("RedrivePolicy", text, "Dead letter target does not exist.")
    if target.fifo != fifo:
        raise errors.invalid_value("RedrivePolicy", text, "Dead-letter queue must be same type of queue as the source.")
    if not target.allows_redrive_from(queue_arn(call.account, call.region, name)):
        raise errors.invalid_value(
            "RedrivePolicy",
            text,
            "Queue is not allowed to use this dead letter target by its redrive allow policy.",
        )


async def delete_queue(room: Room, call: Call, request: DeleteQueueRequest) -> None:
    queue = await room.queues.find(call, request.QueueUrl)
    owner = owner_of(queue.account, queue.region)

    async def delete(tx: Transaction) -> None:
        resource, document = await read_queue(tx, queue)
        await tx.delete(resource)
        await tx.delete_queue(document.queue)
        if room.limits.name_reuse_s:
            await tx.create(Resource(_TOMBSTONE, owner, queue.name, str(room.clock.now_ms()).encode()))

    await room.store.transaction(delete)


async def purge_queue(room: Room, call: Call, request: PurgeQueueRequest) -> None:
    queue = await room.queues.find(call, request.QueueUrl)

    async def purge(tx: Transaction) -> None:
        resource, document = await read_queue(tx, queue)
        now_ms = room.clock.now_ms()
        if document.purged_at_ms and now_ms - document.purged_at_ms < room.limits.purge_interval_s * 1000:
            raise errors.purge_in_progress(queue.name)
        document.purged_at_ms = now_ms
        await write_queue(tx, resource, document)
        await tx.purge_queue(document.queue)

    await room.store.transaction(purge)


async def set_queue_attributes(room: Room, call: Call, request: SetQueueAttributesRequest) -> None:
    queue = await room.queues.find(call, request.QueueUrl)
    if not request.Attributes:
        raise errors.missing_parameter("Attribute.Name")
    changes = validate(request.Attributes, fifo=queue.fifo, creating=False, limits=room.limits)
    changes.pop("FifoQueue", None)
    own_world = msgspec.structs.replace(call, account=queue.account, region=queue.region)
    await check_redrive(room, own_world, queue.name, changes, fifo=queue.fifo)

    async def change(tx: Transaction) -> None:
        resource, document = await read_queue(tx, queue)
        merge_attributes(document.attributes, changes)
        document.modified_s = room.clock.now_ms() // 1000
        await write_queue(tx, resource, document)
        if "MessageRetentionPeriod" in changes:
            await tx.set_retention(document.queue, int(changes["MessageRetentionPeriod"]) * 1000)

    await room.store.transaction(change)


def merge_attributes(kept: dict[str, str], changes: dict[str, str]) -> None:
    """Apply changes; "" removes. KMS and SSE-SQS exclude each other: switching one on switches the other off."""
    for name, value in changes.items():
        if value:
            kept[name] = value
        else:
            kept.pop(name, None)
    if changes.get("KmsMasterKeyId"):
        kept["SqsManagedSseEnabled"] = "false"
    elif changes.get("SqsManagedSseEnabled") == "true":
        kept.pop("KmsMasterKeyId", None)
    if not kept.get("KmsMasterKeyId"):
        kept.pop("KmsDataKeyReusePeriodSeconds", None)
    if kept.get("FifoThroughputLimit") == "perMessageGroupId" and kept.get("DeduplicationScope") != "messageGroup":
        raise errors.invalid_attribute_value(
            "FifoThroughputLimit",
            "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.",
        )


async def get_queue_attributes(room: Room, call: Call, request: GetQueueAttributesRequest) -> GetQueueAttributesResult:
    queue = await room.queues.find(call, request.QueueUrl)
    names = request.AttributeNames or []
    for name in names:
        if name != "All" and name not in KNOWN:
            raise errors.unknown_attribute(name)
    if not names:
        return GetQueueAttributesResult()
    counts = await room.store.counts(queue.id)
    everything = all_attributes(queue, counts)
    if "All" not in names:
        everything = {name: everything[name] for name in names if name in everything}
    return GetQueueAttributesResult(Attributes=everything or None)


def all_attributes(queue: Queue, counts: Counts) -> dict[str, str]:
    """Every attribute the queue has, as GetQueueAttributes shows them."""
    document = queue.document
    computed = (
        counts.visible,
        counts.delayed,
        counts.in_flight,
        document.created_s,
        document.modified_s,
        queue.arn,
    )
    shown = {name: str(value) for name, value in zip(COMPUTED, computed, strict=True)}
    for name in (
        "DelaySeconds",
        "MessageRetentionPeriod",
        "ReceiveMessageWaitTimeSeconds",
        "VisibilityTimeout",
    ):
        shown[name] = queue.attribute(name)
    shown["MaximumMessageSize"] = str(queue.message_bytes_max)
    shown["SqsManagedSseEnabled"] = "true" if queue.managed_encryption else "false"
    if document.attributes.get("KmsMasterKeyId"):
        shown["KmsDataKeyReusePeriodSeconds"] = "300"
    if queue.fifo:
        shown["FifoQueue"] = "true"
        shown.update({name: queue.attribute(name) for name in FIFO_DEFAULTS})
    shown.update({name: value for name, value in document.attributes.items() if name not in shown or "Kms" in name})
    return shown


async def get_queue_url(room: Room, call: Call, request: GetQueueUrlRequest) -> GetQueueUrlResult:
    if not request.QueueName:
        raise errors.no_queue_name()
    account = request.QueueOwnerAWSAccountId or call.account
    queue = await room.queues.named(account, call.region, request.QueueName)
    if queue is None:
        raise errors.queue_does_not_exist()
    return GetQueueUrlResult(QueueUrl=queue_url(call, account, call.region, queue.name))


def _page(most: int | None, token: str | None) -> tuple[int, str]:
    """(page size, the name to go on after). Raises `InvalidParameterValue`."""
    if most is not None and not 1 <= most <= _PAGE_MAX:
        raise errors.invalid_value("MaxResults", most, f"Must be between 1 and {_PAGE_MAX}, if provided.")
    if not token:
        return most or _PAGE_MAX, ""
    try:
        return most or _PAGE_MAX, base64.b64decode(token, validate=True).decode()
    except ValueError:
        raise errors.invalid_value("NextToken", token, "Invalid NextToken value.") from None


def _token(last: str) -> str:
    return base64.b64encode(last.encode()).decode()


async def list_queues(room: Room, call: Call, request: ListQueuesRequest) -> ListQueuesResult:
    size, after = _page(request.MaxResults, request.NextToken)
    owner = owner_of(call.account, call.region)
    found = await room.store.resources(
        TYPE,
        owner,
        prefix=request.QueueNamePrefix or "",
        after=(owner, after) if after else ("", ""),
        limit=size + 1,
    )
    # Without MaxResults AWS answers up to 1 000 and no token.
    more = len(found) > size and request.MaxResults is not None
    urls = [queue_url(call, call.account, call.region, each.name) for each in found[:size]]
    return ListQueuesResult(QueueUrls=urls or None, NextToken=_token(found[size - 1].name) if more else None)


async def list_dead_letter_source_queues(
    room: Room, call: Call, request: ListDeadLetterSourceQueuesRequest
) -> ListDeadLetterSourceQueuesResult:
    queue = await room.queues.find(call, request.QueueUrl)
    size, after = _page(request.MaxResults, request.NextToken)
    found = await room.store.transaction(lambda tx: tx.children(TYPE, queue.arn, after=after, limit=size + 1))
    more = len(found) > size and request.MaxResults is not None
    page = found[:size]
    urls = []
    for each in page:
        account, _, region = each.owner.partition("/")
        urls.append(queue_url(call, account, region, each.name))
    token = _token(f"{page[-1].owner} {page[-1].name}") if more else None
    return ListDeadLetterSourceQueuesResult(queueUrls=urls or None, NextToken=token)
