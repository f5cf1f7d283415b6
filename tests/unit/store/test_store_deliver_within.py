"""`Transaction.deliver`: messages and records that are committed with documents."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chasqui.base.errors import ChasquiError
from chasqui.store.port import Counts, Delivery, NewRecord, Post, Resource, Shared, Transaction, VersionConflict

NOWHERE = 1_000_000
DOCUMENT = Resource("object", "bucket", "key", b"")


class Undone(ChasquiError):
    """What a function raises."""


def test_messages_and_records_come_with_the_document(tell: Any) -> None:
    async def story(scene: Any) -> None:
        log = await scene.change("create_log")

        async def write(tx: Transaction) -> frozenset[int]:
            await tx.create(DOCUMENT)
            deliveries = [Delivery(each, [scene.message(group="g")]) for each in (scene.standard, scene.fifo)]
            return await tx.deliver(Post(deliveries, [(log, [NewRecord("k", b"r", 1)])]))

        assert await scene.store.transaction(write) == frozenset()
        assert [await scene.payloads(each) for each in (scene.standard, scene.fifo)] == [[b"hello"], [b"hello"]]
        assert [each.data for each in await scene.store.read_records(log, after=0, limit=10)] == [b"r"]
        assert await scene.store.resource("object", "bucket", "key") is not None

    tell(story)


def test_nothing_comes_when_the_function_fails(tell: Any) -> None:
    async def story(scene: Any) -> None:
        common = Shared(b"in common")

        async def write(tx: Transaction) -> None:
            messages = [scene.message(group="g", key=b"key", delay_ms=1000, shared=common)]
            await tx.deliver(Post([Delivery(scene.standard, messages), Delivery(scene.fifo, messages)]))
            raise Undone

        with pytest.raises(Undone):
            await scene.store.transaction(write)
        await scene.send(scene.standard, b"later")
        await scene.send(scene.fifo, b"later", key=b"key")
        assert [await scene.payloads(each) for each in (scene.standard, scene.fifo)] == [[b"later"], [b"later"]]
        assert await scene.store.counts(scene.standard) == Counts(0, 1, 0)
        assert await scene.rows("shared") == 0

    tell(story)


def test_nothing_comes_when_a_document_is_in_the_way(tell: Any) -> None:
    async def story(scene: Any) -> None:
        async def write(tx: Transaction) -> None:
            await tx.deliver(Post([Delivery(scene.standard, [scene.message()])]))
            await tx.create(DOCUMENT)

        await scene.store.transaction(write)
        with pytest.raises(VersionConflict):
            await scene.store.transaction(write)
        assert len(await scene.claim(scene.standard)) == 1

    tell(story)


def test_a_failing_neighbour_of_the_same_tick_changes_nothing(tell: Any) -> None:
    async def story(scene: Any) -> None:
        async def write(tx: Transaction, fails: bool) -> None:
            await tx.deliver(Post([Delivery(scene.standard, [scene.message()])]))
            if fails:
                raise Undone

        pending = [scene.store.transaction(lambda tx, n=n: write(tx, n % 2 == 1)) for n in range(4)]
        appended = scene.store.append_messages(scene.standard, [scene.message()])
        for n, each in enumerate(pending):
            if n % 2:
                with pytest.raises(Undone):
                    await each
            else:
                await each
        await appended
        assert await scene.store.counts(scene.standard) == Counts(3, 0, 0)
        assert len(await scene.claim(scene.standard)) == 3

    tell(story)


def test_what_is_for_a_queue_that_is_gone_goes_where_else_it_may_and_is_told(tell: Any) -> None:
    async def story(scene: Any) -> None:
        async def write(tx: Transaction) -> frozenset[int]:
            instead = Delivery(scene.standard, [scene.message(b"instead")])
            return await tx.deliver(Post([Delivery(NOWHERE, [scene.message(b"lost")], instead)]))

        assert await scene.store.transaction(write) == {NOWHERE}
        assert await scene.payloads(scene.standard) == [b"instead"]

    tell(story)


def test_a_queue_made_by_the_transaction_gets_what_it_delivers(tell: Any) -> None:
    async def story(scene: Any) -> None:
        async def write(tx: Transaction) -> tuple[int, frozenset[int]]:
            queue = await tx.create_queue(ordered=False)
            return queue, await tx.deliver(Post([Delivery(queue, [scene.message()])]))

        queue, gone = await scene.store.transaction(write)
        assert (await scene.payloads(queue), gone) == ([b"hello"], frozenset())

    tell(story)


def test_a_queue_that_the_transaction_deletes_does_not_get_what_it_delivers(tell: Any) -> None:
    async def story(scene: Any) -> None:
        async def write(tx: Transaction) -> frozenset[int]:
            instead = Delivery(scene.standard, [scene.message(b"instead")])
            gone = await tx.deliver(Post([Delivery(scene.other, [scene.message()], instead)]))
            await tx.delete_queue(scene.other)
            return gone

        assert await scene.store.transaction(write) == frozenset()
        assert await scene.payloads(scene.standard) == [b"instead"]

    tell(story)


def test_a_duplicate_on_a_fifo_queue_is_left_out(tell: Any) -> None:
    async def story(scene: Any) -> None:
        async def write(tx: Transaction) -> None:
            await tx.deliver(Post([Delivery(scene.fifo, [scene.message(group="g", key=b"key")])]))

        await scene.store.transaction(write)
        await scene.store.transaction(write)
        assert await scene.store.counts(scene.fifo) == Counts(1, 0, 0)

    tell(story)


def test_who_waits_for_a_message_is_woken_by_the_commit(tell: Any) -> None:
    async def story(scene: Any) -> None:
        waiting = [asyncio.ensure_future(scene.claim(each, wait_ms=10_000)) for each in (scene.standard, scene.fifo)]
        await scene.idle()

        async def write(tx: Transaction) -> None:
            for queue in (scene.standard, scene.fifo):
                await tx.deliver(Post([Delivery(queue, [scene.message(b"%d" % queue, group="g")])]))

        await scene.store.transaction(write)
        claimed = await asyncio.wait_for(asyncio.gather(*waiting), 5)
        assert [[m.payload for m in each] for each in claimed] == [[b"%d" % scene.standard], [b"%d" % scene.fifo]]

    tell(story)


def test_transactions_at_once_deliver_each_of_theirs(tell: Any) -> None:
    async def story(scene: Any) -> None:
        async def write(tx: Transaction, n: int) -> None:
            await tx.create(Resource("object", "bucket", f"{n}", b""))
            await tx.deliver(Post([Delivery(scene.standard, [scene.message(b"%d" % n)])]))

        for each in [scene.store.transaction(lambda tx, n=n: write(tx, n)) for n in range(40)]:
            await each
        claimed = await scene.payloads(scene.standard, limit=100)
        assert sorted(map(int, claimed)) == list(range(40))
        assert await scene.store.counts(scene.standard) == Counts(0, 40, 0)

    tell(story)
