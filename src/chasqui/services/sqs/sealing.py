"""SSE-KMS on queues: what the key ring sealed is sealed once more, under a data key of the queue's KMS key.

So a message of such a queue lies in the store like every other, in one envelope more, and drafting and rendering know
nothing of it. Messages name their key themselves: they open in whichever queue they are moved to, and after the queue
was given another key or none. KMS' refusals become SQS' (SQS API reference, SendMessage, "Errors").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from chasqui.base.call import Call
from chasqui.base.control import Refusal
from chasqui.base.errors import ServiceError
from chasqui.crypto.keyring import BY_KMS, UnreadableEnvelope
from chasqui.crypto.kms.data_keys import Scope
from chasqui.services.sqs.queues import Queue
from chasqui.services.sqs.room import Room
from chasqui.store.port import Claimed, NewMessage, Peeked, QueueGone, Receipt

_CONTEXT: Final = "aws:sqs:arn"
_REUSE_SECONDS: Final = "300"

# KMS' codes and what SQS calls them.
_ERRORS: Final = {
    "AccessDenied": "KmsAccessDenied",
    "AccessDeniedException": "KmsAccessDenied",
    "DisabledException": "KmsDisabled",
    "InvalidKeyUsageException": "KmsInvalidKeyUsage",
    "KMSInvalidStateException": "KmsInvalidState",
    "NotFoundException": "KmsNotFound",
}


def _scope(queue: Queue) -> Scope:
    reuse_s = int(queue.document.attributes.get("KmsDataKeyReusePeriodSeconds") or _REUSE_SECONDS)
    via = f"sqs.{queue.region}.amazonaws.com"
    return Scope(queue.arn, _CONTEXT, via, queue.resource.owner, reuse_s * 1000)


def _told(error: ServiceError) -> ServiceError:
    """KMS' refusal as SQS'."""
    return ServiceError(_ERRORS.get(error.code, error.code), error.message, status=400)


async def seal_messages(room: Room, call: Call, queue: Queue, messages: Sequence[NewMessage]) -> list[NewMessage]:
    """The messages, sealed under the queue's KMS key. Raises SQS' KMS errors."""
    assert queue.kms_key is not None, "the queue has a KMS key"
    payloads = [message.payload for message in messages]
    try:
        sealed = await room.data_keys.seal_all(call, _scope(queue), queue.kms_key, payloads)
    except ServiceError as error:
        raise _told(error) from error
    return list(map(_with_payload, messages, sealed))


def _with_payload(message: NewMessage, payload: bytes) -> NewMessage:
    return msgspec.structs.replace(message, payload=payload)


async def refuse_unopenable(room: Room, call: Call, queue: Queue) -> None:
    """Before a claim: when messages are there and the caller may not use the queue's key, or it can't serve, nothing is
    claimed, so that messages are not counted as received, and dead-lettered, by who never saw one. Raises SQS' KMS
    errors."""
    assert queue.kms_key is not None, "the queue has a KMS key"
    try:
        await room.data_keys.check(call, _scope(queue), queue.kms_key)
    except ServiceError as error:
        try:
            counts = await room.store.counts(queue.id)
        except QueueGone:
            return
        if counts.visible:
            raise _told(error) from error


async def open_claimed(room: Room, call: Call, queue: Queue, claimed: list[Claimed]) -> list[Claimed]:
    """The messages with their payloads as the key ring sealed them. When the caller may not open one, or its key can't
    serve, all become visible again. Raises SQS' KMS errors."""
    scope = _scope(queue)
    try:
        return [
            msgspec.structs.replace(each, payload=await room.data_keys.open(scope, each.payload, call))
            if each.payload[0] == BY_KMS
            else each
            for each in claimed
        ]
    except (ServiceError, UnreadableEnvelope) as error:
        await _give_back(room, queue, claimed)
        if isinstance(error, ServiceError):
            raise _told(error) from error
        raise


async def _give_back(room: Room, queue: Queue, claimed: list[Claimed]) -> None:
    """Make visible again what nobody gets to see: messages that came while the claim waited, or that are under another
    key than the queue's. Their receives stay counted."""
    receipts = [Receipt(each.sequence, each.id[:8], each.receives, each.hidden_until_ms) for each in claimed]
    try:
        await room.store.extend_messages(queue.id, [(receipt, 0) for receipt in receipts])
    except QueueGone:
        return


async def open_peeked(room: Room, queue: Queue, peeked: Peeked) -> Peeked:
    """A message looked at by the server itself: no policy is asked. Raises `Refusal`."""
    if peeked.payload[0] != BY_KMS:
        return peeked
    try:
        payload = await room.data_keys.open(_scope(queue), peeked.payload)
    except ServiceError as error:
        raise Refusal(409, f"a message can't be opened: {error.message}") from error
    return msgspec.structs.replace(peeked, payload=payload)
