"""What SNS refuses of a publish, in AWS' words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support import vectors
from tests.unit.sns_publish.conftest import World
from tests.unit.sqs.support import refusal

STANDARD: dict[str, dict[str, Any]] = {
    "Invalid parameter: Empty message": {"Message": ""},
    "Invalid parameter: Subject": {"Message": "m", "Subject": "two\nlines"},
    "Invalid parameter: Message too long": {"Message": "x" * 262_145},
    "Invalid parameter: Message Structure - JSON message body failed to parse": {
        "Message": "{",
        "MessageStructure": "json",
    },
    "Invalid parameter: Message Structure - No default entry in JSON message body": {
        "Message": '{"sqs": "m"}',
        "MessageStructure": "json",
    },
    "Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is"
    " not valid for this topic type": {"Message": "m", "MessageDeduplicationId": "d"},
}


@pytest.mark.parametrize("message", STANDARD, ids=range(len(STANDARD)))
def test_a_standard_topic_refuses(world: World, message: str) -> None:
    topic = world.topic()

    assert refusal(world.sns.publish, TopicArn=topic, **STANDARD[message]) == ("InvalidParameter", message, 400)


def test_the_topics_own_maximum_counts(world: World) -> None:
    topic = world.topic()
    world.sns.set_topic_attributes(TopicArn=topic, AttributeName="MaximumMessageSize", AttributeValue="1024")

    world.sns.publish(TopicArn=topic, Message="x" * 1024)
    _, message, _ = refusal(world.sns.publish, TopicArn=topic, Message="x" * 1025)

    assert message == "Invalid parameter: Message too long"


def test_topics_are_named_by_arns_of_the_region_that_exist(world: World) -> None:
    topic = world.topic()
    wrong = {
        "a": (
            "InvalidParameter",
            "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
            400,
        ),
        topic.replace("us-east-1", "eu-west-1"): ("InvalidParameter", "Invalid parameter: TopicArn", 400),
        f"{topic}-not": ("NotFound", "Topic does not exist", 404),
    }

    for arn, expected in wrong.items():
        assert refusal(world.sns.publish, TopicArn=arn, Message="m") == expected
        entries = [{"Id": "1", "Message": "m"}]
        assert refusal(world.sns.publish_batch, TopicArn=arn, PublishBatchRequestEntries=entries) == expected
    assert refusal(world.sns.publish, Message="m")[0] == "InvalidParameter"


# --------------------------------------------------------------------------------- what was recorded from AWS


def recorded(case: str) -> dict[str, tuple[str, str, int]]:
    """The errors of a recorded case by name; none where the vectors are absent."""
    for each in vectors("sns-responses.jsonl"):
        if each["case"].endswith(f"::{case}"):
            return {
                name: (
                    answer["Error"]["Code"],
                    answer["Error"]["Message"],
                    answer["ResponseMetadata"]["HTTPStatusCode"],
                )
                for name, answer in each["recorded"].items()
                if "Error" in answer
            }
    pytest.skip("the vectors are not here")


ATTRIBUTES: dict[str, tuple[str, dict[str, Any]]] = {
    "fully_missing_data_type": ("attr1", {"StringValue": "v"}),
    "fully_missing_string_attr": ("attr1", {"DataType": "String"}),
    "missing_string_attr": ("attr1", {"DataType": "String", "StringValue": ""}),
    "missing_binary_attr": ("attr1", {"DataType": "Binary", "BinaryValue": b""}),
    "str_attr_binary_value": ("attr1", {"DataType": "String", "BinaryValue": b"v"}),
    "int_attr_binary_value": ("attr1", {"DataType": "Number", "BinaryValue": b"v"}),
    "binary_attr_string_value": ("attr1", {"DataType": "Binary", "StringValue": "v"}),
    "invalid_attr_string_value": ("attr1", {"DataType": "InvalidType", "StringValue": "v"}),
    "too_long_name": ("a" * 257, {"DataType": "String", "StringValue": "v"}),
    "invalid_name": ("a^b", {"DataType": "String", "StringValue": "v"}),
    "invalid_name_2": (".a", {"DataType": "String", "StringValue": "v"}),
    "invalid_name_3": ("a.", {"DataType": "String", "StringValue": "v"}),
    "invalid_name_4": ("a..b", {"DataType": "String", "StringValue": "v"}),
}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_wrong_attributes_are_refused_as_recorded(world: World, name: str) -> None:
    expected = recorded("test_empty_or_wrong_message_attributes")
    topic = world.topic()
    attribute, value = ATTRIBUTES[name]
    attributes = {attribute: value}

    entries = [{"Id": "1", "Message": "m", "MessageAttributes": attributes}]
    assert refusal(world.sns.publish, TopicArn=topic, Message="m", MessageAttributes=attributes) == expected[name]
    batched = refusal(world.sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries)
    assert batched == expected[f"batch-{name}"]


def entries_of(*entries: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"Id": str(at), "Message": "m", **entry} for at, entry in enumerate(entries)]


BATCHES: dict[str, tuple[bool, list[dict[str, Any]]]] = {
    "no-group-id": (True, entries_of({"MessageDeduplicationId": "d"})),
    "no-dedup-id": (True, entries_of({"MessageGroupId": "g"})),
    "no-default-key-json": (False, entries_of({"Message": '{"sqs": "m"}', "MessageStructure": "json"})),
    "same-msg-id": (False, entries_of({"Id": "a"}, {"Id": "a"})),
    "too-many-msg": (False, entries_of(*[{}] * 11)),
}


@pytest.mark.parametrize("name", BATCHES)
def test_wrong_batches_are_refused_as_recorded(world: World, name: str) -> None:
    expected = recorded("test_publish_batch_exceptions")
    fifo, entries = BATCHES[name]
    topic = world.topic(fifo=fifo)

    assert refusal(world.sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries) == expected[name]


IDS = {
    "id-too-long-81": "a" * 81,
    "invalid-char-dot": "message.id",
    "invalid-char-special": "msg@123#test",
}


@pytest.mark.parametrize("name", IDS)
def test_wrong_ids_of_entries_are_refused_as_recorded(world: World, name: str) -> None:
    expected = recorded("test_publish_batch_invalid_entry_id")
    topic = world.topic()

    found = refusal(world.sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries_of({"Id": IDS[name]}))

    assert found == expected[name]


def test_a_batch_is_as_long_as_a_message_may_be(world: World) -> None:
    expected = recorded("test_publish_batch_too_long_message")["error-no-attrs"]
    topic = world.topic()

    found = refusal(
        world.sns.publish_batch,
        TopicArn=topic,
        PublishBatchRequestEntries=entries_of(*[{"Message": "x" * 131_073}] * 2),
    )

    assert found == expected


Publish = Callable[..., Any]


def test_types_with_labels_are_accepted_and_others_are_not(world: World) -> None:
    topic = world.topic()
    (queue,) = world.subscribed(topic)

    for data_type in ("Number.float", "String.mine"):
        attributes = {"attr1": {"DataType": data_type, "StringValue": "1"}}
        world.sns.publish(TopicArn=topic, Message=data_type, MessageAttributes=attributes)
    code, _, _ = refusal(
        world.sns.publish,
        TopicArn=topic,
        Message="m",
        MessageAttributes={"attr1": {"DataType": "Stringprefixed", "StringValue": "1"}},
    )

    assert code == "ParameterValueInvalid"
    assert world.bodies(queue) == ["Number.float", "String.mine"]


def test_arrays_are_json(world: World) -> None:
    topic = world.topic()
    (queue,) = world.subscribed(topic, FilterPolicy=json.dumps({"tags": ["b"]}))
    attributes = {"tags": {"DataType": "String.Array", "StringValue": '["a", "b"]'}}

    world.sns.publish(TopicArn=topic, Message="m", MessageAttributes=attributes)

    assert world.bodies(queue) == ["m"]
