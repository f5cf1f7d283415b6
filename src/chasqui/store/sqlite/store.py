"""The SQLite store as services see it: every verb puts a command into the next tick. `open_store` is the way in."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

from chasqui.base.clock import Clock
from chasqui.base.directories import sync_directory
from chasqui.base.pending import Pending
from chasqui.store.port import (
    Appended,
    Claim,
    Claimed,
    Counts,
    Delivered,
    Destination,
    Lease,
    LogState,
    NewMessage,
    NewRecord,
    Once,
    Peeked,
    Post,
    Receipt,
    Record,
    Resource,
    Settled,
    StagedBlob,
    StoreError,
    StoreUnusable,
    Transaction,
)
from chasqui.store.sqlite import backup, reset
from chasqui.store.sqlite.blobs import Blobs
from chasqui.store.sqlite.connection import DirectoryLock, open_database
from chasqui.store.sqlite.engine import APPEND, CLAIM, DELIVER, SETTLE, Engine
from chasqui.store.sqlite.logs import Logs
from chasqui.store.sqlite.queues import Queues
from chasqui.store.sqlite.resources import Resources
from chasqui.store.sqlite.sweeper import Sweeper
from chasqui.store.sqlite.syncer import HelperSyncer, Syncer, helper_possible

T = TypeVar("T")

Durability = Literal["full", "relaxed"]


async def open_store(
    path: Path | None,
    *,
    clock: Clock,
    durability: Durability = "full",
    syncer: Syncer | None = None,
    vfs: str | None = None,
) -> SqliteStore:
    """Open the store in a data directory, or one in memory. Raises `StoreUnusable`.

    `syncer` and `vfs` are for the power-cut tests: another way to sync, another file system.
    """
    if path is None:
        return SqliteStore(None, Engine(open_database(None), clock, None), None)
    path.mkdir(parents=True, exist_ok=True)
    lock = DirectoryLock(path)
    try:
        file = path / "chasqui.db"
        db = open_database(file, vfs)
        # The first write makes the log's file, which the helper inherits.
        db.execute("begin immediate; update counter set value=value where name='message'; commit").fetchall()
        sync_directory(path)
        if durability == "full" and syncer is None and helper_possible():
            syncer = HelperSyncer()
        engine = Engine(db, clock, syncer if durability == "full" else None)
        level = _start_syncer(engine, file.with_name("chasqui.db-wal"), durability)
        db.execute(f"pragma synchronous={level}").fetchall()
        return SqliteStore(path, engine, lock)
    except BaseException:
        lock.release()
        raise


def _start_syncer(engine: Engine, log: Path, durability: Durability) -> str:
    if durability == "relaxed":
        return "normal"
    try:
        if engine.syncer is not None:
            engine.syncer.start(log, engine.synced)
            return "normal"
    except NotImplementedError:  # this loop cannot watch a pipe
        engine.syncer = None
    return "full"


class SqliteStore:
    """One data directory, one process."""

    def __init__(self, path: Path | None, engine: Engine, lock: DirectoryLock | None) -> None:
        self.path = path
        self.engine = engine
        self._lock = lock
        self._scratch = tempfile.TemporaryDirectory(prefix="chasqui-") if path is None else None
        directory = path if path is not None else Path(self._scratch.name if self._scratch else "")
        self._sweeper = Sweeper(engine)
        self._logs = Logs(engine, self._sweeper)
        self._queues = Queues(engine, self._sweeper.due_at, self._logs)
        self._queues.fifo.remembered = self._sweeper.remembered
        self._sweeper.expire_fifo = self._queues.fifo.expire
        self._blobs = Blobs(engine, self._sweeper, directory / "blobs")
        self._resources = Resources(engine, self._sweeper, self._logs, self._blobs, self._queues.posted)
        self._sweeper.start()

    # ------------------------------------------------------------------------------------------- resources

    def transaction(self, fn: Callable[[Transaction], Awaitable[T]]) -> Pending[T]:
        return self.engine.submit(self._resources.transaction, 0, fn)

    def resource(self, type: str, owner: str, name: str) -> Pending[Resource | None]:
        return self.engine.submit(self._resources.get, 0, (type, owner, name))

    def resource_and_blob(
        self, type: str, owner: str, name: str, named: Callable[[Resource], str | None]
    ) -> Pending[tuple[Resource | None, bytes | None]]:
        return self.engine.submit(self._resources.get_with_blob, 0, ((type, owner, name), named))

    def resources(
        self,
        type: str,
        owner: str | None = None,
        *,
        prefix: str = "",
        after: tuple[str, str] = ("", ""),
        limit: int = 1000,
    ) -> Pending[list[Resource]]:
        return self.engine.submit(self._resources.listed, 0, (type, owner, prefix, after, limit))

    def watch_resources(self, type: str, changed: Callable[[str, str], object]) -> None:
        self._resources.watchers.setdefault(type, []).append(changed)

    async def lease(self, name: str, ttl_ms: int) -> Lease | None:
        return self._resources.leases.acquire(name, ttl_ms)

    # ------------------------------------------------------------------------------------------- queues

    def append_messages(self, queue: int, messages: Sequence[NewMessage]) -> Pending[list[Appended]]:
        engine = self.engine
        pending: Pending[list[Appended]] = Pending()
        engine.commands.append((APPEND, pending, queue, messages))
        if not engine.armed:
            engine.arm()
        return pending

    def deliver(
        self,
        post: Post | Callable[[int], Post],
        *,
        once: Once | None = None,
        settle: tuple[int, Sequence[Receipt]] | None = None,
    ) -> Pending[Delivered]:
        return self.engine.submit(DELIVER, 0, (post, once, settle))

    def claim_messages(self, queue: int, claim: Claim) -> Pending[list[Claimed]]:
        return self.engine.submit(CLAIM, queue, claim)

    def fresh(self) -> bool:
        return True

    def release_waiting(self) -> None:
        self.engine.parking.release_all()

    def settle_messages(self, queue: int, receipts: Sequence[Receipt]) -> Pending[list[Settled]]:
        return self.engine.submit(SETTLE, queue, receipts)

    def extend_messages(self, queue: int, changes: Sequence[tuple[Receipt, int]]) -> Pending[list[Settled]]:
        return self.engine.submit(self._queues.extend, queue, changes)

    def move_messages(
        self, queue: int, limit: int, origins: Mapping[str, Destination], default: Destination | None
    ) -> Pending[int]:
        return self.engine.submit(self._queues.move, queue, (limit, origins, default))

    def counts(self, queue: int) -> Pending[Counts]:
        return self.engine.submit(self._queues.counts, queue)

    def oldest_sent_at_ms(self, queue: int) -> Pending[int | None]:
        return self.engine.submit(self._queues.oldest, queue)

    def peek_messages(self, queue: int, *, after: int = 0, limit: int = 100) -> Pending[list[Peeked]]:
        return self.engine.submit(self._queues.peek, queue, (after, limit))

    # ------------------------------------------------------------------------------------------- logs

    def append_records(self, log: int, records: Sequence[NewRecord]) -> Pending[list[int]]:
        return self.engine.submit(self._logs.append, log, records)

    def read_records(self, log: int, *, after: int, limit: int, bytes_max: int = 1 << 20) -> Pending[list[Record]]:
        return self.engine.submit(self._logs.read, log, (after, limit, bytes_max))

    def trim_records(self, log: int, before: int) -> Pending[None]:
        return self.engine.submit(self._logs.trim, log, before)

    def log_state(self, log: int) -> Pending[LogState]:
        return self.engine.submit(self._logs.state, log)

    # ------------------------------------------------------------------------------------------- blobs

    async def stage_blob(self, data: bytes | AsyncIterable[bytes]) -> StagedBlob:
        return await self._blobs.stage(data)

    def drop_staged(self, key: str, blob: StagedBlob) -> None:
        self._blobs.drop(key, blob)

    def read_blob(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        return self._blobs.read(key, start, end)

    def blob_size(self, key: str) -> Pending[int | None]:
        return self.engine.submit(self._blobs.size, 0, key)

    # ------------------------------------------------------------------------------------------- the whole

    async def backup(self, target: Path) -> None:
        self._sweeper.backups += 1
        try:
            await backup.backup(self.engine, self._blobs.directory, target)
        finally:
            self._sweeper.backups -= 1
            self._sweeper.start()

    def watch_failure(self, failed: Callable[[StoreError], object]) -> None:
        self.engine.failed = failed

    def statistics(self) -> Mapping[str, Any]:
        engine = self.engine
        pages, free = engine.db.pragma("page_count"), engine.db.pragma("freelist_count")
        return {
            "commits": engine.commits,
            "syncs": engine.syncs,
            "rollbacks": engine.rollbacks,
            "commands_waiting": len(engine.commands),
            "claims_waiting": len(engine.parking),
            "jobs": engine.db.execute("select count(*) from job").get,
            "sweep_slices": self._sweeper.slices,
            "bytes": pages * 4096,
            "bytes_free": free * 4096,
        }

    async def reset(self) -> None:
        await self.engine.submit(lambda *_: reset.reset(self.engine, self._resources, self._sweeper))

    async def close(self) -> None:
        engine = self.engine
        if engine.fatal is None:
            await engine.idle()
        engine.parking.release_all()
        self._sweeper.close()
        if engine.fatal is None:
            await engine.idle()
            engine.fatal = StoreUnusable("the store is closed")
        if engine.syncer is not None:
            engine.syncer.close()
        engine.cursor.close()
        engine.db.close()
        if self._lock is not None:
            self._lock.release()
        if self._scratch is not None:
            await asyncio.to_thread(self._scratch.cleanup)
