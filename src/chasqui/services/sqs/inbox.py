"""Queues as other services see them: what a letter becomes in a queue (`fabric/recipients.py`).

A letter is stored as SendMessage would store it, and what SendMessage would refuse is `Undeliverable`. Sources: SNS
developer guide, "Amazon SNS raw message delivery" (ten attributes at most) and "Amazon SNS message delivery for FIFO
topics"; SQS developer guide, quotas.
"""

from __future__ import annotations

import hashlib

from chasqui.base.arn import Arn
from chasqui.base.call import Call
from chasqui.base.digests import md5
from chasqui.base.errors import ServiceError
from chasqui.base.ids import new_id
from chasqui.fabric.letters import Around, Letter
from chasqui.fabric.recipients import Recipient, Source, Undeliverable
from chasqui.fabric.sequences import deduplication_key
from chasqui.services.sqs.message_attributes import attributes_md5, attributes_size
from chasqui.services.sqs.payload import Common, Payload, PayloadCodec
from chasqui.services.sqs.queues import Queue
from chasqui.services.sqs.room import Room
from chasqui.services.sqs.sealing import seal_messages
from chasqui.store.port import NewMessage, Shared


class Inbox:
    """One queue, until anything about it changes: the `Recipient` that it is for others."""

    __slots__ = (
        "_codec", "_queue", "_room", "account", "admitted", "arn", "counted", "fifo", "has_policy", "kms", "queue",
    )  # fmt: skip

    def __init__(self, room: Room, queue: Queue) -> None:
        self._room = room
        self._queue = queue
        self._codec: PayloadCodec = room.codec
        self.counted = ("NumberOfMessagesSent", queue.arn)
        self.arn = queue.arn
        self.account = queue.account
        self.fifo = queue.fifo
        self.kms = queue.kms_key is not None
        self.queue = queue.id
        self.has_policy = bool(queue.document.attributes.get("Policy"))
        self.admitted: dict[str, bool] = {}

    def draft(self, letter: Letter, now_ms: int) -> NewMessage:
        """What to append to the queue. Raises `Undeliverable`."""
        queue = self._queue
        stored = letter.sealed if queue.encrypted else letter.clear
        if stored is not None and letter.around is None and not queue.fifo and letter.size <= queue.message_bytes_max:
            # The hot way: what another queue has made of it will do.
            visible_ms, expires_ms = now_ms + queue.delay_ms, now_ms + queue.retention_ms
            return NewMessage(new_id()[0], stored, now_ms, visible_ms, expires_ms, letter.group)
        return self._draft_anew(letter, now_ms)

    def _draft_anew(self, letter: Letter, now_ms: int) -> NewMessage:
        queue = self._queue
        if letter.size < 0:
            letter.size = _size(letter, self._room.limits.attributes_max)
        if letter.size > queue.message_bytes_max:
            raise _too_long(queue)
        shared = None
        if letter.around is not None and not self.kms:
            shared = _shared(self._codec, letter.around, queue.encrypted)
            own = Payload(letter.body, "", letter.sender, None, None, letter.trace_header, _shown(letter, queue))
            stored = self._codec.encode(own, queue.encrypted)
        else:
            stored = self._codec.encode(_payload(letter, queue), queue.encrypted)
            if not queue.fifo:
                _keep(letter, stored, queue.encrypted)
        key = _deduplication(letter, queue) if queue.fifo else None
        visible_ms, expires_ms = now_ms + queue.delay_ms, now_ms + queue.retention_ms
        return NewMessage(new_id()[0], stored, now_ms, visible_ms, expires_ms, letter.group, key, shared)

    async def draft_sealed(self, letter: Letter, now_ms: int, source: Source) -> NewMessage:
        """The same, under the queue's KMS key. Raises `Undeliverable`."""
        drafted = self.draft(letter, now_ms)
        if not self.kms:
            return drafted
        call = Call(source.account, self._queue.region, source.service, source.service.id, "")
        try:
            (sealed,) = await seal_messages(self._room, call, self._queue, [drafted])
        except ServiceError as error:
            raise Undeliverable(error.code.replace("Kms", "KMS.", 1), error.message) from error
        return sealed


class FindInbox:
    """Finds the inbox of a queue's ARN."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def __call__(self, arn: Arn) -> Recipient | None:
        queue = await self._room.queues.by_arn(str(arn))
        return Inbox(self._room, queue) if queue is not None else None


def _size(letter: Letter, attributes_max: int) -> int:
    """A letter's bytes, attributes included. Raises `Undeliverable` for what no queue takes."""
    around = letter.around
    attributes = letter.attributes if around is None else around.attributes
    size = len(letter.body.encode("utf-8", "surrogatepass"))
    if around is not None:
        size += len(around.before.encode()) + len(around.after.encode())
    if attributes:
        if len(attributes) > attributes_max:
            raise Undeliverable(
                "InvalidParameterValue",
                f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{attributes_max}].",
            )
        size += attributes_size(attributes)
    return size


def _too_long(queue: Queue) -> Undeliverable:
    reason = f"Message must be shorter than {queue.message_bytes_max} bytes."
    return Undeliverable("InvalidParameterValue", f"One or more parameters are invalid. Reason: {reason}")


def _keep(letter: Letter, stored: bytes, encrypted: bool) -> None:
    """For the next queue."""
    if encrypted:
        letter.sealed = stored
    else:
        letter.clear = stored


def _payload(letter: Letter, queue: Queue) -> Payload:
    """The whole of a letter."""
    body, attributes = letter.body, letter.attributes
    if letter.around is not None:
        body, attributes = f"{letter.around.before}{body}{letter.around.after}", letter.around.attributes
    digest = md5(body.encode("utf-8", "surrogatepass")).hexdigest()
    attributes_digest = attributes_md5(attributes) if attributes else None
    trace_header, shown = letter.trace_header, _shown(letter, queue)
    return Payload(body, digest, letter.sender, attributes or None, attributes_digest, trace_header, shown)


def _shown(letter: Letter, queue: Queue) -> str | None:
    return _deduplication_id(letter) if queue.fifo else None


def _deduplication_id(letter: Letter) -> str:
    """The id it was given, or its body's digest, which queues with content-based deduplication take."""
    return letter.deduplication or hashlib.sha256(letter.body.encode("utf-8", "surrogatepass")).hexdigest()


def _deduplication(letter: Letter, queue: Queue) -> bytes:
    return deduplication_key(_deduplication_id(letter), letter.group or "", by_group=queue.group_scope)


def _shared(codec: PayloadCodec, around: Around, encrypted: bool) -> Shared:
    """What the letters around one text have in common, made once."""
    found = around.stored.get(encrypted)
    if found is None:
        common = Common(around.before, around.after, around.attributes)
        found = around.stored[encrypted] = Shared(codec.encode_common(common, encrypted))
    return found
