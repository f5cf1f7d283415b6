"""`/_aws/sqs/messages`: messages of a queue, looked at without receiving them. Nothing here changes a message."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from html import escape
from typing import Any, Final

from chasqui.base.control import Answer, ControlRequest, Refusal
from chasqui.base.ids import uuid_text
from chasqui.services.sqs.queues import Queue, parse_queue_url
from chasqui.services.sqs.receipts import decode_handle
from chasqui.services.sqs.receive import SYSTEM_ATTRIBUTES, render_attribute, system_attributes
from chasqui.services.sqs.room import Room
from chasqui.services.sqs.sealing import open_peeked
from chasqui.store.port import Claimed, Peeked

_PAGE_MAX: Final = 1000
_SHOWN_MAX: Final = 10_000
_BYTES_MAX: Final = 1 << 30
# Rows that are read at once: of the largest messages 16 MiB.
_SLICE: Final = 16


async def peek(room: Room, request: ControlRequest) -> Answer:
    """Messages of the queue `QueueUrl`, in the form of a receive, without receiving them. `Region` is where the queue
    is if its URL does not say so.

    `ShowInvisible` and `ShowDelayed` add those in flight and those not due yet. `Limit` (1 000) and `After` (a sequence
    number) page; `BytesMax` ends a page early, with the message that reaches it. `BodyBytesMax` cuts bodies.
    `ReceiptHandle` asks for the one message that a receipt is of. In JSON a message has, beside AWS' members,
    `Sequence`, `BodyBytes` (of the whole body), `VisibleAt` (ms), and the answer `Next`: the `After` of the next page.
    """
    queue = await _queue_named(room, request)
    after, limit = request.number("After", 0, 1 << 62), request.number("Limit", _PAGE_MAX, _SHOWN_MAX)
    bytes_max = request.number("BytesMax", _BYTES_MAX, _BYTES_MAX)
    cut = request.number("BodyBytesMax", _BYTES_MAX, _BYTES_MAX)
    receipt = request.parameter("ReceiptHandle")
    token = b""
    if receipt:
        handle = decode_handle(receipt)
        if handle is None or handle.queue != queue.id:
            raise Refusal(400, "ReceiptHandle must be of this queue")
        after, limit, token = handle.receipt.sequence - 1, 1, handle.receipt.token
    now_ms = room.clock.now_ms()
    shown: list[dict[str, Any]] = []
    size, last, more = 0, after, False
    async with aclosing(_rows(room, queue, after, limit)) as rows:
        async for each in rows:
            if size >= bytes_max:
                more = True
                break
            last = each.sequence
            hidden = each.visible_at_ms > now_ms
            if token and each.id[:8] != token:
                continue
            if not token and hidden and not request.flag("ShowInvisible" if each.receives else "ShowDelayed"):
                continue
            message = _message(room, queue, await open_peeked(room, queue, each), now_ms, cut)
            size += message["BodyBytes"]
            shown.append(message)
        else:
            more = not token and await _is_more(room, queue, last)
    if "json" in request.accept:
        page = {"ReceiveMessageResult": {"Message": shown}}
        return Answer({"ReceiveMessageResponse": page, "Next": str(last) if more else None})
    return Answer(_as_xml(shown), content_type="text/xml")


async def _queue_named(room: Room, request: ControlRequest) -> Queue:
    named = parse_queue_url(request.parameter("QueueUrl"), request.parameter("Region", room.default_region))
    queue = await room.queues.named(*named) if named else None
    if queue is None:
        raise Refusal(404, "QueueUrl must name an existing queue")
    return queue


async def _rows(room: Room, queue: Queue, after: int, limit: int) -> AsyncGenerator[Peeked]:
    """Up to `limit` messages, a slice at a time, so that large ones are not all in memory at once."""
    left = limit
    while left > 0:
        rows = await room.store.peek_messages(queue.id, after=after, limit=min(left, _SLICE))
        for each in rows:
            yield each
        if len(rows) < min(left, _SLICE):
            return
        left -= len(rows)
        after = rows[-1].sequence


async def _is_more(room: Room, queue: Queue, after: int) -> bool:
    return bool(await room.store.peek_messages(queue.id, after=after, limit=1))


def _message(room: Room, queue: Queue, peeked: Peeked, now_ms: int, cut: int) -> dict[str, Any]:
    payload = room.codec.decode(peeked.payload)
    if peeked.shared is not None:
        payload = room.codec.whole(payload, peeked.shared.data)
    claimed = Claimed(
        peeked.sequence,
        peeked.id,
        peeked.receives,
        peeked.sent_at_ms,
        peeked.first_received_at_ms,
        b"",
        peeked.group,
        peeked.origin,
    )
    attributes = dict(system_attributes(queue, claimed, payload, SYSTEM_ATTRIBUTES) or {})
    if not peeked.receives:
        attributes.pop("ApproximateFirstReceiveTimestamp", None)
    attributes["IsVisible"] = "true" if peeked.visible_at_ms <= now_ms else "false"
    attributes["IsDelayed"] = "true" if peeked.visible_at_ms > now_ms and not peeked.receives else "false"
    encoded = payload.body.encode("utf-8", "surrogatepass")
    message: dict[str, Any] = {
        "MessageId": uuid_text(peeked.id),
        "MD5OfBody": payload.body_md5,
        "Body": payload.body if len(encoded) <= cut else encoded[:cut].decode("utf-8", "ignore"),
        "Attribute": [{"Name": name, "Value": value} for name, value in attributes.items()],
        "Sequence": str(peeked.sequence),
        "BodyBytes": len(encoded),
        "VisibleAt": peeked.visible_at_ms,
    }
    if payload.attributes:
        message["MD5OfMessageAttributes"] = payload.attributes_md5
        message["MessageAttribute"] = [
            {"Name": name, "Value": render_attribute(value)} for name, value in payload.attributes.items()
        ]
    return message


def _as_xml(messages: list[dict[str, Any]]) -> bytes:
    parts = ['<?xml version="1.0"?><ReceiveMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">']
    parts.append("<ReceiveMessageResult>")
    for message in messages:
        fields = "".join(f"<{name}>{escape(message[name])}</{name}>" for name in ("MessageId", "MD5OfBody", "Body"))
        attributes = "".join(
            f"<Attribute><Name>{each['Name']}</Name><Value>{escape(each['Value'])}</Value></Attribute>"
            for each in message["Attribute"]
        )
        parts.append(f"<Message>{fields}{attributes}</Message>")
    parts.append("</ReceiveMessageResult></ReceiveMessageResponse>")
    return "".join(parts).encode()
