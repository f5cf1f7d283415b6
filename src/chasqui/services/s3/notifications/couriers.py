"""Bringing on what waits in buckets' queues of events: a route of the outbox for each bucket that has one.

Routes are opened when the server starts and as buckets are configured, on whichever node; a deleted bucket's ends with
its queue. What may pass is tried again for days; what a destination refuses is dropped, as on AWS.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from chasqui.delivery.outbox import Outbox
from chasqui.delivery.retries import AWS_MANAGED
from chasqui.delivery.route import Attempted, Outcome, Route
from chasqui.delivery.worker import receipt_of
from chasqui.fabric.letters import Letter
from chasqui.fabric.recipients import Undeliverable
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.documents import BUCKET
from chasqui.services.s3.notifications.destinations import SUBJECT
from chasqui.services.s3.notifications.notifier import lost
from chasqui.services.s3.notifications.records import SENDER
from chasqui.services.s3.notifications.sources import BucketSource
from chasqui.services.s3.notifications.waiting import Waiting, read_waiting
from chasqui.services.s3.room import Room
from chasqui.store.port import Claimed, Delivery, Post, StoreError

_PAGE: Final = 200
_LONGEST_MS: Final = 5_000
_PAUSE_SECONDS: Final = 1.0

_log = logging.getLogger("chasqui.s3")


class Courier:
    """What is done for one bucket."""

    __slots__ = ("_room", "_source", "route")

    def __init__(self, room: Room, bucket: Bucket) -> None:
        self._room = room
        self._source = BucketSource(bucket)
        self.route = Route(
            queue=bucket.document.events_queue,
            name=bucket.arn,
            attempt=self._attempt,
            policy=AWS_MANAGED,
            exhausted=self._exhausted,
            told=self._told,
            longest_ms=_LONGEST_MS,
        )

    async def _attempt(self, claimed: Claimed) -> Outcome:
        waiting = read_waiting(self._room.ring, claimed)
        try:
            if waiting.kind == "Topic":
                await self._room.publishers.publish(
                    self._source, waiting.arn, SUBJECT, waiting.body, base_url=waiting.base_url
                )
            else:
                await self._deliver(waiting, claimed)
        except Undeliverable as error:
            return Outcome(False, reason=f"{error.code}: {error}")
        self._room.counters.flows[f"{self._source.arn} {waiting.arn}"] += 1
        return Outcome(True)

    async def _deliver(self, waiting: Waiting, claimed: Claimed) -> None:
        """Into the destination's queue, and out of the bucket's. Raises `Undeliverable`."""
        room = self._room
        recipient = await room.recipients.find(waiting.arn)
        if recipient is None:
            raise Undeliverable("NotFound", "it does not exist")
        if not await room.recipients.admits(recipient, self._source, strictly=True):
            raise Undeliverable("AccessDenied", "its policy does not let S3 in")
        letter, now_ms = Letter(waiting.body, SENDER), room.clock.now_ms()
        message = await recipient.draft_sealed(letter, now_ms, self._source)
        settle = self.route.queue, (receipt_of(claimed),)
        delivered = await room.store.deliver(Post((Delivery(recipient.queue, (message,)),)), settle=settle)
        if delivered.gone:
            lost(self._source.arn, waiting.arn, "it was deleted")
        else:
            room.counters[recipient.counted] += 1

    async def _exhausted(self, claimed: Claimed, outcome: Outcome) -> Sequence[Delivery]:
        lost(self._source.arn, read_waiting(self._room.ring, claimed).arn, outcome.reason)
        return ()

    def _told(self, _attempted: Attempted) -> None:
        """Nobody asks for it."""


class Couriers:
    """The routes of one node."""

    def __init__(self, room: Room, outbox: Outbox) -> None:
        self._room = room
        self._outbox = outbox
        self._queues: dict[str, int] = {}
        """By bucket's name, the queue that is worked off."""
        self._changed: dict[str, None] = {}
        self._looking = False

    async def start(self) -> None:
        """Work off what waits, and what comes."""
        self._room.store.watch_resources(BUCKET, self._note)
        after = ("", "")
        while page := await self._room.store.resources(BUCKET, after=after, limit=_PAGE):
            for each in page:
                self._open(Bucket(each))
            after = (page[-1].owner, page[-1].name)
            await asyncio.sleep(0)  # others' requests come first

    def _note(self, _owner: str, name: str) -> None:
        self._changed[name] = None
        if not self._looking:
            self._looking = True
            self._room.background.start("events", self._look())

    async def _look(self) -> None:
        """Take over what changed."""
        try:
            while self._changed:
                name = next(iter(self._changed))
                del self._changed[name]
                try:
                    await self._look_at(name)
                except StoreError as error:
                    self._changed[name] = None
                    _log.warning("the store does not answer a worker", extra={"error": str(error)})
                    await asyncio.sleep(_PAUSE_SECONDS)
        finally:
            self._looking = False

    async def _look_at(self, name: str) -> None:
        resource = await self._room.store.resource(BUCKET, "", name)
        if resource is not None:
            self._open(Bucket(resource))
        else:
            self._close(name)

    def _open(self, bucket: Bucket) -> None:
        queue = bucket.document.events_queue
        if self._queues.get(bucket.name, queue) != queue:
            self._close(bucket.name)
        if queue and bucket.name not in self._queues:
            self._queues[bucket.name] = queue
            self._outbox.open(Courier(self._room, bucket).route)

    def _close(self, name: str) -> None:
        queue = self._queues.pop(name, None)
        if queue is not None:
            self._outbox.close(queue)
