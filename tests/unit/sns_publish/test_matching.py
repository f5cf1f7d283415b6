"""Matching beside the event loop: what is large goes to a thread, and a plan stands still while the thread looks."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import msgspec
import pytest

from chasqui.base.background import Background
from chasqui.base.clock import TestClock
from chasqui.base.sections import SnsQuotas
from chasqui.services.sns.documents import (
    SubscriptionDocument,
    TopicDocument,
    subscription_resource,
    topic_resource,
)
from chasqui.services.sns.publishing.directory import Directory
from chasqui.services.sns.publishing.matching import Matching
from chasqui.services.sns.publishing.notice import Notice
from chasqui.services.sns.publishing.plan import Plan, Subscriber
from chasqui.store.memory import MemoryStore
from chasqui.store.port import Resource, Transaction
from chasqui.store.rolling import Detached
from chasqui.store.sqlite import open_store

OWNER = "000000000000/us-east-1"
NAME = "topic:00000000-0000-0000-0000-000000000001"
LARGE = json.dumps({"a": [{"b": number} for number in range(9000)]})


def subscription(policy: dict[str, Any]) -> Resource:
    attributes = {"FilterPolicy": json.dumps(policy), "FilterPolicyScope": "MessageBody"}
    document = SubscriptionDocument("sqs", "arn:aws:sqs:us-east-1:000000000000:q", "000000000000", "", 1, attributes)
    return subscription_resource(OWNER, NAME, msgspec.structs.replace(document, confirmed=True))


def notice(message: str) -> Notice:
    return Notice("00000000-0000-0000-0000-000000000000", "arn:aws:sns:us-east-1:000000000000:topic", message, 1)


def plan_of(policy: dict[str, Any]) -> Plan:
    plan = Plan()
    plan.put(Subscriber(subscription(policy)))
    return plan


@pytest.mark.parametrize(("message", "beside"), [('{"a": {"b": 1}}', False), (LARGE, True)])
def test_only_large_messages_are_matched_by_the_thread(
    monkeypatch: pytest.MonkeyPatch, message: str, beside: bool
) -> None:
    where: list[threading.Thread] = []
    match = Plan.match
    monkeypatch.setattr(Plan, "match", lambda *of: (where.append(threading.current_thread()), match(*of))[1])
    matching, plan = Matching(), plan_of({"a": {"b": [1]}})

    found = asyncio.run(matching.match(plan, notice(message)))

    assert [each.name for each in found] == [NAME]
    assert (where[0] is not threading.main_thread()) == beside
    matching.close()


def test_many_small_operators_make_a_message_large() -> None:
    plan = plan_of({"a": {"b": [{"wildcard": f"*x{number}*y"} for number in range(40)]}})
    few = plan_of({"a": {"b": ["x"]}})
    body = notice("{}" + " " * 6000)

    assert plan.effort(body) > 2 * few.effort(body)
    assert Plan().effort(body) == 0


class Looking:
    """A thread that looks at a plan until it is told to go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.began, self.go_on = threading.Event(), threading.Event()
        match = Plan.match

        def looked(plan: Plan, of: Notice) -> list[Subscriber]:
            self.began.set()
            assert self.go_on.wait(20)
            return match(plan, of)

        monkeypatch.setattr(Plan, "match", looked)


def test_a_plan_is_not_changed_while_the_thread_looks_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        looking, matching, plan = Looking(monkeypatch), Matching(), plan_of({"a": {"b": [1]}})
        found = asyncio.ensure_future(matching.match(plan, notice(LARGE)))
        await asyncio.to_thread(looking.began.wait, 20)

        with pytest.raises(AssertionError):
            plan.remove(NAME)
        free = asyncio.ensure_future(plan.free())
        found.cancel()  # its caller has gone, the thread has not
        await asyncio.wait([found])
        assert not free.done()
        looking.go_on.set()
        await free
        plan.remove(NAME)
        matching.close()

    asyncio.run(story())


async def make_topic(tx: Transaction) -> None:
    await tx.create(topic_resource(OWNER, "topic", TopicDocument({}, {}, 1, 1)))
    await tx.create(subscription({"a": {"b": [1]}}))


async def change(tx: Transaction) -> None:
    found = await tx.get("sns:subscription", OWNER, NAME)
    assert found is not None
    await tx.replace(msgspec.structs.replace(found, document=subscription({"a": {"b": [-1]}}).document))


def test_a_changed_filter_waits_for_the_thread_and_publishes_wait_for_the_filter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story() -> None:
        store, matching = MemoryStore(clock=TestClock(frozen_at_ms=1)), Matching()
        directory = Directory(store, SnsQuotas(), Background(), matching)
        await store.transaction(make_topic)
        topic = await directory.named((OWNER, "topic"))
        assert topic is not None
        looking = Looking(monkeypatch)
        before = asyncio.ensure_future(matching.match(topic.plan, notice(LARGE)))
        await asyncio.to_thread(looking.began.wait, 20)

        await store.transaction(change)
        assert directory.at_hand(topic.arn) is None
        after = asyncio.ensure_future(directory.named((OWNER, "topic")))
        looking.go_on.set()

        assert len(await before) == 1
        fresh = await after
        assert fresh is not None
        assert await matching.match(fresh.plan, notice(LARGE)) == []
        matching.close()

    asyncio.run(story())


async def rename(tx: Transaction) -> None:
    found = await tx.get("sns:topic", OWNER, "topic")
    assert found is not None
    await tx.replace(topic_resource(OWNER, "topic", TopicDocument({"DisplayName": "new"}, {}, 1, 1), found))


def test_a_topic_that_changes_in_the_tick_in_which_it_is_first_read_is_read_again() -> None:
    async def story() -> None:
        store = await open_store(None, clock=TestClock(frozen_at_ms=1))
        directory = Directory(store, SnsQuotas(), Background(), Matching())
        await store.transaction(make_topic)

        reading = Detached("reading", directory.named((OWNER, "topic"))).pending
        await store.transaction(rename)  # in the same tick, behind the read
        await reading

        topic = directory.at_hand("arn:aws:sns:us-east-1:000000000000:topic")
        assert topic is not None
        assert topic.document.attributes == {"DisplayName": "new"}
        await store.close()

    asyncio.run(story())


def test_a_topic_that_is_read_again_and_again_takes_no_others_place(monkeypatch: pytest.MonkeyPatch) -> None:
    async def other(tx: Transaction) -> None:
        await tx.create(topic_resource(OWNER, "other", TopicDocument({}, {}, 1, 1)))

    async def story() -> None:
        monkeypatch.setattr("chasqui.services.sns.publishing.directory._SUBSCRIBERS_MAX", 2)
        store = MemoryStore(clock=TestClock(frozen_at_ms=1))
        directory = Directory(store, SnsQuotas(), Background(), Matching())
        await store.transaction(make_topic)
        await store.transaction(other)
        kept = await directory.named((OWNER, "other"))

        for _ in range(5):
            directory._forget((OWNER, "topic"))
            await directory.named((OWNER, "topic"))

        assert directory.at_hand("arn:aws:sns:us-east-1:000000000000:other") is kept

    asyncio.run(story())
