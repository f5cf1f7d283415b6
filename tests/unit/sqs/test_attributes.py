"""Queue attributes: what values they take, and how they are told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chasqui.base.errors import ServiceError
from chasqui.base.sections import SqsQuotas
from chasqui.services.sqs.attributes import validate
from tests.unit.sqs.conftest import NewQueue
from tests.unit.sqs.support import attribute, refusal

RANGES = {
    "DelaySeconds": (0, 900),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
    "MaximumMessageSize": (1024, 1_048_576),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
}
NOT_BOOLEAN = ("yes", "1", "", " true")


def checked(**given: str) -> dict[str, str]:
    return validate(given, fifo="FifoQueue" in given, creating=True, limits=SqsQuotas())


@pytest.mark.parametrize(("name", "ends"), RANGES.items())
def test_both_ends_of_a_range_are_taken(name: str, ends: tuple[int, int]) -> None:
    for end in ends:
        assert checked(**{name: str(end)}) == {name: str(end)}


@pytest.mark.parametrize(("name", "ends"), RANGES.items())
def test_what_is_no_number_in_the_range_is_refused(name: str, ends: tuple[int, int]) -> None:
    low, high = ends
    for value in (str(low - 1), str(high + 1), "", " 60", "60.5", "true", "6e1", "٦٠", "9" * 30):
        with pytest.raises(ServiceError, match=rf"InvalidAttributeValue: Invalid value for the parameter {name}\.$"):
            checked(**{name: value})


@pytest.mark.parametrize("name", ["SqsManagedSseEnabled", "ContentBasedDeduplication"])
def test_a_boolean_is_true_or_false(name: str) -> None:
    fifo = {"FifoQueue": "true"}
    assert checked(**fifo, **{name: "true"})[name] == "true"
    for value in NOT_BOOLEAN:
        with pytest.raises(ServiceError, match="InvalidAttributeValue"):
            checked(**fifo, **{name: value})


@pytest.mark.parametrize("name", ["Colour", "QueueArn", "ApproximateNumberOfMessages", "All", ""])
def test_an_attribute_that_can_not_be_set_is_unknown(name: str) -> None:
    with pytest.raises(ServiceError, match=rf"InvalidAttributeName: Unknown Attribute {name}\."):
        checked(**{name: "1"})


def test_attributes_of_fifo_queues_are_refused_elsewhere(sqs: Any, queue: str) -> None:
    def told(name: str, value: str) -> tuple[str, str, int]:
        return refusal(sqs.set_queue_attributes, QueueUrl=queue, Attributes={name: value})

    only = "You can specify the {} only when FifoQueue is set to true."
    scope, limit = "DeduplicationScope", "FifoThroughputLimit"
    assert told(scope, "queue") == ("InvalidAttributeName", only.format(scope), 400)
    assert told(limit, "perQueue") == ("InvalidAttributeName", only.format(limit), 400)
    unknown = ("InvalidAttributeName", "Unknown Attribute ContentBasedDeduplication.", 400)
    assert told("ContentBasedDeduplication", "true") == unknown


@pytest.mark.parametrize(("name", "value"), [("DeduplicationScope", "group"), ("FifoThroughputLimit", "none")])
def test_high_throughput_settings_take_their_words_only(name: str, value: str) -> None:
    with pytest.raises(ServiceError, match="InvalidAttributeValue"):
        checked(FifoQueue="true", **{name: value})


def test_a_limit_for_each_group_needs_deduplication_by_group(sqs: Any, new_queue: NewQueue) -> None:
    limit = {"FifoThroughputLimit": "perMessageGroupId"}
    url = new_queue(fifo=True)

    created = refusal(sqs.create_queue, QueueName="high.fifo", Attributes={"FifoQueue": "true", **limit})
    changed = refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes=limit)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DeduplicationScope": "messageGroup"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes=limit)
    back = refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"DeduplicationScope": "queue"})

    assert created == changed == back
    assert created[0] == "InvalidAttributeValue"
    assert "allowed only when the value for DeduplicationScope is messageGroup" in created[1]


def test_no_attributes_to_set_is_told(sqs: Any, queue: str) -> None:
    expected = ("MissingRequiredParameterException", "The request must contain the parameter Attribute.Name.", 400)

    assert refusal(sqs.set_queue_attributes, QueueUrl=queue) == expected
    assert refusal(sqs.set_queue_attributes, QueueUrl=queue, Attributes={}) == expected


def test_unknown_attributes_can_not_be_asked_for(sqs: Any, queue: str) -> None:
    told = refusal(sqs.get_queue_attributes, QueueUrl=queue, AttributeNames=["QueueArn", "Colour"])

    assert told == ("InvalidAttributeName", "Unknown Attribute Colour.", 400)


def test_attributes_that_are_not_set_are_left_out(sqs: Any, queue: str) -> None:
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy", "RedrivePolicy"])
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=queue)


# --------------------------------------------------------------------------------------------------- encryption


def test_two_kinds_of_encryption_exclude_each_other(sqs: Any, queue: str) -> None:
    both = {"SqsManagedSseEnabled": "true", "KmsMasterKeyId": "alias/aws/sqs"}
    expected = (
        "InvalidAttributeName",
        "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
        400,
    )

    assert refusal(sqs.set_queue_attributes, QueueUrl=queue, Attributes=both) == expected
    assert refusal(sqs.create_queue, QueueName="both", Attributes=both) == expected


def shown_encryption(sqs: Any, url: str) -> dict[str, str]:
    names = ["SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"]
    return dict(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"])


def test_a_kms_key_is_kept_and_shown(sqs: Any, new_queue: NewQueue) -> None:
    url = new_queue(KmsMasterKeyId="alias/mine")

    assert shown_encryption(sqs, url) == {
        "SqsManagedSseEnabled": "false",
        "KmsMasterKeyId": "alias/mine",
        "KmsDataKeyReusePeriodSeconds": "300",
    }


def test_one_kind_of_encryption_takes_the_place_of_the_other(sqs: Any, new_queue: NewQueue) -> None:
    url = new_queue(KmsMasterKeyId="alias/mine", KmsDataKeyReusePeriodSeconds="600")

    sqs.set_queue_attributes(QueueUrl=url, Attributes={"SqsManagedSseEnabled": "true"})
    managed = shown_encryption(sqs, url)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": "alias/mine"})

    assert managed == {"SqsManagedSseEnabled": "true"}
    assert shown_encryption(sqs, url)["KmsDataKeyReusePeriodSeconds"] == "300"


def test_without_its_key_a_queue_is_not_encrypted(sqs: Any, new_queue: NewQueue) -> None:
    url = new_queue(KmsMasterKeyId="alias/mine", KmsDataKeyReusePeriodSeconds="600")

    sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": ""})

    assert shown_encryption(sqs, url) == {"SqsManagedSseEnabled": "false"}


# ------------------------------------------------------------------------------------------ names, the same again


@pytest.mark.parametrize("name", ["a b", "dots.in.it", "x" * 81, "é", "plain.fifo", "new\nline"])
def test_a_name_of_other_characters_or_too_long_is_refused(sqs: Any, name: str) -> None:
    words = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
    assert refusal(sqs.create_queue, QueueName=name) == ("InvalidParameterValueException", words, 400)


@pytest.mark.parametrize("name", ["plain", ".fifo", "x" * 76 + ".fifo", "a b.fifo"])
def test_a_fifo_queues_name_ends_in_fifo(sqs: Any, name: str) -> None:
    code, message, _ = refusal(sqs.create_queue, QueueName=name, Attributes={"FifoQueue": "true"})

    assert code == "InvalidParameterValueException"
    assert message.startswith("The name of a FIFO queue can only include")


def test_a_queue_can_not_be_told_to_be_no_fifo_queue(sqs: Any) -> None:
    for name in ("plain", "queue.fifo"):
        told = refusal(sqs.create_queue, QueueName=name, Attributes={"FifoQueue": "false"})
        assert told == ("InvalidAttributeName", "Unknown Attribute FifoQueue.", 400)


def test_a_queue_without_a_name_is_refused(sqs: Any) -> None:
    reason = "Value for parameter QueueName is invalid. Reason: Must specify a queue name."

    assert refusal(sqs.create_queue) == ("InvalidParameterValueException", reason, 400)
    assert refusal(sqs.get_queue_url) == ("InvalidParameterValueException", reason, 400)
    assert refusal(sqs.create_queue, QueueName="")[1] == "Queue name cannot be empty"


def test_the_longest_names_are_taken(sqs: Any) -> None:
    assert sqs.create_queue(QueueName="x" * 80)["QueueUrl"].endswith("x" * 80)
    assert sqs.create_queue(QueueName="x" * 75 + ".fifo", Attributes={"FifoQueue": "true"})


@pytest.mark.parametrize(
    ("first", "second", "differs"),
    [
        ({}, {"DelaySeconds": "0", "MaximumMessageSize": "1048576"}, ""),
        ({"DelaySeconds": "1", "VisibilityTimeout": "9"}, {"DelaySeconds": "1"}, ""),
        ({"DelaySeconds": "1"}, {}, ""),
        ({}, {"DelaySeconds": "1"}, "DelaySeconds"),
        ({"VisibilityTimeout": "9"}, {"VisibilityTimeout": "8"}, "VisibilityTimeout"),
        ({}, {"SqsManagedSseEnabled": "false"}, "SqsManagedSseEnabled"),
        (
            {},
            {
                "Policy": json.dumps(
                    {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}
                )
            },
            "Policy",
        ),
    ],
)
def test_creating_a_queue_again_compares_what_is_given(
    sqs: Any, first: dict[str, str], second: dict[str, str], differs: str
) -> None:
    url = sqs.create_queue(QueueName="again", Attributes=first)["QueueUrl"]

    if not differs:
        assert sqs.create_queue(QueueName="again", Attributes=second)["QueueUrl"] == url
    else:
        code, message, _ = refusal(sqs.create_queue, QueueName="again", Attributes=second)
        assert code == "QueueNameExists"
        expected = "A queue already exists with the same name and a different value for attribute "
        assert message == expected + differs


def test_changed_attributes_are_what_counts_when_a_queue_is_created_again(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="again", Attributes={"DelaySeconds": "1"})["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "2"})

    assert sqs.create_queue(QueueName="again", Attributes={"DelaySeconds": "2"})["QueueUrl"] == url
    assert refusal(sqs.create_queue, QueueName="again", Attributes={"DelaySeconds": "1"})[0] == "QueueNameExists"


def test_the_time_of_the_last_change_is_shown(chasqui: Any, sqs: Any, queue: str) -> None:
    chasqui.clock.freeze()
    chasqui.clock.advance(100)

    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"DelaySeconds": "1"})

    made, changed = (int(attribute(sqs, queue, name)) for name in ("CreatedTimestamp", "LastModifiedTimestamp"))
    assert 100 <= changed - made <= 101
