"""A scene for a store test: a store on a frozen clock, with standard and FIFO queues; the same on each database."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from chasqui.base.clock import TestClock
from chasqui.store.port import Appended, Claim, Claimed, NewMessage, Receipt, Shared, Transaction
from chasqui.store.postgres import PostgresStore, open_postgres
from chasqui.store.sqlite import SqliteStore, open_store
from tests.postgres import Postgres

NOW = 1_700_000_000_000


class Scene:
    """What a test's story is told with."""

    def __init__(self, store: SqliteStore | PostgresStore, clock: TestClock) -> None:
        self.store = store
        self.clock = clock
        self.standard = self.fifo = self.other = self.other_fifo = 0

    async def prepare(self) -> None:
        async def create(transaction: Transaction) -> list[int]:
            return [await transaction.create_queue(ordered=n >= 2) for n in range(4)]

        self.standard, self.other, self.fifo, self.other_fifo = await self.store.transaction(create)

    def message(
        self, payload: bytes = b"hello", *, group: str | None = None, key: bytes | None = None,
        delay_ms: int = 0, retention_ms: int = 1_000_000, shared: Shared | None = None,
    ) -> NewMessage:  # fmt: skip
        now = self.clock.now_ms()
        return NewMessage(os.urandom(16), payload, now, now + delay_ms, now + retention_ms, group, key, shared)

    async def send(self, queue: int, *payloads: bytes, **how: Any) -> list[Appended]:
        return await self.store.append_messages(queue, [self.message(each, **how) for each in payloads])

    async def claim(self, queue: int, limit: int = 10, visibility_ms: int = 30_000, **how: Any) -> list[Claimed]:
        return await self.store.claim_messages(queue, Claim(limit, visibility_ms, **how))

    async def payloads(self, queue: int, **how: Any) -> list[bytes]:
        return [each.payload for each in await self.claim(queue, **how)]

    async def settle(self, queue: int, *claimed: Claimed) -> list[int]:
        return list(await self.store.settle_messages(queue, [receipt(each) for each in claimed]))

    async def extend(self, queue: int, claimed: Claimed, duration_ms: int) -> int:
        return (await self.store.extend_messages(queue, [(receipt(claimed), duration_ms)]))[0]

    async def change(self, verb: str, *arguments: Any, **more: Any) -> Any:
        """One call of a transaction's method."""
        return await self.store.transaction(lambda transaction: getattr(transaction, verb)(*arguments, **more))

    async def swept(self) -> None:
        """Let the sweeper do what is due."""
        store = self.store
        if isinstance(store, PostgresStore):
            await store.sweeper.finish()
            return
        while store._sweeper._running or store._sweeper._unlinking or store.engine.commands:
            await asyncio.sleep(0)

    async def idle(self) -> None:
        """Let the store do what it was told."""
        store = self.store
        await asyncio.sleep(0)
        while isinstance(store, PostgresStore) and (store.engine.busy or store.engine._armed):
            await asyncio.sleep(0.001)

    async def rows(self, table: str) -> int:
        """How many rows a table has."""
        store = self.store
        if isinstance(store, PostgresStore):
            return int(await store._pool._pool.fetchval(f"select count(*) from {table}"))
        return int(store.engine.db.execute(f"select count(*) from {table}").get)


def receipt(claimed: Claimed) -> Receipt:
    return Receipt(claimed.sequence, claimed.id[:8], claimed.receives, claimed.hidden_until_ms)


Story = Callable[[Scene], Awaitable[None]]


class Opener:
    """Opens stores: a fresh one, or the one that belongs to a folder."""

    def __init__(self, postgres: Postgres | None) -> None:
        self._postgres = postgres
        self._databases: dict[Path | None, str] = {}

    async def open(self, path: Path | None, clock: TestClock, **how: Any) -> SqliteStore | PostgresStore:
        if self._postgres is None:
            return await open_store(path, clock=clock, **how)
        dsn = self._databases.get(path)
        if dsn is None or path is None:
            dsn = self._databases[path] = self._postgres.fresh_database()
        blobs = None if path is None else str(path / "blobs")
        store = await open_postgres(dsn, clock=clock, blobs=blobs, **how)
        store._blobs.grace_ms = 0  # nobody else is reading
        return store

    def tell(self, story: Story, path: Path | None = None, **how: Any) -> None:
        """Run a story."""

        async def main() -> None:
            clock = TestClock(frozen_at_ms=NOW)
            scene = Scene(await self.open(path, clock, **how), clock)
            await scene.prepare()
            try:
                await story(scene)
            finally:
                await scene.store.close()

        asyncio.run(main())


@pytest.fixture(params=["sqlite", "postgres"])
def tell(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Runs a story on a fresh store, once on each database."""
    return Opener(request.getfixturevalue("postgres") if request.param == "postgres" else None).tell


@pytest.fixture
def tell_sqlite() -> Callable[..., None]:
    """The same for what only an embedded database does."""
    return Opener(None).tell


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"
