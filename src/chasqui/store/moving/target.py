"""The house that is moved into: an empty PostgreSQL database, which no server may open before the move is finished.

Where the move stands is a table of its own, `chasqui_move`, written in the same transactions as the rows. While it is
there `open_pool` refuses the database to servers. Its last transaction drops it and notes what was moved in.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import msgspec

from chasqui.store.moving.tables import Row, Table
from chasqui.store.port import Resource, StoreError
from chasqui.store.postgres.blobs import open_files
from chasqui.store.postgres.connection import Connection, Pool, borrowed, open_pool
from chasqui.store.postgres.engine import SEQUENCES_BLOCK
from chasqui.store.postgres.files import Files
from chasqui.store.postgres.leases import NOW_MS
from chasqui.store.postgres.moves import FIFO_BLOCK

TRANSACTION_SECONDS_MAX = 3600
MOVED = ("chasqui:move", "", "move")
"""The document that says from where a database was filled."""

HOLDS = ("resource", "queue", "message", "fifo", "shared", "log", "blob")

# Limits that are right for requests are not for this. Rows are found by their keys, whatever statistics there are.
_SETTINGS = """
set local statement_timeout=0; set local lock_timeout=0; set local idle_in_transaction_session_timeout=0;
set local enable_seqscan=off; set local enable_hashjoin=off; set local enable_mergejoin=off
"""
_CREATE = "create table chasqui_move(step text primary key, place bytea not null, moved bigint not null)"
_STEP = """
insert into chasqui_move (step, place, moved) values ($1, $2, $3)
on conflict (step) do update set place=excluded.place, moved=chasqui_move.moved+excluded.moved
"""
_RUNNING = f"select 1 from lease where until_ms > {NOW_MS} limit 1"
_TALLY = "insert into tally (incarnation, slot, total) select * from unnest($1::bigint[], $2::bigint[], $3::bigint[])"
_NOTE = """
insert into resource (type, owner, name, document, version, generation)
values ($1, $2, $3, $4, 1, nextval('generation'))
"""
# Whatever the sequence has given before is not given again either.
_GO_ON_FROM = "select setval($1::regclass, greatest($2::bigint, nextval($1::regclass)), false)"
_DEPTHS = """
select q.id, q.incarnation, (select count(*) from message m where m.incarnation=q.incarnation)
  + (select count(*) from fifo f where f.incarnation=q.incarnation)
from queue q order by q.id
"""


class MoveRefused(StoreError):
    """The move cannot be made, or what was moved is not what is there. The message says why and what to do."""


class Target:
    """`move` marks this move: files get names that no other move gives them."""

    def __init__(self, pool: Pool, files: Files) -> None:
        self._pool = pool
        self._files = files
        self._move = b""

    @classmethod
    async def open(cls, dsn: str, blobs: str | None) -> Target:
        """Connect and bring the schema to this program's version. Raises `StoreUnusable`."""
        pool = await open_pool(dsn, size=2, moving=True)
        try:
            return cls(pool, await open_files(pool, blobs))
        except BaseException:
            pool.terminate()
            raise

    async def close(self) -> None:
        await self._files.close()
        self._pool.terminate()

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        async with borrowed(self._pool) as connection, connection.transaction():
            await connection.execute(_SETTINGS)
            yield connection

    # ------------------------------------------------------------------------------------------- where it stands

    async def begin(self, identity: bytes) -> bool:
        """Make sure that this source may be moved in. False when it has been, completely. Raises `MoveRefused`."""
        async with self._transaction() as connection:
            if await connection.fetchval("select to_regclass('chasqui_move')") is not None:
                await self._go_on(connection, identity)
                return True
            row = await connection.fetchrow(
                "select document from resource where type=$1 and owner=$2 and name=$3", *MOVED
            )
            if row is not None and msgspec.json.decode(row[0])["source"] == identity.hex():
                return False
            await _refuse_filled(connection)
            if await connection.fetchval(_RUNNING) is not None:
                raise MoveRefused("a server is running on the target, or was until some seconds ago: stop it first")
            self._move = os.urandom(16)
            await connection.execute(_CREATE)
            await connection.execute(_STEP, "source", identity, 0)
            await connection.execute(_STEP, "move", self._move, 0)
        return True

    async def _go_on(self, connection: Connection, identity: bytes) -> None:
        places = await self._places(connection)
        if places["source"][0] != identity:
            raise MoveRefused(
                "the target holds an unfinished move of another data directory, or this one's server has been running"
                " since that began: drop and create the database, and begin anew"
            )
        self._move = places["move"][0]

    async def _places(self, connection: Connection) -> dict[str, tuple[bytes, int]]:
        rows = await connection.fetch("select step, place, moved from chasqui_move")
        return {row[0]: (row[1], row[2]) for row in rows}

    async def reached(self, table: Table) -> tuple[Row, int]:
        """Behind which row the move of a table goes on, and how many were moved."""
        async with self._transaction() as connection:
            place, moved = (await self._places(connection)).get(table.name, (None, 0))
        return (table.start if place is None else tuple(msgspec.msgpack.decode(place))), moved

    # ------------------------------------------------------------------------------------------- rows

    async def write(self, table: Table, rows: Sequence[Row], after: Row) -> None:
        """Rows of the target, and that the move has come to `after`."""
        columns = [list(column) for column in zip(*rows, strict=True)]
        async with self._transaction() as connection:
            await connection.execute(table.insert, *columns, timeout=TRANSACTION_SECONDS_MAX)
            await connection.execute(_STEP, table.name, msgspec.msgpack.encode(after), len(rows))

    async def find(self, table: Table, rows: Sequence[Row]) -> list[Row]:
        """What the target has under these rows' keys, in their order; an empty row where it has nothing."""
        at = [list(table.columns).index(each) for each in table.key]
        keys = [tuple(row[each] for each in at) for row in rows]
        async with self._transaction() as connection:
            columns = [list(column) for column in zip(*keys, strict=True)]
            found = await connection.fetch(table.find, *columns, timeout=TRANSACTION_SECONDS_MAX)
        by_key = {tuple(row[each] for each in at): tuple(row) for row in found}
        return [by_key.get(key, ()) for key in keys]

    async def count(self, table: Table) -> int:
        async with self._transaction() as connection:
            count: int = await connection.fetchval(
                f"select count(*) from {table.name}", timeout=TRANSACTION_SECONDS_MAX
            )
        return count

    async def depths(self) -> dict[int, tuple[int, int]]:
        """By the queues' ids, their incarnation and how many messages they have."""
        async with self._transaction() as connection:
            rows = await connection.fetch(_DEPTHS, timeout=TRANSACTION_SECONDS_MAX)
        return {row[0]: (row[1], row[2]) for row in rows}

    # ------------------------------------------------------------------------------------------- files

    def renamed(self, name: str) -> str:
        """A blob's file as it is called here: the same each time this move is gone on with."""
        return hashlib.blake2b(name.encode(), key=self._move, digest_size=16).hexdigest()

    async def write_file(self, name: str, pieces: AsyncIterator[bytes]) -> int:
        """Returns its size. What an interrupted move has left of it is replaced."""
        await self._files.remove(name)
        return await self._files.write(name, pieces)

    def read_file(self, name: str, size: int) -> AsyncIterator[bytes]:
        return self._files.read(name, 0, size)

    # ------------------------------------------------------------------------------------------- the end

    async def finish(self, identity: bytes, counters: Mapping[str, int], depths: Mapping[int, int]) -> None:
        """Let numbers go on behind the `counters` of the source, and servers in. `depths` are by incarnation."""
        first = {
            "queue_number": counters["queue"],
            "incarnation_number": counters["incarnation"],
            "generation": counters["generation"],
            "log_number": counters["log"],
            "message_block": counters["message"] // SEQUENCES_BLOCK + 1,
            "fifo_block": counters["message"] // FIFO_BLOCK + 1,
        }
        held = {incarnation: depth for incarnation, depth in depths.items() if depth}
        async with self._transaction() as connection:
            first["group_number"] = await connection.fetchval("select coalesce(max(number), 0) + 1 from grp")
            first["job_number"] = await connection.fetchval("select coalesce(max(id), 0) + 1 from job")
            for sequence, number in first.items():
                await connection.execute(_GO_ON_FROM, sequence, number)
            await connection.execute(_TALLY, list(held), [0] * len(held), list(held.values()))
            document = msgspec.json.encode({"source": identity.hex()})
            note = Resource(*MOVED, document)
            await connection.execute(_NOTE, note.type, note.owner, note.name, note.document)
            await connection.execute("drop table chasqui_move")


async def _refuse_filled(connection: Connection) -> None:
    found = [name for name in HOLDS if await connection.fetchval(f"select 1 from {name} limit 1") is not None]
    if found:
        raise MoveRefused(
            f"the target is not empty (it has rows in {', '.join(found)}): create a database of its own for the move"
        )
