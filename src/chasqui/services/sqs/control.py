"""SQS' own control endpoints: peek into a queue without receiving, and the overview (`services/sqs/overview.py`)."""

from __future__ import annotations

from html import escape
from typing import Any

from chasqui.base.control import Answer, ControlRequest, Endpoint, Refusal
from chasqui.base.ids import uuid_text
from chasqui.services.sqs.overview import overview
from chasqui.services.sqs.queues import Queue, parse_queue_url
from chasqui.services.sqs.receive import SYSTEM_ATTRIBUTES, render_attribute, system_attributes
from chasqui.services.sqs.room import Room
from chasqui.services.sqs.sealing import open_peeked
from chasqui.store.port import Claimed, Peeked

_PAGE_MAX = 1000
_SHOWN_MAX = 10_000


def control_handlers(room: Room) -> dict[tuple[str, str], Endpoint]:
    """(method, path) to endpoint."""

    async def messages(request: ControlRequest) -> Answer:
        return await peek(room, request)

    async def queues(request: ControlRequest) -> Answer:
        return await overview(room, request)

    return {
        ("GET", "/_aws/sqs/messages"): Endpoint(messages, "chasqui:PeekMessages"),
        ("POST", "/_aws/sqs/messages"): Endpoint(messages, "chasqui:PeekMessages"),
        ("GET", "/_chasqui/queues"): Endpoint(queues, "chasqui:ListQueues"),
    }


async def peek(room: Room, request: ControlRequest) -> Answer:
    """Messages of the queue `QueueUrl`, in the form of a receive, without receiving them.

    `ShowInvisible` and `ShowDelayed` add those in flight and those not due yet; `Limit` (1 000) and `After` (a sequence
    number) page.
    """
    named = parse_queue_url(request.parameter("QueueUrl"), room.default_region)
    queue = await room.queues.named(*named) if named else None
    if queue is None:
        raise Refusal(404, "QueueUrl must name an existing queue")
    limit = request.number("Limit", _PAGE_MAX, _SHOWN_MAX)
    after = request.number("After", 0, 1 << 62)
    now_ms = room.clock.now_ms()
    shown = []
    for each in await room.store.peek_messages(queue.id, after=after, limit=limit):
        hidden = each.visible_at_ms > now_ms
        if hidden and not request.flag("ShowInvisible" if each.receives else "ShowDelayed"):
            continue
        opened = await open_peeked(room, queue, each)
        shown.append(_message(room, queue, opened, now_ms))
    if "json" in request.accept:
        return Answer({"ReceiveMessageResponse": {"ReceiveMessageResult": {"Message": shown}}})
    return Answer(_as_xml(shown), content_type="text/xml")


def _message(room: Room, queue: Queue, peeked: Peeked, now_ms: int) -> dict[str, Any]:
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
    message: dict[str, Any] = {
        "MessageId": uuid_text(peeked.id),
        "MD5OfBody": payload.body_md5,
        "Body": payload.body,
        "Attribute": [{"Name": name, "Value": value} for name, value in attributes.items()],
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
