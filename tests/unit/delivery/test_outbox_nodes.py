"""The outbox on PostgreSQL: two nodes work the same queues off."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Sequence

from chasqui.base.clock import SystemClock
from chasqui.delivery.outbox import Outbox
from chasqui.delivery.retries import RetryPolicy
from chasqui.delivery.route import Outcome, Route
from chasqui.store.port import Claimed, Delivery, NewMessage, Post, Shared, Transaction
from chasqui.store.postgres import PostgresStore, open_postgres
from tests.postgres import Postgres

POLICY = RetryPolicy(1, 10, 10)
KEPT_MS = 10**9


def message(clock: SystemClock, payload: bytes, shared: Shared | None = None) -> NewMessage:
    now = clock.now_ms()
    return NewMessage(os.urandom(16), payload, now, now, now + KEPT_MS, shared=shared)


async def empty(store: PostgresStore, queue: int) -> bool:
    counts = await store.counts(queue)
    return counts.visible + counts.in_flight + counts.delayed == 0


def test_nodes_share_the_work_and_give_up_once(postgres: Postgres) -> None:
    async def main() -> None:
        clock, dsn = SystemClock(), postgres.fresh_database()
        stores = [await open_postgres(dsn, clock=clock) for _ in range(2)]

        async def create(transaction: Transaction) -> list[int]:
            return [await transaction.create_queue(ordered=False) for _ in range(3)]

        well, refusing, dead = await stores[0].transaction(create)
        met: Counter[bytes] = Counter()

        def attempt(outcome: Outcome) -> Callable[[Claimed], asyncio.Future[Outcome]]:
            async def answer(claimed: Claimed) -> Outcome:
                assert claimed.shared is not None
                met[claimed.shared.data] += outcome.ok
                return outcome

            return lambda claimed: asyncio.ensure_future(answer(claimed))

        async def exhausted(claimed: Claimed, _: Outcome) -> Sequence[Delivery]:
            return [Delivery(dead, [message(clock, claimed.payload)])]

        outboxes = [Outbox(store, clock) for store in stores]
        for outbox in outboxes:
            outbox.open(Route(well, "well", attempt(Outcome(True)), POLICY, exhausted, id))
            outbox.open(Route(refusing, "bad", attempt(Outcome(False, retry=True)), POLICY, exhausted, id))
        for n in range(50):
            shared = Shared(b"%d" % n)
            posts = [Delivery(queue, [message(clock, b"%d" % n, shared)]) for queue in (well, refusing)]
            await stores[n % 2].deliver(Post(posts))
        async with asyncio.timeout(30):
            while not (await empty(stores[0], well) and await empty(stores[0], refusing)):
                await asyncio.sleep(0.02)
        assert met == Counter({b"%d" % n: 1 for n in range(50)})
        found = Counter(each.payload for each in await stores[0].peek_messages(dead, limit=1000))
        assert found == Counter({b"%d" % n: 1 for n in range(50)})
        for outbox in outboxes:
            await outbox.close_all()
        for store in stores:
            await store.close()

    asyncio.run(main())
