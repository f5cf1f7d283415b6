"""Standard queues, waiting claims and counts."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chasqui.store.port import Claim, Counts, Destination, InFlightLimit, QueueGone, Receipt, Redrive, Settled


def test_a_claimed_message_is_hidden_until_its_time_is_up(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.standard, b"a")
        assert await scene.payloads(scene.standard) == [b"a"]
        assert await scene.payloads(scene.standard) == []
        scene.clock.advance(30_000)
        assert [each.receives for each in await scene.claim(scene.standard)] == [2]

    tell(story)


def test_messages_come_by_the_time_they_became_visible(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.standard, b"late", delay_ms=2000)
        await scene.send(scene.standard, b"first", b"second")
        scene.clock.advance(2000)
        assert await scene.payloads(scene.standard) == [b"first", b"second", b"late"]

    tell(story)


def test_counts_tell_visible_in_flight_and_delayed_apart_as_time_passes(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.standard, b"a", b"b")
        await scene.send(scene.standard, b"c", delay_ms=10_000)
        await scene.claim(scene.standard, limit=1)
        assert await scene.store.counts(scene.standard) == Counts(1, 1, 1)
        scene.clock.advance(10_000)
        assert await scene.store.counts(scene.standard) == Counts(2, 1, 0)
        scene.clock.advance(20_000)
        assert await scene.store.counts(scene.standard) == Counts(3, 0, 0)

    tell(story)


def test_any_receipt_of_a_message_deletes_it_and_a_second_time_it_is_missing(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.standard, b"a")
        (old,) = await scene.claim(scene.standard, visibility_ms=0)
        await scene.claim(scene.standard)
        assert await scene.settle(scene.standard, old, old) == [Settled.DONE, Settled.MISSING]
        assert await scene.store.counts(scene.standard) == Counts(0, 0, 0)

    tell(story)


def test_a_receipt_with_another_token_or_for_another_queue_finds_nothing(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.standard, b"a")
        (held,) = await scene.claim(scene.standard)
        forged = [Receipt(held.sequence, b"12345678", 1)]
        assert await scene.store.settle_messages(scene.standard, forged) == [Settled.MISSING]
        assert await scene.settle(scene.other, held) == [Settled.MISSING]

    tell(story)


def test_extending_by_nothing_makes_a_message_visible_and_any_receipt_may_extend(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.standard, b"a")
        (first,) = await scene.claim(scene.standard)
        assert await scene.extend(scene.standard, first, 0) is Settled.DONE
        await scene.claim(scene.standard)
        assert await scene.extend(scene.standard, first, 60_000) is Settled.DONE
        scene.clock.advance(59_000)
        assert await scene.payloads(scene.standard) == []

    tell(story)


def test_a_claim_beyond_the_in_flight_limit_is_refused(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.standard, b"a", b"b", b"c")
        assert len(await scene.claim(scene.standard, in_flight_max=2)) == 2
        with pytest.raises(InFlightLimit):
            await scene.claim(scene.standard, in_flight_max=2)

    tell(story)


def test_a_message_received_too_often_moves_to_the_dead_letter_queue_instead(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.standard, b"a")
        redrive = Redrive(1, scene.other, "arn:source", 500_000)
        await scene.claim(scene.standard, visibility_ms=0, redrive=redrive)
        assert await scene.claim(scene.standard, redrive=redrive) == []
        (dead,) = await scene.claim(scene.other)
        assert (dead.payload, dead.origin, dead.receives) == (b"a", "arn:source", 2)

    tell(story)


def test_who_counts_is_told_how_many_moved_to_the_dead_letter_queue(tell: Any) -> None:
    async def story(scene: Any) -> None:
        told: list[tuple[str, int]] = []
        await scene.send(scene.standard, b"a", b"b", b"c")
        redrive = Redrive(1, scene.other, "arn:source", 500_000, lambda origin, moved: told.append((origin, moved)))
        await scene.claim(scene.standard, visibility_ms=0, redrive=redrive)
        assert told == []
        assert await scene.claim(scene.standard, redrive=redrive) == []
        assert {origin for origin, _ in told} == {"arn:source"}
        assert sum(moved for _, moved in told) == 3

    tell(story)


def test_with_the_dead_letter_queue_gone_the_message_is_given_out_as_usual(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.standard, b"a")
        await scene.claim(scene.standard, visibility_ms=0)
        await scene.change("delete_queue", scene.other)
        assert await scene.payloads(scene.standard, redrive=Redrive(1, scene.other, "x", 1000)) == [b"a"]

    tell(story)


def test_a_move_brings_messages_home_as_new(tell: Any) -> None:
    async def story(scene: Any) -> None:
        (sent,) = await scene.send(scene.standard, b"a")
        await scene.claim(scene.standard, visibility_ms=0)
        await scene.claim(scene.standard, redrive=Redrive(1, scene.other, "arn:source", 500_000))
        home = {"arn:source": Destination(scene.standard, 1_000_000)}
        assert await scene.store.move_messages(scene.other, 10, home, None) == 1
        (back,) = await scene.claim(scene.standard)
        assert (back.payload, back.receives, back.origin) == (b"a", 1, None)
        assert back.id != sent.id

    tell(story)


def test_expired_messages_are_neither_given_nor_counted(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.standard, b"short", retention_ms=1000)
        await scene.send(scene.standard, b"long")
        scene.clock.advance(1000)
        assert await scene.payloads(scene.standard) == [b"long"]
        await scene.swept()
        assert await scene.store.counts(scene.standard) == Counts(0, 1, 0)

    tell(story)


def test_a_shorter_retention_reaches_messages_already_there(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.standard, *[b"%d" % n for n in range(500)])
        await scene.change("set_retention", scene.standard, 60_000)
        await scene.swept()
        scene.clock.advance(60_000)
        await scene.swept()
        assert await scene.store.counts(scene.standard) == Counts(0, 0, 0)

    tell(story)


def test_a_purge_takes_effect_at_once_and_its_rows_go_by_themselves(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.standard, *[b"%d" % n for n in range(2000)])
        await scene.claim(scene.standard)
        await scene.change("purge_queue", scene.standard)
        assert await scene.store.counts(scene.standard) == Counts(0, 0, 0)
        await scene.send(scene.standard, b"new")
        assert await scene.payloads(scene.standard) == [b"new"]
        await scene.swept()
        assert await scene.rows("message") == 1

    tell(story)


def test_verbs_on_a_deleted_queue_fail(tell: Any) -> None:
    async def story(scene: Any) -> None:
        waiting = scene.store.claim_messages(scene.standard, Claim(1, 1000, wait_ms=20_000))
        await asyncio.sleep(0.01)
        await scene.change("delete_queue", scene.standard)
        with pytest.raises(QueueGone):
            await scene.send(scene.standard, b"a")
        with pytest.raises(QueueGone):
            await waiting

    tell(story)


def test_waiting_claims_are_served_in_order_and_no_more_than_can_be(tell: Any) -> None:
    async def story(scene: Any) -> None:
        waiting = [scene.store.claim_messages(scene.standard, Claim(1, 30_000, wait_ms=20_000)) for _ in range(3)]
        await asyncio.sleep(0.01)
        await scene.send(scene.standard, b"a", b"b")
        await scene.idle()
        assert [each.done() for each in waiting] == [True, True, False]
        assert waiting[0].result()[0].payload == b"a"
        waiting[2].cancel()
        assert scene.store.statistics()["claims_waiting"] == 0

    tell(story)


def test_a_waiting_claim_is_woken_when_the_next_message_falls_due(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.standard, b"a", delay_ms=5000)
        waiting = scene.store.claim_messages(scene.standard, Claim(1, 30_000, wait_ms=20_000))
        await asyncio.sleep(0.01)
        scene.clock.advance(5000)
        assert [each.payload for each in await waiting] == [b"a"]

    tell(story)


def test_a_waiting_claim_ends_empty_at_its_deadline(tell: Any) -> None:
    async def story(scene: Any) -> None:
        assert await scene.claim(scene.standard, wait_ms=20) == []

    tell(story)


def test_a_claim_cancelled_after_it_was_executed_is_undone(tell: Any, folder: Any) -> None:
    async def story(scene: Any) -> None:
        for queue in (scene.standard, scene.fifo):
            await scene.send(queue, b"a", group="g")
            claim = scene.store.claim_messages(queue, Claim(1, 30_000))
            await asyncio.sleep(0)
            assert not claim.done()  # executed, and waiting for the disk
            claim.cancel()
            await scene.store.counts(queue)
            (again,) = await scene.claim(queue)
            assert again.receives == 1

    tell(story, folder)


def test_an_empty_claim_writes_and_syncs_nothing(tell_sqlite: Any, folder: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.other, b"a")
        before = scene.store.statistics()["syncs"]
        log = (folder / "chasqui.db-wal").stat().st_size
        for _ in range(5):
            assert await scene.claim(scene.standard) == []
        assert scene.store.statistics()["syncs"] == before
        assert (folder / "chasqui.db-wal").stat().st_size == log

    tell_sqlite(story, folder)


def test_a_quiet_tenant_does_not_stand_behind_a_noisy_one(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.standard, *[b"noise"] * 200, group="noisy")
        await scene.claim(scene.standard, limit=40)
        scene.clock.advance(1000)
        await scene.send(scene.standard, *[b"noise"] * 3000, group="noisy")
        scene.clock.advance(1000)
        await scene.send(scene.standard, b"quiet", group="quiet")
        scene.clock.advance(1000)
        found: list[bytes] = []
        for _ in range(3):
            found += await scene.payloads(scene.standard)
        assert b"quiet" in found
        assert len(found) == 30

    tell(story)


def test_the_oldest_is_the_first_due_that_is_not_delayed(tell: Any) -> None:
    async def story(scene: Any) -> None:
        assert await scene.store.oldest_sent_at_ms(scene.standard) is None
        await scene.send(scene.standard, b"a")
        sent_at = scene.clock.now_ms()
        scene.clock.advance(5000)
        await scene.send(scene.standard, b"b")
        assert await scene.store.oldest_sent_at_ms(scene.standard) == sent_at

    tell(story)
