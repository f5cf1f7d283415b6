"""ReceiveMessage."""

from __future__ import annotations

from operator import attrgetter

from chasqui.base.call import Call
from chasqui.base.ids import uuid_text, uuid_texts
from chasqui.crypto.keyring import SealedByKms
from chasqui.fabric.sequences import sequence_text
from chasqui.services.sqs import errors
from chasqui.services.sqs.message_attributes import attributes_md5, select_names
from chasqui.services.sqs.payload import Payload, StoredAttribute
from chasqui.services.sqs.queues import Queue
from chasqui.services.sqs.receipts import encode_handle, encode_handles
from chasqui.services.sqs.room import Room
from chasqui.services.sqs.sealing import open_claimed, refuse_unopenable
from chasqui.services.sqs.send import check_identifier
from chasqui.services.sqs.types import (
    Message,
    MessageAttributeValue,
    ReceiveMessageRequest,
    ReceiveMessageResult,
)
from chasqui.store.port import Claim, Claimed, InFlightLimit, QueueGone, Redrive

SYSTEM_ATTRIBUTES = (
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SequenceNumber",
    "MessageDeduplicationId",
    "MessageGroupId",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
)
_KNOWN_NAMES = frozenset((*SYSTEM_ATTRIBUTES, "All"))
_RECEIVES_PER_CALL_MAX = 10

_PAYLOAD = attrgetter("payload")
_ID = attrgetter("id")
_SHARED = attrgetter("shared")
_BODY = attrgetter("body", "body_md5")


async def receive_message(room: Room, call: Call, request: ReceiveMessageRequest) -> ReceiveMessageResult:
    queue = room.queues.at_url.get((call.region, request.QueueUrl)) or await room.queues.find(call, request.QueueUrl)
    wanted = _system_attributes(request)
    redrive = await redrive_of(room, queue) if queue.redrive is not None else None
    claim = read_claim(room, queue, request, redrive)
    if queue.kms_key is not None:
        await refuse_unopenable(room, call, queue)
    try:
        claimed = await room.store.claim_messages(queue.id, claim)
    except InFlightLimit:
        raise errors.over_limit(claim.in_flight_max) from None
    except QueueGone:
        raise errors.queue_does_not_exist() from None
    if not claimed:
        room.counters["NumberOfEmptyReceives", queue.arn] += 1
        return ReceiveMessageResult()
    try:
        messages = _render(room, queue, claimed, wanted, request.MessageAttributeNames)
    except SealedByKms:
        # Asked for only when it shows: a queue's messages may be under a key that the queue no longer names, or that
        # the queue which they were moved from had.
        claimed = await open_claimed(room, call, queue, claimed)
        messages = _render(room, queue, claimed, wanted, request.MessageAttributeNames)
    room.counters["NumberOfMessagesReceived", queue.arn] += len(claimed)
    return ReceiveMessageResult(messages)


def read_claim(room: Room, queue: Queue, request: ReceiveMessageRequest, redrive: Redrive | None) -> Claim:
    """The request's numbers, checked, with the queue's defaults. Raises `InvalidParameterValue`."""
    limits = room.limits
    most = request.MaxNumberOfMessages
    if most is None:
        most = 1
    elif not 1 <= most <= _RECEIVES_PER_CALL_MAX:
        raise errors.invalid_value("MaxNumberOfMessages", most, "Must be between 1 and 10, if provided.")
    visibility_s = request.VisibilityTimeout
    if visibility_s is not None and not 0 <= visibility_s <= limits.visibility_max_s:
        raise errors.invalid_value(
            "VisibilityTimeout",
            visibility_s,
            f"Must be >= 0 and <= {limits.visibility_max_s}, if provided.",
        )
    wait_s = request.WaitTimeSeconds
    if wait_s is not None and not 0 <= wait_s <= limits.wait_max_s:
        raise errors.invalid_value("WaitTimeSeconds", wait_s, f"Must be >= 0 and <= {limits.wait_max_s}, if provided.")
    attempt = request.ReceiveRequestAttemptId
    if attempt is not None:
        if not queue.fifo:
            raise errors.not_for_this_type("ReceiveRequestAttemptId", attempt)
        check_identifier("ReceiveRequestAttemptId", attempt)
    return Claim(
        most,
        queue.visibility_ms if visibility_s is None else visibility_s * 1000,
        queue.wait_ms if wait_s is None else wait_s * 1000,
        limits.fifo_in_flight_max if queue.fifo else limits.in_flight_max,
        redrive,
        attempt,
    )


async def redrive_of(room: Room, queue: Queue) -> Redrive | None:
    """Where exhausted messages go; None while the target does not exist or does not allow this source."""
    policy = queue.redrive
    assert policy is not None
    target = room.queues.at_hand(policy.target_arn) or await room.queues.by_arn(policy.target_arn)
    if target is None or target.fifo != queue.fifo or not target.allows_redrive_from(queue.arn):
        return None
    return Redrive(policy.receives_max, target.id, queue.arn, target.retention_ms, room.counters.flows.add)


def _system_attributes(request: ReceiveMessageRequest) -> tuple[str, ...]:
    given = (*(request.MessageSystemAttributeNames or ()), *(request.AttributeNames or ()))
    if not given:
        return ()
    for name in given:
        if name not in _KNOWN_NAMES:
            raise errors.unknown_attribute(name)
    if "All" in given:
        return SYSTEM_ATTRIBUTES
    return tuple(name for name in SYSTEM_ATTRIBUTES if name in given)


def _render(
    room: Room, queue: Queue, claimed: list[Claimed], wanted: tuple[str, ...], names: list[str] | None
) -> list[Message]:
    """The messages of an answer, with what was asked for besides their bodies."""
    payloads, messages = render_plain(room, queue, claimed)
    if wanted or names:
        for message, each, payload in zip(messages, claimed, payloads, strict=True):
            if wanted:
                message.Attributes = system_attributes(queue, each, payload, wanted)
            if names and payload.attributes:
                _add_attributes(message, payload.attributes, payload.attributes_md5, names)
    return messages


def render_plain(room: Room, queue: Queue, claimed: list[Claimed]) -> tuple[list[Payload], list[Message]]:
    """What every message of an answer has, made by a few calls into C for all of them: a third of what a loop costs.
    For a single one it would be twice."""
    now_ms = room.clock.now_ms()
    if len(claimed) == 1:
        one = claimed[0]
        payload = room.codec.decode(one.payload)
        if one.shared is not None:
            payload = room.codec.whole(payload, one.shared.data)
        handle = encode_handle(queue.id, one, now_ms)
        return [payload], [Message(uuid_text(one.id), handle, payload.body_md5, payload.body)]
    payloads = room.codec.decode_all(list(map(_PAYLOAD, claimed)))
    if any(map(_SHARED, claimed)):
        pairs = zip(payloads, map(_SHARED, claimed), strict=True)
        payloads = [own if shared is None else room.codec.whole(own, shared.data) for own, shared in pairs]
    texts = uuid_texts(map(_ID, claimed))
    handles = encode_handles(queue.id, claimed, now_ms)
    bodies, digests = zip(*map(_BODY, payloads), strict=True)
    return payloads, list(map(Message, texts, handles, digests, bodies))


def _add_attributes(
    message: Message, attributes: dict[str, StoredAttribute], digest: str | None, names: list[str]
) -> None:
    """Add the attributes that were asked for, and the digest of those."""
    chosen = {name: attributes[name] for name in select_names(names, attributes)}
    if chosen:
        message.MessageAttributes = {name: render_attribute(value) for name, value in chosen.items()}
        message.MD5OfMessageAttributes = digest if len(chosen) == len(attributes) else attributes_md5(chosen)


def render_attribute(value: StoredAttribute) -> MessageAttributeValue:
    return MessageAttributeValue(DataType=value.data_type, StringValue=value.text, BinaryValue=value.binary)


def system_attributes(
    queue: Queue, message: Claimed, payload: Payload, wanted: tuple[str, ...]
) -> dict[str, str] | None:
    """The message system attributes a receive asked for, those that this message has."""
    values = {
        "SenderId": payload.sender,
        "SentTimestamp": str(message.sent_at_ms),
        "ApproximateReceiveCount": str(message.receives),
        "ApproximateFirstReceiveTimestamp": str(message.first_received_at_ms),
        "SequenceNumber": sequence_text(message.sequence) if queue.fifo else None,
        "MessageDeduplicationId": payload.deduplication_id,
        "MessageGroupId": message.group,
        "AWSTraceHeader": payload.trace_header,
        "DeadLetterQueueSourceArn": message.origin,
    }
    chosen = {name: values[name] for name in wanted}
    return {name: value for name, value in chosen.items() if value is not None} or None
