"""A scene for delivery tests: a store on a frozen clock, an outbox on it, and targets that do as they are told."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from chasqui.base.clock import TestClock
from chasqui.delivery.outbox import Outbox
from chasqui.delivery.retries import HTTP_DEFAULT
from chasqui.delivery.route import Attempted, Outcome, Route
from chasqui.store.port import Claimed, Counts, Delivery, NewMessage, Transaction
from chasqui.store.sqlite import SqliteStore, open_store

NOW = 1_700_000_000_000
OK = Outcome(True, status=200)
BAD = Outcome(False, retry=True, status=500, reason="500")
DEAF = Outcome(False, retry=True, reason="no answer", reached=False)
FATAL = Outcome(False, status=403, reason="403")


class Target:
    """A target with its queue. `answer` says how an attempt ends; `gate`, when there is one, holds attempts up."""

    def __init__(self, scene: Scene, queue: int, **how: Any) -> None:
        self.scene = scene
        self.queue = queue
        self.answer: Callable[[Claimed], Outcome] = lambda _: OK
        self.gate: asyncio.Event | None = None
        self.met: list[bytes] = []
        self.told: list[Attempted] = []
        self.under_way = self.most = 0
        self.dead_to: int | None = None
        self.route = Route(
            queue, f"target-{queue}", self._attempt, how.pop("policy", HTTP_DEFAULT), self._exhausted,
            self.told.append, **how,
        )  # fmt: skip

    async def _attempt(self, claimed: Claimed) -> Outcome:
        self.met.append(claimed.payload)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            if self.gate is not None:
                await self.gate.wait()
            return self.answer(claimed)
        finally:
            self.under_way -= 1

    async def _exhausted(self, claimed: Claimed, outcome: Outcome) -> Sequence[Delivery]:
        if self.dead_to is None:
            return ()
        return [Delivery(self.dead_to, [self.scene.message(b"dead " + claimed.payload)])]


class Scene:
    """What a test's story is told with."""

    def __init__(self, store: SqliteStore, clock: TestClock, **how: Any) -> None:
        self.store = store
        self.clock = clock
        self.outbox = Outbox(store, clock, chance=lambda: 0.0, **how)

    def message(self, payload: bytes) -> NewMessage:
        now = self.clock.now_ms()
        return NewMessage(os.urandom(16), payload, now, now, now + 30 * 86_400_000)

    async def queue(self) -> int:
        async def create(transaction: Transaction) -> int:
            return await transaction.create_queue(ordered=False)

        return await self.store.transaction(create)

    async def target(self, **how: Any) -> Target:
        """A target that is open."""
        target = Target(self, await self.queue(), **how)
        self.outbox.open(target.route)
        return target

    async def post(self, target: Target, *payloads: bytes) -> None:
        await self.store.append_messages(target.queue, [self.message(each) for each in payloads])

    async def counts(self, queue: int) -> Counts:
        return await self.store.counts(queue)

    async def rest(self) -> None:
        """Until nothing moves any more: no command, no attempt that could go on, no task."""
        quiet = 0
        while quiet < 5:
            before = self._moves()
            await self.store.engine.idle()
            await asyncio.sleep(0.001)
            quiet = quiet + 1 if self._moves() == before else 0

    def _moves(self) -> tuple[int, ...]:
        return (self.store.engine.db.total_changes(), *self.outbox.statistics().values())

    async def pass_(self, seconds: float) -> None:
        """Let time pass, and what it brings happen."""
        self.clock.advance(round(seconds * 1000))
        await self.rest()


Story = Callable[[Scene], Awaitable[None]]


@pytest.fixture
def tell() -> Callable[..., None]:
    """Runs a story on a fresh store."""

    def run(story: Story, path: Path | None = None, **how: Any) -> None:
        async def main() -> None:
            clock = TestClock(frozen_at_ms=NOW)
            store = await open_store(path, clock=clock)
            scene = Scene(store, clock, **how)
            try:
                await story(scene)
            finally:
                await scene.outbox.close_all()
                await store.close()

        asyncio.run(main())

    return run
