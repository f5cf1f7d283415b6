"""SQS' own control endpoints: peek into a queue without receiving, and the overview that `chasqui queues` shows."""

from __future__ import annotations

from typing import Any

from chasqui.base.control import Answer, ControlRequest, Endpoint
from chasqui.services.sqs.peeking import peek, queue_named
from chasqui.services.sqs.queues import TYPE, Queue
from chasqui.services.sqs.room import Room

_PAGE_MAX = 1000


def control_handlers(room: Room) -> dict[tuple[str, str], Endpoint]:
    """(method, path) to endpoint."""

    async def messages(request: ControlRequest) -> Answer:
        return await peek(room, request)

    async def queues(request: ControlRequest) -> Answer:
        return await overview(room, request)

    async def figures(request: ControlRequest) -> Answer:
        return Answer(await _row(room, await queue_named(room, request), room.clock.now_ms()))

    return {
        ("GET", "/_aws/sqs/messages"): Endpoint(messages, "chasqui:PeekMessages"),
        ("POST", "/_aws/sqs/messages"): Endpoint(messages, "chasqui:PeekMessages"),
        ("GET", "/_chasqui/queues"): Endpoint(queues, "chasqui:ListQueues"),
        ("GET", "/_chasqui/queues/figures"): Endpoint(figures, "chasqui:ListQueues"),
    }


async def overview(room: Room, request: ControlRequest) -> Answer:
    """Queues of every account and region with their depths, ages and counts so far; `limit` and `after` page."""
    limit = request.number("limit", 100, _PAGE_MAX)
    owner, _, name = request.parameter("after").partition(" ")
    found = await room.store.resources(TYPE, after=(owner, name), limit=limit + 1)
    now_ms = room.clock.now_ms()
    rows = []
    for resource in found[:limit]:
        account, _, region = resource.owner.partition("/")
        queue = await room.queues.named(account, region, resource.name)
        if queue is not None:
            rows.append(await _row(room, queue, now_ms))
    more = len(found) > limit
    last = found[limit - 1] if more else None
    return Answer({"queues": rows, "after": f"{last.owner} {last.name}" if last else None})


async def _row(room: Room, queue: Queue, now_ms: int) -> dict[str, Any]:
    counts = await room.store.counts(queue.id)
    oldest_ms = await room.store.oldest_sent_at_ms(queue.id)
    counted = {
        name: room.counters[name, queue.arn]
        for name in ("NumberOfMessagesSent", "NumberOfMessagesReceived", "NumberOfMessagesDeleted")
    }
    return {
        "name": queue.name,
        "account": queue.account,
        "region": queue.region,
        "arn": queue.arn,
        "visible": counts.visible,
        "inFlight": counts.in_flight,
        "delayed": counts.delayed,
        "oldestAgeSeconds": None if oldest_ms is None else max(0, now_ms - oldest_ms) // 1000,
        **counted,
    }
