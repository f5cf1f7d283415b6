"""Commands of one tick that are run as one: each is answered as if it had been alone."""

from __future__ import annotations

from typing import Any

import pytest

from chasqui.store.port import Claim, InFlightLimit, QueueGone, Settled
from tests.unit.store.conftest import receipt


def test_claims_of_one_tick_share_what_is_there(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.standard, *(b"%d" % n for n in range(5)))
        pendings = [scene.store.claim_messages(scene.standard, Claim(2, 30_000)) for _ in range(4)]
        taken = [[each.payload for each in await pending] for pending in pendings]
        assert taken == [[b"0", b"1"], [b"2", b"3"], [b"4"], []]

    tell(story)


def test_a_waiting_claim_among_others_waits_for_the_next_message(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.standard, b"a")
        first, second = [scene.store.claim_messages(scene.standard, Claim(1, 30_000, wait_ms=9_000)) for _ in range(2)]
        assert [each.payload for each in await first] == [b"a"]
        assert not second.done()
        await scene.send(scene.standard, b"b")
        assert [each.payload for each in await second] == [b"b"]

    tell(story)


def test_claims_of_one_tick_stop_at_the_limit_of_messages_in_flight(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.standard, *(b"%d" % n for n in range(5)))
        claim = Claim(2, 30_000, in_flight_max=3)
        pendings = [scene.store.claim_messages(scene.standard, claim) for _ in range(3)]
        assert [len(await pending) for pending in pendings[:2]] == [2, 1]
        with pytest.raises(InFlightLimit):
            await pendings[2]

    tell(story)


def test_a_cancelled_claim_among_others_takes_nothing(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.standard, b"a", b"b")
        pendings = [scene.store.claim_messages(scene.standard, Claim(1, 30_000)) for _ in range(3)]
        pendings[0].cancel()
        assert [[each.payload for each in await pending] for pending in pendings[1:]] == [[b"a"], [b"b"]]

    tell(story)


def test_the_same_message_settled_twice_in_one_tick_is_gone_the_second_time(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.standard, b"a", b"b")
        a, b = await scene.claim(scene.standard)
        pendings = [scene.store.settle_messages(scene.standard, [receipt(each)]) for each in (a, b, a)]
        assert [await pending for pending in pendings] == [[Settled.DONE], [Settled.DONE], [Settled.MISSING]]
        assert (await scene.store.counts(scene.standard)).in_flight == 0

    tell(story)


def test_one_queue_that_is_gone_fails_nobody_elses_commands(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.change("delete_queue", scene.other)
        store, messages = scene.store, [scene.message(b"x")]
        gone = [store.append_messages(scene.other, messages), store.claim_messages(scene.other, Claim(1, 1))]
        # Of two commands that are under way at once, PostgreSQL may do either first: the claim waits.
        claim = Claim(1, 1, wait_ms=5000)
        kept = [store.append_messages(scene.standard, messages), store.claim_messages(scene.standard, claim)]
        for pending in gone:
            with pytest.raises(QueueGone):
                await pending
        assert len(await kept[0]) == 1
        assert [each.payload for each in await kept[1]] == [b"x"]

    tell(story)
