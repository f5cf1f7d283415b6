"""SendMessage and SendMessageBatch.

Everything is decided here, on the cached queue, before the store is asked: what is handed over only fails for the
store's own reasons.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.ids import new_id, uuid_text
from chasqui.services.sqs import errors
from chasqui.services.sqs.batches import check_batch, failed_entry
from chasqui.services.sqs.message_attributes import (
    attributes_md5,
    attributes_size,
    is_valid_text,
    read_attributes,
)
from chasqui.services.sqs.payload import Payload, StoredAttribute
from chasqui.services.sqs.queues import Queue
from chasqui.services.sqs.room import Room
from chasqui.services.sqs.types import (
    BatchResultErrorEntry,
    MessageAttributeValue,
    MessageSystemAttributeValue,
    SendMessageBatchRequest,
    SendMessageBatchRequestEntry,
    SendMessageBatchResult,
    SendMessageBatchResultEntry,
    SendMessageRequest,
    SendMessageResult,
)
from chasqui.store.port import NewMessage, QueueGone

_IDENTIFIER = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}\Z")
_TRACE_HEADER = "AWSTraceHeader"
# Sequence numbers are 20 digits on AWS; clients compare them as text or as numbers, and both must agree.
_SEQUENCE_BASE = 10_000_000_000_000_000_000


class Sendable(Protocol):
    """What SendMessage and an entry of SendMessageBatch share."""

    MessageBody: str | None
    DelaySeconds: int | None
    MessageAttributes: dict[str, MessageAttributeValue] | None
    MessageSystemAttributes: dict[str, MessageSystemAttributeValue] | None
    MessageDeduplicationId: str | None
    MessageGroupId: str | None


# A checked message on its way into the store, and what its answer needs: the row, the payload, the size in bytes, the
# digest of its system attributes. A plain tuple, because one is made for each message.
Draft = tuple[NewMessage, Payload, int, str | None]


async def send_message(room: Room, call: Call, request: SendMessageRequest) -> SendMessageResult:
    queue = room.queues.at_url.get((call.region, request.QueueUrl)) or await room.queues.find(call, request.QueueUrl)
    message, payload, _, system_md5 = draft_message(room, call, queue, request, room.clock.now_ms())
    try:
        appended = (await room.store.append_messages(queue.id, (message,)))[0]
    except QueueGone:
        raise errors.queue_does_not_exist() from None
    room.counters["NumberOfMessagesSent", queue.arn] += 1
    result = SendMessageResult(MessageId=uuid_text(appended.id), MD5OfMessageBody=payload.body_md5)
    if payload.attributes_md5 is not None:
        result.MD5OfMessageAttributes = payload.attributes_md5
    if system_md5 is not None:
        result.MD5OfMessageSystemAttributes = system_md5
    if queue.fifo:
        result.SequenceNumber = sequence_text(appended.sequence)
    return result


async def send_message_batch(room: Room, call: Call, request: SendMessageBatchRequest) -> SendMessageBatchResult:
    queue = room.queues.at_url.get((call.region, request.QueueUrl)) or await room.queues.find(call, request.QueueUrl)
    entries = request.Entries or []
    identifiers = check_batch(entries, "SendMessageBatchRequestEntry", room.limits.batch_entries_max)
    now_ms = room.clock.now_ms()
    plain = draft_plain(room, call, queue, entries, now_ms)
    failed: list[BatchResultErrorEntry] = []
    if plain is not None:
        drafts, total = list(zip(identifiers, plain, strict=True)), sum([draft[2] for draft in plain])
    else:
        drafts, total = _draft_entries(room, call, queue, list(zip(identifiers, entries, strict=True)), failed)
    if total > room.limits.message_bytes_max:
        raise errors.batch_too_long(total, room.limits.message_bytes_max)
    successful = await _append_batch(room, queue, drafts) if drafts else None
    return SendMessageBatchResult(Successful=successful, Failed=failed or None)


def _draft_entries(
    room: Room,
    call: Call,
    queue: Queue,
    entries: list[tuple[str, SendMessageBatchRequestEntry]],
    failed: list[BatchResultErrorEntry],
) -> tuple[list[tuple[str, Draft]], int]:
    """Draft entries one by one; those that AWS refuses go to `failed`. Returns the others, and the size of all."""
    drafts: list[tuple[str, Draft]] = []
    now_ms, total = room.clock.now_ms(), 0
    for number, (identifier, entry) in enumerate(entries, 1):
        try:
            draft = draft_message(room, call, queue, entry, now_ms, errors.entry_too_long)
        except ServiceError as error:
            failed.append(failed_entry(identifier, _entry_error(queue, entry, number, error)))
            total += _size_of_refused(entry)
        else:
            drafts.append((identifier, draft))
            total += draft[2]
    return drafts, total


def draft_plain(room: Room, call: Call, queue: Queue, requests: Sequence[Sendable], now_ms: int) -> list[Draft] | None:
    """All messages of a batch at once, if each is an acceptable one with nothing but a body; else None, and they are
    looked at one by one. What can be done for all of them by one call into C is."""
    if queue.fifo or not all(map(_is_plain, requests)):
        return None
    bodies = [request.MessageBody or "" for request in requests]
    try:
        encoded = [body.encode() for body in bodies]
    except UnicodeEncodeError:
        return None
    sizes = [len(each) for each in encoded]
    if not min(sizes) or max(sizes) > queue.message_bytes_max or not is_valid_text("".join(bodies), b"".join(encoded)):
        return None
    visible_ms, expires_ms = now_ms + queue.delay_ms, now_ms + queue.retention_ms
    encode, encrypted, sender = room.codec.encode, queue.encrypted, call.principal
    drafts: list[Draft] = []
    for body, raw, size in zip(bodies, encoded, sizes, strict=True):
        payload = Payload(body, hashlib.md5(raw, usedforsecurity=False).hexdigest(), sender)
        message = NewMessage(new_id(), encode(payload, encrypted), now_ms, visible_ms, expires_ms)
        drafts.append((message, payload, size, None))
    return drafts


def _is_plain(request: Sendable) -> bool:
    """Whether a message has nothing but a body."""
    return (
        request.MessageGroupId is None
        and request.DelaySeconds is None
        and request.MessageDeduplicationId is None
        and not request.MessageAttributes
        and not request.MessageSystemAttributes
    )


def _entry_error(queue: Queue, entry: Sendable, number: int, error: ServiceError) -> ServiceError:
    """How a batch tells what is wrong with an entry. A wrong parameter on a FIFO queue refuses the whole batch."""
    if not entry.MessageBody:
        error = errors.missing_parameter(f"SendMessageBatchRequestEntry.{number}.MessageBody")
    if queue.fifo and error.code in ("MissingParameter", "InvalidParameterValue"):
        raise errors.invalid_parameter(error.message)
    return error


def _size_of_refused(entry: Sendable) -> int:
    """What a refused entry counts towards the batch's size."""
    texts = [entry.MessageBody or ""]
    size = 0
    for name, value in (entry.MessageAttributes or {}).items():
        texts += [name, value.DataType or "", value.StringValue or ""]
        size += len(value.BinaryValue or b"")
    return size + sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)


async def _append_batch(room: Room, queue: Queue, drafts: list[tuple[str, Draft]]) -> list[SendMessageBatchResultEntry]:
    try:
        outcomes = await room.store.append_messages(queue.id, [draft[0] for _, draft in drafts])
    except QueueGone:
        raise errors.queue_does_not_exist() from None
    room.counters["NumberOfMessagesSent", queue.arn] += len(drafts)
    successful = []
    for (identifier, (_, payload, _, system_md5)), appended in zip(drafts, outcomes, strict=True):
        entry = SendMessageBatchResultEntry(
            Id=identifier, MessageId=uuid_text(appended.id), MD5OfMessageBody=payload.body_md5
        )
        if payload.attributes_md5 is not None:
            entry.MD5OfMessageAttributes = payload.attributes_md5
        if system_md5 is not None:
            entry.MD5OfMessageSystemAttributes = system_md5
        if queue.fifo:
            entry.SequenceNumber = sequence_text(appended.sequence)
        successful.append(entry)
    return successful


def sequence_text(sequence: int) -> str:
    """A SequenceNumber as clients see it."""
    return str(_SEQUENCE_BASE + sequence)


def draft_message(
    room: Room,
    call: Call,
    queue: Queue,
    request: Sendable,
    now_ms: int,
    too_long: Callable[[int], ServiceError] = errors.too_long,
) -> Draft:
    """Check one message against the queue's rules and make its row. Raises AWS' errors."""
    body = request.MessageBody
    if not body:
        raise errors.missing_parameter("MessageBody")
    try:
        encoded = body.encode()
    except UnicodeEncodeError:
        raise errors.invalid_message_contents() from None
    if queue.fifo or not _is_plain(request):
        return _draft_in_full(room, call, queue, request, encoded, now_ms, too_long)
    size = len(encoded)
    if size > queue.message_bytes_max:
        raise too_long(queue.message_bytes_max)
    if not is_valid_text(body, encoded):
        raise errors.invalid_message_contents()
    payload = Payload(body, hashlib.md5(encoded, usedforsecurity=False).hexdigest(), call.principal)
    sealed = room.codec.encode(payload, queue.encrypted)
    message = NewMessage(new_id(), sealed, now_ms, now_ms + queue.delay_ms, now_ms + queue.retention_ms)
    return message, payload, size, None


def _draft_in_full(
    room: Room,
    call: Call,
    queue: Queue,
    request: Sendable,
    encoded: bytes,
    now_ms: int,
    too_long: Callable[[int], ServiceError],
) -> Draft:
    """A message with more to it than its body."""
    body, size = request.MessageBody or "", len(encoded)
    attributes: dict[str, StoredAttribute] | None = None
    digest = None
    if request.MessageAttributes:
        attributes = read_attributes(request.MessageAttributes, room.limits.attributes_max)
        size += attributes_size(attributes)
        digest = attributes_md5(attributes)
    if size > queue.message_bytes_max:
        raise too_long(queue.message_bytes_max)
    if not is_valid_text(body, encoded):
        raise errors.invalid_message_contents()
    trace_header, system_md5 = None, None
    if request.MessageSystemAttributes:
        trace_header, system_md5 = _read_system_attributes(request.MessageSystemAttributes)
    group = request.MessageGroupId
    if group is not None:
        check_identifier("MessageGroupId", group)
    deduplication_id, key = None, None
    if queue.fifo:
        deduplication_id, key = _deduplication(queue, request, encoded)
    elif request.MessageDeduplicationId is not None:
        raise _not_for_standard_queues(request.MessageDeduplicationId)
    delay_s = request.DelaySeconds
    delay_ms = queue.delay_ms if delay_s is None else _delay_ms(room, queue, delay_s)
    body_md5 = hashlib.md5(encoded, usedforsecurity=False).hexdigest()
    payload = Payload(body, body_md5, call.principal, attributes, digest, trace_header, deduplication_id)
    sealed = room.codec.encode(payload, queue.encrypted)
    expires_ms = now_ms + queue.retention_ms
    return NewMessage(new_id(), sealed, now_ms, now_ms + delay_ms, expires_ms, group, key), payload, size, system_md5


def check_identifier(parameter: str, value: str) -> None:
    """A group, deduplication or attempt id. Raises `InvalidParameterValue`."""
    if not _IDENTIFIER.match(value):
        raise errors.invalid_value(
            parameter,
            value,
            f"{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.",
        )


def _delay_ms(room: Room, queue: Queue, delay_seconds: int) -> int:
    if queue.fifo:
        # AWS takes 0 on a FIFO queue to mean the queue's own delay.
        if delay_seconds != 0:
            raise errors.not_for_this_type("DelaySeconds", delay_seconds)
        return queue.delay_ms
    if not 0 <= delay_seconds <= room.limits.delay_max_s:
        raise errors.invalid_value(
            "DelaySeconds", delay_seconds, f"DelaySeconds must be >= 0 and <= {room.limits.delay_max_s}."
        )
    return delay_seconds * 1000


def _not_for_standard_queues(deduplication_id: str) -> ServiceError:
    check_identifier("MessageDeduplicationId", deduplication_id)
    return errors.not_for_this_type("MessageDeduplicationId", deduplication_id)


def _deduplication(queue: Queue, request: Sendable, body: bytes) -> tuple[str, bytes]:
    """The deduplication id that a FIFO send shows, and the key that the store compares."""
    if request.MessageGroupId is None:
        raise errors.missing_parameter("MessageGroupId")
    identifier = request.MessageDeduplicationId
    if identifier is not None:
        check_identifier("MessageDeduplicationId", identifier)
    elif queue.content_deduplication:
        identifier = hashlib.sha256(body).hexdigest()
    else:
        raise errors.invalid_parameter(
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided"
            " explicitly"
        )
    # The group's length keeps (group, id) pairs apart from one another and from queue-wide keys.
    scope = f"{len(request.MessageGroupId)}:{request.MessageGroupId}:" if queue.group_scope else ""
    return identifier, (scope + identifier).encode()


def _read_system_attributes(
    given: Mapping[str, MessageSystemAttributeValue],
) -> tuple[str | None, str | None]:
    for name in given:
        if name != _TRACE_HEADER:
            raise errors.invalid_parameter(
                f"Message system attribute name '{name}' is invalid. Only '{_TRACE_HEADER}' is supported."
            )
    value = given[_TRACE_HEADER]
    if value.DataType != "String" or not value.StringValue:
        raise errors.invalid_parameter(
            f"Message system attribute '{_TRACE_HEADER}' must contain a non-empty value of type 'String'."
        )
    stored = {_TRACE_HEADER: StoredAttribute("String", value.StringValue)}
    return value.StringValue, attributes_md5(stored)
