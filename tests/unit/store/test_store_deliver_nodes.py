"""`deliver` where several nodes do it: order, once, all or nothing, and what messages share on one database."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chasqui.base.clock import TestClock
from chasqui.base.pending import Pending
from chasqui.store.port import (
    Claim,
    Claimed,
    ClaimLost,
    Delivered,
    Delivery,
    NewRecord,
    Once,
    Post,
    Receipt,
    Resource,
    Shared,
    StoreError,
    Transaction,
)
from chasqui.store.postgres import open_postgres, shared
from chasqui.store.postgres.connection import borrowed
from chasqui.store.postgres.deliveries import Parcel
from tests.postgres import Postgres
from tests.unit.store.conftest import NOW, Scene, receipt
from tests.unit.store.test_store_nodes import swept, until

Story = Callable[[Any, Any], Awaitable[None]]


@pytest.fixture
def tell(postgres: Postgres) -> Callable[[Story], None]:
    """Runs a story of two nodes on an empty database; `topic` is a FIFO queue that only orders."""

    def tell(story: Story) -> None:
        async def main() -> None:
            clock, dsn = TestClock(frozen_at_ms=NOW), postgres.fresh_database()
            nodes: list[Any] = [Scene(await open_postgres(dsn, clock=clock), clock) for _ in range(2)]
            await nodes[0].prepare()
            for name in ("standard", "other", "fifo", "other_fifo"):
                setattr(nodes[1], name, getattr(nodes[0], name))
            topic, log = await nodes[0].change("create_queue", ordered=True), await nodes[0].change("create_log")
            for each in nodes:
                each.topic, each.log = topic, log
            try:
                await story(*nodes)
            finally:
                for each in nodes:
                    await each.store.close()

        asyncio.run(main())

    return tell


def once(node: Any, key: bytes | None = None, group: str = "g") -> Once:
    return Once(node.topic, group, os.urandom(16), key)


def numbered(node: Any, *queues: int, group: str = "g") -> Callable[[int], Post]:
    """A message with its number for each queue."""
    return lambda number: Post([Delivery(queue, [node.message(b"%d" % number, group=group)]) for queue in queues])


async def seen(node: Any, queue: int) -> list[bytes]:
    return [each.payload for each in await node.store.peek_messages(queue, limit=1000)]


# ------------------------------------------------------------------------------------------------- once, in order


def test_numbers_and_the_order_in_every_queue_agree_whichever_node_delivered(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        async def publish(node: Any, group: str) -> list[int]:
            given = []
            for _ in range(25):
                post = numbered(node, node.fifo, node.standard, node.other_fifo, group=group)
                given.append((await node.store.deliver(post, once=once(node, group=group))).sequence)
            return given

        async def append(node: Any) -> None:
            for _ in range(25):
                await node.send(node.fifo, b"apart", group="g")

        publishers = [publish(node, group) for node in (a, b) for group in ("g", "g", "h")]
        *given, _, _ = await asyncio.gather(*publishers, append(a), append(b))

        for queue in (a.fifo, a.other_fifo):
            peeked = await a.store.peek_messages(queue, limit=1000)
            for group, expected in (
                ("g", [each for n in (0, 1, 3, 4) for each in given[n]]),
                ("h", given[2] + given[5]),
            ):
                arrived = [int(m.payload) for m in peeked if m.group == group and m.payload != b"apart"]
                assert arrived == sorted(expected)
        assert all(each == sorted(each) for each in given)
        assert await a.store._pool._pool.fetchval("select count(*) from grp where ready_at > $1", 1 << 61) == 0

    tell(story)


def test_a_delivery_of_a_group_waits_for_the_one_before_that_is_held_open(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        engine, work = a.store.engine, a.store.queues._transactions[True]
        lane, pending = engine._idle.pop(), Pending[Any]()
        async with lane.transaction() as connection:
            lane.transaction = lambda: _Begun(connection)
            (answer,) = await work.run(lane, [Parcel(pending, numbered(a, a.fifo), once(a, b"key"))])
            del lane.transaction
            later = b.store.deliver(numbered(b, b.fifo), once=once(b))
            same = b.store.deliver(numbered(b, b.other_fifo), once=once(b, b"key", group="other"))
            elsewhere = await a.store.deliver(numbered(a, a.other_fifo), once=once(a, group="h"))
            assert not later.done()
            assert not same.done()
        engine._idle.append(lane)

        assert (await later).sequence > answer.value.sequence
        assert await same == Delivered(answer.value.sequence, answer.value.id, duplicate=True)
        assert await seen(b, b.fifo) == [b"%d" % answer.value.sequence, b"%d" % (await later).sequence]
        assert await seen(b, b.other_fifo) == [b"%d" % elsewhere.sequence]

    tell(story)


class _Begun:
    """A transaction that somebody else ends."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def __aenter__(self) -> Any:
        return self._connection

    async def __aexit__(self, *error: object) -> None: ...


def test_a_key_counts_on_both_nodes_and_once_leaves_nothing_in_its_queue(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        for n in range(10):
            posts = [node.store.deliver(numbered(node, node.fifo), once=once(node, b"%d" % n)) for node in (a, b, a, b)]
            told = [await each for each in posts]
            assert sorted(each.duplicate for each in told) == [False, True, True, True]
            assert len({(each.id, each.sequence) for each in told}) == 1
        assert len(await seen(a, a.fifo)) == 10
        assert await a.rows("grp") == 1

    tell(story)


# ------------------------------------------------------------------------------------------------- all or nothing


def test_of_two_that_settle_one_message_one_is_done_wherever_they_run(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        for queue in (a.standard, a.fifo):
            await a.send(queue, b"1", group="g")
            (held,) = await a.claim(queue)
            settle = queue, [receipt(held)]
            pendings = [
                node.store.deliver(Post([Delivery(node.other, [node.message(b"%d" % queue)])]), settle=settle)
                for node in (a, b, a, b)
            ]
            outcomes = [await _outcome(each) for each in pendings]
            assert sorted(map(str, outcomes)) == sorted(map(str, [ClaimLost, ClaimLost, ClaimLost, Delivered()]))
        assert await seen(a, a.other) == [b"%d" % a.standard, b"%d" % a.fifo]
        assert await a.rows("message") == 2
        assert await a.rows("fifo") + await a.rows("grp") == 0

    tell(story)


async def _outcome(pending: Any) -> Any:
    try:
        return await pending
    except StoreError as error:
        return type(error)


def test_the_dead_letter_queue_gets_it_when_another_node_has_deleted_the_queue(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        await a.send(a.standard, b"known")
        await b.change("delete_queue", b.standard)
        common = Shared(b"body")

        def part(queue: int, payload: bytes, otherwise: Delivery | None = None) -> Delivery:
            return Delivery(queue, [a.message(payload, group="g", shared=common)], otherwise)

        told = [
            a.store.deliver(Post([part(a.standard, b"lost", part(a.other_fifo, b"dead")), part(a.other, b"there")])),
            a.store.deliver(Post([part(a.other, b"neighbour")])),
            a.store.deliver(Post([part(a.standard, b"dropped")])),
        ]
        assert [await each for each in told] == [
            Delivered(gone=frozenset({a.standard})), Delivered(), Delivered(gone=frozenset({a.standard})),
        ]  # fmt: skip
        assert sorted(await seen(a, a.other)) == [b"neighbour", b"there"]
        assert await seen(a, a.other_fifo) == [b"dead"]

    tell(story)


def test_a_backend_that_is_killed_leaves_all_of_a_delivery_or_nothing(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        acknowledged: set[bytes] = set()
        unsure: set[bytes] = set()
        sent = [b"%d" % n for n in range(300)]
        await a.send(a.standard, *sent)

        async def forward(claimed: Claimed) -> None:
            payload = claimed.payload
            body = [a.message(payload, group="g", shared=Shared(payload))]
            post = Post([Delivery(a.other, body), Delivery(a.fifo, body)], [(a.log, [NewRecord("", payload, NOW)])])
            try:
                await a.store.deliver(post, settle=(a.standard, [receipt(claimed)]))
                acknowledged.add(payload)
            except StoreError:
                unsure.add(payload)

        async def kill() -> None:
            while len(unsure) < 20:
                await asyncio.sleep(0.01)
                await b.store._pool._pool.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'chasqui'"
                    " and query like '%shared%' and state <> 'idle' and pid <> pg_backend_pid() limit 1"
                )

        killing = asyncio.ensure_future(kill())
        while len(acknowledged) < 75 or not killing.done():
            claimed = await _outcome(a.store.claim_messages(a.standard, Claim(5, 600_000)))
            if isinstance(claimed, list):
                assert claimed, "no kill was felt"
                await asyncio.gather(*map(forward, claimed))
        await killing

        left = await b.store.peek_messages(b.standard, limit=1000)
        there = [sorted(await seen(b, queue)) for queue in (b.other, b.fifo)]
        there.append(sorted(r.data for r in await b.store.read_records(b.log, after=0, limit=1000)))
        assert there[0] == there[1] == there[2] == sorted(set(sent) - {each.payload for each in left})
        assert acknowledged <= set(there[0])
        assert await b.rows("shared") == len(there[0])

    tell(story)


# ------------------------------------------------------------------------------------------------- what is shared


def test_what_is_shared_goes_with_the_last_message_wherever_it_went(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        body = Shared(b"body")
        queues = a.standard, a.other, a.fifo, a.other_fifo
        await a.store.deliver(Post([Delivery(each, [a.message(b"x", group="g", shared=body)]) for each in queues]))
        assert await a.rows("shared") == 1
        for queue in queues:
            (held,) = await b.claim(queue)
            assert held.shared is not None
            assert held.shared.data == b"body"
            forwarded = Post([Delivery(a.topic, [a.message(b"y", group="g", shared=held.shared)])])
            await a.store.deliver(forwarded, settle=(queue, [receipt(held)]))
            await swept(a, b)
            assert await a.rows("shared") == 1
        await a.change("purge_queue", a.topic)
        await swept(a, b)
        assert await a.rows("shared") + await a.rows("shared_garbage") == 0

    tell(story)


def test_the_sweeper_waits_for_whoever_refers_to_it_again(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        await a.send(a.standard, b"x", shared=Shared(b"body"))
        (held,) = await a.claim(a.standard)
        await a.settle(a.standard, held)
        async with borrowed(a.store._pool) as connection, connection.transaction():
            (number,) = await shared.keep(connection, [held.shared.number])
            sweeping = asyncio.ensure_future(swept(a, b))
            waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
            await until_true(lambda: b.store._pool._pool.fetchval(waiting))
            insert = """insert into message
              select incarnation, 1, 0, $2, 0, 0, 0, 0, '', null, null, '', $1 from queue where id = $3"""
            await connection.execute(insert, number, 1 << 60, a.standard)
        await sweeping
        ((peeked),) = await a.store.peek_messages(a.standard)
        assert peeked.shared == Shared(b"body", number)

    tell(story)


async def until_true(ask: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(5):
        while not await ask():
            await asyncio.sleep(0.01)


def test_what_nobody_holds_any_more_is_stored_anew(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        await a.send(a.standard, b"x", shared=Shared(b"body"))
        (held,) = await a.claim(a.standard)
        await a.settle(a.standard, held)
        await swept(a, b)
        assert await a.rows("shared") == 0
        await b.send(b.standard, b"y", b"z", shared=held.shared)
        again = await a.claim(a.standard)
        assert [each.shared.data for each in again] == [b"body"] * 2
        assert len({each.shared.number for each in again} - {held.shared.number}) == 1

    tell(story)


# ------------------------------------------------------------------------------------------------- waking


def test_a_delivery_on_one_node_wakes_who_waits_on_the_other(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        for queue in (a.standard, a.fifo):
            waiting = b.store.claim_messages(queue, Claim(1, 30_000, wait_ms=20_000))
            await until(lambda queue=queue: queue in a.store.wakeups._others)
            await a.store.deliver(Post([Delivery(queue, [a.message(b"news", group="g")])]))
            assert [each.payload for each in await waiting] == [b"news"]

    tell(story)


def test_counts_follow_what_is_delivered_and_settled(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        await a.send(a.standard, b"x")
        (held,) = await a.claim(a.standard)
        lost = Receipt(held.sequence, held.id[:8], held.receives + 1)
        post = Post([Delivery(each, [a.message(b"y", group="g")]) for each in (a.other, a.fifo)])
        with pytest.raises(ClaimLost):
            await b.store.deliver(post, settle=(b.standard, [receipt(held), lost]))
        for expected, settle in (((0, 1), None), ((1, 0), (b.standard, [receipt(held)]))):
            if settle is not None:
                await b.store.deliver(post, settle=settle)
            found = [await a.store.counts(each) for each in (a.other, a.fifo, a.standard)]
            assert [each.visible for each in found] == [expected[0], expected[0], 0]
            assert found[2].in_flight == expected[1]

    tell(story)


def test_transactions_of_both_nodes_deliver_each_of_theirs_in_the_order_of_their_commits(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        def put(node: Any, n: int) -> Pending[None]:
            async def write(tx: Transaction) -> None:
                await tx.create(Resource("object", "bucket", f"{n}", b""))
                post = [Delivery(q, [node.message(b"%d" % n, group="g")]) for q in (node.standard, node.fifo)]
                await tx.deliver(Post(post, [(node.log, [NewRecord("k", b"%d" % n, 1)])]))

            return node.store.transaction(write)

        async def one_after_another(node: Any, first: int) -> None:
            for n in range(first, first + 10):
                await put(node, n)
                await node.send(node.standard, b"x")
                await node.send(node.fifo, b"x", group="g")

        await asyncio.gather(one_after_another(a, 0), one_after_another(b, 100))
        numbers = sorted([*range(10), *range(100, 110)])
        queued = await a.payloads(a.standard, limit=100)
        assert sorted(int(each) for each in queued if each != b"x") == numbers
        ordered = [int(each) for each in await b.payloads(b.fifo, limit=100) if each != b"x"]
        logged = [int(each.data) for each in await a.store.read_records(a.log, after=0, limit=100)]
        assert ordered == logged
        assert sorted(ordered) == numbers

    tell(story)
