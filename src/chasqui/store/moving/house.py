"""The move: rows in batches, each one transaction of the target; then all of them once more, compared; then the end.

Killed anywhere, it is run again and goes on behind the last batch that was committed. A row is in memory for the time
of its batch only. The source is not changed, and is not told to be moved: whoever starts a server on it afterwards has
two stores that know nothing of each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec

from chasqui.store.moving.source import Source
from chasqui.store.moving.tables import BLOB, TABLES, Row, Table
from chasqui.store.moving.target import MoveRefused, Target
from chasqui.store.port import StoreError
from chasqui.store.postgres.connection import refusals

COUNTERS = ("message", "queue", "log", "incarnation", "generation")

Told = Callable[[str, str, int, int], object]
"""Hears of "move" or "verify", the table, how many rows are done, and how many there are."""


class MovedTable(msgspec.Struct, frozen=True):
    """`rows` were found to be the same on both sides; `checksum` is over all their columns (BLAKE2b)."""

    name: str
    rows: int
    checksum: str


class Moved(msgspec.Struct, frozen=True):
    """What was moved. `already` says that it had been before, and nothing was done."""

    tables: tuple[MovedTable, ...]
    queues: int
    messages: int
    already: bool = False


async def move_house(place: Path, dsn: str, blobs: str | None, told: Told) -> Moved:
    """Move what the data directory `place` (or its database's file) holds to the database `dsn`, and large blobs to
    `blobs` (see `postgres/blobs.py`). Raises `StoreUnusable`, `MoveRefused`, and `StoreError` when the database fails.
    """
    source = Source(place)
    try:
        target = await Target.open(dsn, blobs)
        try:
            with refusals():
                return await _move(source, target, told)
        except MoveRefused:
            raise
        except StoreError as error:
            raise StoreError(f"{error}. Run the same command again: it goes on where it was") from error
        finally:
            await target.close()
    finally:
        source.close()


async def _move(source: Source, target: Target, told: Told) -> Moved:
    identity = source.identity()
    if not await target.begin(identity):
        return Moved((), 0, 0, already=True)
    for table in TABLES:
        await _move_table(source, target, table, told)
    tables = [await _verify_table(source, target, table, told) for table in TABLES]
    depths = await _verify_depths(source, target)
    counters = {name: source.counter(name) for name in COUNTERS}
    await target.finish(identity, counters, dict(depths.values()))
    return Moved(tuple(tables), len(depths), sum(depth for _, depth in depths.values()))


# ------------------------------------------------------------------------------------------------------------ move


async def _move_table(source: Source, target: Target, table: Table, told: Told) -> None:
    total = source.count(table)
    after, done = await target.reached(table)
    told("move", table.name, done, total)
    for end, rows in source.batches(table, after):
        await target.write(table, await _converted(source, target, table, rows), end)
        done += len(rows)
        told("move", table.name, done, total)


async def _converted(source: Source, target: Target, table: Table, rows: list[Row]) -> list[Row]:
    """The target's rows; files go before the rows that name them."""
    if table is not BLOB:
        return [table.convert(row) for row in rows]
    for _, size, _, file in rows:
        if file is not None and await target.write_file(target.renamed(file), source.file(file)) != size:
            raise MoveRefused(f"the file {file} of a blob is not as large as its row says")
    return _renamed(target, rows)


def _renamed(target: Target, rows: list[Row]) -> list[Row]:
    return [(key, size, data, file and target.renamed(file)) for key, size, data, file in rows]


# ---------------------------------------------------------------------------------------------------------- verify


async def _verify_table(source: Source, target: Target, table: Table, told: Told) -> MovedTable:
    """Compare each row that the source has, and count those of the target."""
    total, done = source.count(table), 0
    checksum = hashlib.blake2b(digest_size=8)
    told("verify", table.name, done, total)
    for _, rows in source.batches(table, table.start):
        expected = _renamed(target, rows) if table is BLOB else [table.convert(row) for row in rows]
        if await target.find(table, expected) != expected:
            raise _differs(table.name)
        if table is BLOB:
            await _verify_files(source, target, rows)
        checksum.update(msgspec.msgpack.encode(expected))
        done += len(rows)
        told("verify", table.name, done, total)
    if await target.count(table) != done:
        raise _differs(table.name)
    return MovedTable(table.name, done, checksum.hexdigest())


def _differs(what: str) -> MoveRefused:
    return MoveRefused(
        f"verification failed: {what} differs on the two sides, so one of them was changed since the move began."
        " Nothing was lost on the side of the source: drop and create the target's database, and begin anew"
    )


async def _verify_files(source: Source, target: Target, rows: list[Row]) -> None:
    for _, size, _, file in rows:
        if file is not None:
            ours, theirs = source.file(file), target.read_file(target.renamed(file), size)
            if await _digest(ours) != await _digest(theirs):
                raise _differs(f"the file {file}")


async def _digest(pieces: AsyncIterator[bytes]) -> bytes:
    digest = hashlib.blake2b()
    async for piece in pieces:
        digest.update(piece)
    return digest.digest()


async def _verify_depths(source: Source, target: Target) -> dict[int, tuple[int, int]]:
    """Each queue has as many messages as it had."""
    depths = await target.depths()
    if {queue: depth for queue, (_, depth) in depths.items()} != source.depths():
        raise _differs("the number of messages of a queue")
    return depths
