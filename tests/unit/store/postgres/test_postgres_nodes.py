"""Two whole stores on one database: what one changes the other does not go on using."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from chasqui.base.clock import SystemClock
from chasqui.store.port import Claim, NewMessage, QueueGone, Resource, StoreError
from chasqui.store.postgres import PostgresStore, open_postgres
from tests.postgres import Postgres
from tests.unit.store.postgres.test_postgres_resources import until


@pytest.fixture
def tell(postgres: Postgres) -> Any:
    """Runs a story with two nodes."""

    def tell(story: Any, **how: Any) -> None:
        async def main() -> None:
            nodes = [await open_postgres(dsn, clock=SystemClock(), **how) for _ in range(2)]
            try:
                await story(*nodes)
            finally:
                for node in nodes:
                    await node.close()

        dsn = postgres.fresh_database()
        asyncio.run(main())

    return tell


def message() -> NewMessage:
    now = SystemClock().now_ms()
    return NewMessage(b"x" * 16, b"hello", now, now, now + 60_000)


@pytest.mark.parametrize(("notify", "seconds"), [(True, 0.2), (False, 1.0)])
def test_a_changed_document_is_known_on_the_other_node_soon(tell: Any, notify: bool, seconds: float) -> None:
    async def story(one: PostgresStore, other: PostgresStore) -> None:
        heard: list[Any] = []
        other.watch_resources("queue", lambda *key: heard.append(key))
        took = []
        for n in range(5):
            await asyncio.sleep(0.05)
            await one.transaction(lambda tx, n=n: tx.create(Resource("queue", "1", str(n), b"")))
            took.append(await until(lambda n=n: len(heard) == n + 1))
        assert max(took) < seconds

    tell(story, notify=notify)


def test_a_node_that_stood_still_decides_nothing_until_it_has_looked(tell: Any) -> None:
    async def story(one: PostgresStore, other: PostgresStore) -> None:
        queue = await one.transaction(lambda tx: tx.create_queue(ordered=False))
        await one.append_messages(queue, [message()])
        (claimed,) = await other.claim_messages(queue, Claim(1, 30_000))

        time.sleep(1.1)
        for refused in (
            one.append_messages(queue, [message()]),
            one.claim_messages(queue, Claim(1, 30_000)),
            one.settle_messages(queue, []),
            one.extend_messages(queue, []),
        ):
            with pytest.raises(StoreError, match="more than a second"):
                await refused

        await until(one._feed.fresh, 1)
        assert len(await one.append_messages(queue, [message()])) == 1
        assert claimed.receives == 1

    tell(story)


def test_a_queue_that_one_node_deleted_is_gone_on_the_other_at_once(tell: Any) -> None:
    async def story(one: PostgresStore, other: PostgresStore) -> None:
        queue = await one.transaction(lambda tx: tx.create_queue(ordered=False))
        await other.append_messages(queue, [message()])
        await one.transaction(lambda tx: tx.delete_queue(queue))
        with pytest.raises(QueueGone):
            await other.append_messages(queue, [message()])

    tell(story)
