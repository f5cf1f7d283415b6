"""Mappings at work: batches, what is deleted and what comes back."""

from __future__ import annotations

import json

import pytest

from tests.support import eventually
from tests.unit.lambda_mappings.conftest import World

# Tells a queue what it was given; fails as the message says.
TELLING = """
import json, os, boto3
sqs = boto3.client("sqs")
def handler(event, context):
    sqs.send_message(QueueUrl=os.environ["TOLD"], MessageBody=json.dumps(event))
    bodies = [each["body"] for each in event["Records"]]
    if "raise" in bodies:
        raise ValueError("as it was told")
    return {"batchItemFailures": [
        {"itemIdentifier": each["messageId"]} for each in event["Records"] if each["body"] == "fail"
    ]}
"""


def test_a_message_is_given_to_the_function_and_deleted(world: World) -> None:
    told, _ = world.queue()
    url, arn = world.queue()
    name = world.function(TELLING, Environment={"Variables": {"TOLD": told}})
    world.functions.create_event_source_mapping(FunctionName=name, EventSourceArn=arn)
    sent = world.sqs.send_message(
        QueueUrl=url,
        MessageBody="hello",
        MessageAttributes={
            "kind": {"DataType": "String", "StringValue": "a"},
            "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
        },
    )

    (event,) = eventually(lambda: world.told(told))
    (record,) = event["Records"]

    eventually(lambda: world.depth(url) == 0)
    assert record.pop("receiptHandle")
    attributes = record.pop("attributes")
    assert attributes.keys() == {
        "ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp",
    }  # fmt: skip
    assert attributes["ApproximateReceiveCount"] == "1"
    assert record == {
        "messageId": sent["MessageId"],
        "body": "hello",
        "messageAttributes": {
            "kind": {"stringValue": "a", "stringListValues": [], "binaryListValues": [], "dataType": "String"},
            "bytes": {"binaryValue": "AAE=", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"},
        },
        "md5OfBody": sent["MD5OfMessageBody"],
        "md5OfMessageAttributes": sent["MD5OfMessageAttributes"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": "us-east-1",
    }


def test_a_backlog_comes_in_batches(world: World) -> None:
    told, _ = world.queue()
    url, arn = world.queue()
    for first in range(0, 40, 10):
        entries = [{"Id": str(number), "MessageBody": str(number)} for number in range(first, first + 10)]
        world.sqs.send_message_batch(QueueUrl=url, Entries=entries)
    name = world.function(TELLING, Environment={"Variables": {"TOLD": told}})
    world.functions.create_event_source_mapping(FunctionName=name, EventSourceArn=arn, BatchSize=10)

    eventually(lambda: world.depth(url) == 0, seconds=20)
    events = world.told(told)

    assert sorted(int(each["body"]) for event in events for each in event["Records"]) == list(range(40))
    assert max(len(event["Records"]) for event in events) <= 10
    assert len(events) <= 10


def test_a_window_gathers_what_comes_one_by_one(world: World) -> None:
    told, _ = world.queue()
    url, arn = world.queue()
    name = world.function(TELLING, Environment={"Variables": {"TOLD": told}})
    world.functions.create_event_source_mapping(
        FunctionName=name, EventSourceArn=arn, BatchSize=20, MaximumBatchingWindowInSeconds=2
    )
    for number in range(12):
        world.sqs.send_message(QueueUrl=url, MessageBody=str(number))

    events = eventually(lambda: world.told(told))

    assert len(events[0]["Records"]) > 10


def test_what_failed_comes_back_and_ends_in_the_dead_letter_queue(world: World) -> None:
    told, _ = world.queue()
    dead, dead_arn = world.queue()
    policy = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, arn = world.queue(VisibilityTimeout="1", RedrivePolicy=policy)
    name = world.function(TELLING, Environment={"Variables": {"TOLD": told}}, Timeout=1)
    world.functions.create_event_source_mapping(
        FunctionName=name, EventSourceArn=arn, FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    entries = [{"Id": str(number), "MessageBody": "fail" if number == 1 else "fine"} for number in range(3)]
    world.sqs.send_message_batch(QueueUrl=url, Entries=entries)

    eventually(lambda: world.depth(dead) == 1, seconds=20)

    assert world.depth(url) == 0
    (message,) = world.sqs.receive_message(QueueUrl=dead)["Messages"]
    assert message["Body"] == "fail"


def test_a_function_that_raises_deletes_nothing(world: World) -> None:
    told, _ = world.queue()
    url, arn = world.queue(VisibilityTimeout="60")
    name = world.function(TELLING, Environment={"Variables": {"TOLD": told}})
    world.functions.create_event_source_mapping(FunctionName=name, EventSourceArn=arn)
    entries = [{"Id": "1", "MessageBody": "raise"}, {"Id": "2", "MessageBody": "fine"}]
    world.sqs.send_message_batch(QueueUrl=url, Entries=entries)

    eventually(lambda: world.told(told))

    assert world.depth(url) == 2


@pytest.mark.one_engine("filters need no store")
def test_what_no_filter_means_is_deleted_unseen(world: World) -> None:
    told, _ = world.queue()
    url, arn = world.queue()
    name = world.function(TELLING, Environment={"Variables": {"TOLD": told}})
    world.functions.create_event_source_mapping(
        FunctionName=name,
        EventSourceArn=arn,
        FilterCriteria={"Filters": [{"Pattern": json.dumps({"body": {"kind": ["order"]}})}]},
    )
    for kind in ("mail", "order"):
        world.sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"kind": kind}))

    (event,) = eventually(lambda: world.told(told))

    eventually(lambda: world.depth(url) == 0)
    assert [json.loads(each["body"])["kind"] for each in event["Records"]] == ["order"]


def test_groups_of_a_fifo_queue_stay_in_order(world: World) -> None:
    told, _ = world.queue()
    url, arn = world.queue(FifoQueue="true", ContentBasedDeduplication="true")
    name = world.function(TELLING, Environment={"Variables": {"TOLD": told}})
    for number in range(20):
        world.sqs.send_message(QueueUrl=url, MessageBody=str(number), MessageGroupId=f"g{number % 2}")
    world.functions.create_event_source_mapping(FunctionName=name, EventSourceArn=arn, BatchSize=3)

    eventually(lambda: world.depth(url) == 0, seconds=20)
    records = [each for event in world.told(told) for each in event["Records"]]

    records.sort(key=lambda each: int(each["attributes"]["ApproximateFirstReceiveTimestamp"]))
    for group in ("g0", "g1"):
        own = [int(each["body"]) for each in records if each["attributes"]["MessageGroupId"] == group]
        assert own == sorted(own)
        assert len(own) == 10


def test_a_disabled_mapping_takes_nothing_until_it_is_enabled(world: World) -> None:
    told, _ = world.queue()
    url, arn = world.queue()
    name = world.function(TELLING, Environment={"Variables": {"TOLD": told}})
    made = world.functions.create_event_source_mapping(FunctionName=name, EventSourceArn=arn)
    world.sqs.send_message(QueueUrl=url, MessageBody="1")
    eventually(lambda: world.told(told))
    world.functions.update_event_source_mapping(UUID=made["UUID"], Enabled=False)
    # A poller that ends takes its waiting claim back; what is sent from now on stays.
    eventually(lambda: world.functions.get_event_source_mapping(UUID=made["UUID"])["State"] == "Disabled")
    world.sqs.send_message(QueueUrl=url, MessageBody="2")
    assert world.depth(url) == 1

    world.functions.update_event_source_mapping(UUID=made["UUID"], Enabled=True)

    (event,) = eventually(lambda: world.told(told))
    assert [each["body"] for each in event["Records"]] == ["2"]


def test_a_function_without_room_leaves_messages_in_their_queue(world: World) -> None:
    told, _ = world.queue()
    url, arn = world.queue()
    name = world.function(TELLING, Environment={"Variables": {"TOLD": told}})
    world.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    world.functions.create_event_source_mapping(FunctionName=name, EventSourceArn=arn)
    world.sqs.send_message(QueueUrl=url, MessageBody="x")
    eventually(lambda: world.depth(url) == 1)

    world.functions.delete_function_concurrency(FunctionName=name)

    assert eventually(lambda: world.told(told), seconds=30)
    eventually(lambda: world.depth(url) == 0)
