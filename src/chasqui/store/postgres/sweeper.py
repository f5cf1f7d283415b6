"""Work nobody waits for, in slices: what expired, rows of purged and deleted queues, retention, old keys, old tallies.

One node at a time does it, under a lease; each slice is a transaction that checks the lease's fence. What is to be done
stands in the job table, so whoever holds the lease next goes on where it stopped. Once a second it looks what has
fallen due; slices follow one another with pauses, so that lanes keep their share of the database.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic
from typing import Any

import asyncpg

from chasqui.store.port import StoreError
from chasqui.store.postgres.connection import Connection, Pool, borrowed
from chasqui.store.postgres.engine import LANE_NUMBERS, PLANS_WITHIN, TALLY_EPOCH_MS, Engine
from chasqui.store.postgres.fifo import lock_groups, recompute
from chasqui.store.postgres.leases import Lease, Leases
from chasqui.store.postgres.shared import NOTE
from chasqui.store.postgres.shared import sweep as sweep_shared

LEASE = "sweeper"
LEASE_MS = 10_000
ROUND_SECONDS = 1.0
"""How often the holder of the lease looks what has fallen due."""

ACQUIRE_SECONDS = 2.0
RARELY = 10
"""Every so many rounds it looks for what matters less."""

ROWS = 500
ROWS_LOCKED = 200
"""Rows of FIFO queues a slice: their groups are locked meanwhile."""

PAUSE_SECONDS = 0.005
GRACE_MS = 15_000
"""A statement that had begun before a purge or a delete has ended by then: what it brought in is looked for after."""

_log = logging.getLogger("chasqui.store")

_EXPIRE = f"""
with due as materialized (
  select m.incarnation, m.seq from queue q cross join lateral (
    select incarnation, seq from message where incarnation + 3 = q.incarnation + 3 and expires <= $1
    order by expires limit $2 for update skip locked) m
  where not q.ordered limit $2),
gone as (
  delete from message m using due where m.incarnation = any(array[due.incarnation]) and m.seq = due.seq
  returning m.incarnation, m.seq, m.shared),
noted as {NOTE.format(gone="gone")},
counted as (
  insert into tally (incarnation, slot, total) select incarnation, 0, -count(*) from gone group by 1 order by 1
  on conflict (incarnation, slot) do update set total = tally.total + excluded.total)
select count(*) from gone
"""
_EXPIRED_FIFO = """
select q.id, f.incarnation, f.name, f.seq from queue q cross join lateral (
  select incarnation, name, seq from fifo where incarnation + 3 = q.incarnation + 3 and expires <= $1
  order by expires limit $2) f
where q.ordered limit $2
"""
_DROP_FIFO = f"""
with gone as (
  delete from fifo f using unnest($1::bigint[], $2::bigint[]) u(incarnation, seq)
  where f.incarnation = any(array[u.incarnation]) and f.seq = u.seq and f.expires + 0 <= $3
  returning f.incarnation, f.seq, f.shared),
noted as {NOTE.format(gone="gone")}
insert into tally (incarnation, slot, total) select incarnation, 0, -count(*) from gone group by 1 order by 1
on conflict (incarnation, slot) do update set total = tally.total + excluded.total
"""
_OLD_KEYS = """
with due as materialized (
  select d.queue, d.key from queue q cross join lateral (
    select queue, key from {table} where queue + 1 = q.id + 1 and until <= $1
    order by until limit $2 for update skip locked) d
  where q.ordered limit $2)
delete from {table} d using due where d.queue = any(array[due.queue]) and d.key = due.key
"""
_FOLD = """
with old as (
  delete from tally t using (
    select incarnation, slot from tally where slot between 1 and $1 order by incarnation, slot limit $2
    for update skip locked) o
  where t.incarnation = any(array[o.incarnation]) and t.slot = o.slot returning t.incarnation, t.total)
insert into tally (incarnation, slot, total) select incarnation, 0, sum(total) from old group by 1 order by 1
on conflict (incarnation, slot) do update set total = tally.total + excluded.total
"""
_NEXT_JOB = """
select id, kind, target, argument, cursor from job where not_before <= $1 order by id limit 1 for update skip locked
"""
_SLICE = """
with s as materialized (
  select incarnation, seq from {table} where incarnation = $1 and seq > $2 order by seq limit $3),"""
_DELETE_SLICE = f"""
{_SLICE}
gone as (
  delete from {{table}} t using s where t.incarnation = any(array[s.incarnation]) and t.seq = s.seq
  returning t.incarnation, t.seq, t.shared),
noted as {NOTE.format(gone="gone")}
select max(seq) from gone
"""
_DELETE_GROUPS = """
delete from grp g using (select name from grp where incarnation = $1 order by name limit $2) s
where g.incarnation = any(array[$1::bigint]) and g.name = s.name
"""
_DELETE_KEYS = """
delete from {table} d using (select key from {table} where queue = $1 order by key limit $2) s
where d.queue = any(array[$1::bigint]) and d.key = s.key
"""
_DELETE_TALLY = "delete from tally where incarnation = $1"
_RETAIN = f"""
{_SLICE}
changed as (
  update {{table}} t set expires = t.sent_at + $4 from s
  where t.incarnation = any(array[s.incarnation]) and t.seq = s.seq
  returning t.seq)
select max(seq) from changed
"""

# On a connection that others use too, so for this transaction only. In one round trip.
_BEGIN = "begin; " + PLANS_WITHIN.strip()

Step = Callable[[Connection, int], Awaitable[bool]]


class Sweeper:
    """One node's part in it. `stir` hears of FIFO queues in which what stood in the way has expired."""

    def __init__(self, engine: Engine, pool: Pool, leases: Leases, stir: Callable[[int], object]) -> None:
        self._engine = engine
        self._pool = pool
        self._leases = leases
        self._stir = stir
        self.more_steps: list[Callable[[Connection], Awaitable[bool]]] = []
        """What else is swept: each is a slice, and says whether there is more."""
        self._lease: Lease | None = None
        self._wanted = asyncio.Event()
        self._mutex = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._stirred: set[int] = set()
        self._rounds = 0
        self.slices = 0

    def start(self) -> None:
        self._task = self._engine.loop.create_task(self._run())

    def soon(self) -> None:
        """There is something to do."""
        self._wanted.set()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._lease is not None:
            with suppress(Exception):
                await self._leases.release(self._lease)

    # ------------------------------------------------------------------------------------------- when

    async def _run(self) -> None:
        while True:
            pause = ROUND_SECONDS
            try:
                if not await self._sweep(rarely=self._rounds % RARELY == 0):
                    pause = ACQUIRE_SECONDS
                self._rounds += 1
            except Exception as error:  # noqa: BLE001  a background loop: what failed is tried again
                _log.debug("the sweeper was interrupted", extra={"error": str(error)})
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wanted.wait()
            self._wanted.clear()

    async def finish(self) -> None:
        """Do all that is due now. For tests."""
        while not await self._sweep(rarely=True):
            await asyncio.sleep(0.05)

    async def _sweep(self, *, rarely: bool) -> bool:
        """Slices until nothing is due. False when another node holds the lease."""
        async with self._mutex:
            if not await self._hold():
                return False
            while await self._slice(rarely):
                await asyncio.sleep(PAUSE_SECONDS if self._engine.busy else 0)
                if not await self._hold():
                    return False
            return True

    async def _hold(self) -> bool:
        lease = self._lease
        if lease is not None and lease.until - LEASE_MS / 2000 > monotonic():
            return True
        if lease is not None and await self._leases.renew(lease, LEASE_MS):
            return True
        self._lease = await self._leases.acquire(LEASE, LEASE_MS)
        return self._lease is not None

    async def _slice(self, rarely: bool) -> bool:
        """One transaction: the first step that finds something to do. True when there may be more."""
        assert self._lease is not None
        now = self._engine.clock.now_ms()
        self._stirred.clear()
        more = False
        async with borrowed(self._pool) as connection:
            await connection.execute(_BEGIN)
            try:
                await self._leases.check(connection, self._lease)
                for step in self._steps(rarely):
                    if more := await step(connection, now):
                        break
                await connection.execute("commit")
            except (StoreError, asyncpg.PostgresError):
                await connection.execute("rollback")
                raise
        self.slices += more
        for queue in self._stirred:
            self._stir(queue)
        return more

    def _steps(self, rarely: bool) -> list[Step]:
        steps: list[Step] = [self._expire, self._expire_fifo, self._job]
        if rarely:
            steps += [self._old_keys, self._fold, self._shared]
        steps += [lambda connection, now, step=step: step(connection) for step in self.more_steps]  # type: ignore[misc]
        return steps

    # ------------------------------------------------------------------------------------------- what

    async def _expire(self, connection: Connection, now: int) -> bool:
        gone: int = await connection.fetchval(_EXPIRE, now, ROWS)
        return gone > 0

    async def _expire_fifo(self, connection: Connection, now: int) -> bool:
        rows = await connection.fetch(_EXPIRED_FIFO, now, ROWS_LOCKED)
        if rows:
            groups = {(row[1], row[2]) for row in rows}
            await lock_groups(connection, groups)
            await connection.execute(_DROP_FIFO, [row[1] for row in rows], [row[3] for row in rows], now)
            await recompute(connection, groups, now)
            self._stirred |= {row[0] for row in rows}
        return bool(rows)

    async def _old_keys(self, connection: Connection, now: int) -> bool:
        gone = 0
        for table in ("dedup", "attempt"):
            gone += _count(await connection.execute(_OLD_KEYS.format(table=table), now, ROWS))
        return gone > 0

    async def _fold(self, connection: Connection, now: int) -> bool:
        finished = (now // TALLY_EPOCH_MS - 2) * LANE_NUMBERS
        return _count(await connection.execute(_FOLD, finished, ROWS)) > 0

    async def _shared(self, connection: Connection, now: int) -> bool:
        return await sweep_shared(connection)

    # ------------------------------------------------------------------------------------------- jobs

    async def _job(self, connection: Connection, now: int) -> bool:
        row = await connection.fetchrow(_NEXT_JOB, now)
        if row is None:
            return False
        id, kind, target, argument, cursor = row
        step = getattr(self, f"_job_{kind}")
        reached: int | None = await step(connection, target, argument, cursor)
        if reached is not None:
            await connection.execute("update job set cursor = $2 where id = $1", id, reached)
        elif kind == "retention" or argument:
            await connection.execute("delete from job where id = $1", id)
        else:
            # Once more, when whatever had begun before is over.
            again = "update job set argument = 1, cursor = 0, not_before = $2 where id = $1"
            await connection.execute(again, id, now + GRACE_MS)
        return True

    async def _job_standard(self, connection: Connection, incarnation: int, _: int, cursor: int) -> int | None:
        """Each kind of job returns its new cursor, None when it is done."""
        reached: int | None = await connection.fetchval(
            _DELETE_SLICE.format(table="message"), incarnation, cursor, ROWS
        )
        if reached is None:
            await connection.execute(_DELETE_TALLY, incarnation)
        return reached

    async def _job_ordered(self, connection: Connection, incarnation: int, _: int, cursor: int) -> int | None:
        reached: int | None = await connection.fetchval(_DELETE_SLICE.format(table="fifo"), incarnation, cursor, ROWS)
        if reached is None:
            if _count(await connection.execute(_DELETE_GROUPS, incarnation, ROWS)):
                return cursor
            await connection.execute(_DELETE_TALLY, incarnation)
        return reached

    async def _job_keys(self, connection: Connection, queue: int, _: int, cursor: int) -> int | None:
        gone = 0
        for table in ("dedup", "attempt"):
            gone += _count(await connection.execute(_DELETE_KEYS.format(table=table), queue, ROWS))
        return cursor + gone if gone else None

    async def _job_retention(self, connection: Connection, queue: int, retention_ms: int, cursor: int) -> int | None:
        row: Any = await connection.fetchrow("select incarnation, ordered from queue where id = $1", queue)
        if row is None:
            return None
        table = "fifo" if row[1] else "message"
        reached: int | None = await connection.fetchval(_RETAIN.format(table=table), row[0], cursor, ROWS, retention_ms)
        return reached


def _count(status: str) -> int:
    """Of a statement's status, how many rows it was about."""
    return int(status.rpartition(" ")[2])
