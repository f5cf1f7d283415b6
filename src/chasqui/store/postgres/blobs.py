"""Blobs: small ones as rows, larger ones as files of a place that every node reaches (see files.py).

A file's name is noted as garbage before its first byte is written, to be swept in a day. The transaction that gives it
a key takes it off that list, and the one that takes its key away puts it on again, with some grace for those who still
read it. So whatever is interrupted wherever, no file is left behind and none is missed; no walk through all files is
ever needed.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from pathlib import Path
from typing import Any

from chasqui.base.pending import Pending
from chasqui.store.port import BLOB_ROW_BYTES_MAX, StagedBlob, StoreError
from chasqui.store.postgres.connection import Connection, Pool, refusals, statements
from chasqui.store.postgres.files import Files, Folder, Pieces, pieces_of
from chasqui.store.postgres.gather import Gather
from chasqui.store.postgres.leases import NOW_MS

STAGED_MS = 24 * 3600 * 1000
GRACE_MS = 10 * 60 * 1000
SWEEP_FILES = 8
FIND_TRIES = 3

Effects = list[Callable[[], object]]

_STAGE = f"insert into blob_garbage values ($1, {NOW_MS} + $2)"
_TAKE = "delete from blob_garbage where file=$1 returning 1"
_PUT = """
insert into blob (key, size, data, file) values ($1, $2, $3, $4)
on conflict (key) do update set size=excluded.size, data=excluded.data, file=excluded.file
"""
_FORGET = f"""
with old as (select file from blob where key=$1 and file is not null)
insert into blob_garbage select file, {NOW_MS} + $2 from old on conflict (file) do nothing returning 1
"""
_NEXT_GARBAGE = (
    f"select file from blob_garbage where after_ms<={NOW_MS} order by after_ms limit $1 for update skip locked"
)


async def open_files(pool: Pool, place: str | None) -> Files:
    """The place that a setting names: `s3://bucket/prefix`, a folder's path, or None for the database itself. Raises
    `StoreUnusable`."""
    if place is None:
        return Pieces(pool)
    if place.startswith("s3://"):
        from chasqui.store.postgres.objects import Objects  # noqa: PLC0415  its client takes a while to import

        objects = Objects(place)
        await objects.check()
        return objects
    return Folder(Path(place))


class Blobs:
    """The verbs. `sweep_wanted` is called when there are files to be swept; files whose key was taken away are kept
    for `grace_ms`, since other nodes may be reading them."""

    def __init__(self, pool: Pool, files: Files) -> None:
        self._pool = pool
        self.files = files
        self.grace_ms = GRACE_MS
        self._sizes: Gather[str, int | None] = Gather(pool, self._find_sizes)
        self.sweep_wanted: Callable[[], object] = lambda: None

    # ------------------------------------------------------------------------------------------- staging

    async def stage(self, data: bytes | AsyncIterable[bytes]) -> StagedBlob:
        """Gather up to a row's worth in memory; write what is larger to a file."""
        held = bytearray()
        rest: AsyncIterator[bytes] | None = None
        if isinstance(data, bytes):
            if len(data) <= BLOB_ROW_BYTES_MAX:
                return StagedBlob(len(data), data, None)
            held += data
        else:
            rest = aiter(data)
            async for piece in rest:
                held += piece
                if len(held) > BLOB_ROW_BYTES_MAX:
                    break
            else:
                return StagedBlob(len(held), bytes(held), None)
        name = os.urandom(16).hex()
        with refusals():
            async with statements(self._pool) as connection:
                await connection.execute(_STAGE, name, STAGED_MS)
        return StagedBlob(await self.files.write(name, pieces_of(bytes(held), rest)), None, name)

    # ------------------------------------------------------------------------------- within a transaction

    async def put(self, connection: Connection, key: str, blob: StagedBlob, effects: Effects) -> None:
        if blob.file is not None and await connection.fetchval(_TAKE, blob.file) is None:
            raise StoreError("the staged bytes were given a key before, or were staged too long ago")
        await self._forget(connection, key, effects)
        await connection.execute(_PUT, key, blob.size, blob.data, blob.file)

    async def delete(self, connection: Connection, key: str, effects: Effects) -> None:
        await self._forget(connection, key, effects)
        await connection.execute("delete from blob where key=$1", key)

    async def _forget(self, connection: Connection, key: str, effects: Effects) -> None:
        if await connection.fetchval(_FORGET, key, self.grace_ms) is not None:
            effects.append(self.sweep_wanted)

    # ------------------------------------------------------------------------------------------- verbs

    def size(self, key: str) -> Pending[int | None]:
        return self._sizes.submit(key)

    async def _find_sizes(self, connection: Connection, keys: list[str]) -> list[int | None]:
        rows = await connection.fetch("select key, size from blob where key = any($1::text[])", keys)
        found = {row[0]: row[1] for row in rows}
        return [found.get(key) for key in keys]

    async def read(self, key: str, start: int, end: int | None) -> AsyncGenerator[bytes]:
        """The bytes [start, end) in pieces. Raises `KeyError`."""
        start = max(0, start)
        for tried in range(FIND_TRIES):
            size, data, file = await self._find(key, start, end)
            end_ = size if end is None else min(end, size)
            if file is None:
                if data:
                    yield data
                return
            began = False
            try:
                async for piece in self.files.read(file, start, end_):
                    began = True
                    yield piece
                return
            except FileNotFoundError:
                # Swept between the row and the file: it was replaced or deleted, so the row says something else now.
                if began or tried == FIND_TRIES - 1:
                    raise

    async def _find(self, key: str, start: int, end: int | None) -> tuple[int, bytes | None, str | None]:
        """Size, the bytes asked for if they are in the row, else the file. Raises `KeyError`."""
        with refusals():
            async with statements(self._pool) as connection:
                row: Any = await connection.fetchrow("select size, data, file from blob where key=$1", key)
        if row is None:
            raise KeyError(key)
        return row[0], None if row[1] is None else row[1][start:end], row[2]

    # ------------------------------------------------------------------------------------------- sweeping

    async def sweep(self, connection: Connection) -> bool:
        """Within a transaction of the sweeper: remove some files that nobody names. True when there may be more. A file
        that is removed although the transaction fails is removed again, which does nothing."""
        names = [row[0] for row in await connection.fetch(_NEXT_GARBAGE, SWEEP_FILES)]
        for name in names:
            await self.files.remove(name)
        await connection.execute("delete from blob_garbage where file = any($1::text[])", names)
        return len(names) == SWEEP_FILES

    async def close(self) -> None:
        """Wait until what was given is answered."""
        await self._sizes.close()
        await self.files.close()
