"""The queue verbs as commands of the tick: which queue is meant, of which kind it is, and whether a claim waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chasqui.base.pending import Pending
from chasqui.store.port import (
    Appended,
    Claim,
    Counts,
    Destination,
    NewMessage,
    Peeked,
    Receipt,
    Settled,
)
from chasqui.store.sqlite.deliver import Deliver
from chasqui.store.sqlite.engine import AGAIN, ELSEWHERE, Engine
from chasqui.store.sqlite.fifo import Fifo
from chasqui.store.sqlite.logs import Logs
from chasqui.store.sqlite.rows import Row
from chasqui.store.sqlite.standard import Standard
from chasqui.store.sqlite.state import QueueState
from chasqui.store.sqlite.together import Together


class Queues:
    """Each method is a command: (pending, queue, argument) to outcome."""

    def __init__(self, engine: Engine, expires: Callable[[int], None], logs: Logs) -> None:
        self._engine = engine
        self.standard = Standard(engine, expires)
        self.standard.deliver = self._deliver
        self.fifo = Fifo(engine, self.standard)
        deliver = Deliver(engine, self.standard, self.fifo, logs)
        self.posted = deliver.posted
        together = Together(engine, self.standard)
        engine.alone = (self.append, deliver.alone, self.settle, self.claim)
        engine.together = (together.as_one, deliver.together, together.as_one, together.claim)
        engine.claim = self.claim_now
        engine.next_due = self.next_due

    def _deliver(self, state: QueueState, rows: list[Row]) -> None:
        if rows:
            (self.fifo if state.ordered else self.standard).arrive(state, rows)

    def _of(self, state: QueueState) -> Standard | Fifo:
        return self.fifo if state.ordered else self.standard

    def append(self, pending: object, queue: int, messages: Sequence[NewMessage]) -> list[Appended]:
        state = self._engine.states.get(queue, self._engine.now)
        return self.fifo.append(state, messages) if state.ordered else self.standard.append(state, messages)

    def claim(self, pending: Pending[Any], queue: int, claim: Claim) -> Any:
        """Claims what there is, else waits if it may."""
        if pending.done():
            return ELSEWHERE
        got = self.claim_now(queue, claim)
        if got is AGAIN:
            return AGAIN
        if got is not None:
            self._engine.answers.append((pending, got[0], None, got[1]))
            return ELSEWHERE
        if claim.wait_ms <= 0:
            return []
        self._engine.park(queue, claim, pending)
        return ELSEWHERE

    def claim_now(self, queue: int, claim: Claim) -> Any:
        state = self._engine.states.get(queue, self._engine.now)
        return self.fifo.claim(state, claim) if state.ordered else self.standard.claim(state, claim)

    def next_due(self, queue: int) -> int | None:
        state = self._engine.states.get(queue, self._engine.now)
        return self._of(state).next_due(state) if state.total > 0 else None

    def settle(self, pending: object, queue: int, receipts: Sequence[Receipt]) -> list[Settled]:
        state = self._engine.states.get(queue, self._engine.now)
        return self._of(state).settle(state, receipts)

    def extend(self, pending: object, queue: int, changes: Sequence[tuple[Receipt, int]]) -> list[Settled]:
        state = self._engine.states.get(queue, self._engine.now)
        return self._of(state).extend(state, changes)

    def move(
        self, pending: object, queue: int, argument: tuple[int, Mapping[str, Destination], Destination | None]
    ) -> int:
        state = self._engine.states.get(queue, self._engine.now)
        return self._of(state).move(state, *argument)

    def counts(self, pending: object, queue: int, argument: object) -> Counts:
        return self._engine.states.get(queue, self._engine.now).counts()

    def oldest(self, pending: object, queue: int, argument: object) -> int | None:
        state = self._engine.states.get(queue, self._engine.now)
        return self._of(state).oldest(state) if state.total > 0 else None

    def peek(self, pending: object, queue: int, argument: tuple[int, int]) -> list[Peeked]:
        state = self._engine.states.get(queue, self._engine.now)
        return self._of(state).peek(state, *argument)
