"""`deliver`: many queues, logs and the end of a claim in one; and what messages have in common."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import msgspec
import pytest

from chasqui.store.port import (
    DEDUPLICATION_MS,
    Claim,
    ClaimLost,
    Delivered,
    Delivery,
    Destination,
    NewMessage,
    NewRecord,
    Once,
    Post,
    QueueGone,
    Redrive,
    Settled,
    Shared,
)
from chasqui.store.sqlite import open_store
from tests.unit.store.conftest import receipt

NOWHERE = 1_000_000
ID = b"i" * 16


def sharing(scene: Any, shared: Shared, n: int = 1, **how: Any) -> list[NewMessage]:
    return [scene.message(b"%d" % k, shared=shared, **how) for k in range(n)]


# ------------------------------------------------------------------------------------------------------- where to


def test_messages_reach_queues_of_both_kinds(tell: Any) -> None:
    async def story(scene: Any) -> None:
        queues = (scene.standard, scene.other, scene.fifo)
        post = Post([Delivery(queue, [scene.message(b"%d" % queue, group="g")]) for queue in queues])
        assert await scene.store.deliver(post) == Delivered()
        assert [await scene.payloads(queue) for queue in queues] == [[b"%d" % queue] for queue in queues]

    tell(story)


def test_what_is_for_a_queue_that_is_gone_goes_where_else_it_may(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.change("delete_queue", scene.other)
        last = Delivery(scene.fifo, [scene.message(b"last", group="g")])
        post = Post(
            [
                Delivery(NOWHERE, [scene.message(b"a")], Delivery(scene.other, [scene.message(b"b")], last)),
                Delivery(NOWHERE, [scene.message(b"dropped")]),
                Delivery(scene.standard, [scene.message(b"there")], Delivery(scene.fifo, [scene.message(b"no")])),
            ]
        )
        assert (await scene.store.deliver(post)).gone == {NOWHERE, scene.other}
        assert await scene.payloads(scene.fifo) == [b"last"]
        assert await scene.payloads(scene.standard) == [b"there"]

    tell(story)


def test_records_are_appended_with_the_messages_unless_their_log_is_gone(tell: Any) -> None:
    async def story(scene: Any) -> None:
        log = await scene.change("create_log")
        records = [NewRecord("key", b"%d" % n, 1) for n in range(2)]
        await scene.store.deliver(Post([], [(log, records), (NOWHERE, records)]))
        assert [each.data for each in await scene.store.read_records(log, after=0, limit=9)] == [b"0", b"1"]

    tell(story)


def test_a_waiting_claim_gets_what_is_delivered(tell: Any) -> None:
    async def story(scene: Any) -> None:
        waiting = scene.store.claim_messages(scene.standard, Claim(1, 30_000, wait_ms=20_000))
        await scene.idle()
        await scene.store.deliver(Post([Delivery(scene.standard, [scene.message(b"a")])]))
        assert [each.payload for each in await waiting] == [b"a"]

    tell(story)


def test_a_tick_of_more_deliveries_than_it_has_time_for_makes_them_all(tell_sqlite: Any) -> None:
    async def story(scene: Any) -> None:
        queues = scene.standard, scene.other
        pendings = [
            scene.store.deliver(Post([Delivery(queue, [scene.message() for _ in range(20)]) for queue in queues]))
            for _ in range(200)
        ]
        assert [await each for each in pendings] == [Delivered()] * 200
        assert [(await scene.store.counts(queue)).visible for queue in queues] == [4000, 4000]

    tell_sqlite(story)


# ------------------------------------------------------------------------------------------------------- settling


def test_what_a_delivery_came_from_is_settled_with_it(tell: Any) -> None:
    async def story(scene: Any) -> None:
        for queue in (scene.standard, scene.fifo):
            await scene.send(queue, b"from", group="g")
            (held,) = await scene.claim(queue)
            post = Post([Delivery(scene.other, [scene.message(b"to")])])
            await scene.store.deliver(post, settle=(queue, [receipt(held)]))
            assert await scene.settle(queue, held) == [Settled.MISSING]
            assert await scene.payloads(scene.other) == [b"to"]

    tell(story)


def test_nothing_is_done_when_another_claim_has_followed(tell: Any) -> None:
    async def story(scene: Any) -> None:
        for queue in (scene.standard, scene.fifo):
            await scene.send(queue, b"one", b"two", group="g")
            first, second = await scene.claim(queue, visibility_ms=1000)
            scene.clock.advance(2000)
            await scene.claim(queue, limit=1)
            post = Post([Delivery(scene.other, [scene.message(b"to")])])
            with pytest.raises(ClaimLost):
                await scene.store.deliver(post, settle=(queue, [receipt(second), receipt(first)]))
            assert (await scene.store.counts(scene.other)).visible == 0
            counts = await scene.store.counts(queue)
            assert (counts.visible, counts.in_flight) == (1, 1)

    tell(story)


def test_a_claim_whose_time_is_up_and_that_none_has_followed_holds_on_standard_queues_only(tell: Any) -> None:
    async def story(scene: Any) -> None:
        held = []
        for queue in (scene.standard, scene.fifo):
            await scene.send(queue, b"from", group="g")
            held += await scene.claim(queue, visibility_ms=1000)
        scene.clock.advance(2000)
        await scene.store.deliver(Post([]), settle=(scene.standard, [receipt(held[0])]))
        with pytest.raises(ClaimLost):
            await scene.store.deliver(Post([]), settle=(scene.fifo, [receipt(held[1])]))

    tell(story)


def test_a_refused_delivery_does_not_fail_its_neighbours(tell: Any) -> None:
    async def story(scene: Any) -> None:
        post = Post([Delivery(scene.standard, [scene.message(b"a")])])
        await scene.send(scene.other, b"from")
        (held,) = await scene.claim(scene.other)
        settle = scene.other, [receipt(held)]
        pendings = [
            scene.store.deliver(post),
            scene.store.deliver(post, settle=settle),
            scene.store.deliver(post, settle=settle),
            scene.store.deliver(post, settle=(NOWHERE, [])),
            scene.store.deliver(lambda number: post, once=Once(NOWHERE, "g", ID)),
            scene.store.deliver(lambda number: 1 / 0, once=Once(scene.fifo, "g", ID, b"key")),
            scene.store.deliver(lambda number: post, once=Once(scene.fifo, "g", ID, b"key")),
        ]
        outcomes = await asyncio.gather(*pendings, return_exceptions=True)
        kinds = [type(each) for each in outcomes]
        assert set(kinds[1:3]) == {Delivered, ClaimLost}
        assert [kinds[0], *kinds[3:]] == [Delivered, QueueGone, QueueGone, ZeroDivisionError, Delivered]
        assert not outcomes[6].duplicate
        assert (await scene.store.counts(scene.standard)).visible == 3

    tell(story)


# ----------------------------------------------------------------------------------------------------------- once


def test_a_delivery_with_the_same_key_is_a_duplicate_for_five_minutes(tell: Any) -> None:
    async def story(scene: Any) -> None:
        async def deliver(id: bytes, key: bytes | None = b"key") -> Delivered:
            post = Post([Delivery(scene.standard, [scene.message(id)])])
            delivered: Delivered = await scene.store.deliver(post, once=Once(scene.fifo, "g", id, key))
            return delivered

        first = await deliver(ID)
        assert (first.id, first.duplicate) == (ID, False)
        assert await deliver(b"j" * 16) == Delivered(first.sequence, ID, duplicate=True)
        assert not (await deliver(b"k" * 16, None)).duplicate
        assert await scene.payloads(scene.standard) == [ID, b"k" * 16]
        scene.clock.advance(DEDUPLICATION_MS)
        assert not (await deliver(ID)).duplicate

    tell(story)


def test_a_duplicate_settles_what_it_came_from(tell: Any) -> None:
    async def story(scene: Any) -> None:
        once = Once(scene.fifo, "g", ID, b"key")
        await scene.store.deliver(Post([]), once=once)
        await scene.send(scene.standard, b"from")
        (held,) = await scene.claim(scene.standard)
        post = Post([Delivery(scene.other, [scene.message()])])
        assert (await scene.store.deliver(post, once=once, settle=(scene.standard, [receipt(held)]))).duplicate
        assert await scene.settle(scene.standard, held) == [Settled.MISSING]
        assert (await scene.store.counts(scene.other)).visible == 0

    tell(story)


def test_a_delivery_may_be_made_of_its_number(tell: Any) -> None:
    async def story(scene: Any) -> None:
        once = Once(scene.fifo, "g", ID)

        def post(number: int) -> Post:
            return Post([Delivery(scene.other_fifo, [scene.message(b"%d" % number, group="g")])])

        numbers = [(await scene.store.deliver(post, once=once)).sequence for _ in range(3)]
        assert numbers == sorted(set(numbers))
        assert await scene.payloads(scene.other_fifo) == [b"%d" % each for each in numbers]

    tell(story)


# --------------------------------------------------------------------------------------------------------- shared


def test_messages_of_one_command_share_what_they_hold_together(tell: Any) -> None:
    async def story(scene: Any) -> None:
        shared = Shared(b"in common")
        ways = [Delivery(queue, sharing(scene, shared, 3, group="g")) for queue in (scene.standard, scene.fifo)]
        await scene.store.deliver(Post(ways))
        assert await scene.rows("shared") == 1
        claimed = [each for queue in (scene.standard, scene.fifo) for each in await scene.claim(queue)]
        assert {each.shared.data for each in claimed} == {b"in common"}
        assert len({each.shared.number for each in claimed}) == 1
        assert [each.shared.data for each in await scene.store.peek_messages(scene.fifo)] == [b"in common"] * 3

    tell(story)


def test_what_is_shared_goes_with_the_last_message_however_that_goes(tell: Any) -> None:
    async def story(scene: Any) -> None:
        shared, queues = Shared(b"in common"), (scene.standard, scene.other, scene.fifo, scene.other_fifo)
        ways = [Delivery(queue, sharing(scene, shared, 8, group="g", retention_ms=60_000)) for queue in queues]
        await scene.store.deliver(Post(ways))
        for queue in (scene.standard, scene.fifo):
            one, *some = await scene.claim(queue, limit=4)
            await scene.settle(queue, one)  # as the claim left it
            some = [msgspec.structs.replace(each, hidden_until_ms=0) for each in some]
            assert await scene.settle(queue, *some) == [Settled.DONE] * 3  # to be found first
        await scene.change("purge_queue", scene.other)
        await scene.change("delete_queue", scene.other_fifo)
        await scene.swept()
        assert await scene.rows("shared") == 1
        scene.clock.advance(61_000)
        await scene.swept()
        assert await scene.rows("message") == await scene.rows("fifo") == await scene.rows("shared") == 0

    tell(story)


def test_what_is_shared_follows_messages_to_other_queues(tell: Any) -> None:
    async def story(scene: Any) -> None:
        for source, target in ((scene.standard, scene.other), (scene.fifo, scene.other_fifo)):
            await scene.store.append_messages(source, sharing(scene, Shared(b"in common"), 3, group="g"))
            await scene.claim(source, visibility_ms=0)
            assert await scene.claim(source, redrive=Redrive(1, target, "source", 1_000_000)) == []
            home = Destination(source, 1_000_000)
            assert await scene.store.move_messages(target, 2, {"source": home}, None) == 2
            claimed = [*await scene.claim(source), *await scene.claim(target)]
            assert [each.shared.data for each in claimed] == [b"in common"] * 3
            await scene.swept()
            assert await scene.rows("shared") == 1
            await scene.settle(source, *claimed[:2])
            await scene.settle(target, claimed[2])
            await scene.swept()
            assert await scene.rows("shared") == 0

    tell(story)


def test_what_was_claimed_may_be_shared_by_what_is_delivered(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.store.append_messages(scene.standard, sharing(scene, Shared(b"in common")))
        (held,) = await scene.claim(scene.standard)
        post = Post([Delivery(scene.other, sharing(scene, held.shared, 2))])
        await scene.store.deliver(post, settle=(scene.standard, [receipt(held)]))
        await scene.swept()
        claimed = await scene.claim(scene.other)
        assert [each.shared for each in claimed] == [held.shared] * 2
        await scene.settle(scene.other, *claimed)
        await scene.swept()
        assert await scene.rows("shared") == 0
        await scene.store.deliver(post)  # nobody holds it any more
        (one, _) = await scene.claim(scene.other)
        assert one.shared.data == b"in common"
        assert one.shared.number != held.shared.number

    tell(story)


def test_a_duplicate_and_a_refused_delivery_leave_nothing_that_is_shared(tell: Any) -> None:
    async def story(scene: Any) -> None:
        shared = Shared(b"in common")
        await scene.send(scene.fifo, b"a", group="g", key=b"key")
        duplicates = Post([Delivery(scene.fifo, sharing(scene, shared, 2, group="g", key=b"key"))])
        await scene.store.deliver(duplicates)
        for post in (Post([Delivery(NOWHERE, sharing(scene, shared))]), duplicates):
            await scene.store.deliver(post, once=Once(scene.fifo, "g", ID, b"once"))
            with pytest.raises(QueueGone):
                await scene.store.deliver(post, settle=(NOWHERE, []))
        await scene.swept()
        assert await scene.rows("shared") == 0

    tell(story)


def test_what_is_shared_outlives_a_restart_and_goes_then(tell: Any, folder: Any) -> None:
    queues: list[int] = []

    async def story(scene: Any) -> None:
        queues.append(scene.standard)
        await scene.store.append_messages(scene.standard, sharing(scene, Shared(b"in common"), 3))

    async def later(scene: Any) -> None:
        claimed = await scene.claim(queues[0])
        assert [each.shared.data for each in claimed] == [b"in common"] * 3
        assert await scene.settle(queues[0], *claimed) == [Settled.DONE] * 3
        await scene.swept()
        assert await scene.rows("shared") == 0

    tell(story, folder)
    tell(later, folder)


def test_a_backup_holds_what_is_shared(tell_sqlite: Any, folder: Any, tmp_path: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.store.append_messages(scene.standard, sharing(scene, Shared(b"in common")))
        await scene.store.backup(tmp_path / "copy")
        copy = await open_store(tmp_path / "copy", clock=scene.clock)
        try:
            (claimed,) = await copy.claim_messages(scene.standard, Claim(1, 1000))
            assert claimed.shared is not None
            assert claimed.shared.data == b"in common"
        finally:
            await copy.close()

    tell_sqlite(story, folder)


def test_two_thousand_messages_that_share_a_large_body_take_the_room_of_one(tell_sqlite: Any, folder: Any) -> None:
    async def story(scene: Any) -> None:
        body = os.urandom(256 * 1024)
        before = scene.store.statistics()["bytes"]
        shared = Shared(body)
        ways = [Delivery(queue, sharing(scene, shared, 1000)) for queue in (scene.standard, scene.other)]
        await scene.store.deliver(Post(ways))
        grown = scene.store.statistics()["bytes"] - before
        assert grown < 256 * 1024 + 2000 * 300
        assert {each.shared.data for each in await scene.claim(scene.other)} == {body}

    tell_sqlite(story, folder)


def test_a_reset_leaves_nothing_that_is_shared(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.store.append_messages(scene.standard, sharing(scene, Shared(b"in common")))
        await scene.store.reset()
        assert await scene.rows("shared") == 0

    tell(story)
