"""Logs: records packed into one row an append; all appends of a moment are one statement.

The statement locks the heads of its logs, in their order, before it numbers anything, and holds them until its commit:
a higher number is given only when the lower ones are there to be read, on whichever node.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from chasqui.base.pending import Pending
from chasqui.store.port import LogState, NewRecord, QueueGone, Record
from chasqui.store.postgres.connection import Connection, Pool, statements
from chasqui.store.postgres.gather import Gather, Tasks

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[tuple[str, bytes, int]]).decode

SWEEP_CHUNKS = 50
CHUNKS = 256

# One row a log in $1/$2 (how many numbers it needs), one row an append in $3 to $6 (which of them it gets).
_APPEND = """
with locked as materialized (select id from log where id = any($1::bigint[]) order by id for update),
moved as (
  update log set last=log.last+n.count
  from locked join unnest($1::bigint[], $2::bigint[]) n(id, count) on n.id=locked.id
  where log.id=locked.id returning log.id, log.last-n.count as before),
written as (
  insert into chunk (log, last, first, data)
  select m.id, m.before+c.last, m.before+c.first, c.data
  from unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[]) c(log, first, last, data)
  join moved m on m.id=c.log)
select id, before from moved
"""
# The window's sum stops the reading of chunks behind as many bytes as were asked for.
_READ = """
select log.first, c.first, c.data from log left join lateral (
  select first, last, data, sum(octet_length(data)) over (order by last) - octet_length(data) as before from (
    select first, last, data from chunk where log=$1 and last>greatest($2, log.first-1) order by last limit $4
  ) page
) c on c.before<$3 where log.id=$1 order by c.last
"""
_STATE = "select id, first, last from log where id = any($1::bigint[])"
_TRIM = """
with trimmed as (update log set first=least($2, last+1) where id=$1 and first<least($2, last+1) returning id, first)
insert into log_garbage select id, first from trimmed on conflict do nothing returning 1
"""
_NEXT_GARBAGE = "select log, before from log_garbage order by log, before limit 1"
_SWEEP = """
delete from chunk where log=$1 and last in (select last from chunk where log=$1 and last<$2 order by last limit $3)
"""
_BIGINT_MAX = 2**63 - 1


def _gone(log: int) -> QueueGone:
    return QueueGone(f"log {log} does not exist")


def _count(status: str) -> int:
    return int(status.rpartition(" ")[2])


class Logs:
    """The verbs. `sweep_wanted` is called when there are chunks to be swept."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._appends: Gather[tuple[int, Sequence[NewRecord]], list[int]] = Gather(pool, self.write)
        self._states: Gather[int, LogState] = Gather(pool, self._state)
        self._tasks = Tasks()
        self.sweep_wanted: Callable[[], object] = lambda: None

    # ------------------------------------------------------------------------------- within a transaction

    async def create(self, connection: Connection) -> int:
        log: int = await connection.fetchval("insert into log values (nextval('log_number'), 1, 0) returning id")
        return log

    async def delete(self, connection: Connection, log: int, effects: list[Callable[[], object]]) -> None:
        if await connection.fetchval("delete from log where id=$1 returning 1", log) is None:
            raise _gone(log)
        await connection.execute("insert into log_garbage values ($1, $2) on conflict do nothing", log, _BIGINT_MAX)
        effects.append(self.sweep_wanted)

    # ------------------------------------------------------------------------------------------- verbs

    def append(self, log: int, records: Sequence[NewRecord]) -> Pending[list[int]]:
        return self._appends.submit((log, records))

    async def write(
        self, connection: Connection, appends: list[tuple[int, Sequence[NewRecord]]]
    ) -> list[list[int] | Exception]:
        """All of these; for each its numbers, or `QueueGone`. The heads stay locked until the transaction ends."""
        counts: dict[int, int] = {}
        rows: list[tuple[int, int, int, bytes]] = []
        spans: list[tuple[int, int, int]] = []
        for log, records in appends:
            before = counts.get(log, 0)
            counts[log] = last = before + len(records)
            spans.append((log, before, last))
            if records:
                rows.append((log, before + 1, last, _pack([(each.key, each.data, each.at_ms) for each in records])))
        columns: Any = zip(*rows, strict=True) if rows else ([], [], [], [])
        found = await connection.fetch(_APPEND, list(counts), list(counts.values()), *columns)
        heads = {row[0]: row[1] for row in found}
        return [
            list(range(heads[log] + before + 1, heads[log] + last + 1)) if log in heads else _gone(log)
            for log, before, last in spans
        ]

    def read(self, log: int, after: int, limit: int, bytes_max: int) -> Pending[list[Record]]:
        return self._tasks.start(self._read(log, after, limit, bytes_max))

    async def _read(self, log: int, after: int, limit: int, bytes_max: int) -> list[Record]:
        records: list[Record] = []
        size = 0
        while True:
            async with statements(self._pool) as connection:
                chunks = await connection.fetch(_READ, log, after, max(1, bytes_max - size), max(1, min(CHUNKS, limit)))
            if not chunks:
                raise _gone(log)
            after = max(after, chunks[0][0] - 1)
            if chunks[0][1] is None:
                return records
            for _, first, data in chunks:
                for sequence, (key, each, at_ms) in enumerate(_unpack(data), start=first):
                    if sequence <= after:
                        continue
                    size += len(each)
                    if records and (len(records) >= limit or size > bytes_max):
                        return records
                    records.append(Record(sequence, key, each, at_ms))
            after = records[-1].sequence
            if len(records) >= limit:
                return records

    def trim(self, log: int, before: int) -> Pending[None]:
        return self._tasks.start(self._trim(log, before))

    async def _trim(self, log: int, before: int) -> None:
        async with statements(self._pool) as connection:
            trimmed = await connection.fetchval(_TRIM, log, before)
            if trimmed is None and not await connection.fetch(_STATE, [log]):
                raise _gone(log)
        if trimmed:
            self.sweep_wanted()

    def state(self, log: int) -> Pending[LogState]:
        return self._states.submit(log)

    async def _state(self, connection: Connection, logs: list[int]) -> list[LogState | Exception]:
        rows = await connection.fetch(_STATE, logs)
        found = {row[0]: LogState(row[1], row[2]) for row in rows}
        return [found.get(log) or _gone(log) for log in logs]

    # ------------------------------------------------------------------------------------------- sweeping

    async def sweep(self, connection: Connection) -> bool:
        """Within a transaction of the sweeper: some chunks of one log. True when there may be more."""
        row = await connection.fetchrow(_NEXT_GARBAGE)
        if row is None:
            return False
        if _count(await connection.execute(_SWEEP, *row, SWEEP_CHUNKS)) < SWEEP_CHUNKS:
            await connection.execute("delete from log_garbage where log=$1 and before=$2", *row)
        return True

    async def close(self) -> None:
        """Wait until what was given is answered."""
        for each in (self._appends, self._states, self._tasks):
            await each.close()
