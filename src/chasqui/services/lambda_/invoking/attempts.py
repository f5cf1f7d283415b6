"""What is done with an asynchronous event when its turn comes: it is tried, tried again, or told of and done with.

A throttled event stays in the queue and is tried after 1 second, 2, 4 … up to 5 minutes. One whose function failed is
replaced by a retry after 1 minute, then 2. In the end it is told of to where the configuration says, in the transaction
that ends it. Source: Lambda developer guide, "How Lambda handles errors and retries with asynchronous invocation".
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.delivery.retries import RetryPolicy
from chasqui.delivery.route import Attempted, Outcome, Route
from chasqui.services.lambda_.functions.directory import EventInvoke, Target
from chasqui.services.lambda_.functions.names import function_arn
from chasqui.services.lambda_.invoking.destinations import send
from chasqui.services.lambda_.invoking.events import Event, pack, unpack
from chasqui.services.lambda_.invoking.records import Condition, dead_letter_attributes, invocation_record
from chasqui.services.lambda_.running.contract import Finished, Invocation
from chasqui.services.lambda_.tracing import tried
from chasqui.store.port import Claimed, Delivery

if TYPE_CHECKING:
    from chasqui.services.lambda_.room import Room

BACK_OFF: Final = RetryPolicy(1_000_000, 1000, 300_000, 0, 1, 999_990, "exponential")
"""Of throttled events: the event's age ends it."""

RETRY_MS: Final = 60_000
"""After the first failure of the function; twice that after the second."""

LONGEST_MS: Final = 30 * 60_000
"""An attempt: the longest timeout of a function, and as long a wait for an environment."""

HIDDEN_MS: Final = 30_000
"""So long after a crash of the server what was under way is tried again."""


_log = logging.getLogger("chasqui.lambda")


class Concluded(Outcome, frozen=True):
    """An attempt after which the event is no longer in the queue as it was: `deliveries` are committed with its
    end."""

    deliveries: Sequence[Delivery] = ()


class Attempts:
    """What is done with one function's events."""

    __slots__ = ("_name", "_owner", "_queue", "_room", "route")

    def __init__(self, room: Room, owner: str, name: str, queue: int, concurrency: int) -> None:
        self._room = room
        self._owner = owner
        self._name = name
        self._queue = queue
        self.route = Route(
            queue=queue,
            name=function_arn(owner, name),
            attempt=self.attempt,
            policy=BACK_OFF,
            exhausted=self._exhausted,
            told=_nothing,
            concurrency=concurrency,
            longest_ms=LONGEST_MS,
            hidden_ms=HIDDEN_MS,
        )

    async def attempt(self, claimed: Claimed) -> Outcome:
        """Try an event."""
        room = self._room
        event = unpack(room.ring, claimed.payload)
        account, _, region = self._owner.partition("/")
        target = await room.functions.target(account, region, self._name, event.qualifier)
        if target is None:
            room.counters["AsyncEventsDropped", function_arn(self._owner, self._name)] += 1
            _log.warning(
                "an event was dropped: what it is for is gone",
                extra={"function": self.route.name, "qualifier": event.qualifier, "request": event.id},
            )
            return Concluded(False, reason="the version or alias is gone")
        settings = await room.functions.event_invoke(target)
        now_ms = room.clock.now_ms()
        room.counters["AsyncEventAge", target.arn] += now_ms - event.at_ms
        if now_ms >= event.at_ms + settings.age_max_s * 1000:
            return await self._failed(event, target, settings, "EventAgeExceeded")
        if target.reserved == 0:
            return await self._failed(event, target, settings, "ZeroReservedConcurrency")
        invocation = Invocation(
            request_id=event.id, payload=event.payload, function_arn=target.invoked_arn, trace_id=event.trace
        )
        try:
            finished = await room.invoker.invoke(target, invocation)
        except ServiceError as error:
            tried(room, target, event, None, str(error))
            return Outcome(False, retry=True, status=error.status or 500, reason=str(error))
        tried(room, target, event, finished)
        if finished.error:
            return await self._again(event, target, settings, finished)
        return await self._succeeded(event, target, settings, finished)

    async def _succeeded(self, event: Event, target: Target, settings: EventInvoke, finished: Finished) -> Outcome:
        if not settings.on_success:
            return Outcome(True)
        record = invocation_record(event, target, "Success", finished, self._room.clock.now_ms())
        deliveries = await send(self._room, target, "DestinationDeliveryFailures", settings.on_success, record)
        return (
            Concluded(False, reason="told to the destination", deliveries=deliveries) if deliveries else Outcome(True)
        )

    async def _again(self, event: Event, target: Target, settings: EventInvoke, finished: Finished) -> Outcome:
        """The function failed: its next try takes the event's place, if there is one."""
        now_ms = self._room.clock.now_ms()
        delay_ms = RETRY_MS * (event.failures + 1)
        if event.failures >= settings.retries_max:
            return await self._failed(event, target, settings, "RetriesExhausted", finished)
        if now_ms + delay_ms >= event.at_ms + settings.age_max_s * 1000:
            return await self._failed(event, target, settings, "EventAgeExceeded", finished)
        retry = msgspec.structs.replace(event, failures=event.failures + 1)
        message = pack(self._room.ring, retry, now_ms, delay_ms)
        return Concluded(False, reason="tried again later", deliveries=[Delivery(self._queue, [message])])

    async def _failed(
        self,
        event: Event,
        target: Target,
        settings: EventInvoke,
        condition: Condition,
        finished: Finished | None = None,
    ) -> Outcome:
        """The event is given up: its destination and its dead-letter queue are told."""
        room, deliveries = self._room, list[Delivery]()
        room.counters["AsyncEventsDropped", target.arn] += 1
        if settings.on_failure:
            record = invocation_record(event, target, condition, finished, room.clock.now_ms())
            deliveries += await send(room, target, "DestinationDeliveryFailures", settings.on_failure, record)
        if settings.dead_letter:
            attributes = dead_letter_attributes(event, condition, finished)
            body = event.payload.decode("utf-8", "replace")
            deliveries += await send(room, target, "DeadLetterErrors", settings.dead_letter, body, attributes)
        return Concluded(False, reason=condition, deliveries=deliveries)

    async def _exhausted(self, _claimed: Claimed, outcome: Outcome) -> Sequence[Delivery]:
        return outcome.deliveries if isinstance(outcome, Concluded) else ()


def _nothing(_attempted: Attempted) -> None:
    """Nobody listens: what becomes of events is in the metrics and the function's log."""
