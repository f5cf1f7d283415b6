"""Looking at queues without changing them: counts, the oldest message, peeking."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Any

from chasqui.base.pending import Pending
from chasqui.store.port import Counts, Peeked, QueueGone, Shared
from chasqui.store.postgres.engine import Answer, Command, Engine, Lane, Verb
from chasqui.store.postgres.fifo_claims import IN_FLIGHT
from chasqui.store.postgres.state import COUNT_CHEAP, HINT_SECONDS

KEPT_MAX = 10_000

_COUNTS = f"""
select q.id, (select coalesce(sum(t.total), 0)::bigint from tally t where t.incarnation = q.incarnation),
  case when q.ordered then {IN_FLIGHT} else h.in_flight end,
  case when q.ordered then (
    select count(*) from fifo f where f.incarnation + 2 = q.incarnation + 2 and f.delayed_until > $2) else h.delayed end
from queue q left join lateral (
  select count(*) filter (where m.receives > 0) as in_flight, count(*) filter (where m.receives = 0) as delayed
  from message m where m.incarnation + 1 = q.incarnation + 1 and m.visible_at > $2) h on not q.ordered
where q.id = any($1::bigint[])
"""
_OLDEST = """
select q.id, case when q.ordered then (
  select case when f.expires > $2 and (f.visible_at <= $2 or f.receives > 0) then f.sent_at end
  from (select name from grp g where g.incarnation + 1 = q.incarnation + 1 order by g.ready_at, g.number limit 1) g
  cross join lateral (
    select expires, visible_at, receives, sent_at from fifo f
    where f.incarnation + 1 = q.incarnation + 1 and f.name = g.name order by f.seq + 1 limit 1) f)
else (
  select sent_at from (
    select sent_at, visible_at, seq, receives, expires from message m where m.incarnation + 1 = q.incarnation + 1
    order by m.visible_at, m.seq + 1 limit 1000) m
  where m.expires > $2 and (m.visible_at <= $2 or m.receives > 0) order by m.visible_at, m.seq limit 1) end
from queue q where q.id = any($1::bigint[])
"""
_PEEKED = "seq, id, receives, sent_at, coalesce(first_received_at, 0), visible_at, payload"
_PEEK = f"""
select q.ordered, m.*, s.data from queue q left join lateral (
  select {_PEEKED}, group_name, origin, shared from message
  where incarnation = q.incarnation and seq > $2 and expires + 0 > $4 order by incarnation, seq limit $3) m on true
left join shared s on s.id = any(array[m.shared])
where q.id = $1 order by m.seq
"""
_PEEK_FIFO = f"""
select q.ordered, f.*, s.data from queue q left join lateral (
  select {_PEEKED}, name, origin, shared from fifo
  where incarnation = q.incarnation and seq > $2 and expires + 0 > $4 order by incarnation, seq limit $3) f on true
left join shared s on s.id = any(array[f.shared])
where q.id = $1 order by f.seq
"""


class Looking:
    """The verbs. Counts that were costly to find are believed for a second."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: dict[int, tuple[float, Counts]] = {}
        self._counts = Verb(engine, self._count, lanes_max=1)
        self._oldests = Verb(engine, self._oldest, lanes_max=1)
        self._peeks = Verb(engine, self._peek, lanes_max=1)
        self._peeks.together_max = 1

    def _ask(self, work: Verb, queue: int, argument: Any = None) -> Pending[Any]:
        pending: Pending[Any] = Pending()
        if not self._engine.refused(pending):
            work.put(Command(pending, queue, argument))
        return pending

    def forget(self, queue: int) -> None:
        """It was changed as a whole."""
        self._kept.pop(queue, None)

    def clear(self) -> None:
        self._kept.clear()

    # ------------------------------------------------------------------------------------------- counts

    def counts(self, queue: int) -> Pending[Counts]:
        kept = self._kept.get(queue)
        if kept is not None and monotonic() < kept[0]:
            pending: Pending[Counts] = Pending()
            pending.resolve(kept[1])
            return pending
        return self._ask(self._counts, queue)

    async def _count(self, lane: Lane, commands: list[Command]) -> list[Answer]:
        now = self._engine.clock.now_ms()
        rows = await lane.fetch(_COUNTS, sorted({command.queue for command in commands}), now)
        found: dict[int, Counts] = {}
        for queue, total, in_flight, delayed in rows:
            found[queue] = Counts(max(0, total - in_flight - delayed), in_flight, delayed)
            if in_flight + delayed > COUNT_CHEAP and len(self._kept) < KEPT_MAX:
                self._kept[queue] = monotonic() + HINT_SECONDS, found[queue]
            else:
                self._kept.pop(queue, None)
        return [_told(command, found) for command in commands]

    # ------------------------------------------------------------------------------------------- oldest, peek

    def oldest(self, queue: int) -> Pending[int | None]:
        return self._ask(self._oldests, queue)

    async def _oldest(self, lane: Lane, commands: list[Command]) -> list[Answer]:
        now = self._engine.clock.now_ms()
        rows = await lane.fetch(_OLDEST, sorted({command.queue for command in commands}), now)
        found = {row[0]: row[1] for row in rows}
        return [_told(command, found) for command in commands]

    def peek(self, queue: int, after: int, limit: int) -> Pending[list[Peeked]]:
        return self._ask(self._peeks, queue, (after, limit))

    async def _peek(self, lane: Lane, commands: list[Command]) -> list[Answer]:
        ((pending, queue, (after, limit)),) = commands
        now = self._engine.clock.now_ms()
        rows: Sequence[Any] = await lane.fetch(_PEEK, queue, after, limit, now)
        ordered = bool(rows) and rows[0][0]
        if ordered:
            rows = await lane.fetch(_PEEK_FIFO, queue, after, limit, now)
        if not rows:
            return [_told(commands[0], {})]
        return [Answer(pending, [_peeked(row) for row in rows if row[1] is not None])]


def _peeked(row: Any) -> Peeked:
    _, *fields, shared, data = row
    fields.append(None if shared is None else Shared(data, shared))
    return Peeked(*fields)


def _told(command: Command, found: dict[int, Any]) -> Answer:
    if command.queue in found:
        return Answer(command.pending, found[command.queue])
    return Answer(command.pending, error=QueueGone(f"queue {command.queue} does not exist"))
