"""The port as plainly as possible: dictionaries and lists, every verb done at once. It defines what the verbs mean.

Nothing here is fast, durable or clever, and nothing should become so: property tests hold the real stores to it. Fair
delivery is left out (every tenant is quiet); its rules are tested by themselves.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from chasqui.base.clock import Clock
from chasqui.base.pending import Pending, resolved
from chasqui.store.memory_held import Group, Message, Queue, done_now
from chasqui.store.memory_logs import LogsAndBlobs
from chasqui.store.memory_resources import MemoryTransaction
from chasqui.store.parking import Parking
from chasqui.store.port import (
    DEDUPLICATION_MS,
    Appended,
    Claim,
    Claimed,
    ClaimLost,
    Counts,
    Delivered,
    Delivery,
    Destination,
    InFlightLimit,
    Lease,
    NewMessage,
    Once,
    Peeked,
    Post,
    QueueGone,
    Receipt,
    Redrive,
    Resource,
    Settled,
    Shared,
    StoreError,
    StoreUnusable,
    Transaction,
)

T = TypeVar("T")


def _peeked(m: Message) -> Peeked:
    visible_at, first = m.visible_at, m.first_received_at
    return Peeked(m.sequence, m.id, m.receives, m.sent_at, first, visible_at, m.payload, m.group, m.origin, m.shared)


class MemoryStore(LogsAndBlobs):
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
        stirred: list[int] = []

        def run() -> T:
            try:
                value: T = transaction.drive(fn(transaction))
            except BaseException:
                transaction.restore(before)
                raise
            for post in transaction.posts:
                self._post(post, None, stirred)
            for type, owner, name in transaction.changed:
                for changed in self._watchers.get(type, ()):
                    changed(owner, name)
            return value

        pending = done_now(run)
        for queue in self._parking.queues():
            if queue not in self.queues:
                self._fail_waiting(queue)
        for queue in stirred:
            self._wake(queue)
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
        pending = done_now(lambda: self._append_all(queue, messages, {}))
        self._wake(queue)
        return pending

    def _append_all(self, queue: int, messages: Sequence[NewMessage], sharing: dict[int, Shared]) -> list[Appended]:
        held = self._queue(queue)
        return [self._append(queue, held, each, sharing) for each in messages]

    def _append(self, id: int, queue: Queue, m: NewMessage, sharing: dict[int, Shared]) -> Appended:
        deduplication = m.deduplication if queue.ordered else None
        original = self._original(id, deduplication)
        if original is not None:
            return original
        appended = Appended(self.number("message"), m.id)
        self._remember(id, deduplication, appended)
        message = Message(appended.sequence, m.id, m.payload, m.group, m.sent_at_ms, m.visible_at_ms, m.expires_at_ms)
        message.shared = self._share(m.shared, sharing)
        self._put(queue, message)
        return appended

    def _original(self, queue: int, key: bytes | None) -> Appended | None:
        """What the key stands for, as a duplicate is told."""
        if key is None or (queue, key) not in self._deduplication:
            return None
        until, original = self._deduplication[queue, key]
        return Appended(original.sequence, original.id, True) if until > self._clock.now_ms() else None

    def _remember(self, queue: int, key: bytes | None, appended: Appended) -> None:
        if key is not None:
            self._deduplication[queue, key] = self._clock.now_ms() + DEDUPLICATION_MS, appended

    def _share(self, shared: Shared | None, sharing: dict[int, Shared]) -> Shared | None:
        """What a message keeps: of what is new, or no longer here, one object for all messages of the command."""
        if shared is None:
            return None
        if id(shared) not in sharing:
            held = [m.shared.number for queue in self.queues.values() for m in queue.messages.values() if m.shared]
            known = shared.number in held
            sharing[id(shared)] = shared if known else Shared(shared.data, self.number("shared"))
        return sharing[id(shared)]

    def deliver(
        self,
        post: Post | Callable[[int], Post],
        *,
        once: Once | None = None,
        settle: tuple[int, Sequence[Receipt]] | None = None,
    ) -> Pending[Delivered]:
        stirred: list[int] = []
        pending = done_now(lambda: self._deliver(post, once, settle, stirred))
        for queue in stirred:
            self._wake(queue)
        return pending

    def _deliver(
        self,
        post: Post | Callable[[int], Post],
        once: Once | None,
        settle: tuple[int, Sequence[Receipt]] | None,
        stirred: list[int],
    ) -> Delivered:
        if once is not None:
            self._queue(once.queue)
        if settle is not None and not all(self._holds(self._queue(settle[0]), each) for each in settle[1]):
            raise ClaimLost("a message to be settled is not held by its receipt's claim")
        original = self._original(once.queue, once.key) if once is not None else None
        if original is not None:
            delivered = Delivered(original.sequence, original.id, True)
        else:
            delivered = self._post(post, once, stirred)
        if settle is not None:
            self._settle(self._queue(settle[0]), settle[1])
            stirred.append(settle[0])
        return delivered

    def _post(self, post: Post | Callable[[int], Post], once: Once | None, stirred: list[int]) -> Delivered:
        number, id = (self.number("message"), once.id) if once is not None else (0, b"")
        if not isinstance(post, Post):
            assert once is not None, "only a `Once` gives a number"
            post = post(number)
        gone: set[int] = set()
        sharing: dict[int, Shared] = {}
        for delivery in post.deliveries:
            found = self._standing(delivery, gone)
            if found is not None:
                self._append_all(found.queue, found.messages, sharing)
                stirred.append(found.queue)
        for log, records in post.records:
            if log in self.logs:
                self.append_to(self.logs[log], records)
        if once is not None:
            self._remember(once.queue, once.key, Appended(number, id))
        return Delivered(number, id, gone=frozenset(gone))

    def _standing(self, delivery: Delivery, gone: set[int]) -> Delivery | None:
        """The delivery, or the first of those otherwise to be done whose queue is there."""
        if delivery.queue in self.queues:
            return delivery
        gone.add(delivery.queue)
        return None if delivery.otherwise is None else self._standing(delivery.otherwise, gone)

    def claim_messages(self, queue: int, claim: Claim) -> Pending[list[Claimed]]:
        pending = done_now(lambda: self._claim(queue, claim))
        if claim.wait_ms > 0 and pending.exception() is None and not pending.result():
            pending = Pending()
            self._parking.park(queue, claim, pending)
            self._wake(queue)
        return pending

    def _wake(self, id: int) -> None:
        """Serve those who wait, as far as there is something for them."""
        while (waiter := self._parking.first(id)) is not None:
            claimed = done_now(lambda claim=waiter.claim: self._claim(id, claim))  # type: ignore[misc]
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
        redrive.tell(1)
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
        return [self._claimed(each) for each in messages]

    def _claimed(self, m: Message) -> Claimed:
        first, until = m.first_received_at, m.visible_at
        return Claimed(m.sequence, m.id, m.receives, m.sent_at, first, m.payload, m.group, m.origin, until, m.shared)

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

    def _holds(self, queue: Queue, receipt: Receipt) -> bool:
        """Whether nobody has claimed the message since; on FIFO queues the claim's time must not be up either."""
        done = self._outcome(queue, receipt) is Settled.DONE
        return done and queue.messages[receipt.sequence].receives == receipt.receives

    def settle_messages(self, queue: int, receipts: Sequence[Receipt]) -> Pending[list[Settled]]:
        pending = done_now(lambda: self._settle(self._queue(queue), receipts))
        self._wake(queue)
        return pending

    def _settle(self, held: Queue, receipts: Sequence[Receipt]) -> list[Settled]:
        settled, groups = [], set()
        for receipt in receipts:
            settled.append(self._outcome(held, receipt))
            if settled[-1] is Settled.DONE:
                groups.add(held.messages.pop(receipt.sequence).group or "")
        for group in groups:
            self._recompute(held, group)
        return settled

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

        pending = done_now(extend)
        self._wake(queue)
        return pending

    def move_messages(
        self, queue: int, limit: int, origins: Mapping[str, Destination], default: Destination | None
    ) -> Pending[int]:
        return done_now(lambda: self._move(self._queue(queue), limit, origins, default))

    def _move(self, queue: Queue, limit: int, origins: Mapping[str, Destination], default: Destination | None) -> int:
        now, moved = self._clock.now_ms(), 0

        def target_of(message: Message) -> Destination | None:
            found = origins.get(message.origin, default) if message.origin is not None else default
            return found if found is not None and found.queue in self.queues else None

        def move(message: Message, to: Destination) -> None:
            del queue.messages[message.sequence]
            expires = now + to.retention_ms
            new = Message(self.number("message"), os.urandom(16), message.payload, message.group, now, now, expires)
            new.shared = message.shared
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
        return done_now(lambda: self._counts(self._queue(queue)))

    def oldest_sent_at_ms(self, queue: int) -> Pending[int | None]:
        def oldest() -> int | None:
            now = self._clock.now_ms()
            held = [each for each in self._queue(queue).messages.values() if each.visible_at <= now or each.receives]
            return min(held, key=lambda each: (each.visible_at, each.sequence)).sent_at if held else None

        return done_now(oldest)

    def peek_messages(self, queue: int, *, after: int = 0, limit: int = 100) -> Pending[list[Peeked]]:
        def peek() -> list[Peeked]:
            return [
                _peeked(m)
                for m in sorted(self._queue(queue).messages.values(), key=lambda each: each.sequence)
                if m.sequence > after
            ][:limit]

        return done_now(peek)

    def _fail_waiting(self, queue: int) -> None:
        while (waiter := self._parking.first(queue)) is not None:
            self._parking.leave(waiter)
            waiter.pending.fail(QueueGone(f"queue {queue} was deleted"))

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
