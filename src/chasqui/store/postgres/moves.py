"""Messages that go from one queue to another: redrive to a dead-letter queue, and moves back. Each is one transaction.

A row that is taken out of one queue is in the other with the same commit. Arrivals at a FIFO queue lock their groups
before they are numbered, as appends do.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from chasqui.store.port import Destination, QueueGone, Redrive
from chasqui.store.postgres.connection import Connection
from chasqui.store.postgres.engine import Answer, Command, Engine, Lane

FIFO_BLOCK = 1024
"""Numbers in a block: so many FIFO messages at most are numbered at once."""

_QUEUES = "select id, incarnation, ordered from queue where id = any($1::bigint[])"
COUNT = """
insert into tally (incarnation, slot, total) values ($1, $2, $3)
on conflict (incarnation, slot) do update set total = tally.total + excluded.total
"""
_INSERT = """
insert into message (seq, incarnation, visible_at, id, payload, group_name, tenant, receives, sent_at, expires, origin,
  first_received_at, shared)
select $1 + u.n, $2, $3, id, payload, group_name, tenant, receives, sent_at, expires, origin, first_received_at, shared
from unnest($4::bytea[], $5::bytea[], $6::text[], $7::bigint[], $8::integer[], $9::bigint[], $10::bigint[], $11::text[],
  $12::bigint[], $13::bigint[])
  with ordinality u(id, payload, group_name, tenant, receives, sent_at, expires, origin, first_received_at, shared, n)
"""
LOCK_GROUPS = """
insert into grp (incarnation, name, ready_at, number)
select $1, name, $2, nextval('group_number') from unnest($3::text[]) u(name) order by name collate "C"
on conflict (incarnation, name) do update
  set ready_at = case when grp.flying = 0 then least(grp.ready_at, excluded.ready_at) else grp.ready_at end
"""
_INSERT_FIFO = """
insert into fifo (seq, incarnation, visible_at, id, payload, name, receives, sent_at, expires, origin,
  first_received_at, shared)
select $1 + u.n, $2, $3, id, payload, name, receives, sent_at, expires, origin, first_received_at, shared
from unnest($4::bytea[], $5::bytea[], $6::text[], $7::integer[], $8::bigint[], $9::bigint[], $10::text[],
  $11::bigint[], $12::bigint[])
  with ordinality u(id, payload, name, receives, sent_at, expires, origin, first_received_at, shared, n)
"""
_DEAD = """
with d as materialized (select q.incarnation, d.seq from queue q, unnest($2::bigint[]) d(seq) where q.id = $1)
delete from message m using d
where m.incarnation = any(array[d.incarnation]) and m.seq = d.seq and m.visible_at + 0 <= $3 and m.receives >= $4
  and m.expires + 0 > $3
returning m.incarnation, m.visible_at, m.seq, m.id, m.payload, m.group_name, m.receives, m.sent_at,
  m.first_received_at, m.shared
"""
# Whose origin has a destination that stands: one of $4; or, where there is a default, whose is not one of $5.
_MOVABLE = """
with c as (
  select m.* from queue q cross join lateral (
    select incarnation, seq from message
    where incarnation + 1 = q.incarnation + 1 and visible_at <= $2 and expires + 0 > $2
      and case when origin = any($4::text[]) then true when origin = any($5::text[]) then false else $6 end
    order by visible_at, seq + 1 limit $3 for update skip locked) m
  where q.id = $1)
delete from message m using c where m.incarnation = any(array[c.incarnation]) and m.seq = c.seq
returning m.incarnation, m.visible_at, m.seq, m.payload, m.group_name, m.origin, m.shared
"""


class Target(NamedTuple):
    """A queue that rows are delivered to."""

    id: int
    incarnation: int
    ordered: bool


class Arrival(NamedTuple):
    """What a row has when it arrives; it is visible at once."""

    id: bytes
    payload: bytes
    group: str | None
    receives: int
    sent_at: int
    expires: int
    origin: str | None
    first_received_at: int | None
    shared: int | None


class Moves:
    """`tenant_of` numbers a group's name."""

    def __init__(self, engine: Engine, appeared: Callable[[int, int], object], tenant_of: Callable[[Any], int]) -> None:
        self._engine = engine
        self.appeared = appeared
        """Told of each queue into which rows came, and since when they are visible, after the commit."""
        self._tenant_of = tenant_of

    async def targets(self, connection: Connection, queues: Sequence[int]) -> dict[int, Target]:
        """Those of them that stand."""
        rows = await connection.fetch(_QUEUES, sorted(set(queues)))
        return {row[0]: Target(*row) for row in rows}

    async def count(self, lane: Lane, incarnation: int, by: int) -> None:
        """Within a transaction: a queue has so many messages more."""
        await lane.fetch(COUNT, incarnation, lane.slot, by)

    async def deliver(self, lane: Lane, target: Target, arrivals: Sequence[Arrival], now: int) -> None:
        """Within a transaction."""
        for start in range(0, len(arrivals), FIFO_BLOCK - 1):
            part = arrivals[start : start + FIFO_BLOCK - 1]
            ids, payloads, groups, receives, sent, expires, origins, first, shared = zip(*part, strict=True)
            if target.ordered:
                names = [each or "" for each in groups]
                await lane.fetch(LOCK_GROUPS, target.incarnation, now, sorted(set(names)))
                ((block,),) = await lane.fetch("select nextval('fifo_block')")
                await lane.fetch(
                    _INSERT_FIFO, block * FIFO_BLOCK, target.incarnation, now, ids, payloads, names, receives, sent,
                    expires, origins, first, shared,
                )  # fmt: skip
            else:
                number = await self._engine.sequences(lane, len(part) + 1)
                tenants = list(map(self._tenant_of, groups))
                await lane.fetch(
                    _INSERT, number - 1, target.incarnation, now, ids, payloads, groups, tenants, receives, sent,
                    expires, origins, first, shared,
                )  # fmt: skip
        await self.count(lane, target.incarnation, len(arrivals))

    # ------------------------------------------------------------------------------------------- redrive

    async def redrive(self, lane: Lane, queue: int, redrive: Redrive, sequences: Sequence[int], now: int) -> bool:
        """Move messages of a standard queue that were received too often. False when the target is gone."""
        async with lane.transaction() as connection:
            target = (await self.targets(connection, [redrive.queue])).get(redrive.queue)
            if target is None:
                return False
            rows = await connection.fetch(_DEAD, queue, sequences, now, redrive.receives_max)
            rows.sort(key=lambda row: (row[1], row[2]))
            if rows:
                dead = [dead_letter(target, redrive, now, *row[3:]) for row in rows]
                await self.count(lane, rows[0][0], -len(rows))
                await self.deliver(lane, target, dead, now)
        redrive.tell(len(rows))
        self.appeared(target.id, now)
        return True

    # ------------------------------------------------------------------------------------------- move

    async def find_destinations(
        self, connection: Connection, origins: Mapping[str, Destination], default: Destination | None
    ) -> Callable[[str | None], tuple[Target, Destination] | None]:
        """Where the messages of an origin go."""
        asked = [each.queue for each in (*origins.values(), default) if each is not None]
        found = await self.targets(connection, asked)

        def destination_of(origin: str | None) -> tuple[Target, Destination] | None:
            destination = origins.get(origin, default) if origin is not None else default
            target = None if destination is None else found.get(destination.queue)
            return None if destination is None or target is None else (target, destination)

        return destination_of

    async def move(self, lane: Lane, commands: list[Command]) -> list[Answer]:
        """One move out of a standard queue."""
        ((pending, queue, (limit, origins, default)),) = commands
        now = self._engine.clock.now_ms()
        reached: set[int] = set()
        async with lane.transaction() as connection:
            if not await self.targets(connection, [queue]):
                return [Answer(pending, error=QueueGone(f"queue {queue} does not exist"))]
            destination_of = await self.find_destinations(connection, origins, default)
            open_ = [origin for origin in origins if destination_of(origin)]
            rows = await connection.fetch(
                _MOVABLE, queue, now, limit, open_, list(origins), destination_of(None) is not None
            )
            rows.sort(key=lambda row: (row[1], row[2]))
            if rows:
                await self.count(lane, rows[0][0], -len(rows))
                reached = await self.bring(lane, [row[3:] for row in rows], destination_of, now)
        for each in reached:
            self.appeared(each, now)
        return [Answer(pending, len(rows))]

    async def bring(self, lane: Lane, rows: Sequence[Any], destination_of: Callable[[Any], Any], now: int) -> set[int]:
        """Within a transaction: deliver (payload, group, origin, shared), as new messages. Returns where to."""
        arrivals: dict[Target, list[Arrival]] = {}
        for payload, group, origin, shared in rows:
            target, destination = destination_of(origin)
            expires = now + destination.retention_ms
            new = Arrival(os.urandom(16), payload, group, 0, now, expires, None, None, shared)
            arrivals.setdefault(target, []).append(new)
        for target in sorted(arrivals):
            await self.deliver(lane, target, arrivals[target], now)
        return {target.id for target in arrivals}


def dead_letter(
    target: Target, redrive: Redrive, now: int, id: bytes, payload: bytes, group: str | None, receives: int,
    sent_at: int, first: int | None, shared: int | None,
) -> Arrival:  # fmt: skip
    """A message received too often, as it arrives at its dead-letter queue."""
    expires = (now if target.ordered else sent_at) + redrive.retention_ms
    return Arrival(id, payload, group, receives, sent_at, expires, redrive.origin, first, shared)
