"""A scene with several nodes on one database: what they keep beside the queues (documents, logs, blobs, leases)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Any

import pytest

from chasqui.base.clock import Clock, SystemClock
from chasqui.store.port import Transaction
from chasqui.store.postgres.blobs import Blobs, open_files
from chasqui.store.postgres.connection import borrowed, open_pool
from chasqui.store.postgres.feed import Feed
from chasqui.store.postgres.leases import Leases
from chasqui.store.postgres.logs import Logs
from chasqui.store.postgres.resources import Effects, Resources
from tests.postgres import Postgres


class NoQueues:
    """Stands for the queues, which are not what these tests are about."""

    async def create_queue(self, connection: Any, ordered: bool, effects: Effects) -> int:
        return 1

    async def delete_queue(self, connection: Any, queue: int, effects: Effects) -> None: ...

    async def purge_queue(self, connection: Any, queue: int, effects: Effects) -> None: ...

    async def set_retention(self, connection: Any, queue: int, retention_ms: int, effects: Effects) -> None: ...

    async def standing(self, connection: Any, queues: Collection[int]) -> set[int]:
        return set()

    async def deliver_within(self, connection: Any, number: int, posts: Any, effects: Effects) -> None: ...


class Node:
    """One node: its own pool, its own feed."""

    def __init__(self, dsn: str, clock: Clock) -> None:
        self.dsn = dsn
        self.feed = Feed(dsn, clock)
        self.heard: list[tuple[str, str]] = []

    async def start(self, blobs: str | None = None) -> None:
        self.pool = await open_pool(self.dsn, size=8)
        self.leases = Leases(self.pool)
        self.logs = Logs(self.pool)
        self.blobs = Blobs(self.pool, await open_files(self.pool, blobs))
        self.blobs.grace_ms = 0
        self.resources = Resources(self.pool, self.feed, NoQueues(), self.logs, self.blobs, self.leases, [1, 2, 3, 4])
        self.resources.watch("queue", lambda owner, name: self.heard.append((owner, name)))
        await self.feed.start()

    async def change(self, verb: str, *arguments: Any, **more: Any) -> Any:
        """One call of a transaction's method."""
        return await self.resources.transaction(lambda transaction: getattr(transaction, verb)(*arguments, **more))

    async def transaction(self, fn: Callable[[Transaction], Awaitable[Any]]) -> Any:
        return await self.resources.transaction(fn)

    async def sql(self, statement: str, *arguments: Any) -> Any:
        async with borrowed(self.pool) as connection:
            return await connection.fetch(statement, *arguments)

    async def swept(self) -> None:
        for part in (self.logs, self.blobs, self.feed):
            more = True
            while more:
                async with borrowed(self.pool) as connection, connection.transaction():
                    more = await part.sweep(connection)  # type: ignore[attr-defined]

    async def close(self) -> None:
        await self.resources.close()
        await self.logs.close()
        await self.blobs.close()
        await self.feed.close()
        self.pool.terminate()


class Scene:
    """A database and its nodes."""

    def __init__(self, postgres: Postgres, dsn: str) -> None:
        self.postgres = postgres
        self.dsn = dsn
        self.nodes: list[Node] = []

    async def node(self, dsn: str | None = None, clock: Clock | None = None, blobs: str | None = None) -> Node:
        node = Node(dsn or self.dsn, clock or SystemClock())
        await node.start(blobs)
        self.nodes.append(node)
        return node


Story = Callable[[Scene], Awaitable[None]]


@pytest.fixture
def tell(postgres: Postgres) -> Callable[[Story], None]:
    """Runs a story on an empty database."""

    def tell(story: Story) -> None:
        async def main() -> None:
            scene = Scene(postgres, postgres.fresh_database())
            try:
                await story(scene)
            finally:
                for node in scene.nodes:
                    await node.close()

        asyncio.run(main())

    return tell


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "blobs"
