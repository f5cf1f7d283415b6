"""What a publish brings to queues, raw and in an envelope."""

from __future__ import annotations

import hashlib
import json

from tests.unit.sns_publish.conftest import World


def test_a_publish_reaches_every_subscribed_queue(world: World) -> None:
    topic = world.topic()
    queues = world.subscribed(topic, 3)

    world.sns.publish(TopicArn=topic, Message="hello")

    assert [world.bodies(each) for each in queues] == [["hello"]] * 3


def test_a_topic_may_be_named_as_the_target(world: World) -> None:
    topic = world.topic()
    (queue,) = world.subscribed(topic)

    world.sns.publish(TargetArn=topic, Message="hello")

    assert world.bodies(queue) == ["hello"]


def test_raw_delivery_hands_the_attributes_on(world: World) -> None:
    topic = world.topic()
    (queue,) = world.subscribed(topic)
    attributes = {
        "store": {"DataType": "String", "StringValue": "here"},
        "bytes": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"},
    }

    world.sns.publish(TopicArn=topic, Message="text", MessageAttributes=attributes)

    (message,) = world.messages(queue)
    assert message["MessageAttributes"] == attributes


def test_an_envelope_has_the_fields_that_aws_writes(world: World) -> None:
    topic = world.topic()
    queue = world.queue()
    subscription = world.subscribe(topic, queue, raw=False)
    attributes = {
        "an-attribute-key": {"DataType": "String", "StringValue": "an-attribute-value"},
        "binary-attribute": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"},
    }

    sent = world.sns.publish(TopicArn=topic, Message='te"xt', Subject="S", MessageAttributes=attributes)

    (body,) = world.bodies(queue)
    envelope = json.loads(body)
    assert list(envelope) == [
        "Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion", "Signature",
        "SigningCertURL", "UnsubscribeURL", "MessageAttributes",
    ]  # fmt: skip
    assert envelope["MessageId"] == sent["MessageId"]
    assert envelope["Message"] == 'te"xt'
    assert envelope["UnsubscribeURL"].endswith(f"/?Action=Unsubscribe&SubscriptionArn={subscription}")
    assert envelope["MessageAttributes"] == {
        "an-attribute-key": {"Type": "String", "Value": "an-attribute-value"},
        "binary-attribute": {"Type": "Binary", "Value": "AgME"},
    }


def test_large_messages_arrive_whole_in_every_queue(world: World) -> None:
    topic = world.topic()
    raw, enveloped = world.subscribed(topic, 2), world.subscribed(topic, 2, raw=False)
    text = "é" * 100_000

    world.sns.publish(TopicArn=topic, Message=text)

    for queue in raw:
        (message,) = world.messages(queue)
        assert message["Body"] == text
        assert message["MD5OfBody"] == hashlib.md5(text.encode()).hexdigest()
    assert [world.envelopes(each)[0]["Message"] for each in enveloped] == [text] * 2


def test_each_protocol_gets_its_text_of_a_structured_message(world: World) -> None:
    topic = world.topic()
    (queue,) = world.subscribed(topic)
    message = json.dumps({"default": "for all", "sqs": "for queues", "http": 3})

    world.sns.publish(TopicArn=topic, Message=message, MessageStructure="json")
    world.sns.publish(TopicArn=topic, Message='{"default": "for all"}', MessageStructure="json")

    assert world.bodies(queue) == ["for queues", "for all"]


def test_a_group_names_the_tenant_of_a_standard_queue(world: World) -> None:
    topic = world.topic()
    (queue,) = world.subscribed(topic, raw=False)

    world.sns.publish(TopicArn=topic, Message="m", MessageGroupId="my-group-id-1")

    (message,) = world.messages(queue)
    assert message["Attributes"]["MessageGroupId"] == "my-group-id-1"
    assert "MessageGroupId" not in json.loads(message["Body"])


def test_a_batch_reaches_the_queues_in_order(world: World) -> None:
    topic = world.topic()
    (queue,) = world.subscribed(topic)
    entries = [{"Id": str(number), "Message": f"m{number}"} for number in range(10)]

    answer = world.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)

    assert [each["Id"] for each in answer["Successful"]] == [each["Id"] for each in entries]
    assert world.bodies(queue) == [f"m{number}" for number in range(10)]


def test_what_is_unsubscribed_gets_nothing_more(world: World) -> None:
    topic = world.topic()
    queue = world.queue()
    subscription = world.subscribe(topic, queue)
    world.sns.publish(TopicArn=topic, Message="before")

    world.sns.unsubscribe(SubscriptionArn=subscription)
    world.sns.publish(TopicArn=topic, Message="after")

    assert world.bodies(queue) == ["before"]


def test_only_those_are_reached_whose_filter_lets_it_through(world: World) -> None:
    topic = world.topic()
    policy = json.dumps({"store": ["here"]})
    (here,) = world.subscribed(topic, FilterPolicy=policy)
    (body,) = world.subscribed(topic, FilterPolicy=json.dumps({"a": {"b": [1]}}), FilterPolicyScope="MessageBody")
    (everything,) = world.subscribed(topic)

    store = {"DataType": "String", "StringValue": "here"}
    world.sns.publish(TopicArn=topic, Message="attributes", MessageAttributes={"store": store})
    world.sns.publish(TopicArn=topic, Message='{"a": {"b": 1}}')
    world.sns.publish(TopicArn=topic, Message="neither")

    assert world.bodies(here) == ["attributes"]
    assert world.bodies(body) == ['{"a": {"b": 1}}']
    assert world.bodies(everything) == ["attributes", '{"a": {"b": 1}}', "neither"]


def test_what_a_data_protection_policy_masks_is_not_handed_on(world: World) -> None:
    topic = world.topic()
    (queue,) = world.subscribed(topic)
    statement = {
        "Sid": "mask",
        "DataDirection": "Inbound",
        "Principal": ["*"],
        "DataIdentifier": ["arn:aws:dataprotection::aws:data-identifier/EmailAddress"],
        "Operation": {"Deidentify": {"MaskConfig": {"MaskWithCharacter": "#"}}},
    }
    policy = {"Name": "p", "Version": "2021-06-01", "Statement": [statement]}
    world.sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy=json.dumps(policy))

    world.sns.publish(TopicArn=topic, Message="write to someone@example.com")

    (body,) = world.bodies(queue)
    assert "someone@example.com" not in body
