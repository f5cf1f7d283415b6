"""The routes of what is published to one phone or one device: a queue for the text messages of each account and region,
and one for each platform application.

They are opened when the server starts, and whenever a node makes one. What sends is imported with the first message, so
that a server that sends nothing starts without it.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final

from chasqui.base.ids import uuid_text
from chasqui.delivery.outbox import Outbox
from chasqui.delivery.retries import CUSTOMER_MANAGED
from chasqui.delivery.route import Attempted, Outcome, Route
from chasqui.services.sns.push.push_documents import APPLICATION, ENDED, application_arn, read_application
from chasqui.services.sns.room import Room
from chasqui.services.sns.sms.sms_queue import SMS_QUEUE, queue_of, read_text
from chasqui.store.port import Claimed, Delivery, Resource

_numbers = itertools.count()
_PAGE: Final = 1000
_CONCURRENCY: Final = 16
_SMS_LONGEST_MS: Final = 120_000
_PUSH_LONGEST_MS: Final = 60_000

Told = Callable[[str, Attempted], object]
"""(the channel: "sms" or "application", an attempt)."""


class Direct:
    """The routes of one node. `told` hears of each attempt."""

    def __init__(self, room: Room, outbox: Outbox, told: Told) -> None:
        self._room = room
        self._outbox = outbox
        self._told = told
        self._queues: dict[tuple[str, str, str], int] = {}
        """The queues that are worked off, by resource."""

    async def start(self) -> None:
        """Work off what waits, from now on also what others make, and what is left of deleted applications."""
        for type_ in (SMS_QUEUE, APPLICATION):
            self._watch(type_)
            async for resource in self._all(type_):
                self._open(resource)
        async for ended in self._all(ENDED):
            from chasqui.services.sns.push.push_sweeping import start_sweeping  # noqa: PLC0415  seldom needed

            start_sweeping(self._room, ended.owner, ended.name)

    async def _all(self, type_: str) -> AsyncIterator[Resource]:
        after = ("", "")
        while True:
            found = await self._room.store.resources(type_, after=after, limit=_PAGE)
            for each in found:
                yield each
            if len(found) < _PAGE:
                return
            after = (found[-1].owner, found[-1].name)

    def _watch(self, type_: str) -> None:
        def changed(owner: str, name: str) -> None:
            # The name is unique: of two tasks with one name only the second would be ended with the server.
            task = f"look at {type_} {owner} {name} {next(_numbers)}"
            self._room.background.start(task, self._look(type_, owner, name))

        self._room.store.watch_resources(type_, changed)

    async def _look(self, type_: str, owner: str, name: str) -> None:
        resource = await self._room.store.resource(type_, owner, name)
        if resource is not None:
            self._open(resource)
            return
        queue = self._queues.pop((type_, owner, name), None)
        if queue is not None:
            self._outbox.close(queue)

    def _open(self, resource: Resource) -> None:
        sms = resource.type == SMS_QUEUE
        queue = queue_of(resource) if sms else read_application(resource).queue
        key = (resource.type, resource.owner, resource.name)
        before = self._queues.get(key, queue)
        if before != queue:
            self._outbox.close(before)
        self._queues[key] = queue
        # Also one that was open: its queue may have been gone in between, when the server was emptied.
        self._outbox.open(self._texts(resource, queue) if sms else self._pushes(resource, queue))

    def _texts(self, resource: Resource, queue: int) -> Route:
        room, owner = self._room, resource.owner

        async def attempt(claimed: Claimed) -> Outcome:
            from chasqui.services.sns.sms.sms_sending import send_text  # noqa: PLC0415  see above

            return await send_text(room, owner, read_text(room, claimed.payload), uuid_text(claimed.id))

        return self._route(queue, f"sms {owner}", "sms", _SMS_LONGEST_MS, attempt, _nothing)

    def _pushes(self, resource: Resource, queue: int) -> Route:
        room, owner = self._room, resource.owner

        async def attempt(claimed: Claimed) -> Outcome:
            from chasqui.services.sns.push.push_sending import push, read_push  # noqa: PLC0415  see above

            sent = read_push(room, claimed.payload)
            return await push(room, owner, sent.endpoint, sent.notice)

        async def exhausted(claimed: Claimed, outcome: Outcome) -> Sequence[Delivery]:
            from chasqui.services.sns.push.push_sending import tell_failure  # noqa: PLC0415  see above

            await tell_failure(room, owner, claimed, outcome)
            return ()

        name = application_arn(owner, resource.name)
        return self._route(queue, name, "application", _PUSH_LONGEST_MS, attempt, exhausted)

    def _route(
        self,
        queue: int,
        name: str,
        channel: str,
        longest_ms: int,
        attempt: Callable[[Claimed], Awaitable[Outcome]],
        exhausted: Callable[[Claimed, Outcome], Awaitable[Sequence[Delivery]]],
    ) -> Route:
        return Route(
            queue=queue,
            name=name,
            attempt=attempt,
            policy=CUSTOMER_MANAGED,
            exhausted=exhausted,
            told=lambda attempted: self._told(channel, attempted),
            concurrency=_CONCURRENCY,
            longest_ms=longest_ms,
        )


async def _nothing(_claimed: Claimed, _outcome: Outcome) -> Sequence[Delivery]:
    """A direct message has no dead-letter queue."""
    return ()
