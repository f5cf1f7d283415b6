"""A scene for a store test: an in-memory SQLite store on a frozen clock, with a standard and a FIFO queue."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from chasqui.base.clock import TestClock
from chasqui.store.port import Appended, Claim, Claimed, NewMessage, Receipt, Transaction
from chasqui.store.sqlite import SqliteStore, open_store

NOW = 1_700_000_000_000


class Scene:
    """What a test's story is told with."""

    def __init__(self, store: SqliteStore, clock: TestClock) -> None:
        self.store = store
        self.clock = clock
        self.standard = self.fifo = self.other = self.other_fifo = 0

    async def prepare(self) -> None:
        async def create(transaction: Transaction) -> list[int]:
            return [await transaction.create_queue(ordered=n >= 2) for n in range(4)]

        self.standard, self.other, self.fifo, self.other_fifo = await self.store.transaction(create)

    def message(
        self, payload: bytes = b"hello", *, group: str | None = None, key: bytes | None = None,
        delay_ms: int = 0, retention_ms: int = 1_000_000,
    ) -> NewMessage:  # fmt: skip
        now = self.clock.now_ms()
        return NewMessage(os.urandom(16), payload, now, now + delay_ms, now + retention_ms, group, key)

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
        while self.store._sweeper._running or self.store.engine.commands:
            await asyncio.sleep(0)


def receipt(claimed: Claimed) -> Receipt:
    return Receipt(claimed.sequence, claimed.id[:8], claimed.receives, claimed.hidden_until_ms)


Story = Callable[[Scene], Awaitable[None]]


@pytest.fixture
def tell() -> Callable[..., None]:
    """Runs a story on a fresh store."""

    def tell(story: Story, path: Path | None = None, **how: Any) -> None:
        async def main() -> None:
            clock = TestClock(frozen_at_ms=NOW)
            scene = Scene(await open_store(path, clock=clock, **how), clock)
            await scene.prepare()
            try:
                await story(scene)
            finally:
                await scene.store.close()

        asyncio.run(main())

    return tell


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"
