"""The end of messages that is committed together with what comes of them: the `settle` of `deliver`.

First the messages of all commands are locked, and it is seen whether the claims hold; then those of the commands that
may go on are deleted. All of it is within the transaction of `deliveries`, which locks groups of FIFO queues before
anything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chasqui.store.port import Receipt
from chasqui.store.postgres.connection import Connection
from chasqui.store.postgres.engine import Engine, Lane
from chasqui.store.postgres.fifo import Fifo, lock_groups_of, recompute
from chasqui.store.postgres.shared import NOTE
from chasqui.store.postgres.standard import Standard

Settle = tuple[int, Sequence[Receipt]]
"""(queue, receipts), as the port has it"""

Key = tuple[int, int, bytes, int]
"""(queue, sequence number, token, receive count)"""

_RECEIPTS = """
with r as materialized (
  select r.queue, q.incarnation, r.seq, r.token, r.receives
  from unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::integer[]) r(queue, seq, token, receives)
  join queue q on q.id = any(array[r.queue])),
"""
# The locks are taken in the order of the rows, and what is seen is how they are when they are locked.
_HOLD = f"""
{_RECEIPTS}
held as (
  select r.queue, r.seq, r.token, r.receives, m.incarnation, m.visible_at, m.group_name
  from r join message m on m.incarnation = any(array[r.incarnation]) and m.seq = r.seq
  where substr(m.id, 1, 8) = r.token and m.receives = r.receives and m.expires + 0 > $5
  order by r.incarnation, r.seq for update of m)
select * from held
union all
select id, null, null, null, null, null, null from queue where id = any($1::bigint[])
"""
_HOLD_FIFO = f"""
{_RECEIPTS}
held as (
  select r.queue, r.seq, r.token, r.receives, f.incarnation, f.visible_at, f.name
  from r join fifo f on f.incarnation = any(array[r.incarnation]) and f.seq = r.seq
  where substr(f.id, 1, 8) = r.token and f.receives = r.receives and f.visible_at > $5 and f.expires + 0 > $5
  order by r.incarnation, r.seq for update of f)
select * from held
union all
select id, null, null, null, null, null, null from queue where id = any($1::bigint[])
"""
_DELETE_HELD = f"""
with gone as (
  delete from {{table}} t using unnest($1::bigint[], $2::bigint[]) u(incarnation, seq)
  where t.incarnation = any(array[u.incarnation]) and t.seq = u.seq returning t.incarnation, t.seq, t.shared),
noted as {NOTE.format(gone="gone")}
insert into tally (incarnation, slot, total) select incarnation, $3, -count(*) from gone group by 1 order by 1
on conflict (incarnation, slot) do update set total = tally.total + excluded.total
"""


def keys(settle: Settle) -> list[Key]:
    """What a command settles, each message once."""
    queue, receipts = settle
    return list(dict.fromkeys((queue, each.sequence, each.token, each.receives) for each in receipts))


class Settlement:
    """What the commands of one transaction settle, on standard and on FIFO queues."""

    def __init__(self, engine: Engine, standard: Standard, fifo: Fifo) -> None:
        self._engine = engine
        self._standard = standard
        self._fifo = fifo
        self._there: set[int] = set()
        self._held: dict[Key, tuple[int, int, str | None]] = {}
        """(incarnation, visible at, group) of the messages whose claims hold."""
        self._done: list[Key] = []

    def _ordered(self, queue: int) -> bool:
        state = self._engine.states.get(queue)
        return state is not None and state.ordered

    async def hold(self, connection: Connection, settles: Sequence[Settle], also: Sequence[int], now: int) -> None:
        """Lock what is to be settled; see which of its queues stand, and which of some others."""
        asked = {(queue, 0, b"", 0) for queue in (*(each[0] for each in settles), *also)}
        wanted = sorted(asked.union(*map(keys, settles)))
        ordered = [key for key in wanted if self._ordered(key[0])]
        if ordered:
            await lock_groups_of(connection, [key[0] for key in ordered], [key[1] for key in ordered])
            self._see(await connection.fetch(_HOLD_FIFO, *zip(*ordered, strict=True), now))
        standard = [key for key in wanted if not self._ordered(key[0])]
        if standard:
            self._see(await connection.fetch(_HOLD, *zip(*standard, strict=True), now))

    def _see(self, rows: Sequence[Any]) -> None:
        for queue, seq, token, receives, *held in rows:
            if seq is None:
                self._there.add(queue)
            else:
                self._held[queue, seq, token, receives] = tuple(held)

    def stands(self, queue: int) -> bool:
        """Whether a queue that was asked for is there."""
        return queue in self._there

    def holds(self, settle: Settle) -> bool:
        """Whether each of its messages is held by the claim that its receipt names."""
        return all(key in self._held for key in keys(settle))

    async def delete(self, lane: Lane, settles: Sequence[Settle]) -> None:
        """Those that hold: delete their messages."""
        self._done = [key for each in settles for key in keys(each)]
        for table in ("message", "fifo"):
            rows = sorted(
                (self._held[key][0], key[1]) for key in self._done if self._ordered(key[0]) == (table == "fifo")
            )
            if rows:
                incarnations, sequences = zip(*rows, strict=True)
                await lane.fetch(_DELETE_HELD.format(table=table), incarnations, sequences, lane.slot)

    async def unlock(self, connection: Connection, now: int) -> None:
        """Set the locks of the groups of what was deleted, when all else has been done to them."""
        groups = {(self._held[key][0], self._held[key][2] or "") for key in self._done if self._ordered(key[0])}
        await recompute(connection, groups, now)

    def settled(self) -> None:
        """It is committed."""
        for key in self._done:
            _, visible_at, group = self._held[key]
            if self._ordered(key[0]):
                self._fifo.released(key[0])
            else:
                self._standard.released(key[0], visible_at, group)
