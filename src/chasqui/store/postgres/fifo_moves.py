"""Moves out of a FIFO queue: heads of groups that are not locked, the oldest group first, never past one that stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chasqui.store.port import QueueGone
from chasqui.store.postgres.connection import Connection
from chasqui.store.postgres.engine import Answer, Command, Engine, Lane
from chasqui.store.postgres.fifo import Group, recompute
from chasqui.store.postgres.moves import Moves, Target

# A page of groups, behind the last one of the page before.
_READY = """
select incarnation, name, ready_at, number from grp
where incarnation + 1 = $1 + 1 and (ready_at, number) > ($2::bigint, $3::bigint) and ready_at <= $4
order by ready_at, number limit $5 for update skip locked
"""
_HEADS = """
select seq, visible_at, expires, origin from fifo
where incarnation + 1 = $1 + 1 and name = $2 order by seq + 1 limit $3
"""
_TAKE = """
with u as materialized (select $1::bigint as incarnation, seq from unnest($2::bigint[]) u(seq))
delete from fifo f using u where f.incarnation = any(array[u.incarnation]) and f.seq = u.seq
returning f.seq, f.payload, f.name, f.origin, f.shared
"""


class FifoMoves:
    """One move at a time."""

    def __init__(self, engine: Engine, moves: Moves) -> None:
        self._engine = engine
        self._moves = moves

    async def move(self, lane: Lane, commands: list[Command]) -> list[Answer]:
        """A move out of a FIFO queue."""
        ((pending, queue, (limit, origins, default)),) = commands
        now = self._engine.clock.now_ms()
        reached: set[int] = set()
        async with lane.transaction() as connection:
            source = (await self._moves.targets(connection, [queue])).get(queue)
            if source is None:
                return [Answer(pending, error=QueueGone(f"queue {queue} does not exist"))]
            destination_of = await self._moves.find_destinations(connection, origins, default)
            rows, groups = await self._take(connection, source, limit, destination_of, now)
            if rows:
                await self._moves.count(lane, source.incarnation, -len(rows))
                await recompute(connection, groups, now)
                reached = await self._moves.bring(lane, rows, destination_of, now)
        for each in reached:
            self._moves.appeared(each, now)
        return [Answer(pending, len(rows))]

    async def _take(
        self, connection: Connection, source: Target, limit: int, destination_of: Callable[[Any], Any], now: int
    ) -> tuple[list[Any], set[Group]]:
        """(payload, group, origin, shared) of what moves, taken out of the queue, and the groups it is taken from."""
        chosen: list[int] = []
        taken: set[Group] = set()
        after = (-1, -1)
        while len(chosen) < limit:
            groups = await connection.fetch(_READY, source.incarnation, *after, now, limit)
            for _, name, ready_at, number in groups:
                after = ready_at, number
                if len(chosen) == limit:
                    break
                heads = await connection.fetch(_HEADS, source.incarnation, name, limit - len(chosen))
                for seq, visible_at, expires, origin in heads:
                    if visible_at > now or expires <= now or destination_of(origin) is None:
                        break
                    chosen.append(seq)
                    taken.add((source.incarnation, name))
            if len(groups) < limit:
                break
        rows = await connection.fetch(_TAKE, source.incarnation, chosen) if chosen else []
        order = {seq: at for at, seq in enumerate(chosen)}
        return [row[1:] for row in sorted(rows, key=lambda row: order[row[0]])], taken
