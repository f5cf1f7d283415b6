"""FIFO queues: identifiers, deduplication and its scopes, repeated receives, delays."""

from __future__ import annotations

import string
from typing import Any

import pytest

from tests.unit.sqs.conftest import NewQueue
from tests.unit.sqs.support import bodies, receive, refusal, send

GROUP = {"MessageGroupId": "g"}


@pytest.fixture
def fifo(new_queue: NewQueue) -> str:
    return new_queue(fifo=True, ContentBasedDeduplication="true")


def delete_all(sqs: Any, url: str) -> list[str]:
    found = receive(sqs, url)
    for message in found:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [message["Body"] for message in found]


@pytest.mark.parametrize("parameter", ["MessageGroupId", "MessageDeduplicationId"])
@pytest.mark.parametrize("value", ["", "a b", "é", "x" * 129, "tab\t"])
def test_identifiers_are_of_letters_digits_and_punctuation(sqs: Any, fifo: str, parameter: str, value: str) -> None:
    options = {**GROUP, parameter: value}

    told = refusal(sqs.send_message, QueueUrl=fifo, MessageBody="x", **options)

    reason = f"{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length."
    assert told[:2] == (
        "InvalidParameterValueException",
        f"Value {value} for parameter {parameter} is invalid. Reason: {reason}",
    )


def test_all_punctuation_is_taken(sqs: Any, fifo: str) -> None:
    send(sqs, fifo, "x", MessageGroupId=string.punctuation, MessageDeduplicationId=string.punctuation)

    (message,) = receive(sqs, fifo, MessageSystemAttributeNames=["All"])

    assert message["Attributes"]["MessageGroupId"] == string.punctuation
    assert message["Attributes"]["MessageDeduplicationId"] == string.punctuation


def test_what_belongs_to_fifo_queues_is_refused_elsewhere(sqs: Any, queue: str) -> None:
    reason = "Value d for parameter {} is invalid. Reason: The request include parameter that is not valid for this"
    sent = refusal(sqs.send_message, QueueUrl=queue, MessageBody="x", MessageDeduplicationId="d")
    received = refusal(sqs.receive_message, QueueUrl=queue, ReceiveRequestAttemptId="d")

    assert sent[1].startswith(reason.format("MessageDeduplicationId"))
    assert received[1].startswith(reason.format("ReceiveRequestAttemptId"))
    assert sent[0] == received[0] == "InvalidParameterValueException"


def test_a_message_needs_a_group(sqs: Any, fifo: str) -> None:
    told = refusal(sqs.send_message, QueueUrl=fifo, MessageBody="x")

    words = "The request must contain the parameter MessageGroupId."
    assert told == ("MissingRequiredParameterException", words, 400)


# -------------------------------------------------------------------------------------------------- deduplication


def test_a_duplicate_has_the_originals_id_and_number(sqs: Any, fifo: str) -> None:
    first, second = send(sqs, fifo, "same", "same", **GROUP)

    assert (second["MessageId"], second["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    assert bodies(sqs, fifo) == ["same"]


def test_content_is_the_body_alone(sqs: Any, fifo: str) -> None:
    send(sqs, fifo, "same", **GROUP)
    attributes = {"a": {"DataType": "String", "StringValue": "different"}}
    send(sqs, fifo, "same", MessageAttributes=attributes, **GROUP)

    assert len(receive(sqs, fifo)) == 1


def test_an_id_goes_before_the_content(sqs: Any, fifo: str) -> None:
    send(sqs, fifo, "same", **GROUP)
    send(sqs, fifo, "same", MessageDeduplicationId="one", **GROUP)
    send(sqs, fifo, "other", MessageDeduplicationId="one", **GROUP)

    assert bodies(sqs, fifo) == ["same", "same"]


def test_the_id_made_of_the_content_is_shown(sqs: Any, fifo: str) -> None:
    send(sqs, fifo, "test", **GROUP)

    (message,) = receive(sqs, fifo, MessageSystemAttributeNames=["MessageDeduplicationId"])

    expected = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    assert message["Attributes"] == {"MessageDeduplicationId": expected}


def test_duplicates_are_known_for_five_minutes_whatever_became_of_the_message(
    chasqui: Any, sqs: Any, fifo: str
) -> None:
    chasqui.clock.freeze()
    send(sqs, fifo, "same", **GROUP)
    delete_all(sqs, fifo)
    chasqui.clock.advance(299)
    send(sqs, fifo, "same", **GROUP)
    within = bodies(sqs, fifo)
    chasqui.clock.advance(1)
    send(sqs, fifo, "same", **GROUP)

    assert within == []
    assert bodies(sqs, fifo) == ["same"]


def test_duplicates_are_known_after_a_purge(sqs: Any, fifo: str) -> None:
    send(sqs, fifo, "same", **GROUP)
    sqs.purge_queue(QueueUrl=fifo)
    send(sqs, fifo, "same", **GROUP)

    assert bodies(sqs, fifo) == []


@pytest.mark.parametrize(("scope", "received"), [("queue", 1), ("messageGroup", 2)])
def test_the_scope_is_the_queue_or_the_group(sqs: Any, new_queue: NewQueue, scope: str, received: int) -> None:
    url = new_queue(fifo=True, DeduplicationScope=scope)
    for group in ("a", "b", "a"):
        send(sqs, url, "x", MessageGroupId=group, MessageDeduplicationId="one")

    assert len(receive(sqs, url)) == received


# --------------------------------------------------------------------------------------------- repeated receives


def test_a_repeated_attempt_gets_the_same_messages(sqs: Any, fifo: str) -> None:
    send(sqs, fifo, "a", "b", **GROUP)
    options = {"ReceiveRequestAttemptId": "try", "MessageSystemAttributeNames": ["ApproximateReceiveCount"]}

    first = receive(sqs, fifo, **options)
    again = receive(sqs, fifo, **options)
    other = receive(sqs, fifo)

    def told(messages: list[dict[str, Any]]) -> list[tuple[str, str]]:
        return [(each["Body"], each["Attributes"]["ApproximateReceiveCount"]) for each in messages]

    assert told(first) == told(again) == [("a", "1"), ("b", "1")]
    assert other == []


def test_an_attempt_whose_messages_were_deleted_gets_new_ones(sqs: Any, fifo: str) -> None:
    send(sqs, fifo, "a", **GROUP)
    (message,) = receive(sqs, fifo, ReceiveRequestAttemptId="try")
    sqs.delete_message(QueueUrl=fifo, ReceiptHandle=message["ReceiptHandle"])
    send(sqs, fifo, "b", **GROUP)

    assert bodies(sqs, fifo, ReceiveRequestAttemptId="try") == ["b"]


def test_an_attempt_is_forgotten_after_five_minutes(chasqui: Any, sqs: Any, fifo: str) -> None:
    chasqui.clock.freeze()
    send(sqs, fifo, "a", **GROUP)
    receive(sqs, fifo, ReceiveRequestAttemptId="try", VisibilityTimeout=600)

    chasqui.clock.advance(300)

    assert receive(sqs, fifo, ReceiveRequestAttemptId="try") == []


def test_a_late_change_of_visibility_is_refused(chasqui: Any, sqs: Any, fifo: str) -> None:
    chasqui.clock.freeze()
    send(sqs, fifo, "a", **GROUP)
    handle = receive(sqs, fifo)[0]["ReceiptHandle"]
    chasqui.clock.advance(30)

    told = refusal(sqs.change_message_visibility, QueueUrl=fifo, ReceiptHandle=handle, VisibilityTimeout=1)

    reason = f"Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."
    assert told == ("InvalidParameterValueException", reason, 400)


# ----------------------------------------------------------------------------------------------------------- delays


def test_no_delay_means_the_queues_own(chasqui: Any, sqs: Any, new_queue: NewQueue) -> None:
    chasqui.clock.freeze()
    url = new_queue(fifo=True, ContentBasedDeduplication="true", DelaySeconds="5")
    send(sqs, url, "x", DelaySeconds=0, **GROUP)

    at_once = bodies(sqs, url)
    chasqui.clock.advance(5)

    assert at_once == []
    assert bodies(sqs, url) == ["x"]


def test_a_delay_of_its_own_is_refused(sqs: Any, fifo: str) -> None:
    told = refusal(sqs.send_message, QueueUrl=fifo, MessageBody="x", DelaySeconds=1, **GROUP)

    reason = "Reason: The request include parameter that is not valid for this queue type."
    assert told[1] == f"Value 1 for parameter DelaySeconds is invalid. {reason}"
