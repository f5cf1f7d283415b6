"""One route being worked off: claim, attempt, settle or put off or give up. docs/internals/delivery.md tells the rules.

A worker is callbacks on the store's `Pending`s, not a task: an idle route is one waiting claim and costs no CPU. Only
what is claimed is in memory. An attempt runs in a task. A message is held until what came of its attempt is on disk;
what is held is bounded, so no more than that is repeated after a crash.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

import msgspec

from chasqui.base.clock import Timer
from chasqui.base.pending import Pending
from chasqui.delivery.route import Attempted, Outcome, Route
from chasqui.delivery.slots import WAIT_MS, Slots
from chasqui.delivery.throttle import Throttle
from chasqui.store.port import Claimed, ClaimLost, Post, QueueGone, Receipt, Settled

BREAKER_FAILURES: Final = 3
"""So many attempts in a row that got no answer make a target one that is only probed."""

GROUP: Final = 32
"""What is due at a silent target is claimed by so many: one is sent, and its failure stands for all."""

AHEAD: Final = 3
"""So many times its concurrency of a route's messages are held: the next are there while the disk is waited for."""

BURST_MIN: Final = 4
"""So many messages an idle route claims first; then twice as many as it got."""

MARGIN_MS: Final = 15_000
"""A claimed message is hidden for so much longer than its attempt takes at most."""

LOST_MAX: Final = 10
"""Attempts beyond the policy that a message gets because processes ended during them, before it is given up."""

PAUSE_SECONDS: Final = 1.0

_LOST = Outcome(False, reason="the server ended again and again while it delivered this message", reached=False)

_log = logging.getLogger("chasqui.delivery")


def receipt_of(claimed: Claimed) -> Receipt:
    """What names this claim of a message."""
    return Receipt(claimed.sequence, claimed.id[:8], claimed.receives, claimed.hidden_until_ms)


class Run(msgspec.Struct):
    """What is being done with a message. `until`: when its attempt is cut off, in the loop's time. `ended`: what came
    of it is being noted."""

    task: asyncio.Task[None] | None = None
    until: float = float("inf")
    ended: bool = False


class Worker:
    """A route, what of it is claimed, and what is known of its target."""

    __slots__ = (
        "_armed", "_attempts", "_burst", "_changes", "_claiming", "_claiming_since", "_closed", "_held", "_hold",
        "_route", "_settled", "_slots", "_stripped", "_throttle", "_timer", "failures", "queued", "running", "waiting",
    )  # fmt: skip

    def __init__(self, slots: Slots, route: Route, hold: Callable[[Worker, bool], object]) -> None:
        self._slots = slots
        self._route = route
        self._hold = hold
        self._held: dict[int, Claimed] = {}
        """All that is claimed, by sequence number: what is running and what is waiting."""
        self.running: dict[int, Run] = {}
        self.waiting: dict[int, None] = {}
        """Claimed and not begun: no slot is free, or the target is silent."""
        self._stripped: set[int] = _NONE
        """Of what is held, what was forgotten but for its receipt, for want of room."""
        self._attempts = 0
        self._burst = BURST_MIN
        self.failures = 0
        """Attempts in a row that the target did not answer."""
        self.queued = False
        self._closed = False
        self._settled: list[int] = []
        self._changes: list[tuple[int, int]] = []
        self._armed = False
        self._claiming: Pending[list[Claimed]] | None = None
        self._claiming_since = 0.0
        self._timer: Timer | asyncio.TimerHandle | None = None
        self._throttle: Throttle | None = None
        self._set_throttle()

    def replace(self, route: Route) -> None:
        """Another way to the same queue's target: what begins next goes that way."""
        before, self._route = self._route, route
        if route.per_second != before.per_second:
            self._set_throttle()

    def _set_throttle(self) -> None:
        per_second = self._route.per_second
        self._throttle = None if per_second is None else Throttle(per_second, self._slots.clock.now_ms())

    @property
    def silent(self) -> bool:
        return self.failures >= BREAKER_FAILURES

    @property
    def _visibility_ms(self) -> int:
        hidden_ms = self._route.hidden_ms
        return self._route.longest_ms + MARGIN_MS if hidden_ms is None else hidden_ms

    # ------------------------------------------------------------------------------------------- claiming

    def look(self) -> None:
        """Claim what there is a place for, now or when it comes."""
        if self._closed or self._claiming is not None or self._timer is not None:
            return
        limit = self._limit()
        if limit > 0 and self._throttle is not None:
            limit = min(limit, self._throttle.allowed(self._slots.clock.now_ms()))
            if limit <= 0:
                self._timer = self._slots.clock.call_at(self._throttle.next_ms(), self._resume)
        if limit > 0:
            self._claiming_since = self._slots.loop.time()
            claiming = self._claiming = self._slots.claim(self._route.queue, limit, self._visibility_ms)
            claiming.add_done_callback(self._claimed)

    def _limit(self) -> int:
        """How many messages to claim. A burst is met step by step: many idle routes must not, together, claim more than
        there is time for."""
        crowded = self._slots.crowded or self._slots.full
        if self.silent:
            return 0 if self._held else 1 if crowded else GROUP
        if crowded:
            return 0 if self._held else 1
        return min(AHEAD * self._route.concurrency - len(self._held), self._burst)

    def _resume(self) -> None:
        self._timer = None
        self.look()

    def _pause(self) -> None:
        """Claim nothing for a moment: the store has trouble, or is about to stop."""
        if self._timer is None and not self._closed:
            self._timer = self._slots.loop.call_later(PAUSE_SECONDS, self._resume)

    def _claimed(self, pending: Pending[list[Claimed]]) -> None:
        self._claiming = None
        error = pending.exception()
        if error is not None:
            if not isinstance(error, asyncio.CancelledError):
                self._store_failed(error)
        elif messages := pending.result():
            self._take(messages)
        elif self._slots.loop.time() < self._claiming_since + WAIT_MS / 2000:
            self._pause()  # the store lets nobody wait any more
        self.look()

    def _take(self, messages: list[Claimed]) -> None:
        """What is claimed waits for a slot. What came back while it is held here is the same delivery: the new claim
        counts, and its attempt goes on."""
        self._hold(self, True)
        self._burst = max(BURST_MIN, 2 * len(messages))
        if self._throttle is not None:
            self._throttle.take(len(messages))
        for message in messages:
            known = message.sequence in self._held
            self._drop(message.sequence)
            self._keep(message)
            if known:
                continue
            if message.receives > self._route.policy.retries + 1 + LOST_MAX:
                self._occupy(message.sequence)
                self._give_up(message.sequence, _LOST)
            else:
                self.waiting[message.sequence] = None
        self._slots.admit(self)

    def _keep(self, claimed: Claimed) -> None:
        self._slots.held += 1
        if self._slots.full:
            self._held[claimed.sequence] = msgspec.structs.replace(claimed, payload=b"", shared=None)
            self._stripped = {*self._stripped, claimed.sequence}
        else:
            self._held[claimed.sequence] = self._slots.hold(claimed)

    def _drop(self, sequence: int) -> None:
        claimed = self._held.pop(sequence, None)
        self._slots.held -= claimed is not None
        if sequence in self._stripped:
            self._stripped = self._stripped - {sequence} or _NONE
        elif claimed is not None:
            self._slots.drop(claimed)

    # ------------------------------------------------------------------------------------------- attempts

    def startable(self) -> bool:
        """Whether what waits may begin, if there is a slot."""
        return bool(self.waiting) and self._attempts < (1 if self.silent else self._route.concurrency)

    def start(self, probe: bool) -> None:
        """Begin the attempt of what waits longest."""
        sequence = next(iter(self.waiting))
        del self.waiting[sequence]
        self._attempts += 1
        until = self._slots.loop.time() + self._route.longest_ms / 1000 + PAUSE_SECONDS
        self.running[sequence] = Run(self._slots.run(self._attempt(sequence, probe)), until)

    async def _attempt(self, sequence: int, probe: bool) -> None:
        started = self._slots.loop.time()
        try:
            outcome = await self._tried(sequence)
        finally:
            self._attempts -= 1
            self._slots.end(probe)
        if outcome is None:
            self._release([sequence])
            return
        if not outcome.dwell_ms:
            dwell_ms = round((self._slots.loop.time() - started) * 1000)
            outcome = msgspec.structs.replace(outcome, dwell_ms=dwell_ms)
        self._ended(sequence, outcome)

    async def _tried(self, sequence: int) -> Outcome | None:
        """None: the message is no longer there."""
        try:
            claimed = await self._whole(sequence)
            return None if claimed is None else await self._route.attempt(claimed)
        except asyncio.CancelledError:
            if self._slots.closing:
                self._give_back([sequence])
                raise
            return Outcome(False, retry=True, reason="the attempt took too long", reached=False)
        except Exception as error:  # noqa: BLE001  the edge of a delivery: whatever it was, the message is tried again
            _log.warning("an attempt failed", exc_info=error, extra={"route": self._route.name})
            return Outcome(False, retry=True, reason=f"{type(error).__name__}: {error}")

    async def _whole(self, sequence: int) -> Claimed | None:
        """What was claimed; read again where it was forgotten. None: it is no longer there."""
        if sequence not in self._stripped:
            return self._held[sequence]
        found = await self._slots.store.peek_messages(self._route.queue, after=sequence - 1, limit=1)
        if not found or found[0].sequence != sequence:
            return None
        return msgspec.structs.replace(self._held[sequence], payload=found[0].payload, shared=found[0].shared)

    def _ended(self, sequence: int, outcome: Outcome) -> None:
        """An attempt has come to its end. Where a probe finds a target silent still, what waits met the same."""
        silence = outcome.retry and not outcome.reached
        probed = silence and self.silent
        self.failures = self.failures + 1 if silence else 0
        if outcome.ok:
            self._slots.delivered += 1
            self._tell(sequence, outcome)
            self._settled.append(sequence)
            self._arm()
        else:
            self._failed(sequence, outcome)
        if probed:
            waiting, self.waiting = self.waiting, {}
            for each in waiting:
                self._occupy(each)
                self._failed(each, outcome, stood_for=True)
        self._slots.admit(self)

    def _failed(self, sequence: int, outcome: Outcome, stood_for: bool = False) -> None:
        self._slots.failed += 1
        policy = self._route.policy
        delay_ms = policy.spread_ms(self._held[sequence].receives, self._slots.chance()) if outcome.retry else None
        if delay_ms is not None and outcome.retry_after_ms is not None:
            delay_ms = max(delay_ms, min(outcome.retry_after_ms, policy.max_delay_ms))
        self._tell(sequence, outcome, delay_ms, stood_for)
        if delay_ms is None:
            self._give_up(sequence, outcome)
        else:
            self._changes.append((sequence, delay_ms))
            self._arm()

    def _tell(self, sequence: int, outcome: Outcome, delay_ms: int | None = None, stood_for: bool = False) -> None:
        claimed, now_ms = self._held[sequence], self._slots.clock.now_ms()
        next_at_ms = None if delay_ms is None else now_ms + delay_ms
        dead = not outcome.ok and delay_ms is None
        told = Attempted(
            self._route.name, claimed.id, claimed.receives, outcome, now_ms, next_at_ms, dead=dead, stood_for=stood_for
        )
        try:
            self._route.told(told)
        except Exception as error:  # noqa: BLE001  who listens must not break a delivery
            _log.error("what was told of an attempt was not taken", exc_info=error, extra={"route": self._route.name})

    # ------------------------------------------------------------------------------------------- what came of it

    def _arm(self) -> None:
        """Put what came of attempts into the store, together with what else ends in this turn of the loop."""
        if not self._armed:
            self._armed = True
            self._slots.loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._armed = False
        settled, self._settled = self._settled, []
        changes, self._changes = self._changes, []
        store, queue = self._slots.store, self._route.queue
        if settled:
            receipts = self._ending(settled)
            self._slots.note(store.settle_messages(queue, receipts), lambda done: self._stored(settled, done))
        if changes:
            put_off = [each for each, _ in changes]
            later = list(zip(self._ending(put_off), (delay_ms for _, delay_ms in changes), strict=True))
            self._slots.note(store.extend_messages(queue, later), lambda done: self._stored(put_off, done))

    def _ending(self, sequences: list[int]) -> list[Receipt]:
        for each in sequences:
            self.running[each].ended = True
        return [receipt_of(self._held[each]) for each in sequences]

    def _stored(self, sequences: list[int], done: Pending[list[Settled]]) -> None:
        error = done.exception()
        if error is not None:
            self._store_failed(error)
        self._release(sequences)

    def _store_failed(self, error: BaseException) -> None:
        """What was not noted comes back when it is no longer hidden, and is delivered again."""
        if isinstance(error, QueueGone):
            self._slots.gone(self._route.queue)
        elif not isinstance(error, ClaimLost):
            _log.warning("a delivery queue has trouble", extra={"route": self._route.name, "error": str(error)})
            self._pause()

    def _give_up(self, sequence: int, outcome: Outcome) -> None:
        self.running[sequence].task = self._slots.run(self._bury(sequence, outcome))
        self.running[sequence].until = float("inf")

    async def _bury(self, sequence: int, outcome: Outcome) -> None:
        """Its dead-letter deliveries and the end of the message, in one transaction."""
        try:
            claimed = await self._whole(sequence)
            if claimed is not None:
                deliveries = await self._route.exhausted(claimed, outcome)
                receipts = self._ending([sequence])
                if deliveries:
                    await self._slots.store.deliver(Post(deliveries), settle=(self._route.queue, receipts))
                else:
                    await self._slots.store.settle_messages(self._route.queue, receipts)
                self._slots.dead += 1
        except Exception as error:  # noqa: BLE001  the edge of a delivery: it comes back and is given up again
            self._store_failed(error)
        finally:
            self._release([sequence])

    def _occupy(self, sequence: int) -> None:
        self.running[sequence] = Run()

    def _release(self, sequences: list[int]) -> None:
        for sequence in sequences:
            self.running.pop(sequence, None)
            self._drop(sequence)
        if not self._held:
            self._hold(self, False)
        self._slots.admit(self)
        self.look()

    # ------------------------------------------------------------------------------------------- from time to time

    def sweep(self, now: float, now_ms: int) -> None:
        """End what takes longer than it may, and keep hidden what is held."""
        visibility_ms = self._visibility_ms
        late = []
        for sequence, claimed in self._held.items():
            run = self.running.get(sequence)
            if run is not None and run.task is not None and now > run.until:
                run.task.cancel()
            elif claimed.hidden_until_ms - now_ms < visibility_ms / 2 and (run is None or not run.ended):
                late.append(claimed)
        if late:
            changes = [(receipt_of(each), visibility_ms) for each in late]
            for each in late:
                self._held[each.sequence] = msgspec.structs.replace(each, hidden_until_ms=now_ms + visibility_ms)
            self._slots.note(self._slots.store.extend_messages(self._route.queue, changes), lambda _: None)

    # ------------------------------------------------------------------------------------------- the end

    def stop(self) -> None:
        """Claim nothing more, and let others have what is claimed and not begun. What is under way goes on."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._claiming is not None:
            self._claiming.cancel()
        waiting, self.waiting = list(self.waiting), {}
        self._give_back(waiting)

    def _give_back(self, sequences: list[int]) -> None:
        if sequences:
            changes = [(receipt_of(self._held[each]), 0) for each in sequences]
            pending = self._slots.store.extend_messages(self._route.queue, changes)
            self._slots.note(pending, lambda _: self._release(sequences))


_NONE: set[int] = set()
"""Shared by the workers of which nothing is stripped; never changed."""
