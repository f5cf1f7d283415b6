"""Where large blobs are kept, such that every node reaches them: a shared folder, or pieces in the database itself
(or an object store: see objects.py).

Names are random and given once; a file is complete before any row names it and never changes after that.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import IO, Any, Protocol, TypeVar

from chasqui.base.directories import sync_directory
from chasqui.store.port import StoreError, StoreFull, StoreUnusable
from chasqui.store.postgres.connection import Pool, refusals, statements

T = TypeVar("T")

PIECE_BYTES = 256 * 1024
REMOVE_PIECES = 100


class Files(Protocol):
    """A place for files."""

    async def write(self, name: str, pieces: AsyncIterator[bytes]) -> int:
        """Write a file durably; returns its size in bytes. What it leaves when it fails is removed later."""
        ...

    def read(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes [start, end) in pieces. Raises `FileNotFoundError`."""
        ...

    async def remove(self, name: str) -> None:
        """Remove it, if it is there."""
        ...

    async def close(self) -> None: ...


async def pieces_of(start: bytes, rest: AsyncIterator[bytes] | None) -> AsyncIterator[bytes]:
    """Bytes at hand and those to come, in pieces of `PIECE_BYTES` and a shorter last one."""
    held = bytearray(start)
    at = 0
    while True:
        while len(held) - at >= PIECE_BYTES:
            yield bytes(held[at : at + PIECE_BYTES])
            at += PIECE_BYTES
        del held[:at]
        at = 0
        if rest is None:
            break
        try:
            held += await anext(rest)
        except StopAsyncIteration:
            rest = None
    if held:
        yield bytes(held)


class Folder:
    """A folder that all nodes have mounted (NFS, EFS, CephFS), files by the first two letters of their names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnusable(f"the folder for blobs cannot be used: {error}") from error

    def _place(self, name: str) -> Path:
        return self._folder / name[:2] / name

    async def write(self, name: str, pieces: AsyncIterator[bytes]) -> int:
        size = 0
        file: IO[bytes] = await _thread(self._create, self._place(name))
        try:
            async for piece in pieces:
                size += await _thread(file.write, piece)
            await _thread(self._finish, file)
        finally:
            file.close()
        return size

    def _create(self, place: Path) -> IO[bytes]:
        place.parent.mkdir(exist_ok=True)
        sync_directory(self._folder)
        return open(place, "xb")

    def _finish(self, file: IO[bytes]) -> None:
        file.flush()
        os.fsync(file.fileno())
        sync_directory(Path(file.name).parent)

    async def read(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        file = await asyncio.to_thread(open, self._place(name), "rb", 0)
        with file:
            file.seek(start)
            while start < end:
                piece = await asyncio.to_thread(file.read, min(PIECE_BYTES, end - start))
                if not piece:
                    raise OSError(f"{file.name} is shorter than its row says")
                start += len(piece)
                yield piece

    async def remove(self, name: str) -> None:
        await asyncio.to_thread(self._place(name).unlink, missing_ok=True)

    async def close(self) -> None: ...


async def _thread(work: Callable[..., T], *arguments: Any) -> T:
    """Off the loop. Raises `StoreFull` when there is no room, `StoreError` for what else the file system says."""
    try:
        return await asyncio.to_thread(work, *arguments)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        told = StoreFull("no room for a blob") if full else StoreError(f"a blob cannot be written: {error}")
        raise told from error


_PIECE = "select data from blob_piece where file=$1 and number=$2"
_REMOVE = """
delete from blob_piece where file=$1 and number in (
  select number from blob_piece where file=$1 order by number limit $2)
"""


class Pieces:
    """Pieces in the database: nothing to set up, and backed up with it; each byte is written to its log, too."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def write(self, name: str, pieces: AsyncIterator[bytes]) -> int:
        size = number = 0
        async for piece in pieces:
            with refusals():
                async with statements(self._pool) as connection:
                    await connection.execute("insert into blob_piece values ($1, $2, $3)", name, number, piece)
            size += len(piece)
            number += 1
        return size

    async def read(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        while start < end:
            number = start // PIECE_BYTES
            with refusals():
                async with statements(self._pool) as connection:
                    data: Any = await connection.fetchval(_PIECE, name, number)
            if data is None:
                raise FileNotFoundError(name)
            at = start - number * PIECE_BYTES
            piece = data[at : at + end - start]
            start += len(piece)
            yield piece

    async def remove(self, name: str) -> None:
        removed = REMOVE_PIECES
        while removed == REMOVE_PIECES:
            async with statements(self._pool) as connection:
                status: str = await connection.execute(_REMOVE, name, REMOVE_PIECES)
            removed = int(status.rpartition(" ")[2])

    async def close(self) -> None: ...
