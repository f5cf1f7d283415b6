"""FIFO queues: order, locks, deduplication, attempts."""

from __future__ import annotations

from typing import Any

from chasqui.store.port import Claim, Counts, Redrive, Settled


def test_a_group_with_a_message_in_flight_is_locked_and_others_are_not(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.fifo, b"a1", b"a2", group="a")
        await scene.send(scene.fifo, b"b1", group="b")
        assert await scene.payloads(scene.fifo, limit=1) == [b"a1"]
        assert await scene.payloads(scene.fifo) == [b"b1"]
        assert await scene.store.counts(scene.fifo) == Counts(1, 2, 0)

    tell(story)


def test_settling_frees_the_group(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.fifo, b"a1", b"a2", group="a")
        (head,) = await scene.claim(scene.fifo, limit=1)
        assert await scene.settle(scene.fifo, head) == [Settled.DONE]
        assert await scene.payloads(scene.fifo) == [b"a2"]

    tell(story)


def test_a_group_stays_locked_by_one_in_flight_though_another_was_made_visible(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.fifo, b"1", b"2", group="a")
        first, _ = await scene.claim(scene.fifo)
        await scene.extend(scene.fifo, first, 0)
        assert await scene.payloads(scene.fifo) == []
        scene.clock.advance(30_000)
        assert await scene.payloads(scene.fifo) == [b"1", b"2"]

    tell(story)


def test_a_receipt_whose_time_is_up_no_longer_settles_or_extends(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.fifo, b"1", group="a")
        (held,) = await scene.claim(scene.fifo)
        scene.clock.advance(30_000)
        assert await scene.settle(scene.fifo, held) == [Settled.EXPIRED]
        assert await scene.extend(scene.fifo, held, 1000) is Settled.EXPIRED

    tell(story)


def test_a_delayed_head_blocks_its_group(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.fifo, b"1", group="a", delay_ms=5000)
        await scene.send(scene.fifo, b"2", group="a")
        assert await scene.payloads(scene.fifo) == []
        scene.clock.advance(5000)
        assert await scene.payloads(scene.fifo) == [b"1", b"2"]

    tell(story)


def test_a_duplicate_gets_the_original_s_id_even_after_a_purge(tell: Any) -> None:
    async def story(scene: Any) -> None:
        (original,) = await scene.send(scene.fifo, b"1", group="a", key=b"k")
        await scene.change("purge_queue", scene.fifo)
        (again,) = await scene.send(scene.fifo, b"1", group="a", key=b"k")
        assert (again.duplicate, again.id, again.sequence) == (True, original.id, original.sequence)
        scene.clock.advance(300_000)
        (new,) = await scene.send(scene.fifo, b"1", group="a", key=b"k")
        assert not new.duplicate

    tell(story)


def test_old_deduplication_keys_are_swept(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.fifo, b"1", group="a", key=b"k")
        scene.clock.advance(601_000)
        await scene.swept()
        assert await scene.rows("dedup") == 0

    tell(story)


def test_a_repeated_attempt_gets_the_same_messages_while_it_holds_them(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.fifo, b"1", b"2", group="a")
        first = await scene.claim(scene.fifo, attempt="x")
        assert await scene.claim(scene.fifo, attempt="x") == first
        await scene.settle(scene.fifo, first[0])
        assert await scene.claim(scene.fifo, attempt="x") == []

    tell(story)


def test_a_dead_letter_keeps_its_group_and_receive_count(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.fifo, b"1", b"2", group="a")
        redrive = Redrive(1, scene.other_fifo, "src", 500_000)
        await scene.claim(scene.fifo, limit=1, visibility_ms=0, redrive=redrive)
        assert await scene.payloads(scene.fifo, redrive=redrive) == [b"2"]
        (dead,) = await scene.claim(scene.other_fifo)
        assert (dead.payload, dead.group, dead.receives, dead.origin) == (b"1", "a", 2, "src")

    tell(story)


def test_who_counts_is_told_how_many_of_a_group_moved(tell: Any) -> None:
    async def story(scene: Any) -> None:
        told: list[tuple[str, int]] = []
        await scene.send(scene.fifo, b"1", b"2", group="a")
        redrive = Redrive(1, scene.other_fifo, "src", 500_000, lambda origin, moved: told.append((origin, moved)))
        await scene.claim(scene.fifo, limit=1, visibility_ms=0, redrive=redrive)
        assert await scene.payloads(scene.fifo, redrive=redrive) == [b"2"]
        assert told == [("src", 1)]

    tell(story)


def test_a_deep_locked_group_costs_a_claim_nothing(tell_sqlite: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.fifo, *[b"x"] * 3000, group="a")
        await scene.claim(scene.fifo, limit=1)
        steps = scene.store.engine.db.total_changes()
        assert await scene.payloads(scene.fifo) == []
        assert scene.store.engine.db.total_changes() == steps

    tell_sqlite(story)


def test_an_expired_head_no_longer_blocks(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.fifo, b"1", group="a", delay_ms=900_000, retention_ms=5000)
        await scene.send(scene.fifo, b"2", group="a")
        scene.clock.advance(5000)
        await scene.swept()
        assert await scene.payloads(scene.fifo) == [b"2"]

    tell(story)


def test_a_claim_that_locks_nothing_looks_behind_a_group_that_it_redrives(tell: Any) -> None:
    """With a visibility of 0, given groups stay where they are, and are met again by whoever looks further."""

    async def story(scene: Any) -> None:
        await scene.send(scene.fifo, b"a1", group="a")
        await scene.send(scene.fifo, b"b1", group="b")
        redrive = Redrive(receives_max=1, queue=scene.other_fifo, origin="src", retention_ms=60_000)
        assert await scene.payloads(scene.fifo, limit=1, visibility_ms=0) == [b"a1"]
        assert await scene.payloads(scene.fifo, limit=1, visibility_ms=0, redrive=redrive) == [b"b1"]

    tell(story)


def test_claims_served_together_get_no_more_than_each_asked_for_when_one_group_is_redriven(tell: Any) -> None:
    async def story(scene: Any) -> None:
        for name in "abc":
            await scene.send(scene.fifo, name.encode(), group=name)
        assert await scene.payloads(scene.fifo, limit=1, visibility_ms=0) == [b"a"]
        redrive = Redrive(receives_max=1, queue=scene.other_fifo, origin="src", retention_ms=60_000)
        claim = Claim(limit=1, visibility_ms=30_000, redrive=redrive)
        both = [scene.store.claim_messages(scene.fifo, claim) for _ in range(2)]
        given = [[each.payload for each in await pending] for pending in both]
        assert sorted(given) == [[b"b"], [b"c"]]

    tell(story)
