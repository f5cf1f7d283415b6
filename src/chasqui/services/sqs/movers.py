"""The work of message move tasks: slices of messages, each moved in one commit, by one node at a time.

A task's document holds its progress. Whoever holds the task's lease works it off; a node that loses the lease stops,
for its next note of progress is refused. Every node hears of each note, so none asks while there is progress; one that
has heard nothing for as long as a lease lasts tries to take the task over. Nothing is lost or moved twice whoever goes
on, because a moved message is no longer in the source.
"""

from __future__ import annotations

import asyncio
import logging
from time import monotonic

import msgspec

from chasqui.base.background import Background
from chasqui.base.errors import ServiceError
from chasqui.services.sqs import errors
from chasqui.services.sqs.queues import TYPE as QUEUE_TYPE
from chasqui.services.sqs.queues import Directory
from chasqui.store.port import (
    Destination,
    Lease,
    LeaseLost,
    QueueGone,
    Resource,
    Store,
    StoreError,
    Transaction,
    VersionConflict,
)

TYPE = "sqs:move-task"
LEASE_MS = 5000
"""How long a task rests, at most, when the node that works it off has died."""

SLICE = 100
RUNNING, COMPLETED, CANCELLING, CANCELLED, FAILED = (
    "RUNNING",
    "COMPLETED",
    "CANCELLING",
    "CANCELLED",
    "FAILED",
)

Key = tuple[str, str]  # owner, name

_log = logging.getLogger("chasqui.sqs")


class MoveDocument(msgspec.Struct):
    """A move task. The resource's name is "queue name/start time/task id", so that newer ones sort later."""

    task: str
    source_arn: str
    destination_arn: str | None
    rate: int | None
    status: str
    started_ms: int
    to_move: int
    moved: int = 0
    reason: str | None = None


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(MoveDocument).decode


def changed(resource: Resource, document: MoveDocument) -> Resource:
    """The resource with another document."""
    return msgspec.structs.replace(resource, document=encode(document))


class Movers:
    """One node's part in it."""

    def __init__(self, store: Store, queues: Directory, background: Background) -> None:
        self._store = store
        self._queues = queues
        self._background = background
        self._mine: set[Key] = set()
        """Tasks that this node works off, or is about to."""
        self._heard: dict[Key, float] = {}
        """When tasks that are not this node's were last heard of; each has a timer in `_timers`."""
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._closed = False
        store.watch_resources(TYPE, self._changed)

    async def start(self) -> None:
        """Go on with what is running and nobody's."""
        after = ("", "")
        while page := await self._store.resources(TYPE, after=after, limit=100):
            for resource in page:
                if decode(resource.document).status == RUNNING:
                    self.take(resource.owner, resource.name)
            after = (page[-1].owner, page[-1].name)

    async def close(self) -> None:
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        await self._background.close()

    # ------------------------------------------------------------------------------------------- whose it is

    def _changed(self, owner: str, name: str) -> None:
        """A task was begun, has gone on or has ended, on whichever node."""
        self._watch((owner, name))

    def _watch(self, key: Key) -> None:
        if key in self._mine or self._closed:
            return
        self._heard[key] = monotonic()
        if key not in self._timers:
            self._timers[key] = asyncio.get_running_loop().call_later(LEASE_MS / 1000, self._look, key)

    def _look(self, key: Key) -> None:
        """It is a lease's time ago that this task was heard of, or was when the timer was set."""
        rest = self._heard[key] + LEASE_MS / 1000 - monotonic()
        if rest > 0:
            self._timers[key] = asyncio.get_running_loop().call_later(rest, self._look, key)
            return
        del self._timers[key], self._heard[key]
        self.take(*key)

    def take(self, owner: str, name: str) -> None:
        """Work a task off, unless another node does."""
        key = owner, name
        if key not in self._mine:
            self._mine.add(key)
            self._background.start(f"{owner}/{name}", self._take(key))

    async def _take(self, key: Key) -> None:
        again = False
        try:
            resource = await self._store.resource(TYPE, *key)
            if resource is not None and decode(resource.document).status == RUNNING:
                lease = await self._store.lease(f"{TYPE}/{'/'.join(key)}", LEASE_MS)
                again = lease is None
                if lease is not None:
                    await self._hold(key, lease)
        except StoreError as error:
            again = True
            _log.warning("a message move task was interrupted", extra={"task": key[1], "error": str(error)})
        finally:
            self._mine.discard(key)
        if again:
            self._watch(key)

    async def _hold(self, key: Key, lease: Lease) -> None:
        try:
            # Whoever had the lease before may have noted more since it was looked at.
            resource = await self._store.resource(TYPE, *key)
            if resource is not None and decode(resource.document).status == RUNNING:
                await _Work(self._store, self._queues, lease, resource).run()
        finally:
            await lease.release()


class _Work:
    """A task in the hands of the node that holds its lease."""

    def __init__(self, store: Store, queues: Directory, lease: Lease, resource: Resource) -> None:
        self._store = store
        self._queues = queues
        self._lease = lease
        self._renewed = monotonic()
        self._resource = resource
        self._document = decode(resource.document)

    async def run(self) -> None:
        """Work it off, from where its document stands. Raises `StoreError` when it can not go on here and now."""
        try:
            self._document.status = await self._move_all()
        except (QueueGone, ServiceError) as error:
            gone = isinstance(error, QueueGone) or error.code == "QueueDoesNotExist"
            self._document.status = FAILED
            self._document.reason = "AWS.SimpleQueueService.NonExistentQueue" if gone else "InternalError"
        await self._save()

    async def _move_all(self) -> str:
        """Slices until nothing visible is left or the task was cancelled; returns the final status."""
        document = self._document
        limit = SLICE if document.rate is None else max(1, document.rate // 10)
        slice_ms = 0 if document.rate is None else limit * 1000 // document.rate
        while True:
            origins, default = await self._destinations()
            source = await self._queues.by_arn(document.source_arn)
            if source is None:
                raise errors.queue_does_not_exist()
            await self._keep_lease()
            moved = await self._store.move_messages(source.id, limit, origins, default)
            document.moved += moved
            status = await self._save()
            if status != RUNNING:
                return status
            if moved == 0:
                return COMPLETED
            await asyncio.sleep(slice_ms / 1000)

    async def _keep_lease(self) -> None:
        """Nothing is moved without it. Raises `LeaseLost`."""
        now = monotonic()
        if not self._lease.held or now > self._renewed + LEASE_MS / 3000:
            if not await self._lease.renew(LEASE_MS):
                raise LeaseLost(f"another node goes on with {self._resource.name}")
            self._renewed = now

    async def _destinations(self) -> tuple[dict[str, Destination], Destination | None]:
        """Where messages go: to the one queue that was named, else each to the queue it came from."""
        if self._document.destination_arn is not None:
            queue = await self._queues.by_arn(self._document.destination_arn)
            if queue is None:
                raise errors.queue_does_not_exist()
            return {}, Destination(queue.id, queue.retention_ms)
        found = await self._store.transaction(lambda tx: tx.children(QUEUE_TYPE, self._document.source_arn))
        origins = {}
        for each in found:
            account, _, region = each.owner.partition("/")
            queue = await self._queues.named(account, region, each.name)
            if queue is not None:
                origins[queue.arn] = Destination(queue.id, queue.retention_ms)
        return origins, None

    async def _save(self) -> str:
        """Note the progress; a cancellation that came in between stays. Returns the status that stands. Raises
        `LeaseLost` when another node has gone on."""
        document = self._document

        async def save(tx: Transaction) -> str:
            await tx.check_lease(self._lease)
            current = await tx.get(TYPE, self._resource.owner, self._resource.name)
            if current is None:
                return CANCELLED
            if decode(current.document).status == CANCELLED:
                document.status = CANCELLED
            await tx.replace(changed(current, document))
            return document.status

        try:
            return await self._store.transaction(save)
        except VersionConflict:
            return await self._save()
