"""What a store costs: CPU a verb, and rates with the sync.

    python benchmarks/micro/store.py [--backlog N] [--relaxed] [--postgresql]

With `--postgresql` it is a node on a private PostgreSQL, else SQLite in a folder here. CPU figures are the process'
own (`time.process_time`: statements, commits, checkpoints and Python; not the helper's sync, and nothing of
PostgreSQL's). Sixty-four commands stand in each tick.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from chasqui.base.clock import SystemClock
from chasqui.store.port import Claim, Claimed, Delivery, NewMessage, Post, Receipt, Shared, Transaction
from chasqui.store.postgres import PostgresStore, open_postgres
from chasqui.store.sqlite import SqliteStore, open_store

Store = SqliteStore | PostgresStore

BODY = b"x" * 256
TICK = 64


def message(now: int, group: str | None = None) -> NewMessage:
    return NewMessage(os.urandom(16), BODY, now, now, now + 345_600_000, group)


async def measure(name: str, count: int, run: Callable[[], Awaitable[object]]) -> None:
    cpu, wall = time.process_time(), time.perf_counter()
    await run()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{name:44} {cpu / count * 1e6:9.1f} µs CPU   {count / wall:10,.0f}/s")


async def fill(store: Store, queue: int, count: int, groups: int = 0) -> None:
    now = int(time.time() * 1000)
    for start in range(0, count, 1000):
        batch = [message(now, f"g{n % groups}" if groups else None) for n in range(start, min(count, start + 1000))]
        await store.append_messages(queue, batch)


async def standard(store: Store, queue: int, label: str) -> None:
    now = int(time.time() * 1000)
    ready = [[message(now)] for _ in range(TICK * 100)]

    async def appends() -> None:
        for start in range(0, len(ready), TICK):
            pendings = [store.append_messages(queue, each) for each in ready[start : start + TICK]]
            await pendings[-1]  # they resolve in order: the figures should not hold 64 wake-ups of this task

    taken: list[list[Claimed]] = []

    async def claims() -> None:
        for _ in range(40):
            pendings = [store.claim_messages(queue, Claim(10, 30_000)) for _ in range(16)]
            await pendings[-1]
            taken.extend([each.result() for each in pendings])

    async def settles() -> None:
        receipts = [[Receipt(m.sequence, m.id[:8], m.receives) for m in each] for each in taken]
        for start in range(0, len(receipts), 16):
            pendings = [store.settle_messages(queue, each) for each in receipts[start : start + 16]]
            await pendings[-1]

    await measure(f"{label}: append of 1", len(ready), appends)
    await measure(f"{label}: claim of 10", 640, claims)
    assert all(len(each) == 10 for each in taken)
    await measure(f"{label}: settle of 10", 640, settles)


async def deliveries(store: Store, label: str, size: int, common: bytes | None) -> None:
    """Sixteen commands in each tick, each of one message for each of ten queues."""

    async def create(transaction: Transaction) -> list[int]:
        return [await transaction.create_queue(ordered=False) for _ in range(10)]

    queues, now = await store.transaction(create), int(time.time() * 1000)

    def post() -> Post:
        shared = None if common is None else Shared(common)
        ways = []
        for queue in queues:
            one = NewMessage(os.urandom(16), bytes(size), now, now, now + 345_600_000, shared=shared)
            ways.append(Delivery(queue, [one]))
        return Post(ways)

    posts = [post() for _ in range(16 * 40)]

    async def deliver() -> None:
        for start in range(0, len(posts), 16):
            pendings = [store.deliver(each) for each in posts[start : start + 16]]
            await pendings[-1]

    await measure(f"deliver to 10 queues, {label}", len(posts), deliver)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--backlog", type=int, default=100_000)
    parser.add_argument("--relaxed", action="store_true")
    parser.add_argument("--postgresql", action="store_true")
    options = parser.parse_args()
    if options.postgresql:
        await on_postgresql(options.backlog, relaxed=options.relaxed)
        return
    with tempfile.TemporaryDirectory(dir=".") as folder:
        store = await open_store(Path(folder), clock=SystemClock(), durability="relaxed" if options.relaxed else "full")

        deep = await figures(store, options.backlog)
        await store.close()
        size = os.path.getsize(Path(folder) / "chasqui.db") / 1e6
        begun = time.perf_counter()
        store = await open_store(Path(folder), clock=SystemClock())
        await store.counts(deep)
        print(f"re-open and count {(time.perf_counter() - begun) * 1e3:.0f} ms, file {size:.0f} MB, ", end="")
        print(f"peak RSS {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
        await store.close()


async def on_postgresql(backlog: int, *, relaxed: bool) -> None:
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from tests.postgres import Postgres

    server = Postgres(fsync=True, settings={"shared_buffers": "128MB", "max_wal_size": "1GB"})
    try:
        dsn, durability = server.fresh_database(), "relaxed" if relaxed else "full"
        store = await open_postgres(dsn, clock=SystemClock(), durability=durability)  # type: ignore[arg-type]
        await figures(store, backlog)
        await store.close()
    finally:
        server.remove()


async def figures(store: Store, backlog: int) -> int:
    """Measures everything; returns the deep queue."""

    async def create(transaction: Transaction) -> list[int]:
        return [await transaction.create_queue(ordered=n == 2) for n in range(3)]

    empty, deep, fifo = await store.transaction(create)
    await standard(store, empty, "empty queue")
    await fill(store, deep, backlog)
    await standard(store, deep, f"{backlog:,} deep")
    await measure("counts", 1, lambda: store.counts(deep))
    await fifo_figures(store, fifo)
    await deliveries(store, "256 bytes each", 256, None)
    await deliveries(store, "256 bytes shared", 0, BODY)
    return deep


async def fifo_figures(store: Store, queue: int) -> None:
    now = int(time.time() * 1000)

    async def appends() -> None:
        for start in range(0, 3200, TICK):
            pendings = [
                store.append_messages(
                    queue, [NewMessage(os.urandom(16), BODY, now, now, now + 10**9, f"g{n % 100}", os.urandom(32))]
                )
                for n in range(start, start + TICK)
            ]
            await pendings[-1]

    async def cycle() -> None:
        for _ in range(320):
            taken = await store.claim_messages(queue, Claim(10, 30_000))
            assert len(taken) == 10
            await store.settle_messages(queue, [Receipt(m.sequence, m.id[:8], m.receives) for m in taken])

    await measure("fifo: append of 1, deduplicated", 3200, appends)
    await measure("fifo: claim and settle of 10", 320, cycle)


if __name__ == "__main__":
    asyncio.run(main())
