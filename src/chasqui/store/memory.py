"""The port as plainly as possible: dictionaries and lists, every verb done at once. It defines what the verbs mean.

Nothing here is fast, durable or clever, and nothing should become so: property tests hold the real stores to it. Fair
delivery is left out (every tenant is quiet); its rules are tested by themselves.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from chasqui.base.clock import Clock
from chasqui.base.pending import Pending, resolved
from chasqui.store.memory_held import Group, Held, Log, Message, Queue
from chasqui.store.memory_resources import MemoryTransaction
from chasqui.store.parking import Parking
from chasqui.store.port import (
    DEDUPLICATION_MS,
    Appended,
    Claim,
    Claimed,
    Counts,
    Destination,
    InFlightLimit,
    Lease,
    LogState,
    NewMessage,
    NewRecord,
    Peeked,
    QueueGone,
    Receipt,
    Record,
    Redrive,
    Resource,
    Settled,
    StagedBlob,
    StoreError,
    StoreUnusable,
    Transaction,
)

T = TypeVar("T")


def _peeked(m: Message) -> Peeked:
    visible_at, first = m.visible_at, m.first_received_at
    return Peeked(m.sequence, m.id, m.receives, m.sent_at, first, visible_at, m.payload, m.group, m.origin)


def _now_or_error(compute: Callable[[], T]) -> Pending[T]:
    pending: Pending[T] = Pending()
    try:
        pending.resolve(compute())
    except Exception as error:  # noqa: BLE001  what a verb raises is its caller's to see
        pending.fail(error)
    return pending


class MemoryStore(Held):
    """Every verb takes effect when it is called."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._deduplication: dict[tuple[int, bytes], tuple[int, Appended]] = {}
        self._attempts: dict[tuple[int, str], tuple[int, list[tuple[int, int]]]] = {}
        self._watchers: dict[str, list[Callable[[str, str], object]]] = {}
        self._parking = Parking(clock, self._wake)

    # ------------------------------------------------------------------------------------------- resources

    def transaction(self, fn: Callable[[Transaction], Awaitable[T]]) -> Pending[T]:
        transaction = MemoryTransaction(self)
        before = transaction.snapshot()

        def run() -> T:
            try:
                value: T = transaction.drive(fn(transaction))
            except BaseException:
                transaction.restore(before)
                raise
            for type, owner, name in transaction.changed:
                for changed in self._watchers.get(type, ()):
                    changed(owner, name)
            return value

        pending = _now_or_error(run)
        for queue in self._parking.queues():
            if queue not in self.queues:
                self._fail_waiting(queue)
        return pending

    def resource(self, type: str, owner: str, name: str) -> Pending[Resource | None]:
        return resolved(self.resources_held.get((type, owner, name)))

    def resources(
        self,
        type: str,
        owner: str | None = None,
        *,
        prefix: str = "",
        after: tuple[str, str] = ("", ""),
        limit: int = 1000,
    ) -> Pending[list[Resource]]:
        return resolved(self.listed(type, owner, prefix, after)[:limit])

    def watch_resources(self, type: str, changed: Callable[[str, str], object]) -> None:
        self._watchers.setdefault(type, []).append(changed)

    async def lease(self, name: str, ttl_ms: int) -> Lease | None:
        return self.leases.acquire(name, ttl_ms)

    # ------------------------------------------------------------------------------------------- queues

    def _queue(self, id: int) -> Queue:
        """The queue, rid of what has expired."""
        queue = self.queues.get(id)
        if queue is None:
            raise QueueGone(f"queue {id} does not exist")
        expired = [each for each in queue.messages.values() if each.expires <= self._clock.now_ms()]
        for each in expired:
            del queue.messages[each.sequence]
        for group in {each.group or "" for each in expired}:
            self._recompute(queue, group)
        return queue

    def _recompute(self, queue: Queue, group: str) -> None:
        """When a group may be given next: when the last of those in flight is due, else when its head is."""
        if not queue.ordered:
            return
        members, now = queue.members(group), self._clock.now_ms()
        if not members:
            queue.groups.pop(group, None)
            return
        in_flight = [each.visible_at for each in members if each.receives and each.visible_at > now]
        queue.groups[group].ready_at = max(in_flight) if in_flight else max(members[0].visible_at, now)

    def _put(self, queue: Queue, message: Message) -> None:
        queue.messages[message.sequence] = message
        if queue.ordered and (message.group or "") not in queue.groups:
            queue.groups[message.group or ""] = Group(self.number("group"), message.visible_at)

    def append_messages(self, queue: int, messages: Sequence[NewMessage]) -> Pending[list[Appended]]:
        pending = _now_or_error(lambda: [self._append(queue, self._queue(queue), each) for each in messages])
        self._wake(queue)
        return pending

    def _append(self, id: int, queue: Queue, m: NewMessage) -> Appended:
        now = self._clock.now_ms()
        if queue.ordered and m.deduplication is not None:
            until, original = self._deduplication.get((id, m.deduplication), (0, None))
            if original is not None and until > now:
                return Appended(original.sequence, original.id, True)
        appended = Appended(self.number("message"), m.id)
        if queue.ordered and m.deduplication is not None:
            self._deduplication[id, m.deduplication] = now + DEDUPLICATION_MS, appended
        self._put(
            queue,
            Message(appended.sequence, m.id, m.payload, m.group, m.sent_at_ms, m.visible_at_ms, m.expires_at_ms),
        )
        return appended

    def claim_messages(self, queue: int, claim: Claim) -> Pending[list[Claimed]]:
        pending = _now_or_error(lambda: self._claim(queue, claim))
        if claim.wait_ms > 0 and pending.exception() is None and not pending.result():
            pending = Pending()
            self._parking.park(queue, claim, pending)
            self._wake(queue)
        return pending

    def _wake(self, id: int) -> None:
        """Serve those who wait, as far as there is something for them."""
        while (waiter := self._parking.first(id)) is not None:
            claimed = _now_or_error(lambda claim=waiter.claim: self._claim(id, claim))  # type: ignore[misc]
            error = claimed.exception()
            if error is None and not claimed.result():
                queue, now = self.queues[id], self._clock.now_ms()
                due = [each.visible_at for each in queue.messages.values()]
                due += [each.ready_at for each in queue.groups.values()]
                self._parking.wake_at(id, min((each for each in due if each > now), default=None))
                return
            self._parking.leave(waiter)
            if error is None:
                waiter.pending.resolve(claimed.result())
            else:
                waiter.pending.fail(error)

    def _claim(self, id: int, claim: Claim) -> list[Claimed]:
        queue, now = self._queue(id), self._clock.now_ms()
        room = claim.in_flight_max - self._counts(queue).in_flight
        if queue.ordered:
            if claim.attempt is not None and (held := self._held_by_attempt(id, queue, claim.attempt)):
                return self._give(id, queue, claim, held, repeated=True)
            if room <= 0:
                return []
            return self._give(id, queue, claim, self._ready(queue, claim, min(claim.limit, room)))
        if room <= 0:
            raise InFlightLimit
        taken: list[Message] = []
        for message in sorted(queue.messages.values(), key=lambda each: (each.visible_at, each.sequence)):
            if message.visible_at <= now and len(taken) < min(claim.limit, room):
                if self._redriven(queue, message, claim.redrive):
                    continue
                taken.append(message)
        return self._give(id, queue, claim, taken)

    def _ready(self, queue: Queue, claim: Claim, limit: int) -> list[Message]:
        """The heads of the groups that are not locked, the group first that is ready the longest."""
        now = self._clock.now_ms()
        taken: list[Message] = []
        for name, group in sorted(queue.groups.items(), key=lambda each: (each[1].ready_at, each[1].number)):
            if group.ready_at > now:
                continue
            heads = 0
            for message in queue.members(name):
                if message.visible_at > now or len(taken) == limit:
                    break
                if not self._redriven(queue, message, claim.redrive):
                    taken.append(message)
                    heads += 1
            if not heads and len(taken) < limit:
                self._recompute(queue, name)
            elif not queue.members(name):
                del queue.groups[name]
        return taken

    def _redriven(self, queue: Queue, message: Message, redrive: Redrive | None) -> bool:
        """Move a message that was received too often, if there is where to."""
        if redrive is None or message.receives < redrive.receives_max or redrive.queue not in self.queues:
            return False
        del queue.messages[message.sequence]
        now, target = self._clock.now_ms(), self.queues[redrive.queue]
        message.sequence = self.number("message")
        message.visible_at, message.origin = now, redrive.origin
        message.expires = (now if target.ordered else message.sent_at) + redrive.retention_ms
        self._put(target, message)
        self._wake(redrive.queue)
        return True

    def _give(
        self, id: int, queue: Queue, claim: Claim, messages: list[Message], repeated: bool = False
    ) -> list[Claimed]:
        now = self._clock.now_ms()
        for message in messages:
            message.visible_at = now + claim.visibility_ms
            message.receives += 0 if repeated else 1
            message.first_received_at = message.first_received_at or now
        for group in {each.group or "" for each in messages}:
            self._recompute(queue, group)
        if messages and claim.attempt is not None and queue.ordered:
            held = [(each.sequence, each.receives) for each in messages]
            self._attempts[id, claim.attempt] = now + DEDUPLICATION_MS, held
        return [
            Claimed(
                m.sequence,
                m.id,
                m.receives,
                m.sent_at,
                m.first_received_at,
                m.payload,
                m.group,
                m.origin,
                m.visible_at,
            )
            for m in messages
        ]

    def _held_by_attempt(self, id: int, queue: Queue, attempt: str) -> list[Message]:
        now = self._clock.now_ms()
        until, held = self._attempts.get((id, attempt), (0, []))
        messages = [queue.messages.get(sequence) for sequence, _ in held]
        if until <= now:
            return []
        found = [
            each
            for each, (_, receives) in zip(messages, held, strict=True)
            if each is not None and each.receives == receives and each.visible_at > now
        ]
        return found if len(found) == len(held) else []

    def _outcome(self, queue: Queue, receipt: Receipt) -> Settled:
        message = queue.messages.get(receipt.sequence)
        if message is None or message.id[:8] != receipt.token:
            return Settled.MISSING
        held = message.receives == receipt.receives and message.visible_at > self._clock.now_ms()
        return Settled.DONE if held or not queue.ordered else Settled.EXPIRED

    def settle_messages(self, queue: int, receipts: Sequence[Receipt]) -> Pending[list[Settled]]:
        def settle() -> list[Settled]:
            held, settled, groups = self._queue(queue), [], set()
            for receipt in receipts:
                settled.append(self._outcome(held, receipt))
                if settled[-1] is Settled.DONE:
                    groups.add(held.messages.pop(receipt.sequence).group or "")
            for group in groups:
                self._recompute(held, group)
            return settled

        pending = _now_or_error(settle)
        self._wake(queue)
        return pending

    def extend_messages(self, queue: int, changes: Sequence[tuple[Receipt, int]]) -> Pending[list[Settled]]:
        def extend() -> list[Settled]:
            held, settled, groups = self._queue(queue), [], set()
            for receipt, duration in changes:
                settled.append(self._outcome(held, receipt))
                if settled[-1] is Settled.DONE:
                    message = held.messages[receipt.sequence]
                    message.visible_at = self._clock.now_ms() + duration
                    groups.add(message.group or "")
            for group in groups:
                self._recompute(held, group)
            return settled

        pending = _now_or_error(extend)
        self._wake(queue)
        return pending

    def move_messages(
        self, queue: int, limit: int, origins: Mapping[str, Destination], default: Destination | None
    ) -> Pending[int]:
        return _now_or_error(lambda: self._move(self._queue(queue), limit, origins, default))

    def _move(self, queue: Queue, limit: int, origins: Mapping[str, Destination], default: Destination | None) -> int:
        now, moved = self._clock.now_ms(), 0

        def target_of(message: Message) -> Destination | None:
            found = origins.get(message.origin, default) if message.origin is not None else default
            return found if found is not None and found.queue in self.queues else None

        def move(message: Message, to: Destination) -> None:
            del queue.messages[message.sequence]
            expires = now + to.retention_ms
            new = Message(self.number("message"), os.urandom(16), message.payload, message.group, now, now, expires)
            self._put(self.queues[to.queue], new)
            self._wake(to.queue)

        if not queue.ordered:
            for message in sorted(queue.messages.values(), key=lambda each: (each.visible_at, each.sequence)):
                to = target_of(message)
                if message.visible_at <= now and moved < limit and to is not None:
                    move(message, to)
                    moved += 1
            return moved
        for name, group in sorted(queue.groups.items(), key=lambda each: (each[1].ready_at, each[1].number)):
            if group.ready_at > now:
                continue
            before = moved
            for message in queue.members(name):
                to = target_of(message)
                if message.visible_at > now or moved >= limit or to is None:
                    break
                move(message, to)
                moved += 1
            if moved > before:
                self._recompute(queue, name)
        return moved

    def _counts(self, queue: Queue) -> Counts:
        hidden = [each for each in queue.messages.values() if each.visible_at > self._clock.now_ms()]
        in_flight = sum(1 for each in hidden if each.receives)
        return Counts(len(queue.messages) - len(hidden), in_flight, len(hidden) - in_flight)

    def counts(self, queue: int) -> Pending[Counts]:
        return _now_or_error(lambda: self._counts(self._queue(queue)))

    def oldest_sent_at_ms(self, queue: int) -> Pending[int | None]:
        def oldest() -> int | None:
            now = self._clock.now_ms()
            held = [each for each in self._queue(queue).messages.values() if each.visible_at <= now or each.receives]
            return min(held, key=lambda each: (each.visible_at, each.sequence)).sent_at if held else None

        return _now_or_error(oldest)

    def peek_messages(self, queue: int, *, after: int = 0, limit: int = 100) -> Pending[list[Peeked]]:
        def peek() -> list[Peeked]:
            return [
                _peeked(m)
                for m in sorted(self._queue(queue).messages.values(), key=lambda each: each.sequence)
                if m.sequence > after
            ][:limit]

        return _now_or_error(peek)

    def _fail_waiting(self, queue: int) -> None:
        while (waiter := self._parking.first(queue)) is not None:
            self._parking.leave(waiter)
            waiter.pending.fail(QueueGone(f"queue {queue} was deleted"))

    # ------------------------------------------------------------------------------------------- logs, blobs

    def _log(self, id: int) -> Log:
        if id not in self.logs:
            raise QueueGone(f"log {id} does not exist")
        return self.logs[id]

    def append_records(self, log: int, records: Sequence[NewRecord]) -> Pending[list[int]]:
        def append() -> list[int]:
            held, numbers = self._log(log), []
            for each in records:
                held.last += 1
                held.records.append(Record(held.last, each.key, each.data, each.at_ms))
                numbers.append(held.last)
            return numbers

        return _now_or_error(append)

    def read_records(self, log: int, *, after: int, limit: int, bytes_max: int = 1 << 20) -> Pending[list[Record]]:
        def read() -> list[Record]:
            found: list[Record] = []
            size = 0
            for record in self._log(log).records:
                if record.sequence <= after:
                    continue
                size += len(record.data)
                if found and (len(found) >= limit or size > bytes_max):
                    break
                found.append(record)
            return found

        return _now_or_error(read)

    def trim_records(self, log: int, before: int) -> Pending[None]:
        def trim() -> None:
            held = self._log(log)
            held.first = max(held.first, min(before, held.last + 1))
            held.records = [each for each in held.records if each.sequence >= held.first]

        return _now_or_error(trim)

    def log_state(self, log: int) -> Pending[LogState]:
        return _now_or_error(lambda: LogState(self._log(log).first, self._log(log).last))

    async def stage_blob(self, data: bytes | AsyncIterable[bytes]) -> StagedBlob:
        whole = data if isinstance(data, bytes) else b"".join([piece async for piece in data])
        return StagedBlob(len(whole), whole, None)

    async def read_blob(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        piece = self.blobs[key][start:end]
        if piece:
            yield piece

    def blob_size(self, key: str) -> Pending[int | None]:
        return resolved(len(self.blobs[key]) if key in self.blobs else None)

    # ------------------------------------------------------------------------------------------- the whole

    async def backup(self, target: Path) -> None:
        raise StoreUnusable("the memory model keeps nothing on disk")

    def watch_failure(self, failed: Callable[[StoreError], object]) -> None:
        """Memory does not fail."""

    def statistics(self) -> Mapping[str, Any]:
        return {"claims_waiting": len(self._parking)}

    async def reset(self) -> None:
        changed = list(self.resources_held)
        for held in (self.resources_held, self.queues, self.logs, self.blobs, self._deduplication, self._attempts):
            held.clear()
        for queue in self._parking.queues():
            self._fail_waiting(queue)
        for type, owner, name in changed:
            for tell in self._watchers.get(type, ()):
                tell(owner, name)

    def fresh(self) -> bool:
        return True

    def release_waiting(self) -> None:
        self._parking.release_all()

    async def close(self) -> None:
        self._parking.release_all()
