"""SendMessage and SendMessageBatch.

Everything is decided here, on the cached queue, before the store is asked: what is handed over only fails for the
store's own reasons.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import islice, repeat
from operator import attrgetter, methodcaller
from typing import NamedTuple, Protocol

from chasqui.base.call import Call
from chasqui.base.digests import md5
from chasqui.base.errors import ServiceError
from chasqui.base.ids import new_id, new_ids, uuid_text
from chasqui.fabric.sequences import deduplication_key, sequence_text
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
from chasqui.services.sqs.sealing import seal_messages
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
from chasqui.store.port import Appended, NewMessage, QueueGone

_IDENTIFIER = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}\Z")
_TRACE_HEADER = "AWSTraceHeader"
# What a message may have besides its body, and how that looks when it has none of it.
_MORE_THAN_BODY = attrgetter(
    "MessageGroupId", "DelaySeconds", "MessageDeduplicationId", "MessageAttributes", "MessageSystemAttributes"
)
_NOTHING_MORE = (None,) * 5
_BODY = attrgetter("MessageBody")
_HEX = methodcaller("hexdigest")


class Sendable(Protocol):
    """What SendMessage and an entry of SendMessageBatch share."""

    MessageBody: str | None
    DelaySeconds: int | None
    MessageAttributes: dict[str, MessageAttributeValue] | None
    MessageSystemAttributes: dict[str, MessageSystemAttributeValue] | None
    MessageDeduplicationId: str | None
    MessageGroupId: str | None


# A checked message on its way into the store, and what its answer needs: its row, its id's text, the digests of body,
# attributes and system attributes, its size in bytes. A plain tuple, because one is made for each message.
Draft = tuple[NewMessage, str, str, str | None, str | None, int]


class Batch(NamedTuple):
    """The acceptable messages of a batch, the answers for them in the same order, and the size of all that was sent."""

    messages: list[NewMessage]
    results: list[SendMessageBatchResultEntry]
    size: int


async def send_message(room: Room, call: Call, request: SendMessageRequest) -> SendMessageResult:
    queue = room.queues.at_url.get((call.region, request.QueueUrl)) or await room.queues.find(call, request.QueueUrl)
    message, message_id, body_md5, attributes_md5, system_md5, _ = draft_message(
        room, call, queue, request, room.clock.now_ms()
    )
    if queue.kms_key is not None:
        (message,) = await seal_messages(room, call, queue, (message,))
    try:
        (appended,) = await room.store.append_messages(queue.id, (message,))
    except QueueGone:
        raise errors.queue_does_not_exist() from None
    room.counters["NumberOfMessagesSent", queue.arn] += 1
    result = SendMessageResult(body_md5, attributes_md5, system_md5, message_id)
    if queue.fifo:
        _tell_order(result, appended)
    return result


async def send_message_batch(room: Room, call: Call, request: SendMessageBatchRequest) -> SendMessageBatchResult:
    queue = room.queues.at_url.get((call.region, request.QueueUrl)) or await room.queues.find(call, request.QueueUrl)
    entries = request.Entries or []
    identifiers = check_batch(entries, "SendMessageBatchRequestEntry", room.limits.batch_entries_max)
    now_ms = room.clock.now_ms()
    failed: list[BatchResultErrorEntry] = []
    batch = draft_plain(room, call, queue, identifiers, entries, now_ms)
    if batch is None:
        batch = _draft_entries(room, call, queue, list(zip(identifiers, entries, strict=True)), now_ms, failed)
    messages, results, size = batch
    if size > room.limits.message_bytes_max:
        raise errors.batch_too_long(size, room.limits.message_bytes_max)
    if messages:
        if queue.kms_key is not None:
            messages = await seal_messages(room, call, queue, messages)
        try:
            outcomes = await room.store.append_messages(queue.id, messages)
        except QueueGone:
            raise errors.queue_does_not_exist() from None
        room.counters["NumberOfMessagesSent", queue.arn] += len(messages)
        if queue.fifo:
            for result, appended in zip(results, outcomes, strict=True):
                _tell_order(result, appended)
    return SendMessageBatchResult(results or None, failed or None)


def _tell_order(result: SendMessageResult | SendMessageBatchResultEntry, appended: Appended) -> None:
    """What a FIFO send is told besides; of a duplicate, the original's."""
    result.SequenceNumber = sequence_text(appended.sequence)
    if appended.duplicate:
        result.MessageId = uuid_text(appended.id)


def _draft_entries(
    room: Room,
    call: Call,
    queue: Queue,
    entries: list[tuple[str, SendMessageBatchRequestEntry]],
    now_ms: int,
    failed: list[BatchResultErrorEntry],
) -> Batch:
    """Draft entries one by one; those that AWS refuses go to `failed`."""
    messages, results, total = [], [], 0
    for number, (identifier, entry) in enumerate(entries, 1):
        try:
            message, message_id, body_md5, attributes_md5, system_md5, size = draft_message(
                room, call, queue, entry, now_ms, errors.entry_too_long
            )
        except ServiceError as error:
            failed.append(failed_entry(identifier, _entry_error(queue, entry, number, error)))
            total += _size_of_refused(entry)
        else:
            messages.append(message)
            results.append(SendMessageBatchResultEntry(identifier, message_id, body_md5, attributes_md5, system_md5))
            total += size
    return Batch(messages, results, total)


def draft_plain(
    room: Room,
    call: Call,
    queue: Queue,
    identifiers: Sequence[str],
    entries: Sequence[SendMessageBatchRequestEntry],
    now_ms: int,
) -> Batch | None:
    """All messages of a batch at once, if each is an acceptable one with nothing but a body; else None, and they are
    looked at one by one. Every step is one call into C for all of them: a third of what a loop in Python costs."""
    if queue.fifo or not all(map(_NOTHING_MORE.__eq__, map(_MORE_THAN_BODY, entries))):
        return None
    bodies = list(map(_BODY, entries))
    try:
        encoded = list(map(str.encode, bodies))
    except (TypeError, UnicodeEncodeError):
        return None
    sizes = list(map(len, encoded))
    if not min(sizes) or max(sizes) > queue.message_bytes_max or not is_valid_text("".join(bodies), b"".join(encoded)):
        return None
    digests = list(map(_HEX, map(md5, encoded)))
    sealed = room.codec.encode_all(map(Payload, bodies, digests, repeat(call.sender)), queue.encrypted)
    ids, texts = zip(*islice(new_ids, len(entries)), strict=True)
    visible_ms, expires_ms = now_ms + queue.delay_ms, now_ms + queue.retention_ms
    messages = map(NewMessage, ids, sealed, repeat(now_ms), repeat(visible_ms), repeat(expires_ms))
    return Batch(list(messages), list(map(SendMessageBatchResultEntry, identifiers, texts, digests)), sum(sizes))


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
    if queue.fifo or _MORE_THAN_BODY(request) != _NOTHING_MORE:
        return _draft_in_full(room, call, queue, request, encoded, now_ms, too_long)
    size = len(encoded)
    if size > queue.message_bytes_max:
        raise too_long(queue.message_bytes_max)
    if not is_valid_text(body, encoded):
        raise errors.invalid_message_contents()
    body_md5 = md5(encoded).hexdigest()
    sealed = room.codec.encode(Payload(body, body_md5, call.sender), queue.encrypted)
    raw_id, message_id = new_id()
    message = NewMessage(raw_id, sealed, now_ms, now_ms + queue.delay_ms, now_ms + queue.retention_ms)
    return message, message_id, body_md5, None, None, size


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
    body_md5 = md5(encoded).hexdigest()
    payload = Payload(body, body_md5, call.sender, attributes, digest, trace_header, deduplication_id)
    sealed = room.codec.encode(payload, queue.encrypted)
    raw_id, message_id = new_id()
    expires_ms = now_ms + queue.retention_ms
    message = NewMessage(raw_id, sealed, now_ms, now_ms + delay_ms, expires_ms, group, key)
    return message, message_id, body_md5, digest, system_md5, size


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
    return identifier, deduplication_key(identifier, request.MessageGroupId, by_group=queue.group_scope)


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
