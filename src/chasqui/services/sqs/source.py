"""Queues as those see them who poll on behalf of others (`fabric/sources.py`): event-source mappings.

What is received is what ReceiveMessage would give, as the record that a function's event has of it. Source: Lambda
developer guide, "Using Lambda with Amazon SQS" (example events).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, Final

from chasqui.base.arn import Arn
from chasqui.base.call import Call
from chasqui.base.pending import Pending
from chasqui.crypto.keyring import SealedByKms
from chasqui.fabric.sources import QueueSource, Received
from chasqui.services.sqs.payload import StoredAttribute
from chasqui.services.sqs.queues import Queue
from chasqui.services.sqs.receive import SYSTEM_ATTRIBUTES, redrive_of, render_plain, system_attributes
from chasqui.services.sqs.room import Room
from chasqui.services.sqs.sealing import open_claimed, refuse_unopenable
from chasqui.store.port import Claim, Claimed, QueueGone, Receipt, Redrive, Settled

_EVENT_SOURCE: Final = "aws:sqs"


class PolledQueue:
    """One queue, until anything about it changes: the `QueueSource` that it is for others."""

    __slots__ = ("_queue", "_redrive", "_room", "account", "arn", "fifo", "queue", "region", "visibility_ms")

    def __init__(self, room: Room, queue: Queue) -> None:
        self._room = room
        self._queue = queue
        self._redrive: Redrive | None = None
        self.arn = queue.arn
        self.account = queue.account
        self.region = queue.region
        self.fifo = queue.fifo
        self.visibility_ms = queue.visibility_ms
        self.queue = queue.id

    async def prepare(self, caller: Call) -> None:
        """Before claims. Raises SQS' KMS errors."""
        room, queue = self._room, self._queue
        self._redrive = await redrive_of(room, queue) if queue.redrive is not None else None
        if queue.kms_key is not None:
            await refuse_unopenable(room, caller, queue)

    def receive(self, limit: int, wait_ms: int) -> Pending[list[Claimed]]:
        """Claim messages."""
        limits = self._room.limits
        most = limits.fifo_in_flight_max if self.fifo else limits.in_flight_max
        claim = Claim(limit, self.visibility_ms, wait_ms, most, self._redrive)
        return self._room.store.claim_messages(self.queue, claim)

    async def opened(self, claimed: list[Claimed], caller: Call) -> list[Received]:
        """The records. Raises SQS' KMS errors."""
        room, queue = self._room, self._queue
        try:
            payloads, messages = render_plain(room, queue, claimed)
        except SealedByKms:
            payloads, messages = render_plain(room, queue, await open_claimed(room, caller, queue, claimed))
        room.counters["NumberOfMessagesReceived", queue.arn] += len(claimed)
        found = []
        for each, payload, message in zip(claimed, payloads, messages, strict=True):
            record: dict[str, Any] = {
                "messageId": message.MessageId,
                "receiptHandle": message.ReceiptHandle,
                "body": message.Body,
                "attributes": system_attributes(queue, each, payload, SYSTEM_ATTRIBUTES) or {},
                "messageAttributes": {name: _attribute(each) for name, each in (payload.attributes or {}).items()},
                "md5OfBody": message.MD5OfBody,
                "eventSource": _EVENT_SOURCE,
                "eventSourceARN": queue.arn,
                "awsRegion": queue.region,
            }
            if payload.attributes_md5 is not None:
                record["md5OfMessageAttributes"] = payload.attributes_md5
            found.append(Received(record, Receipt(each.sequence, each.id[:8], each.receives, each.hidden_until_ms)))
        return found

    async def settle(self, received: Sequence[Received]) -> None:
        """Delete them; those that are gone already, or that somebody else has by now, are left."""
        try:
            outcomes = await self._room.store.settle_messages(self.queue, [each.receipt for each in received])
        except QueueGone:
            return
        done = sum(outcome is Settled.DONE for outcome in outcomes)
        self._room.counters["NumberOfMessagesDeleted", self.arn] += done

    async def release(self, received: Sequence[Received], hide_ms: int = 0) -> None:
        """Make them visible again, after so long."""
        try:
            await self._room.store.extend_messages(self.queue, [(each.receipt, hide_ms) for each in received])
        except QueueGone:
            return

    async def depth(self) -> int:
        """Messages that are visible now."""
        return (await self._room.store.counts(self.queue)).visible


class FindSource:
    """Finds the queue of an ARN."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def __call__(self, arn: Arn) -> QueueSource | None:
        queue = await self._room.queues.by_arn(str(arn))
        return PolledQueue(self._room, queue) if queue is not None else None


def _attribute(value: StoredAttribute) -> dict[str, Any]:
    """A message attribute as a record has it."""
    shown: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": value.data_type}
    if value.text is not None:
        shown["stringValue"] = value.text
    if value.binary is not None:
        shown["binaryValue"] = base64.b64encode(value.binary).decode()
    return shown
