"""FIFO topics: order, numbers, deduplication, and what their queues get."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from chasqui.services.sns.publishing import sending
from tests.unit.sns_publish.conftest import World


def publish(world: World, topic: str, message: str, group: str = "g", **options: Any) -> dict[str, Any]:
    return dict(world.sns.publish(TopicArn=topic, Message=message, MessageGroupId=group, **options))


def test_messages_of_a_group_arrive_in_order_everywhere(world: World) -> None:
    topic = world.topic(fifo=True, ContentBasedDeduplication="true")
    queues = world.subscribed(topic, 3)

    numbers = [publish(world, topic, f"m{number}")["SequenceNumber"] for number in range(12)]

    assert numbers == sorted(numbers)
    assert all(len(each) == 20 for each in numbers)
    # A receive gives what of a group is ready; the rest follows when that is settled.
    assert [world.bodies(each) for each in queues] == [[f"m{number}" for number in range(12)]] * 3


def test_a_fifo_envelope_has_a_sequence_number_and_no_signature(world: World) -> None:
    topic = world.topic(fifo=True, ContentBasedDeduplication="true")
    (queue,) = world.subscribed(topic, raw=False)

    sent = publish(world, topic, "Test")

    (message,) = world.messages(queue)
    envelope = json.loads(message["Body"])
    assert list(envelope) == [
        "Type", "MessageId", "SequenceNumber", "TopicArn", "Message", "Timestamp", "UnsubscribeURL",
    ]  # fmt: skip
    assert envelope["SequenceNumber"] == sent["SequenceNumber"]
    assert message["Attributes"]["MessageDeduplicationId"] == hashlib.sha256(b"Test").hexdigest()
    assert message["Attributes"]["MessageGroupId"] == "g"


def test_a_duplicate_is_told_the_original_and_goes_nowhere(world: World) -> None:
    topic = world.topic(fifo=True)
    (queue,) = world.subscribed(topic)

    first = publish(world, topic, "one", MessageDeduplicationId="d")
    second = publish(world, topic, "two", MessageDeduplicationId="d")

    assert (second["MessageId"], second["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    assert world.bodies(queue) == ["one"]


def test_five_minutes_later_it_is_none_any_more(world: World) -> None:
    topic = world.topic(fifo=True)
    (queue,) = world.subscribed(topic)
    publish(world, topic, "one", MessageDeduplicationId="d")

    world.server.clock.advance(minutes=5, seconds=1)
    publish(world, topic, "two", MessageDeduplicationId="d")

    assert world.bodies(queue) == ["one", "two"]


def test_the_scope_of_deduplication_may_be_the_group(world: World) -> None:
    across = world.topic(fifo=True, FifoThroughputScope="Topic")
    within = world.topic(fifo=True, FifoThroughputScope="MessageGroup")

    for topic, groups_differ in ((across, False), (within, True)):
        a = publish(world, topic, "m", "a", MessageDeduplicationId="d")
        b = publish(world, topic, "m", "b", MessageDeduplicationId="d")
        assert (a["MessageId"] != b["MessageId"]) is groups_differ


def test_a_batch_is_in_order_and_drops_its_duplicates(world: World) -> None:
    topic = world.topic(fifo=True, ContentBasedDeduplication="true")
    (queue,) = world.subscribed(topic)
    bodies = ["a", "b", "a", "c"]
    entries = [{"Id": str(at), "Message": body, "MessageGroupId": "g"} for at, body in enumerate(bodies)]

    answer = world.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)["Successful"]

    assert answer[2]["MessageId"] == answer[0]["MessageId"]
    assert world.bodies(queue) == ["a", "b", "c"]


def test_a_fifo_topic_reaches_standard_queues(world: World) -> None:
    topic = world.topic(fifo=True, ContentBasedDeduplication="true")
    queue = world.queue()
    world.subscribe(topic, queue)

    publish(world, topic, "m")

    assert world.bodies(queue) == ["m"]


def test_what_needs_a_job_keeps_the_order_of_its_group(world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(sending, "ROWS_MAX", 2)
    topic = world.topic(fifo=True, ContentBasedDeduplication="true")
    queues = world.subscribed(topic, 5)

    sent = [publish(world, topic, f"m{number}")["MessageId"] for number in range(8)]
    again = publish(world, topic, "m0")["MessageId"]

    assert again == sent[0]
    for queue in queues:
        assert world.wait_for(queue, 8) == [f"m{number}" for number in range(8)]
