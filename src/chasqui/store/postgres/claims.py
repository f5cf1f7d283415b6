"""Claims: those of one queue go together, whether new or waiting, as one look at the queue; and who waits, where.

A queue is looked at by one lane of a node at a time. What a look finds is dealt to the claims in line, so that a claim
of many costs little more than a claim of one. Which rows a look takes, `Standard` and `Fifo` say.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from chasqui.base.pending import Pending
from chasqui.store.parking import Parking, Waiter
from chasqui.store.port import Claim, Claimed, QueueGone, StoreError
from chasqui.store.postgres.connection import LOST, refusal
from chasqui.store.postgres.engine import Answer, Engine, Lane, Work
from chasqui.store.postgres.state import QueueState

ROWS_MAX = 500
"""So many messages one look takes at most: dealing them must not hold the loop."""

LOOKS_MAX = 200
"""So many queues are looked at together."""

DUE_SECONDS = 0.25
"""How often at most a queue is asked when its next message falls due: the answer lies behind dead index entries."""

Undo = Callable[[Lane], Awaitable[object]]


@dataclass(slots=True, eq=False)
class Taker:
    """A claim in a look, and what it got."""

    state: QueueState
    claim: Claim
    pending: Pending[Any]
    waiter: Waiter | None = None
    got: list[Claimed] = field(default_factory=list)
    undo: Undo | None = None
    error: BaseException | None = None


@dataclass(slots=True, eq=False)
class Look:
    """The claims that are served together from one queue. They want the same but for the number of messages."""

    state: QueueState
    claim: Claim
    takers: list[Taker]
    stirs: int
    """How often the queue had been stirred when the look began."""
    wanted: int
    releases: int
    full: bool = False
    """There is room for less than is wanted."""
    lowest: int = 0
    """When the first of the messages that were given last had become visible."""
    next_due: int | None = None
    due_known: bool = False
    """`next_due` is when the next message falls due, None for none; else it was not asked."""
    again: bool = False
    """There may be more, which this look did not come to."""
    used: dict[int, int] = field(default_factory=dict)
    """How many messages each taker has been dealt in the rounds so far."""
    met: set[tuple[int, str]] = field(default_factory=set)
    """Groups that have given and are not locked by it: the next round meets them again."""


async def apart(lane: Lane, look: Look, work: Coroutine[Any, Any, None]) -> None:
    """Run what is one look's affair alone, where other looks may be committed already: when it fails, its takers are
    told, unless they got something."""
    try:
        await work
    except Exception as error:  # noqa: BLE001  the edge of a look
        if isinstance(error, LOST):
            lane.lose()
        for taker in look.takers:
            taker.error = None if taker.got else refusal(error)


def asks_due(look: Look) -> bool:
    """Whether to ask when the next message falls due: only where someone will wait for it, and not every time."""
    state, now = look.state, monotonic()
    look.due_known = now >= state.due_asked + DUE_SECONDS and any(taker.claim.wait_ms for taker in look.takers)
    if look.due_known:
        state.due_asked = now
    return look.due_known


def all_gone(look: Look) -> None:
    """The queue was deleted."""
    error = QueueGone(f"queue {look.state.id} does not exist")
    for taker in look.takers:
        taker.error = error


def _alike(claim: Claim) -> tuple[Any, ...]:
    return claim.visibility_ms, claim.in_flight_max, claim.redrive


class Claims(Work[Look]):
    """The claims on queues of one kind."""

    def __init__(
        self, engine: Engine, parking: Parking, claim: Callable[[Lane, list[Look]], Awaitable[None]], *,
        lanes_max: int = 2,
    ) -> None:  # fmt: skip
        super().__init__(engine)
        self.lanes_max = lanes_max
        self._parking = parking
        self._claim = claim
        self._lines: dict[int, list[Taker]] = {}
        """New claims by queue, in the order in which they came."""
        self._states: dict[int, QueueState] = {}
        """The queues that are waited for."""
        self._stirred: set[int] = set()
        self._busy: set[int] = set()
        self.releases = 0
        """How often all who wait were sent away: those who are being served just then are, too."""
        self.parked: Callable[[int], object] = lambda queue: None
        """Told of queues that are waited for."""

    # ------------------------------------------------------------------------------------------- gathering

    def submit(self, state: QueueState, claim: Claim, pending: Pending[Any]) -> None:
        taker = Taker(state, claim, pending)
        if claim.wait_ms > 0 and claim.attempt is None and self._known_empty(state.id):
            self._park(taker)
            return
        self._put(taker)

    def _put(self, taker: Taker) -> None:
        self._lines.setdefault(taker.state.id, []).append(taker)
        self.engine.arm()

    def _known_empty(self, queue: int) -> bool:
        """Others wait already, and nothing has come since they looked."""
        return queue in self._parking and queue not in self._stirred and queue not in self._busy

    def stir(self, queue: int) -> None:
        """Something may have become visible: let those who wait look."""
        if queue in self._states or queue in self._busy:
            self._stirred.add(queue)
            self.engine.arm()

    def stir_from_elsewhere(self, queue: int) -> None:
        """Another node has committed something there."""
        state = self._states.get(queue)
        if state is not None:
            state.came_from_elsewhere()
            state.stirs += 1
            self.stir(queue)

    def ready(self) -> bool:
        return self.running < self.lanes_max and bool(self._stirred or self._lines)

    @property
    def count(self) -> int:
        return sum(map(len, self._lines.values()))

    def take(self) -> list[Look]:
        looks: list[Look] = []
        for queue in [each for each in (*self._stirred, *self._lines) if each not in self._busy]:
            if len(looks) == LOOKS_MAX:
                break
            if queue not in self._busy and (look := self._look(queue)) is not None:
                looks.append(look)
                self._busy.add(queue)
        return looks

    def _look(self, queue: int) -> Look | None:
        """Those who wait first, then new claims that want the same."""
        takers: list[Taker] = []
        wanted = 0
        if queue in self._stirred:
            self._stirred.discard(queue)
            while (waiter := self._parking.first(queue)) is not None and wanted < ROWS_MAX:
                if takers and not _together(takers[0].claim, waiter.claim):
                    self._stirred.add(queue)
                    break
                self._parking.take(waiter)
                takers.append(Taker(self._states[queue], waiter.claim, waiter.pending, waiter))
                wanted += waiter.claim.limit
        line = self._lines.pop(queue, [])
        while line and wanted < ROWS_MAX and (not takers or _together(takers[0].claim, line[0].claim)):
            taker = line.pop(0)
            if not taker.pending.done():
                takers.append(taker)
                wanted += taker.claim.limit
        if line:
            self._lines[queue] = line
        if not takers:
            return None
        state = takers[0].state
        return Look(state, takers[0].claim, takers, state.stirs, min(wanted, ROWS_MAX), self.releases)

    # ------------------------------------------------------------------------------------------- running

    async def run(self, lane: Lane, commands: list[Look]) -> list[Answer]:
        await self._claim(lane, commands)
        return [each for look in commands for each in self._answers(look)]

    def _answers(self, look: Look) -> list[Answer]:
        answers = []
        left: list[Taker] = []
        for taker in look.takers:
            if taker.got:
                answers.append(Answer(taker.pending, taker.got, undo=taker.undo))
            elif taker.error is not None:
                answers.append(Answer(taker.pending, error=taker.error))
            elif taker.claim.wait_ms <= 0 and not look.again:
                answers.append(Answer(taker.pending, []))
            else:
                left.append(taker)
                continue
            if taker.waiter is not None:
                self._parking.leave(taker.waiter)
        if left:
            self._leave_waiting(look, left)
        return answers

    def _leave_waiting(self, look: Look, takers: list[Taker]) -> None:
        queue, stirred = look.state.id, look.again or look.stirs != look.state.stirs
        waiting = [each for each in takers if each.waiter is not None]
        fresh = [each for each in takers if each.waiter is None]
        if look.releases != self.releases:
            for taker in takers:
                taker.pending.resolve([])
            return
        self._put_back(waiting)
        if stirred and fresh:
            self._lines[queue] = fresh + self._lines.get(queue, [])
        else:
            for taker in fresh:
                self._park(taker)
        if stirred and waiting:
            self._stirred.add(queue)
        if not stirred and look.due_known:
            self._parking.wake_at(queue, look.next_due)

    def _put_back(self, takers: list[Taker]) -> None:
        """To the front of the line, unless they were answered meanwhile: out of time, or cancelled."""
        for taker in reversed(takers):
            if taker.waiter is not None and not taker.pending.done():
                self._parking.put_back(taker.waiter)

    def _park(self, taker: Taker) -> None:
        if taker.pending.done():
            return
        self._states[taker.state.id] = taker.state
        self._parking.park(taker.state.id, taker.claim, taker.pending)
        self.parked(taker.state.id)

    def end(self, commands: list[Look]) -> None:
        for look in commands:
            queue = look.state.id
            self._busy.discard(queue)
            if queue not in self._parking:
                self._states.pop(queue, None)
                self._stirred.discard(queue)

    # ------------------------------------------------------------------------------------------- giving up

    def fail(self, command: Look, error: BaseException) -> list[Answer]:
        """Those who wait go on waiting: they are looked for again, and have their deadlines."""
        if not isinstance(error, QueueGone):
            self._put_back([each for each in command.takers if each.waiter is not None])
        return [
            Answer(each.pending, error=error)
            for each in command.takers
            if each.waiter is None or isinstance(error, QueueGone)
        ]

    def fail_queue(self, queue: int, why: StoreError | None = None) -> None:
        """Tell those who wait that it was deleted, or why else they wait in vain."""
        error = why or QueueGone(f"queue {queue} was deleted")
        while (waiter := self._parking.first(queue)) is not None:
            self._parking.leave(waiter)
            waiter.pending.fail(error)

    def refuse(self, error: Any) -> list[Answer]:
        lines, self._lines = self._lines, {}
        return [Answer(taker.pending, error=error) for line in lines.values() for taker in line]

    def waiting_states(self) -> list[QueueState]:
        """The queues that are waited for."""
        for queue in [each for each in self._states if each not in self._parking and each not in self._busy]:
            del self._states[queue]
        return list(self._states.values())


def _together(one: Claim, other: Claim) -> bool:
    return one.attempt is None and other.attempt is None and _alike(one) == _alike(other)
