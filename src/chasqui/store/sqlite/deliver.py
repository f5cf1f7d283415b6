"""`deliver`: messages for many queues, records, and the end of what they came from, as a command of the tick.

Whatever may be refused is looked at before anything is written, so that a refusal is its caller's alone. Deliveries of
nothing but messages for standard queues are gathered, and each queue gets those of a whole run of commands at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from operator import attrgetter
from time import perf_counter

from chasqui.store.port import ClaimLost, Delivered, Delivery, NewMessage, NewRecord, Once, Post, QueueGone, Receipt
from chasqui.store.posts import alternatives
from chasqui.store.sqlite.engine import Command, Engine
from chasqui.store.sqlite.fifo import Fifo
from chasqui.store.sqlite.logs import Logs
from chasqui.store.sqlite.standard import Standard
from chasqui.store.sqlite.state import QueueState

GATHERED_MAX = 200
"""So many deliveries are made before the clock is looked at: about a millisecond."""

ROW_SECONDS = 5e-6
"""What is still to be done for a row that waits in `engine.rows`: inserting it, its queue's count, a part of COMMIT."""

Argument = tuple[Post | Callable[[int], Post], Once | None, tuple[int, Sequence[Receipt]] | None]
Found = list[tuple[QueueState, Sequence[NewMessage]]]
Gathered = dict[int, list[NewMessage]]
"""By standard queues that are there, what they are to get."""

_QUEUE = attrgetter("queue")
_DELIVERED = Delivered()


class Deliver:
    """The verb, alone and together with others of the same tick."""

    def __init__(self, engine: Engine, standard: Standard, fifo: Fifo, logs: Logs) -> None:
        self._engine = engine
        self._standard = standard
        self._fifo = fifo
        self._logs = logs

    # ------------------------------------------------------------------------------------------- together

    def together(self, queue: int, commands: list[Command]) -> None:
        """Run commands in their order, as far as there is time; the others are put into the next tick."""
        engine = self._engine
        gathered: Gathered = {}
        waiting = 0
        for at, command in enumerate(commands, 1):
            deliveries = self._plain(command[3], gathered)
            if deliveries is None:
                engine.run_one(*command)
            else:
                engine.answers.append((command[1], _DELIVERED, None, None))
                for each in deliveries:
                    gathered[each.queue] += each.messages
                waiting += len(deliveries)
                if waiting < GATHERED_MAX:
                    continue
            self._append(gathered)
            waiting = 0
            if perf_counter() + ROW_SECONDS * len(engine.rows) > engine.deadline:
                engine.commands += commands[at:]
                break
        self._append(gathered)

    def _plain(self, argument: Argument, gathered: Gathered) -> Sequence[Delivery] | None:
        """What is to be gathered for these queues, of a command that wants nothing else; None for all others."""
        post, once, settle = argument
        if once is not None or settle is not None or type(post) is not Post or post.records:
            return None
        deliveries = post.deliveries
        queues = set(map(_QUEUE, deliveries))
        if not queues <= gathered.keys():
            find, now = self._engine.states.find, self._engine.now
            for queue in queues - gathered.keys():
                state = find(queue, now)
                if state is None or state.ordered:
                    return None
                gathered[queue] = []
        return deliveries

    def _append(self, gathered: Gathered) -> None:
        states, now = self._engine.states, self._engine.now
        for queue, messages in gathered.items():
            self._standard.add(states.get(queue, now), messages)
        gathered.clear()

    def _find(self, deliveries: Sequence[Delivery], gone: set[int]) -> Found:
        """Of each delivery, the first queue that is there, and what is for it."""
        find, now = self._engine.states.find, self._engine.now
        found = []
        for delivery in deliveries:
            for each in alternatives(delivery):
                state = find(each.queue, now)
                if state is not None:
                    found.append((state, each.messages))
                    break
                gone.add(each.queue)
        return found

    # ------------------------------------------------------------------------------- within a transaction

    def posted(self, post: Post) -> None:
        """What a transaction's function wanted to be delivered, when it has succeeded."""
        self._do(post, _DELIVERED)

    # ------------------------------------------------------------------------------------------- alone

    def alone(self, pending: object, queue: int, argument: Argument) -> Delivered:
        """Raises `QueueGone`, `ClaimLost`, and what `post` raises."""
        post, once, settle = argument
        if once is not None:
            self._engine.states.get(once.queue, self._engine.now)
        settled = None if settle is None else self._claimed(*settle)
        if once is None:
            assert isinstance(post, Post), "only a `Once` gives a number"
            delivered = self._do(post, _DELIVERED)
        else:
            delivered = self._do_once(post, once)
        if settled is not None and settle is not None:
            (self._fifo if settled.ordered else self._standard).settle(settled, settle[1])
        return delivered

    def _claimed(self, queue: int, receipts: Sequence[Receipt]) -> QueueState:
        state = self._engine.states.get(queue, self._engine.now)
        if not (self._fifo if state.ordered else self._standard).held(state, receipts):
            raise ClaimLost("a message to be settled is not held by its receipt's claim")
        return state

    def _do_once(self, post: Post | Callable[[int], Post], once: Once) -> Delivered:
        engine, fifo = self._engine, self._fifo
        original = None if once.key is None else fifo.original(once.queue, once.key)
        if original is not None:
            return Delivered(original.sequence, original.id, duplicate=True)
        number = engine.sequences(1)
        made = post if isinstance(post, Post) else post(number)
        delivered = self._do(made, Delivered(number, once.id))
        if once.key is not None:
            fifo.remember(once.queue, once.key, number, once.id)
        return delivered

    def _do(self, post: Post, delivered: Delivered) -> Delivered:
        gone: set[int] = set()
        for state, messages in self._find(post.deliveries, gone):
            if state.ordered:
                self._fifo.append(state, messages)
            else:
                self._standard.add(state, messages)
        for log, records in post.records:
            self._record(log, records)
        if gone:
            return Delivered(delivered.sequence, delivered.id, gone=frozenset(gone))
        return delivered

    def _record(self, log: int, records: Sequence[NewRecord]) -> None:
        """To a log that is gone nothing is appended."""
        with suppress(QueueGone):
            self._logs.append(None, log, records)
