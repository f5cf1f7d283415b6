"""What is kept of a queue in memory: its incarnation and its counts, loaded when the queue is first touched.

Counts are maintained, not counted. The total is a number; what is hidden is counted by slots of time, so that passing
time moves messages from hidden to visible without a write. Both are written in the transaction that changes them, so
that throwing a state away and loading it again is all that a rollback needs.
"""

from __future__ import annotations

import heapq
from typing import Any

import apsw

from chasqui.store.fairness import Tenants
from chasqui.store.port import Counts, QueueGone

SLOT_MS = 250
"""Counts are exact to this: a message counts as visible from the start of the slot in which it becomes so."""

NEVER = 1 << 46
"""Stands in first_received_at until the first claim: as many bytes as a time, so that the row keeps its size."""

STATES_MAX = 20_000


class QueueState:
    """One queue. `hidden` maps a slot to [delayed, in flight]; the sums are over the slots still to come."""

    __slots__ = (
        "changed_slots", "delayed", "dirty", "fair_floor", "heap", "hidden", "id", "in_flight", "incarnation",
        "ordered",
        "passed", "retention_changed", "retention_ms", "rewriting", "sharing", "slots_left", "tenants", "total",
    )  # fmt: skip

    def __init__(self, id: int, ordered: bool, incarnation: int, total: int, retention_ms: int) -> None:
        self.id = id
        self.ordered = ordered
        self.incarnation = incarnation
        self.total = total
        self.retention_ms = retention_ms
        self.retention_changed = False
        self.rewriting: int | None = None
        """The retention that a running job is giving to all rows."""
        self.sharing = True
        """False when certainly none of its messages has anything in common with others."""
        self.hidden: dict[int, list[int]] = {}
        self.heap: list[int] = []
        self.delayed = self.in_flight = 0
        self.passed = 0
        self.slots_left = False
        self.dirty = False
        self.changed_slots: set[int] = set()
        self.tenants: Tenants | None = None
        self.fair_floor: tuple[int, int] = (0, 0)
        """(visible_at, seq) up to which the rows of a fair queue were looked at and only noisy ones are left."""

    def pass_time(self, now_ms: int) -> None:
        """Let what became visible by now leave the hidden sums."""
        now = now_ms // SLOT_MS
        if now <= self.passed:
            return
        self.passed = now
        heap = self.heap
        while heap and heap[0] <= now:
            left = self.hidden.pop(heapq.heappop(heap), None)
            if left is not None:
                self.delayed -= left[0]
                self.in_flight -= left[1]
                self.slots_left = True
        if self.tenants is not None and self.tenants.pass_time(now, now_ms):
            self.fair_floor = (0, 0)

    def hide(self, visible_at_ms: int, received: bool, count: int = 1) -> None:
        """Count messages that are hidden until then (negative: that no longer are)."""
        slot = visible_at_ms // SLOT_MS
        if slot <= self.passed:
            return
        counts = self.hidden.get(slot)
        if counts is None:
            counts = self.hidden[slot] = [0, 0]
            heapq.heappush(self.heap, slot)
        if received:
            counts[1] += count
            self.in_flight += count
        else:
            counts[0] += count
            self.delayed += count
        self.changed_slots.add(slot)

    def counts(self) -> Counts:
        return Counts(max(0, self.total - self.delayed - self.in_flight), self.in_flight, self.delayed)

    def maybe_visible(self) -> bool:
        """False when certainly nothing is visible: an empty receive then needs no statement at all."""
        return self.total > self.delayed + self.in_flight


class States:
    """The queues in memory, and the writing of what changed in them."""

    def __init__(self, db: apsw.Connection) -> None:
        self._cursor: Any = db.cursor()
        self._states: dict[int, QueueState] = {}
        self.by_incarnation: dict[int, QueueState] = {}
        self._dirty: list[QueueState] = []
        self._written: list[QueueState] = []
        """Those whose changes the running transaction holds already."""

    def get(self, queue: int, now_ms: int) -> QueueState:
        """Raises `QueueGone`."""
        state = self._states.get(queue)
        if state is None:
            state = self._load(queue)
        if now_ms >= (state.passed + 1) * SLOT_MS:
            state.pass_time(now_ms)
        return state

    def find(self, queue: int, now_ms: int) -> QueueState | None:
        try:
            return self.get(queue, now_ms)
        except QueueGone:
            return None

    def of_incarnation(self, incarnation: int, now_ms: int) -> QueueState | None:
        """The queue whose rows carry this number; None when they are the sweeper's."""
        state = self.by_incarnation.get(incarnation)
        if state is not None:
            state.pass_time(now_ms)
            return state
        queue = self._cursor.execute("select id from queue where incarnation=?", (incarnation,)).fetchone()
        return None if queue is None else self.get(queue[0], now_ms)

    def _load(self, queue: int) -> QueueState:
        execute = self._cursor.execute
        row = execute("select ordered, incarnation, total, retention_ms from queue where id=?", (queue,)).fetchone()
        if row is None:
            raise QueueGone(f"queue {queue} does not exist")
        if len(self._states) >= STATES_MAX:
            self._make_room()
        state = QueueState(queue, bool(row[0]), *row[1:])
        for slot, delayed, in_flight in execute("select slot, delayed, in_flight from hidden where queue=?", (queue,)):
            state.hidden[slot] = [delayed, in_flight]
            state.delayed += delayed
            state.in_flight += in_flight
        state.heap = sorted(state.hidden)
        job = execute("select argument from job where kind='retention' and target=?", (queue,)).fetchone()
        state.rewriting = job[0] if job else None
        state.sharing = bool(execute("select exists (select 1 from sharing)").fetchall()[0][0])
        self._states[queue] = self.by_incarnation[state.incarnation] = state
        return state

    def _make_room(self) -> None:
        for state in [each for each in self._states.values() if not each.dirty][: STATES_MAX // 10]:
            self.forget(state.id)

    def changed(self, state: QueueState) -> None:
        """Say so before changing one."""
        if not state.dirty:
            state.dirty = True
            self._dirty.append(state)

    def forget(self, queue: int) -> None:
        """Load it anew when it is next needed."""
        state = self._states.pop(queue, None)
        if state is not None:
            del self.by_incarnation[state.incarnation]
            state.dirty = False

    def roll_back(self) -> None:
        """What was changed since the last commit is loaded again."""
        for state in self._dirty + self._written:
            self.forget(state.id)
        self._dirty.clear()
        self._written.clear()

    def committed(self) -> None:
        self._written.clear()

    def write(self) -> None:
        """Write what changed, in the running transaction."""
        if not self._dirty:
            return
        dirty = [each for each in self._dirty if each.dirty]
        self._dirty.clear()
        self._written += dirty
        executemany = self._cursor.executemany
        executemany("update queue set total=? where id=?", [(each.total, each.id) for each in dirty])
        slots, empty = [], []
        for state in dirty:
            state.dirty = False
            if state.retention_changed:
                state.retention_changed = False
                executemany("update queue set retention_ms=? where id=?", [(state.retention_ms, state.id)])
            if state.slots_left:
                state.slots_left = False
                executemany("delete from hidden where queue=? and slot<=?", [(state.id, state.passed)])
            if state.changed_slots:
                for slot in state.changed_slots:
                    counts = state.hidden.get(slot)
                    if counts is None:
                        continue
                    if counts[0] == 0 == counts[1]:
                        empty.append((state.id, slot))
                    else:
                        slots.append((state.id, slot, counts[0], counts[1]))
                state.changed_slots.clear()
        if slots:
            executemany("insert or replace into hidden values (?, ?, ?, ?)", slots)
        if empty:
            executemany("delete from hidden where queue=? and slot=?", empty)
