"""The archive of FIFO topics, and replays from it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from tests.support import eventually
from tests.unit.sns_publish.conftest import World


def archived(world: World, days: int = 30) -> str:
    """A FIFO topic that archives."""
    return world.topic(
        fifo=True, ContentBasedDeduplication="true", ArchivePolicy=json.dumps({"MessageRetentionPeriod": str(days)})
    )


def publish(world: World, topic: str, *messages: str, group: str = "g") -> list[dict[str, Any]]:
    return [world.sns.publish(TopicArn=topic, Message=each, MessageGroupId=group) for each in messages]


def point(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def policy(start_ms: int, end_ms: int | None = None) -> str:
    points = {"PointType": "Timestamp", "StartingPoint": point(start_ms)}
    if end_ms is not None:
        points["EndingPoint"] = point(end_ms)
    return json.dumps(points)


def status(world: World, subscription: str) -> str | None:
    attributes = world.sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    value = attributes.get("ReplayStatus")
    return None if value is None else str(value)


def test_a_new_subscription_replays_what_was_published_before_it(world: World) -> None:
    topic = archived(world)
    sent = publish(world, topic, "a", "b", "c")
    queue = world.queue(fifo=True)

    subscription = world.subscribe(topic, queue, raw=False, ReplayPolicy=policy(world.server.clock.now_ms() - 60_000))

    replayed = [json.loads(each) for each in world.wait_for(queue, 3)]
    assert [each["Message"] for each in replayed] == ["a", "b", "c"]
    assert [each["MessageId"] for each in replayed] == [each["MessageId"] for each in sent]
    assert [each["SequenceNumber"] for each in replayed] == [each["SequenceNumber"] for each in sent]
    assert all(each["Replayed"] for each in replayed)
    eventually(lambda: status(world, subscription) == "Completed")


def test_it_goes_on_with_what_is_newly_published(world: World) -> None:
    topic = archived(world)
    publish(world, topic, "old")
    queue = world.queue(fifo=True)
    subscription = world.subscribe(topic, queue, ReplayPolicy=policy(world.server.clock.now_ms() - 60_000))
    eventually(lambda: status(world, subscription) == "Completed")

    publish(world, topic, "new")
    world.server.clock.advance(seconds=3)

    assert world.wait_for(queue, 2) == ["old", "new"]
    assert world.bodies(queue) == []


def test_with_an_ending_point_it_gets_nothing_new(world: World) -> None:
    topic = archived(world)
    start = world.server.clock.now_ms()
    publish(world, topic, "before")
    world.server.clock.advance(seconds=10)
    end = world.server.clock.now_ms()
    world.server.clock.advance(seconds=10)
    publish(world, topic, "after the end")
    queue = world.queue(fifo=True)

    subscription = world.subscribe(topic, queue, ReplayPolicy=policy(start - 1000, end))
    eventually(lambda: status(world, subscription) == "Completed")
    publish(world, topic, "new")

    assert world.bodies(queue) == ["before"]


def test_the_filter_applies(world: World) -> None:
    topic = archived(world)
    publish(world, topic, '{"n": 1}', '{"n": 2}')
    queue = world.queue(fifo=True)

    world.subscribe(
        topic,
        queue,
        FilterPolicy=json.dumps({"n": [2]}),
        FilterPolicyScope="MessageBody",
        ReplayPolicy=policy(world.server.clock.now_ms() - 60_000),
    )

    assert world.wait_for(queue, 1) == ['{"n": 2}']


def test_a_subscription_may_be_set_to_replay_right_after_it_got_the_messages(world: World) -> None:
    topic = archived(world)
    queue = world.queue(fifo=True)
    subscription = world.subscribe(topic, queue)
    publish(world, topic, "a", "b")
    assert world.wait_for(queue, 2) == ["a", "b"]

    world.sns.set_subscription_attributes(
        SubscriptionArn=subscription,
        AttributeName="ReplayPolicy",
        AttributeValue=policy(world.server.clock.now_ms() - 60_000),
    )

    assert world.wait_for(queue, 2) == ["a", "b"]


def test_more_than_a_page_is_replayed_in_order(world: World) -> None:
    topic = archived(world)
    messages = [f"m{number}" for number in range(130)]
    for start in range(0, 130, 10):
        entries = [{"Id": each, "Message": each, "MessageGroupId": "g"} for each in messages[start : start + 10]]
        world.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    queue = world.queue(fifo=True)

    world.subscribe(topic, queue, ReplayPolicy=policy(world.server.clock.now_ms() - 60_000))

    assert world.wait_for(queue, 130) == messages


def test_what_is_older_than_the_retention_is_gone(world: World) -> None:
    topic = archived(world, days=1)
    begin = world.server.clock.now_ms()
    publish(world, topic, "old")
    world.server.clock.advance(days=2)
    publish(world, topic, "young")
    queue = world.queue(fifo=True)

    world.subscribe(topic, queue, ReplayPolicy=policy(begin - 1000))

    assert world.wait_for(queue, 1) == ["young"]
    assert world.bodies(queue) == []


def test_duplicates_are_archived_once(world: World) -> None:
    topic = archived(world)
    publish(world, topic, "a", "a")
    queue = world.queue(fifo=True)

    subscription = world.subscribe(topic, queue, ReplayPolicy=policy(world.server.clock.now_ms() - 60_000))
    eventually(lambda: status(world, subscription) == "Completed")

    assert world.bodies(queue) == ["a"]
