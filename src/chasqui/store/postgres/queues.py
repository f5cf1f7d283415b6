"""The queue verbs: which queue is meant and of which kind it is, and what transactions do to queues as a whole."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

from chasqui.base.pending import Pending
from chasqui.store.fairness import tenant_of
from chasqui.store.parking import Parking
from chasqui.store.port import (
    Appended,
    Claim,
    Claimed,
    Delivered,
    Delivery,
    Destination,
    NewMessage,
    Once,
    Post,
    QueueGone,
    Receipt,
    Settled,
    StoreError,
)
from chasqui.store.postgres.claims import Claims
from chasqui.store.postgres.connection import Connection
from chasqui.store.postgres.deliveries import Deliverer, Deliveries, Parcel, refers_back
from chasqui.store.postgres.engine import Answer, Command, Engine, Lane, Verb
from chasqui.store.postgres.fifo import Fifo
from chasqui.store.postgres.fifo_claims import FifoClaims
from chasqui.store.postgres.fifo_moves import FifoMoves
from chasqui.store.postgres.logs import Logs
from chasqui.store.postgres.looking import Looking
from chasqui.store.postgres.moves import Moves
from chasqui.store.postgres.settlement import Settle
from chasqui.store.postgres.standard import Appends, Standard
from chasqui.store.postgres.state import QueueState

Effects = list[Callable[[], object]]
Verbs = tuple[Verb, Verb]
"""For standard queues, and for FIFO queues."""

_KINDS = "select id, ordered from queue where id = any($1::bigint[])"
_CREATE = """
insert into queue (id, incarnation, ordered) values (nextval('queue_number'), nextval('incarnation_number'), $1)
returning id
"""
_DELETE = "delete from queue where id = $1 returning incarnation, ordered"
# The old incarnation is read by a join: `returning` knows the new one.
_PURGE = """
update queue q set incarnation = nextval('incarnation_number') from queue old
where q.id = $1 and old.id = any(array[q.id]) returning old.incarnation, q.ordered
"""
_STANDS = "select ordered from queue where id = $1"
_JOB = "insert into job (id, kind, target, argument) values (nextval('job_number'), $1, $2, $3)"
_NO_RETENTION = "delete from job where kind = 'retention' and target = $1"


class Queues:
    """The verbs find their work here. `tell` hears of every queue that was stirred, `soon` of new jobs."""

    def __init__(self, engine: Engine, logs: Logs) -> None:
        self.engine = engine
        self.parking = Parking(engine.clock, self.due)
        self.soon: Callable[[], object] = lambda: None
        self.tell: Callable[[int], object] = lambda queue: None
        self._unknown: dict[int, list[Callable[[Pending[QueueState]], object]]] = {}
        moves = Moves(engine, self.appeared, tenant_of)
        standard, fifo = Standard(engine, moves, self.stir), Fifo(engine, self.stir)
        fifo_claims = FifoClaims(engine, moves, self.stir)
        for each in (standard, fifo, fifo_claims):
            each.gone = engine.states.forget
        self._load = Verb(engine, self._load_kinds, lanes_max=1)
        # What locks groups goes through one lane, so that a node does not wait for itself.
        self._appends: Verbs = Appends(engine, standard.append), Appends(engine, fifo.append, lanes_max=1)
        self.claims = (
            Claims(engine, self.parking, standard.claim), Claims(engine, self.parking, fifo_claims.claim, lanes_max=1)
        )  # fmt: skip
        self._settles: Verbs = Verb(engine, standard.settle), Verb(engine, fifo.settle, lanes_max=1)
        self._extends: Verbs = Verb(engine, standard.extend, lanes_max=1), Verb(engine, fifo.extend, lanes_max=1)
        self._moves: Verbs = _single(engine, moves.move), _single(engine, FifoMoves(engine, moves).move)
        deliverer = Deliverer(engine, standard, fifo, logs)
        self._deliverer = deliverer
        self._deliveries = Deliveries(engine, deliverer.together)
        # In a transaction; the second kind may lock groups.
        self._transactions = (
            Deliveries(engine, deliverer.transact), Deliveries(engine, deliverer.transact, lanes_max=1)
        )  # fmt: skip
        self.looking = Looking(engine)

    # ------------------------------------------------------------------------------------------- what happened

    def stir(self, queue: int) -> None:
        """Something may have become visible, and is committed."""
        state = self.engine.states.get(queue)
        if state is not None:
            state.stirs += 1
        self.due(queue)
        self.tell(queue)

    def appeared(self, queue: int, visible_at: int) -> None:
        """Rows that are visible from then on are committed."""
        state = self.engine.states.get(queue)
        if state is not None:
            state.appeared(visible_at)
        self.stir(queue)

    def due(self, queue: int) -> None:
        """A row that is waited for may be visible now."""
        for each in self.claims:
            each.stir(queue)

    def deleted(self, queue: int) -> None:
        """It is gone: whoever waits on it learns it."""
        self.engine.states.forget(queue)
        self.looking.forget(queue)
        for each in self.claims:
            each.fail_queue(queue)

    def fail_waiting(self, error: StoreError) -> None:
        """No claim that waits will be served any more."""
        for queue in self.parking.queues():
            for each in self.claims:
                each.fail_queue(queue, error)

    def release(self) -> None:
        """Answer every waiting claim with nothing, those too that are just being looked for."""
        for each in self.claims:
            each.releases += 1
        self.parking.release_all()

    def forget_all(self) -> None:
        """Every queue is gone."""
        self.engine.states.clear()
        self.looking.clear()
        for queue in self.parking.queues():
            self.deleted(queue)

    def purged(self, queue: int) -> None:
        self.looking.forget(queue)
        self.engine.states.forget(queue)

    # ------------------------------------------------------------------------------------------- verbs

    def append(self, queue: int, messages: Sequence[NewMessage]) -> Pending[list[Appended]]:
        if any(each.shared is not None for each in messages):
            pending: Pending[list[Appended]] = Pending()
            parcel = Parcel(pending, Post([Delivery(queue, messages)]), appended=True)
            self._when_known(queue, pending, lambda state: self._transactions[state.ordered].put(parcel))
            return pending
        return self._put(self._appends, queue, messages)

    def deliver(
        self, post: Post | Callable[[int], Post], once: Once | None, settle: Settle | None
    ) -> Pending[Delivered]:
        pending: Pending[Delivered] = Pending()
        parcel = Parcel(pending, post, once, settle)
        asked = ([] if once is None else [once.queue]) + ([] if settle is None else [settle[0]])

        def go_on(_: object = None) -> None:
            if asked:
                self._when_known(asked.pop(), pending, go_on)
            elif not self.engine.refused(pending):
                self._way_of(parcel).put(parcel)

        go_on()
        return pending

    def _way_of(self, parcel: Parcel) -> Deliveries:
        """What a delivery needs: one statement, a transaction, or one that may lock groups."""
        post, settle, states = parcel.post, parcel.settle, self.engine.states
        if parcel.once is not None or not isinstance(post, Post):
            return self._transactions[True]
        queues = [each.queue for each in post.deliveries] + ([] if settle is None else [settle[0]])
        known = [states.get(each) for each in queues]
        if any(state is None or state.ordered for state in known):
            return self._transactions[True]
        if settle is not None or post.records or refers_back(post):
            return self._transactions[False]
        return self._deliveries

    def settle(self, queue: int, receipts: Sequence[Receipt]) -> Pending[list[Settled]]:
        return self._put(self._settles, queue, receipts)

    def extend(self, queue: int, changes: Sequence[tuple[Receipt, int]]) -> Pending[list[Settled]]:
        return self._put(self._extends, queue, changes)

    def move(
        self, queue: int, limit: int, origins: Mapping[str, Destination], default: Destination | None
    ) -> Pending[int]:
        return self._put(self._moves, queue, (limit, origins, default))

    def claim(self, queue: int, claim: Claim) -> Pending[list[Claimed]]:
        pending: Pending[list[Claimed]] = Pending()
        self._when_known(queue, pending, lambda state: self.claims[state.ordered].submit(state, claim, pending))
        return pending

    def _put(self, verbs: Verbs, queue: int, argument: Any) -> Pending[Any]:
        pending: Pending[Any] = Pending()
        state = self.engine.states.get(queue)
        if state is None:
            self._when_known(queue, pending, lambda state: verbs[state.ordered].put(Command(pending, queue, argument)))
        elif not self.engine.refused(pending):
            verbs[state.ordered].put(Command(pending, queue, argument))
        return pending

    # ------------------------------------------------------------------------------------------- kinds

    def _when_known(self, queue: int, pending: Pending[Any], go_on: Callable[[QueueState], object]) -> None:
        """Go on when it is known of which kind a queue is; else `pending` fails."""
        if self.engine.refused(pending):
            return
        state = self.engine.states.get(queue)
        if state is not None:
            go_on(state)
            return
        asked = self._unknown.get(queue)
        if asked is None:
            asked = self._unknown[queue] = []
            loaded: Pending[QueueState] = Pending()
            loaded.add_done_callback(partial(self._loaded, queue))
            self._load.put(Command(loaded, queue, None))

        def known(loaded: Pending[QueueState]) -> None:
            error = loaded.exception()
            if pending.done():
                return
            if error is not None:
                pending.fail(error)
            else:
                go_on(loaded.result())

        asked.append(known)

    def _loaded(self, queue: int, loaded: Pending[QueueState]) -> None:
        for each in self._unknown.pop(queue, ()):
            each(loaded)

    async def _load_kinds(self, lane: Lane, commands: list[Command]) -> list[Answer]:
        rows = await lane.fetch(_KINDS, [command.queue for command in commands])
        kinds = {row[0]: row[1] for row in rows}
        answers = []
        for pending, queue, _ in commands:
            if queue in kinds:
                answers.append(Answer(pending, self.engine.states.add(queue, kinds[queue])))
            else:
                answers.append(Answer(pending, error=QueueGone(f"queue {queue} does not exist")))
        return answers

    # ------------------------------------------------------------------------------- within a transaction

    async def create_queue(self, connection: Connection, ordered: bool, effects: Effects) -> int:
        queue: int = await connection.fetchval(_CREATE, ordered)
        effects.append(lambda: self.engine.states.add(queue, ordered))
        return queue

    async def standing(self, connection: Connection, queues: Collection[int]) -> set[int]:
        """Those of them that are there."""
        return {row[0] for row in await connection.fetch(_KINDS, sorted(queues))}

    async def deliver_within(
        self, connection: Connection, number: int, posts: Sequence[Post], effects: Effects
    ) -> None:
        effects.append(await self._deliverer.within(connection, number, posts))

    async def delete_queue(self, connection: Connection, queue: int, effects: Effects) -> None:
        await self._leave_rows(connection, queue, _DELETE)
        await connection.execute(_JOB, "keys", queue, 0)
        effects.append(lambda: self.deleted(queue))
        effects.append(self.soon)

    async def purge_queue(self, connection: Connection, queue: int, effects: Effects) -> None:
        """Nothing waits for it and it waits for nobody: what is under way in the old incarnation is purged with it."""
        await self._leave_rows(connection, queue, _PURGE)
        effects.append(lambda: self.purged(queue))
        effects.append(self.soon)

    async def _leave_rows(self, connection: Connection, queue: int, statement: str) -> None:
        """To the sweeper."""
        row = await connection.fetchrow(statement, queue)
        if row is None:
            raise QueueGone(f"queue {queue} does not exist")
        await connection.execute(_NO_RETENTION, queue)
        await connection.execute(_JOB, "ordered" if row[1] else "standard", row[0], 0)

    async def set_retention(self, connection: Connection, queue: int, retention_ms: int, effects: Effects) -> None:
        if await connection.fetchval(_STANDS, queue) is None:
            raise QueueGone(f"queue {queue} does not exist")
        await connection.execute(_NO_RETENTION, queue)
        await connection.execute(_JOB, "retention", queue, retention_ms)
        effects.append(self.soon)


def _single(engine: Engine, run: Callable[[Lane, list[Command]], Any]) -> Verb:
    """Work that is a transaction for each command."""
    verb = Verb(engine, run, lanes_max=1)
    verb.together_max = 1
    return verb
