"""What becomes of a message that a subscription's queue does not take."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.sns_publish.conftest import World


def redrive(world: World, queue: str) -> str:
    return json.dumps({"deadLetterTargetArn": world.arn(queue)})


@pytest.mark.parametrize("fifo", [False, True])
def test_a_deleted_queues_message_is_in_the_dead_letter_queue(world: World, fifo: bool) -> None:
    topic = world.topic(fifo=fifo, **({"ContentBasedDeduplication": "true"} if fifo else {}))
    queue, dead = world.queue(fifo=fifo), world.queue(fifo=fifo)
    world.subscribe(topic, queue, RedrivePolicy=redrive(world, dead))
    world.sqs.delete_queue(QueueUrl=queue)

    world.sns.publish(TopicArn=topic, Message="m", **({"MessageGroupId": "g"} if fifo else {}))

    assert world.bodies(dead) == ["m"]


def test_it_is_the_envelope_where_the_subscriber_gets_one(world: World) -> None:
    topic = world.topic()
    queue, dead = world.queue(), world.queue()
    subscription = world.subscribe(topic, queue, raw=False, RedrivePolicy=redrive(world, dead))
    world.sqs.delete_queue(QueueUrl=queue)

    world.sns.publish(TopicArn=topic, Message="m")

    (envelope,) = world.envelopes(dead)
    assert envelope["Message"] == "m"
    assert envelope["UnsubscribeURL"].endswith(subscription)


def test_a_queue_that_denies_fails_nobody_else(world: World) -> None:
    topic = world.topic()
    denied, dead, other = world.queue(), world.queue(), world.queue()
    world.subscribe(topic, denied, RedrivePolicy=redrive(world, dead))
    world.subscribe(topic, other)
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}],
    }
    world.sqs.set_queue_attributes(QueueUrl=denied, Attributes={"Policy": json.dumps(policy)})

    world.sns.publish(TopicArn=topic, Message="m")

    assert (world.bodies(denied), world.bodies(dead), world.bodies(other)) == ([], ["m"], ["m"])


def test_a_queue_that_takes_only_small_messages_gets_the_small_ones(world: World) -> None:
    topic = world.topic()
    queue, dead = world.queue(MaximumMessageSize="1024"), world.queue()
    world.subscribe(topic, queue, RedrivePolicy=redrive(world, dead))

    world.sns.publish(TopicArn=topic, Message="s" * 1000)
    world.sns.publish(TopicArn=topic, Message="l" * 2000)

    assert (world.bodies(queue), world.bodies(dead)) == (["s" * 1000], ["l" * 2000])


def test_more_than_ten_attributes_are_too_many_for_raw_delivery(world: World) -> None:
    topic = world.topic()
    raw, dead, enveloped = world.queue(), world.queue(), world.queue()
    world.subscribe(topic, raw, RedrivePolicy=redrive(world, dead))
    world.subscribe(topic, enveloped, raw=False)
    attributes = {f"a{number}": {"DataType": "String", "StringValue": "v"} for number in range(11)}

    world.sns.publish(TopicArn=topic, Message="m", MessageAttributes=attributes)

    assert world.bodies(raw) == []
    (envelope,) = world.envelopes(enveloped)
    assert len(envelope["MessageAttributes"]) == 11


def test_without_a_dead_letter_queue_the_publish_succeeds_all_the_same(world: World) -> None:
    topic = world.topic()
    queue = world.queue()
    world.subscribe(topic, queue)
    world.sqs.delete_queue(QueueUrl=queue)

    answer: dict[str, Any] = world.sns.publish(TopicArn=topic, Message="m")

    assert answer["MessageId"]


def test_a_queue_that_is_made_again_gets_messages_again(world: World) -> None:
    topic = world.topic()
    queue = world.queue()
    world.subscribe(topic, queue)
    world.sns.publish(TopicArn=topic, Message="before")
    world.sqs.delete_queue(QueueUrl=queue)
    world.sns.publish(TopicArn=topic, Message="lost")

    world.sqs.create_queue(QueueName=queue.rpartition("/")[2])
    world.sns.publish(TopicArn=topic, Message="after")

    assert world.bodies(queue) == ["after"]


def test_a_queue_under_a_kms_key_gets_it_and_a_disabled_key_sends_it_to_the_dead_letters(world: World) -> None:
    kms = world.server.client("kms")
    statement = [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "kms:*", "Resource": "*"},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    for fifo in (False, True):
        key = kms.create_key(Policy=policy)["KeyMetadata"]["KeyId"]
        topic = world.topic(fifo=fifo, **({"ContentBasedDeduplication": "true"} if fifo else {}))
        group = {"MessageGroupId": "g"} if fifo else {}
        queue, dead = world.queue(fifo=fifo, KmsMasterKeyId=key), world.queue(fifo=fifo)
        world.subscribe(topic, queue, raw=False, RedrivePolicy=redrive(world, dead))

        world.sns.publish(TopicArn=topic, Message="m1", **group)
        (body,) = world.wait_for(queue, 1)
        kms.disable_key(KeyId=key)
        world.sns.publish(TopicArn=topic, Message="m2", **group)
        (lost,) = world.wait_for(dead, 1)

        assert [json.loads(each)["Message"] for each in (body, lost)] == ["m1", "m2"]
