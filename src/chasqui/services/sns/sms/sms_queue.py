"""Text messages to single numbers, on disk before they are acknowledged: a queue of the store for each account and
region.

The queue is a resource (`SMS_QUEUE`, "account/region", "sms"), made with the first message. `direct.py` works it off.
"""

from __future__ import annotations

from typing import Final

import msgspec

from chasqui.base.ids import new_id
from chasqui.services.sns.room import Room
from chasqui.store.port import NewMessage, QueueGone, Resource, Transaction

SMS_QUEUE: Final = "sns:sms-queue"
SMS_QUEUE_NAME: Final = "sms"
KEPT_MS: Final = 4 * 24 * 3600 * 1000
"""How long a message waits, at most, for a server that is down: retries are over after six hours."""


class Text(msgspec.Struct, array_like=True, frozen=True):
    """A text message on its way. `max_price` is USD for all its segments, None for any. `verification`: it tells a
    sandbox's one-time password, and may go to numbers that are not verified."""

    number: str
    message: str
    sender_id: str = ""
    type: str = ""
    max_price: str | None = None
    verification: bool = False


class QueueDocument(msgspec.Struct):
    """Which of the store's queues it is."""

    queue: int


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Text).decode
_decode_queue = msgspec.json.Decoder(QueueDocument).decode


def read_text(room: Room, payload: bytes) -> Text:
    """A text message as `send_later` sealed it. Raises `UnreadableEnvelope`."""
    return _decode(room.ring.open(payload))


def queue_of(resource: Resource) -> int:
    """The store's queue behind an `SMS_QUEUE`."""
    return _decode_queue(resource.document).queue


async def send_later(room: Room, owner: str, text: Text) -> str:
    """Put the message on disk; returns its id."""
    raw, message_id = new_id()
    now_ms = room.clock.now_ms()
    message = NewMessage(raw, room.ring.seal(_encode(text)), now_ms, now_ms, now_ms + KEPT_MS)
    try:
        await room.store.append_messages(await _queue(room, owner), [message])
    except QueueGone:
        # The server was emptied in between.
        await room.store.append_messages(await _queue(room, owner), [message])
    return message_id


async def _queue(room: Room, owner: str) -> int:
    resource = await room.store.resource(SMS_QUEUE, owner, SMS_QUEUE_NAME)
    if resource is not None:
        return queue_of(resource)

    async def create(tx: Transaction) -> int:
        made = await tx.get(SMS_QUEUE, owner, SMS_QUEUE_NAME)
        if made is not None:
            return queue_of(made)
        queue = await tx.create_queue(ordered=False)
        await tx.create(Resource(SMS_QUEUE, owner, SMS_QUEUE_NAME, msgspec.json.encode(QueueDocument(queue))))
        return queue

    return await room.store.transaction(create)
