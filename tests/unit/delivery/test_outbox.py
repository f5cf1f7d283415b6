"""The outbox on a store: attempts, retries, giving up, turns, silence, and what is left when it ends."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chasqui.base.clock import TestClock
from chasqui.delivery import slots
from chasqui.delivery.outbox import Outbox
from chasqui.delivery.retries import RetryPolicy
from chasqui.delivery.worker import AHEAD, BREAKER_FAILURES, BURST_MIN, GROUP, LOST_MAX, Worker
from chasqui.store.port import Claim, Counts, Delivery, Post, Shared
from chasqui.store.sqlite import open_store
from tests.unit.delivery.conftest import BAD, DEAF, FATAL, NOW, OK, Scene, Target

NOTHING = Counts(0, 0, 0)
ONCE = RetryPolicy(0, 1000, 1000)


def test_a_message_is_delivered_and_settled(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        target = await scene.target()
        await scene.post(target, b"a", b"b")
        await scene.rest()
        assert sorted(target.met) == [b"a", b"b"]
        assert await scene.counts(target.queue) == NOTHING
        assert [(each.attempt, each.outcome.ok, each.dead) for each in target.told] == [(1, True, False)] * 2

    tell(story)


def test_what_was_there_before_the_route_was_opened_is_delivered(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        target = Target(scene, await scene.queue())
        await scene.post(target, *(b"%d" % n for n in range(100)))
        scene.outbox.open(target.route)
        await scene.rest()
        assert len(set(target.met)) == len(target.met) == 100

    tell(story)


def test_a_failed_delivery_is_tried_again_when_the_policy_says_so(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        target = await scene.target()
        target.answer = lambda claimed: OK if claimed.receives == 3 else BAD
        await scene.post(target, b"a")
        await scene.rest()
        assert target.told[0].next_at_ms == NOW + 20_000
        await scene.pass_(19)
        assert len(target.met) == 1
        await scene.pass_(1)
        assert len(target.met) == 2
        await scene.pass_(20)
        assert [each.attempt for each in target.told] == [1, 2, 3]
        assert await scene.counts(target.queue) == NOTHING

    tell(story)


def test_an_exhausted_message_goes_to_its_dead_letter_queue_exactly_once(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        target = await scene.target()
        target.answer = lambda _: BAD
        target.dead_to = await scene.queue()
        await scene.post(target, b"a")
        for _ in range(6):
            await scene.pass_(20)
        assert len(target.met) == 4
        assert target.told[-1].dead
        assert await scene.counts(target.queue) == NOTHING
        dead = await scene.store.claim_messages(target.dead_to, Claim(10, 1000))
        assert [each.payload for each in dead] == [b"dead a"]

    tell(story)


def test_a_permanent_failure_is_not_tried_again_and_without_a_dead_letter_queue_it_is_gone(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        target = await scene.target()
        target.answer = lambda _: FATAL
        await scene.post(target, b"a")
        await scene.rest()
        assert (len(target.met), target.told[0].dead) == (1, True)
        assert await scene.counts(target.queue) == NOTHING

    tell(story)


def test_a_target_may_ask_for_time_within_the_policys_bounds(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        target = await scene.target(policy=RetryPolicy(3, 1000, 60_000, min_delay=3))
        waits = {1: 10_000, 2: 3_600_000, 3: 0}
        target.answer = lambda each: msgspec.structs.replace(BAD, retry_after_ms=waits[each.receives])
        await scene.post(target, b"a")
        await scene.rest()
        assert target.told[0].next_at_ms == NOW + 10_000
        await scene.pass_(10)
        assert target.told[1].next_at_ms == NOW + 10_000 + 60_000
        await scene.pass_(60)
        assert target.told[2].next_at_ms == NOW + 70_000 + 1000

    tell(story)


def test_an_attempt_that_raises_counts_as_one_that_failed(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        target = await scene.target()

        def fail(_: Any) -> Any:
            raise ValueError("a bug")

        target.answer = fail
        await scene.post(target, b"a")
        await scene.rest()
        assert "a bug" in target.told[0].outcome.reason
        target.answer = lambda _: OK
        await scene.pass_(20)
        assert await scene.counts(target.queue) == NOTHING

    tell(story)


def test_no_more_than_its_concurrency_is_under_way_and_little_more_is_claimed(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        target = await scene.target(concurrency=3)
        target.gate = asyncio.Event()
        await scene.post(target, *(b"%d" % n for n in range(20)))
        await scene.rest()
        assert await scene.counts(target.queue) == Counts(20 - AHEAD * 3, AHEAD * 3, 0)
        target.gate.set()
        await scene.rest()
        assert (target.most, len(set(target.met)), len(target.met)) == (3, 20, 20)

    tell(story)


def test_a_throttled_target_gets_what_its_rate_allows(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        target = await scene.target(per_second=2.0)
        await scene.post(target, *(b"%d" % n for n in range(10)))
        await scene.rest()
        assert len(target.met) == 1
        for second in range(1, 4):
            for _ in range(10):
                await scene.pass_(0.1)
            assert 2 * second - 1 <= len(target.met) <= 2 * second + 1

    tell(story)


def test_routes_take_turns_when_slots_are_few(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        greedy, modest = await scene.target(), await scene.target()
        greedy.gate = modest.gate = asyncio.Event()
        await scene.post(greedy, *(b"%d" % n for n in range(50)))
        await scene.rest()
        await scene.post(modest, b"a")
        await scene.rest()
        assert (len(greedy.met), len(modest.met)) == (2, 0)
        greedy.gate.set()
        while not modest.met:
            await asyncio.sleep(0)
        # Its turn came after those that were under way and one more of the greedy one's at most.
        assert len(greedy.met) <= 2 + 2
        await scene.rest()
        assert len(greedy.met) == 50

    tell(story, attempts_max=2)


def test_one_message_speaks_for_all_that_are_due_at_a_silent_target(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        target = await scene.target(concurrency=1)
        target.answer = lambda _: DEAF
        await scene.post(target, *(b"%d" % n for n in range(BREAKER_FAILURES)))
        await scene.rest()
        assert scene.outbox.statistics()["silent"] == 1
        met = len(target.met)
        await scene.post(target, *(b"x%d" % n for n in range(2 * GROUP)))
        await scene.rest()
        sent = len(target.met) - met
        assert 2 <= sent <= 4
        assert sum(each.stood_for for each in target.told) == 2 * GROUP - sent

    tell(story)


def test_a_silent_targets_messages_die_on_time_and_none_is_lost(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        target = await scene.target()
        target.answer = lambda _: DEAF
        target.dead_to = await scene.queue()
        await scene.post(target, *(b"%d" % n for n in range(500)))
        await scene.rest()
        for _ in range(3):
            await scene.pass_(20)
        assert (await scene.counts(target.dead_to)).visible == 500
        assert await scene.counts(target.queue) == NOTHING
        assert len(target.met) < 200

    tell(story)


def test_a_target_that_answers_again_gets_everything(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        target = await scene.target()
        target.answer = lambda _: DEAF
        await scene.post(target, *(b"%d" % n for n in range(100)))
        await scene.rest()
        target.answer = lambda _: OK
        target.met.clear()
        await scene.pass_(20)
        assert len(set(target.met)) == len(target.met) == 100
        assert scene.outbox.statistics()["silent"] == 0

    tell(story)


def test_dead_targets_never_hold_up_the_others(tell: Any) -> None:
    """Targets that hang take a quarter of the slots at most, once they are known to."""

    async def story(scene: Scene) -> None:
        hanging = [await scene.target(concurrency=1) for _ in range(20)]
        gate = asyncio.Event()
        for target in hanging:
            target.answer = lambda _: DEAF
            await scene.post(target, *(b"%d" % n for n in range(BREAKER_FAILURES)))
        await scene.rest()
        for target in hanging:
            target.gate = gate
            await scene.post(target, b"more")
        await scene.rest()
        well = [await scene.target() for _ in range(80)]
        for target in well:
            await scene.post(target, b"a", b"b")
        await scene.rest()
        assert sum(target.under_way for target in hanging) == 2
        assert [sorted(target.met) for target in well] == [[b"a", b"b"]] * 80
        gate.set()
        await scene.rest()

    tell(story, attempts_max=8)


def test_what_is_in_memory_is_bounded_and_read_again(tell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(scene: Scene) -> None:
        monkeypatch.setattr(slots, "HELD_BYTES_MAX", 30_000)
        target = await scene.target(concurrency=20)
        target.gate = asyncio.Event()
        payloads = [b"%03d" % n + bytes(10_000) for n in range(40)]
        await scene.post(target, *payloads)
        await scene.rest()
        assert scene.outbox.statistics()["held_bytes"] <= 40_100
        target.gate.set()
        await scene.rest()
        assert sorted(target.met) == payloads
        assert scene.outbox.statistics()["held_bytes"] == 0

    tell(story, attempts_max=1)


def test_routes_with_a_backlog_hold_little_more_than_there_are_slots_for(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        targets = [await scene.target() for _ in range(20)]
        gate = asyncio.Event()
        for target in targets:
            target.gate = gate
            await scene.post(target, *(b"%d" % n for n in range(40)))
        await scene.rest()
        figures = scene.outbox.statistics()
        assert figures["under_way"] == 2
        assert figures["waiting"] <= 25 * BURST_MIN
        gate.set()
        await scene.rest()
        assert [len(set(target.met)) for target in targets] == [40] * 20

    tell(story, attempts_max=2)


def test_bytes_that_messages_share_are_held_once(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        targets = [await scene.target() for _ in range(10)]
        gate, body = asyncio.Event(), Shared(bytes(100_000))
        for target in targets:
            target.gate = gate
        messages = [(each.queue, [msgspec.structs.replace(scene.message(b"a"), shared=body)]) for each in targets]
        await scene.store.deliver(Post([Delivery(*each) for each in messages]))
        await scene.rest()
        assert scene.outbox.statistics()["held_bytes"] == 100_010
        gate.set()
        await scene.rest()
        assert scene.outbox.statistics()["held_bytes"] == 0
        assert all(target.met for target in targets)

    tell(story)


def test_a_closed_route_takes_nothing_more_and_a_deleted_queue_ends_its_route(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        closed, deleted = await scene.target(), await scene.target()
        scene.outbox.close(closed.queue)
        await scene.post(closed, b"a")
        await scene.store.transaction(lambda tx: tx.delete_queue(deleted.queue))
        await scene.rest()
        assert closed.met == []
        assert scene.outbox.statistics()["routes"] == 0
        assert (await scene.counts(closed.queue)).visible == 1

    tell(story)


def test_a_replaced_route_goes_the_new_way(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        target = await scene.target()
        other = Target(scene, target.queue)
        scene.outbox.open(other.route)
        await scene.post(target, b"a")
        await scene.rest()
        assert (target.met, other.met) == ([], [b"a"])

    tell(story)


def test_a_message_that_ends_its_process_again_and_again_is_given_up(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        target = Target(scene, await scene.queue(), policy=ONCE)
        await scene.post(target, b"a")
        for _ in range(1 + LOST_MAX):
            assert await scene.store.claim_messages(target.queue, Claim(1, 0))
        scene.outbox.open(target.route)
        await scene.rest()
        assert target.met == []
        assert await scene.counts(target.queue) == NOTHING

    tell(story)


def test_closing_gives_back_what_is_not_delivered(tell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(scene: Scene) -> None:
        monkeypatch.setattr("chasqui.delivery.outbox.GRACE_SECONDS", 0.01)
        target = await scene.target(concurrency=4)
        target.gate = asyncio.Event()
        await scene.post(target, *(b"%d" % n for n in range(10)))
        await scene.rest()
        await scene.outbox.close_all()
        assert await scene.counts(target.queue) == Counts(10, 0, 0)

    tell(story, attempts_max=2)


def test_attempts_that_end_in_time_are_settled_before_the_end(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        target = await scene.target()
        target.gate = asyncio.Event()
        await scene.post(target, b"a")
        await scene.rest()
        asyncio.get_running_loop().call_soon(target.gate.set)
        await scene.outbox.close_all()
        assert await scene.counts(target.queue) == NOTHING

    tell(story)


def test_a_store_that_lets_nobody_wait_is_not_asked_in_a_loop(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await scene.target()
        await scene.rest()
        scene.store.release_waiting()
        await scene.rest()
        before = scene.store.engine.commits
        await asyncio.sleep(0.05)
        assert scene.store.engine.commits - before <= 1

    tell(story)


def test_an_attempt_that_takes_too_long_is_cut_off_and_what_is_held_stays_hidden(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        hung, long = await scene.target(longest_ms=1), await scene.target(longest_ms=10_000)
        hung.gate = long.gate = asyncio.Event()
        await scene.post(hung, b"a")
        await scene.post(long, b"a")
        await scene.rest()
        loop = asyncio.get_running_loop()
        scene.clock.advance(13_000)
        for worker in list(scene.outbox._holding):
            worker.sweep(loop.time() + 5, scene.clock.now_ms())
        await scene.rest()
        assert hung.told[0].outcome.reason == "the attempt took too long"
        scene.clock.advance(13_000)
        await scene.rest()
        assert len(long.met) == 1
        long.gate.set()
        await scene.rest()

    tell(story)


def test_a_restart_goes_on_where_the_process_was_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was claimed and not settled is delivered again when it is no longer hidden; what was settled is not."""

    async def main() -> None:
        clock = TestClock(frozen_at_ms=NOW)
        store = await open_store(tmp_path, clock=clock)
        scene = Scene(store, clock)
        target = await scene.target(concurrency=2)
        await scene.post(target, b"settled")
        await scene.rest()
        target.gate = asyncio.Event()
        payloads = [b"%d" % n for n in range(2 * AHEAD + 1)]
        await scene.post(target, *payloads)
        await scene.rest()
        with monkeypatch.context() as killed:  # nothing of what is under way reaches the store
            killed.setattr(Worker, "_flush", lambda _: None)
            for task in scene.outbox._slots.tasks:
                task.cancel()
            await store.close()

        store = await open_store(tmp_path, clock=clock)
        again = Scene(store, clock)
        other = Target(again, target.queue)
        again.outbox.open(other.route)
        await again.rest()
        assert other.met == payloads[-1:]
        await again.pass_(31)
        assert sorted(other.met) == payloads
        assert [each.attempt for each in other.told] == [1] + [2] * 2 * AHEAD
        await again.outbox.close_all()
        await store.close()

    asyncio.run(main())


def test_idle_routes_cost_little(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        import tracemalloc

        async def create(transaction: Any) -> list[int]:
            return [await transaction.create_queue(ordered=False) for _ in range(500)]

        targets = [Target(scene, each) for each in await scene.store.transaction(create)]
        for target in targets:
            await scene.store.counts(target.queue)
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for target in targets:
            scene.outbox.open(target.route)
        await scene.rest()
        used = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert used / 500 < 4096

    tell(story)


def test_an_outbox_that_closes_opens_nothing(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        outbox = Outbox(scene.store, scene.clock)
        await outbox.close_all()
        outbox.open(Target(scene, await scene.queue()).route)
        assert outbox.statistics()["routes"] == 0

    tell(story)


def test_a_route_of_long_attempts_may_hide_its_messages_for_less(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        target = await scene.target(longest_ms=900_000, hidden_ms=30_000)
        target.gate = asyncio.Event()
        await scene.post(target, b"a")
        await scene.rest()
        [message] = await scene.store.peek_messages(target.queue)
        assert message.visible_at_ms == NOW + 30_000
        target.gate.set()
        await scene.rest()
        assert await scene.counts(target.queue) == NOTHING

    tell(story)
