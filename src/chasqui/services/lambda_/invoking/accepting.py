"""Takes asynchronous events over: once `accept` returns, the event is durable and will be worked off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.functions.directory import Target
from chasqui.services.lambda_.invoking import refusals
from chasqui.services.lambda_.invoking.events import Event, pack
from chasqui.services.lambda_.invoking.payloads import check_json
from chasqui.store.port import QueueGone

if TYPE_CHECKING:
    from chasqui.services.lambda_.room import Room


async def accept(room: Room, target: Target, payload: bytes, request_id: str) -> None:
    """Put an event into the function's queue. Raises the API's refusals, and `StoreError`."""
    limit = room.limits.event_bytes_max
    if len(payload) > limit:
        raise refusals.event_too_large(len(payload), limit)
    if target.state not in ("Active", "Inactive"):
        raise refusals.not_ready(target.state)
    now_ms = room.clock.now_ms()
    event = Event(request_id, check_json(payload), target.qualifier, now_ms)
    try:
        queue = target.queue or await room.functions.event_queue(target)
        await room.store.append_messages(queue, [pack(room.ring, event, now_ms)])
    except QueueGone as error:
        raise errors.function_not_found(target.invoked_arn) from error
    room.counters["AsyncEventsReceived", target.arn] += 1
