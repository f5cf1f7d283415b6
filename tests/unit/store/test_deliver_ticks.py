"""How much of what is delivered goes into one tick: the rows that still wait to be inserted count as time."""

from __future__ import annotations

import asyncio

import pytest

from chasqui.base.clock import TestClock
from chasqui.store.port import Delivery, NewMessage, Post, Transaction
from chasqui.store.sqlite import deliver, open_store

ROWS = deliver.GATHERED_MAX


async def create(tx: Transaction) -> list[int]:
    return [await tx.create_queue(ordered=False) for _ in range(ROWS)]


@pytest.mark.parametrize(("row_seconds", "ticks"), [(0.0, 1), (1e9, 3)])
def test_a_tick_ends_when_its_rows_will_take_long_to_insert(
    monkeypatch: pytest.MonkeyPatch, row_seconds: float, ticks: int
) -> None:
    async def story() -> int:
        monkeypatch.setattr(deliver, "ROW_SECONDS", row_seconds)
        monkeypatch.setattr(deliver, "perf_counter", lambda: 0.0)
        store = await open_store(None, clock=TestClock(frozen_at_ms=1))
        queues = await store.transaction(create)
        message = NewMessage(bytes(16), b"x", 1, 1, 10**9)
        post = Post([Delivery(queue, (message,)) for queue in queues])
        before = store.statistics()["commits"]
        for pending in [store.deliver(post) for _ in range(3)]:
            await pending
        commits = int(store.statistics()["commits"]) - before
        await store.close()
        return commits

    assert asyncio.run(story()) == ticks
