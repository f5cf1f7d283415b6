"""Blobs: small ones as rows, larger ones as files of a place that every node reaches (see files.py).

A file's name is noted as garbage before its first byte is written, to be swept in a day. The transaction that gives it
a key takes it off that list, and the one that takes its key away puts it on again, with some grace for those who still
read it. So whatever is interrupted wherever, no file is left behind and none is missed; no walk through all files is
ever needed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar, cast

from chasqui.base.pending import Pending
from chasqui.store.port import BLOB_ROW_BYTES_MAX, StagedBlob, StoreError
from chasqui.store.postgres.connection import Connection, Pool, refusals, statements
from chasqui.store.postgres.files import Files, Folder, Pieces, pieces_of
from chasqui.store.postgres.gather import Gather, Tasks
from chasqui.store.postgres.leases import NOW_MS

T = TypeVar("T")

STAGED_MS = 24 * 3600 * 1000
GRACE_MS = 10 * 60 * 1000
SWEEP_FILES = 8
FIND_TRIES = 3
_READ_TOGETHER = 32
"""So many blobs that are rows come with one statement: two megabytes at most."""

Effects = list[Callable[[], object]]
_Row = tuple[int, bytes | None, str | None]
"""A blob's size, its bytes or its file."""

_FIND = "select key, size, data, file from blob where key = any($1::text[])"
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
        self._rows: Gather[str, _Row | None] = Gather(pool, self._find_rows)
        self._tasks = Tasks()
        self.sweep_wanted: Callable[[], object] = lambda: None

    # ------------------------------------------------------------------------------------------- staging

    async def stage(self, data: bytes | AsyncIterable[bytes]) -> StagedBlob:
        """Gather up to a row's worth in memory; write what is larger to a file."""
        if isinstance(data, bytes) and len(data) <= BLOB_ROW_BYTES_MAX:
            return StagedBlob(len(data), data, None)
        # In a task: who stages may be none, and connections are waited for.
        return await self._in_a_task(self._stage(data))

    async def _in_a_task(self, work: Coroutine[Any, Any, T]) -> T:
        """Whatever it raises is raised as it is: it may be the sender's."""
        told: tuple[T | None, Exception | None] = await self._tasks.start(_outcome(work))
        value, error = told
        if error is not None:
            raise error
        return cast("T", value)

    async def _stage(self, data: bytes | AsyncIterable[bytes]) -> StagedBlob:
        held = bytearray()
        rest: AsyncIterator[bytes] | None = None
        if isinstance(data, bytes):
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

    async def read(self, key: str, start: int, end: int | None) -> AsyncIterator[bytes]:
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
            pieces, turn = aiter(self.files.read(file, start, end_)), asyncio.Lock()
            piece: bytes | None
            try:
                # In tasks, as above.
                while (piece := await self._in_a_task(_next(pieces, turn))) is not None:
                    began = True
                    yield piece
                return
            except FileNotFoundError:
                # Swept between the row and the file: it was replaced or deleted, so the row says something else now.
                if began or tried == FIND_TRIES - 1:
                    raise
            finally:
                self._tasks.start(_end(pieces, turn))

    async def _find(self, key: str, start: int, end: int | None) -> _Row:
        """Size, the bytes asked for if they are in the row, else the file. Raises `KeyError`."""
        row = await self._rows.submit(key)
        if row is None:
            raise KeyError(key)
        return row[0], None if row[1] is None else row[1][start:end], row[2]

    async def _find_rows(self, connection: Connection, keys: list[str]) -> list[_Row | None]:
        found: dict[str, _Row] = {}
        for at in range(0, len(keys), _READ_TOGETHER):
            for row in await connection.fetch(_FIND, keys[at : at + _READ_TOGETHER]):
                found[row[0]] = row[1], row[2], row[3]
        return [found.get(key) for key in keys]

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
        await self._tasks.close()
        await self._sizes.close()
        await self._rows.close()
        await self.files.close()


async def _outcome(work: Coroutine[Any, Any, T]) -> tuple[T | None, Exception | None]:
    try:
        return await work, None
    except Exception as error:  # noqa: BLE001  it is raised where the work is waited for
        return None, error


async def _next(pieces: AsyncIterator[bytes], turn: asyncio.Lock) -> bytes | None:
    """The next one, None at the end."""
    async with turn:
        return await anext(pieces, None)


async def _end(pieces: AsyncIterator[bytes], turn: asyncio.Lock) -> None:
    """Close it, after the step that whoever gave up has left behind."""
    async with turn:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()
