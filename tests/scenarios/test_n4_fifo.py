"""N4: FIFO topics bring what is published to FIFO queues in order and once, to standard queues too, and keep an archive
that is replayed."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from tests.scenarios.notifying import World
from tests.support import eventually


def test_n4_groups_keep_their_order_in_every_queue(world: World) -> None:
    topic = world.topic(fifo=True, ContentBasedDeduplication="true")
    queues = [world.subscribed(topic, fifo=True) for _ in range(3)]

    def group(name: str) -> None:
        for number in range(10):
            world.publish(topic, f"{name} {number}", MessageGroupId=name)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(group, "abc"))

    for queue in queues:
        got = world.take(queue, 30)
        for name in "abc":
            of_group = [each["Body"] for each in got if each["Attributes"]["MessageGroupId"] == name]
            assert of_group == [f"{name} {number}" for number in range(10)]
        assert world.is_empty(queue)


def test_n4_a_repeated_message_is_published_once(world: World) -> None:
    topic = world.topic(fifo=True)
    queue = world.subscribed(topic, fifo=True)
    options = {"TopicArn": topic, "MessageGroupId": "g"}

    first = world.sns.publish(**options, Message="charge", MessageDeduplicationId="order-7")
    again = world.sns.publish(**options, Message="charge, again", MessageDeduplicationId="order-7")
    world.sns.publish(**options, Message="ship", MessageDeduplicationId="order-7-ship")

    assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    got = world.take(queue, 2)
    assert [each["Body"] for each in got] == ["charge", "ship"]
    assert [each["Attributes"]["MessageDeduplicationId"] for each in got] == ["order-7", "order-7-ship"]
    assert world.is_empty(queue)


def test_n4_equal_texts_are_one_message_where_the_content_decides(world: World) -> None:
    topic = world.topic(fifo=True, ContentBasedDeduplication="true")
    queue = world.subscribed(topic, fifo=True)

    for message in ("same", "same", "other"):
        world.publish(topic, message, MessageGroupId="g")

    assert world.bodies(queue, 2) == ["same", "other"]
    assert world.is_empty(queue)


def test_n4_a_standard_queue_gets_them_too(world: World) -> None:
    topic = world.topic(fifo=True, ContentBasedDeduplication="true")
    standard, ordered = world.subscribed(topic), world.queue(fifo=True)
    world.subscribe_queue(topic, ordered, raw=False)

    sent = world.sns.publish(TopicArn=topic, Message="m", MessageGroupId="tenant")

    (message,) = world.take(standard, 1)
    assert (message["Body"], message["Attributes"]["MessageGroupId"]) == ("m", "tenant")
    envelope = json.loads(world.bodies(ordered, 1)[0])
    assert envelope["SequenceNumber"] == sent["SequenceNumber"]
    assert len(sent["SequenceNumber"]) == 20


def test_n4_a_late_subscriber_replays_the_archive(world: World) -> None:
    archive = json.dumps({"MessageRetentionPeriod": "30"})
    topic = world.topic(fifo=True, ContentBasedDeduplication="true", ArchivePolicy=archive)
    early = world.subscribed(topic, fifo=True)
    orders = [f"order {number}" for number in range(5)]
    for each in orders:
        world.publish(topic, each, MessageGroupId="orders")
    assert world.bodies(early, 5) == orders

    late = world.queue(fifo=True)
    start = datetime.now(UTC) - timedelta(minutes=5)
    replay = {"PointType": "Timestamp", "StartingPoint": start.isoformat(timespec="milliseconds")[:23] + "Z"}
    subscription = world.subscribe_queue(topic, late, raw=False, ReplayPolicy=json.dumps(replay))

    envelopes = [json.loads(each) for each in world.bodies(late, 5)]
    assert [each["Message"] for each in envelopes] == orders
    assert {each["Replayed"] for each in envelopes} == {"true"}

    def status() -> str | None:
        shown = world.sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
        return shown.get("ReplayStatus")

    eventually(lambda: status() == "Completed")
    world.publish(topic, "a new one", MessageGroupId="orders")
    (last,) = (json.loads(each) for each in world.bodies(late, 1))
    assert (last["Message"], "Replayed" in last) == ("a new one", False)
    assert world.bodies(early, 1) == ["a new one"]
    assert world.is_empty(early)
