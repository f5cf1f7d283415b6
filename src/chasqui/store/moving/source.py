"""The house that is left: a SQLite data directory whose server is stopped. It is only read, after an older
schema was brought to this program's version as a server would."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec

from chasqui.store.moving.tables import BUCKETED, REFERRED, Row, Table
from chasqui.store.port import StoreError, StoreUnusable
from chasqui.store.sqlite.connection import DirectoryLock, open_database

BATCH_BYTES = 4 << 20
"""A batch ends with the row that brings it there."""

PIECE_BYTES = 256 * 1024
DATABASE = "chasqui.db"

_IDENTITY = (
    "select name, value from counter order by name",
    "select document from resource where type='chasqui:keys' order by owner, name",
    "select id, incarnation, ordered from queue order by id",
    "select id, first, last from log order by id",
)
_DEPTHS = """
select id, (select count(*) from message m where m.incarnation=q.incarnation)
  + (select count(*) from grp g join fifo f on f.gid=g.gid where g.incarnation=q.incarnation)
from queue q order by id
"""


class Source:
    """Holds the directory's lock, so that no server can be started on it meanwhile. Raises `StoreUnusable`."""

    def __init__(self, place: Path) -> None:
        directory = place.parent if place.is_file() else place
        if not (directory / DATABASE).is_file():
            raise StoreUnusable(
                f"{directory} holds no {DATABASE}: give a data directory, or sqlite:// and its absolute path"
            )
        self.directory = directory
        self._lock = DirectoryLock(directory)
        try:
            self._db = open_database(directory / DATABASE)
        except BaseException:
            self._lock.release()
            raise
        self._db.execute(REFERRED).fetchall()
        self._buckets = {name: ", ".join(map(str, self._find_buckets(name))) for name in BUCKETED}

    def close(self) -> None:
        self._db.close()
        self._lock.release()

    def _fetch(self, statement: str, *values: Any) -> list[Row]:
        rows: list[Row] = self._db.execute(statement, values).fetchall()
        return rows

    def _find_buckets(self, table: str) -> list[int]:
        found: list[int] = []
        while bucket := self._fetch(f"select min(bucket) from {table} where bucket>?", (found or [-1])[-1])[0][0]:
            found.append(bucket)
        return found

    # ------------------------------------------------------------------------------------------- what it is

    def identity(self) -> bytes:
        """Tells this source, as it was left, from others, and from itself after a server has taken something in."""
        facts = [self._fetch(statement) for statement in _IDENTITY]
        return hashlib.blake2b(msgspec.msgpack.encode(facts), digest_size=16).digest()

    def counter(self, name: str) -> int:
        """The next number that it would have given."""
        value: int = self._fetch("select value from counter where name=?", name)[0][0]
        return value

    def depths(self) -> dict[int, int]:
        """How many messages each queue has, by its id; expired ones are counted until they are swept."""
        return {row[0]: row[1] for row in self._fetch(_DEPTHS)}

    # ------------------------------------------------------------------------------------------- rows

    def count(self, table: Table) -> int:
        """How many rows of a table are to be moved."""
        count: int = self._fetch(table.count(self._buckets.get(table.name, "")))[0][0]
        return count

    def batches(self, table: Table, after: Row) -> Iterator[tuple[Row, list[Row]]]:
        """Where each batch ends, and its rows as the source has them."""
        statement = table.read(self._buckets.get(table.name, ""))
        while rows := self._batch(statement, table, after):
            after = rows[-1][: len(table.cursor)]
            yield after, rows

    def _batch(self, statement: str, table: Table, after: Row) -> list[Row]:
        rows: list[Row] = []
        size = 0
        cursor = self._db.cursor()
        for row in cursor.execute(statement, (*after, table.rows_max)):
            rows.append(row)
            size += sum(len(each) for each in row if isinstance(each, bytes | str))
            if size >= BATCH_BYTES:
                break
        cursor.close()
        return rows

    # ------------------------------------------------------------------------------------------- files

    async def file(self, name: str) -> AsyncIterator[bytes]:
        """A blob's file in pieces. It is in staging/ when the server died between its commit and the renaming."""
        places = self.directory / "blobs" / name[:2] / name, self.directory / "blobs" / "staging" / name
        place = next((each for each in places if each.exists()), None)
        if place is None:
            raise StoreError(f"the file {places[0]} of a blob is missing")
        with open(place, "rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece
