"""The PostgreSQL store as services see it. `open_postgres` is the way in; how the parts are wired stands here.

Queue verbs go to the engine's lanes, everything else to the pool. A node keeps nothing of its own: any number of them
may be opened on one database.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

from chasqui.base.clock import Clock
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
from chasqui.store.postgres.blobs import Blobs, open_files
from chasqui.store.postgres.connection import (
    LOST,
    RETRYABLE,
    Durability,
    Pool,
    borrowed,
    open_pool,
    refusal,
    refusals,
    target,
)
from chasqui.store.postgres.engine import Engine
from chasqui.store.postgres.feed import Feed
from chasqui.store.postgres.gather import Tasks, pause
from chasqui.store.postgres.leases import Leases
from chasqui.store.postgres.logs import Logs
from chasqui.store.postgres.queues import Queues
from chasqui.store.postgres.resources import Resources
from chasqui.store.postgres.sweeper import Sweeper
from chasqui.store.postgres.wakeups import Wakeups

T = TypeVar("T")

OTHER_CONNECTIONS = 6
"""Connections of the pool beside the lanes: for transactions, logs, blobs, the sweeper."""

RESET_TRIES = 20

CLOSE_SECONDS_MAX = 2.0
"""How long a node that ends waits for the database to finish what was given."""

_TABLES = "queue, tally, message, grp, fifo, dedup, attempt, job, shared, shared_garbage"


async def open_postgres(
    dsn: str, *, clock: Clock, durability: Durability = "full", blobs: str | None = None, lanes: int = 4,
    notify: bool = True,
) -> PostgresStore:  # fmt: skip
    """Open a node on a database. `blobs` is where larger blobs are kept (see `blobs.py`); `lanes` how many statements
    of queues may be under way at once; `notify` whether nodes wake each other by NOTIFY, which behind PgBouncer they
    never do. Raises `StoreUnusable`."""
    pool = await open_pool(dsn, size=lanes + OTHER_CONNECTIONS, durability=durability)
    pgbouncer = target(dsn).pgbouncer
    try:
        store = PostgresStore(
            pool, dsn, clock, Blobs(pool, await open_files(pool, blobs)), lanes, pgbouncer=pgbouncer, notify=notify
        )
        await store.start()
    except Exception as error:
        pool.terminate()
        if isinstance(error, (asyncpg.PostgresError, *LOST)):
            raise StoreUnusable(str(refusal(error))) from error
        raise
    return store


class PostgresStore:
    """One node."""

    def __init__(
        self, pool: Pool, dsn: str, clock: Clock, blobs: Blobs, lanes: int, *, pgbouncer: bool, notify: bool
    ) -> None:
        self._pool = pool
        self.engine = Engine(pool, clock, lanes, session=not pgbouncer)
        self._logs = Logs(pool)
        self.queues = Queues(self.engine, self._logs)
        self.wakeups = Wakeups(self.engine, self.queues.claims, dsn, notify=notify and not pgbouncer)
        self.queues.tell = self.wakeups.stirred
        self.wakeups.deleted = self.queues.deleted
        self._feed = Feed(dsn, clock)
        self._feed.announce = self.wakeups.announce_resources
        self._feed.failed = self._fail
        self.wakeups.resources_changed = self._feed.heard
        self.engine.fresh = self._feed.fresh
        self.engine.why = self._feed.why
        self._blobs = blobs
        self._leases = leases = Leases(pool)
        self._resources = Resources(
            pool, self._feed, self.queues, self._logs, self._blobs, leases, self.engine.spare_numbers
        )
        self.sweeper = Sweeper(self.engine, pool, leases, self.queues.stir)
        self.sweeper.more_steps = [self._logs.sweep, self._blobs.sweep, self._feed.sweep, leases.sweep]
        self.queues.soon = self._logs.sweep_wanted = self._blobs.sweep_wanted = self.sweeper.soon
        self._failed: Callable[[StoreError], object] = lambda error: None
        self._tasks = Tasks()
        self._closed = False

    async def start(self) -> None:
        """Connect. Raises as asyncpg does, and `StoreUnusable`."""
        await self._feed.start()
        try:
            await self.engine.start()
            await self.wakeups.start()
        except BaseException:
            await self._stop()
            raise
        self.sweeper.start()

    def _fail(self, error: StoreError) -> None:
        self.engine.die(error)
        self.engine.loop.call_soon(self.queues.fail_waiting, error)
        self._failed(error)

    # ------------------------------------------------------------------------------------------- resources

    def transaction(self, fn: Callable[[Transaction], Awaitable[T]]) -> Pending[T]:
        return self._resources.transaction(fn)

    def resource(self, type: str, owner: str, name: str) -> Pending[Resource | None]:
        return self._resources.get(type, owner, name)

    def resource_and_blob(
        self, type: str, owner: str, name: str, named: Callable[[Resource], str | None]
    ) -> Pending[tuple[Resource | None, bytes | None]]:
        # The name is known only here, so the database must be asked again in any case.
        both: Pending[tuple[Resource | None, bytes | None]] = Pending()
        found = self._resources.get(type, owner, name)

        def got(_found: object) -> None:
            try:
                resource = found.result()
                if resource is not None:
                    named(resource)
            except BaseException as error:  # noqa: BLE001  whoever waits is told
                both.fail(error)
            else:
                both.resolve((resource, None))

        both.on_cancel = found.cancel
        found.add_done_callback(got)
        return both

    def resources(
        self,
        type: str,
        owner: str | None = None,
        *,
        prefix: str = "",
        after: tuple[str, str] = ("", ""),
        limit: int = 1000,
    ) -> Pending[list[Resource]]:
        return self._resources.listed(type, owner, prefix, after, limit)

    def watch_resources(self, type: str, changed: Callable[[str, str], object]) -> None:
        self._resources.watch(type, changed)

    def fresh(self) -> bool:
        return self._feed.fresh()

    async def lease(self, name: str, ttl_ms: int) -> Lease | None:
        with refusals():
            return await self._leases.acquire(name, ttl_ms)

    # ------------------------------------------------------------------------------------------- queues

    def append_messages(self, queue: int, messages: Sequence[NewMessage]) -> Pending[list[Appended]]:
        return self.queues.append(queue, messages)

    def deliver(
        self,
        post: Post | Callable[[int], Post],
        *,
        once: Once | None = None,
        settle: tuple[int, Sequence[Receipt]] | None = None,
    ) -> Pending[Delivered]:
        return self.queues.deliver(post, once, settle)

    def claim_messages(self, queue: int, claim: Claim) -> Pending[list[Claimed]]:
        return self.queues.claim(queue, claim)

    def release_waiting(self) -> None:
        self.queues.release()

    def settle_messages(self, queue: int, receipts: Sequence[Receipt]) -> Pending[list[Settled]]:
        return self.queues.settle(queue, receipts)

    def extend_messages(self, queue: int, changes: Sequence[tuple[Receipt, int]]) -> Pending[list[Settled]]:
        return self.queues.extend(queue, changes)

    def move_messages(
        self, queue: int, limit: int, origins: Mapping[str, Destination], default: Destination | None
    ) -> Pending[int]:
        return self.queues.move(queue, limit, origins, default)

    def counts(self, queue: int) -> Pending[Counts]:
        return self.queues.looking.counts(queue)

    def oldest_sent_at_ms(self, queue: int) -> Pending[int | None]:
        return self.queues.looking.oldest(queue)

    def peek_messages(self, queue: int, *, after: int = 0, limit: int = 100) -> Pending[list[Peeked]]:
        return self.queues.looking.peek(queue, after, limit)

    # ------------------------------------------------------------------------------------------- logs

    def append_records(self, log: int, records: Sequence[NewRecord]) -> Pending[list[int]]:
        return self._logs.append(log, records)

    def read_records(self, log: int, *, after: int, limit: int, bytes_max: int = 1 << 20) -> Pending[list[Record]]:
        return self._logs.read(log, after, limit, bytes_max)

    def trim_records(self, log: int, before: int) -> Pending[None]:
        return self._logs.trim(log, before)

    def log_state(self, log: int) -> Pending[LogState]:
        return self._logs.state(log)

    # ------------------------------------------------------------------------------------------- blobs

    async def stage_blob(self, data: bytes | AsyncIterable[bytes]) -> StagedBlob:
        return await self._blobs.stage(data)

    def drop_staged(self, key: str, blob: StagedBlob) -> None:
        """Nothing to do: what was staged is swept in a day unless it has a key by then."""

    def read_blob(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        return self._blobs.read(key, start, end)

    def blob_size(self, key: str) -> Pending[int | None]:
        return self._blobs.size(key)

    # ------------------------------------------------------------------------------------------- the whole

    async def backup(self, target: Path) -> None:
        """The database has its own ways, which are consistent, incremental and known to whoever runs it."""
        raise StoreError("back up the database with PostgreSQL's own tools: pg_dump, or pg_basebackup with its log")

    def watch_failure(self, failed: Callable[[StoreError], object]) -> None:
        self._failed = failed

    def statistics(self) -> Mapping[str, Any]:
        engine, wakeups = self.engine, self.wakeups
        return {
            "serving": int(engine.fatal is None and engine.fresh()),
            "commits": engine.batches,
            "commands": engine.commands,
            "retries": engine.retries,
            "failures": engine.failures,
            "commands_waiting": engine.waiting,
            "claims_waiting": len(self.queues.parking),
            "sweep_slices": self.sweeper.slices,
            "notifications_sent": wakeups.sent,
            "notifications_received": wakeups.received,
            "looks": wakeups.looks,
            **self._resources.statistics(),
        }

    async def reset(self) -> None:
        async def empty() -> list[Callable[[], object]]:
            for tried in range(RESET_TRIES):
                effects: list[Callable[[], object]] = [self.queues.forget_all]
                try:
                    async with borrowed(self._pool) as connection, connection.transaction():
                        await connection.execute(f"truncate {_TABLES}")
                        await self._resources.reset(connection, effects)
                    return effects
                except RETRYABLE:  # it collided with what lanes and sweepers are doing
                    await pause(tried)
            raise StoreError("the database is too busy to be emptied")

        def emptied(effects: list[Callable[[], object]]) -> None:
            for effect in effects:
                effect()

        await self._tasks.start(empty(), emptied)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        cut = self.engine.loop.call_later(CLOSE_SECONDS_MAX, self._cut_short)
        try:
            await self._finish()
        finally:
            cut.cancel()

    def _cut_short(self) -> None:
        """What is not answered by now is answered with an error."""
        self.engine.die(StoreError("the database does not answer, and this node is ending"))
        self._pool.terminate()

    async def _finish(self) -> None:
        await self.sweeper.close()
        await self._tasks.close()
        await self._resources.close()
        await self._logs.close()
        await self._blobs.close()
        self.engine.loop.call_soon(self.queues.release)
        await asyncio.sleep(0)
        await self._stop()

    async def _stop(self) -> None:
        await self.engine.close()
        await self.wakeups.close()
        await self._feed.close()
        try:
            async with asyncio.timeout(2):
                await self._pool.close()
        except (TimeoutError, OSError, asyncpg.InterfaceError):
            self._pool.terminate()
