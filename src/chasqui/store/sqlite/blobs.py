"""Blobs: small ones as rows, larger ones as files that are synced before their row is committed.

A file is written to staging/, renamed into its place by the transaction that gives it a key, and unlinked only after
the transaction that took its key away is durable (blob_garbage is the list). What a crash leaves in staging/ is put in
its place at the next start when a row names it, and removed otherwise: no walk through all files is ever needed.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar

from chasqui.base.directories import sync_directory
from chasqui.store.port import BLOB_ROW_BYTES_MAX, StagedBlob, StoreError, StoreFull
from chasqui.store.sqlite.engine import Engine
from chasqui.store.sqlite.sweeper import Sweeper

PIECE_BYTES = 256 * 1024

_R = TypeVar("_R")


async def _thread(work: Callable[..., _R], *arguments: Any) -> _R:
    """Off the loop. Raises `StoreFull` when there is no room, `StoreError` for what else the file system says."""
    try:
        return await asyncio.get_running_loop().run_in_executor(None, work, *arguments)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        told = StoreFull("no room for a blob") if full else StoreError(f"a blob cannot be written: {error}")
        raise told from error


def _write(file: IO[bytes], piece: bytes) -> None:
    """All of it, however much the file takes at a time."""
    with memoryview(piece) as rest:
        at = 0
        while at < len(rest):
            at += file.write(rest[at:])


_PUT = "insert or ignore into blob values (?, ?, ?, ?)"


class Blobs:
    """Commands and the files beside the database."""

    def __init__(self, engine: Engine, sweeper: Sweeper, directory: Path) -> None:
        self._engine = engine
        self._sweeper = sweeper
        self._execute = engine.cursor.execute
        self.directory = directory
        self._staging = directory / "staging"
        self._staging.mkdir(parents=True, exist_ok=True)
        sweeper.unlink = self._unlink
        self._recover()

    def _recover(self) -> None:
        for file in self._staging.iterdir():
            if self._execute("select 1 from blob where file=?", (file.name,)).fetchall():
                file.rename(self._place(file.name))
            else:
                file.unlink()

    def _place(self, name: str) -> Path:
        directory = self.directory / name[:2]
        directory.mkdir(exist_ok=True)
        return directory / name

    def _unlink(self, names: list[str]) -> None:
        """A thread's work."""
        for name in names:
            (self.directory / name[:2] / name).unlink(missing_ok=True)
            (self._staging / name).unlink(missing_ok=True)

    # ------------------------------------------------------------------------------------------- staging

    async def stage(self, data: bytes | AsyncIterable[bytes]) -> StagedBlob:
        """Gather up to a row's worth in memory; write what is larger to a synced file, off the loop."""
        if isinstance(data, bytes):
            if len(data) <= BLOB_ROW_BYTES_MAX:
                return StagedBlob(len(data), data, None)
            return await self._stage_file(data, None)
        held: list[bytes] = []
        size = 0
        pieces = aiter(data)
        async for piece in pieces:
            held.append(piece)
            size += len(piece)
            if size > BLOB_ROW_BYTES_MAX:
                return await self._stage_file(b"".join(held) if len(held) > 1 else piece, pieces)
        return StagedBlob(size, b"".join(held), None)

    async def _stage_file(self, start: bytes, pieces: AsyncIterator[bytes] | None) -> StagedBlob:
        name = os.urandom(16).hex()
        path = self._staging / name
        size = len(start)
        # Unbuffered: the pieces are large, and what is not buffered cannot fail when the file is closed.
        file: IO[bytes] = await _thread(open, path, "xb", 0)
        try:
            await _thread(_write, file, start)
            if pieces is not None:
                async for piece in pieces:
                    size += len(piece)
                    await _thread(_write, file, piece)
            await _thread(self._finish, file)
        except BaseException:
            # Without waiting: who was cancelled may not. A thread that still writes writes to a file without a name.
            path.unlink(missing_ok=True)
            self._engine.loop.run_in_executor(None, file.close)
            raise
        return StagedBlob(size, None, name)

    def _finish(self, file: IO[bytes]) -> None:
        os.fsync(file.fileno())
        file.close()
        sync_directory(self._staging)

    def drop(self, key: str, blob: StagedBlob) -> None:
        """In the next tick, after whatever transaction may still give them the key."""
        if blob.file is not None:
            self._engine.submit(self._drop, 0, (key, blob.file))

    def _drop(self, pending: object, queue: int, argument: tuple[str, str]) -> None:
        key, file = argument
        if self._execute("select 1 from blob where key=? and file=?", (key, file)).fetchall():
            return
        (self._staging / file).unlink(missing_ok=True)

    # ------------------------------------------------------------------------------------------- commands

    def put(self, key: str, blob: StagedBlob) -> None:
        """Within a transaction. The rename needs no sync of its own: until it is durable, staging/ has the file."""
        row = (key, blob.size, blob.data, blob.file)
        self._execute(_PUT, row)
        if not self._engine.db.changes():
            self.delete(key)
            self._execute(_PUT, row)
        if blob.file is not None:
            self._engine.after_commit.append(partial(self._settle, blob.file))

    def _settle(self, name: str) -> None:
        """Out of staging/. It may be gone: replaced, and swept, by what was committed together with it."""
        with suppress(FileNotFoundError):
            (self._staging / name).rename(self._place(name))

    def delete(self, key: str) -> None:
        """Within a transaction."""
        rows = self._execute("select file from blob where key=?", (key,)).fetchall()
        if rows:
            self._execute("delete from blob where key=?", (key,))
            if rows[0][0] is not None:
                self._execute("insert or ignore into blob_garbage values (?)", (rows[0][0],))
                self._sweeper.soon()

    def size(self, pending: object, queue: int, key: str) -> int | None:
        rows = self._execute("select size from blob where key=?", (key,)).fetchall()
        return rows[0][0] if rows else None

    def row(self, key: str) -> bytes | None:
        """A blob that is a row; None for files, and for what is not there."""
        rows = self._execute("select data from blob where key=?", (key,)).fetchall()
        data: bytes | None = rows[0][0] if rows else None
        return data

    def find(self, pending: object, queue: int, key: str) -> tuple[int, bytes | None, IO[bytes] | None]:
        """Opens the file while its row stands, so that a deletion does not take it from under a reader."""
        rows = self._execute("select size, data, file from blob where key=?", (key,)).fetchall()
        if not rows:
            return (-1, None, None)
        size, data, name = rows[0]
        if name is None:
            return (size, data, None)
        place = self._place(name)
        file = open(place if place.exists() else self._staging / name, "rb", 0)  # noqa: SIM115  the reader closes it
        return (size, None, file)

    async def read(self, key: str, start: int, end: int | None) -> AsyncIterator[bytes]:
        """The bytes [start, end) in pieces. Raises `KeyError`."""
        size, data, file = await self._engine.submit(self.find, 0, key)
        if size < 0:
            raise KeyError(key)
        end = size if end is None else min(end, size)
        if file is None:
            assert data is not None
            if start < end:
                yield data[start:end]
            return
        read = self._engine.loop.run_in_executor
        with file:
            file.seek(start)
            while start < end:
                piece = await read(None, file.read, min(PIECE_BYTES, end - start))
                if not piece:
                    raise OSError(f"the file of blob {key} is shorter than its row says")
                start += len(piece)
                yield piece
