"""Batches: what refuses the whole, what fails by itself, and what is left out of the answer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sqs.conftest import NewQueue
from tests.unit.sqs.support import bodies, receive, refusal, send

ENTRY = {"MessageBody": "x"}
OPERATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "send_message_batch": ("SendMessageBatchRequestEntry", ENTRY),
    "delete_message_batch": ("DeleteMessageBatchRequestEntry", {"ReceiptHandle": "x"}),
    "change_message_visibility_batch": (
        "ChangeMessageVisibilityBatchRequestEntry",
        {"ReceiptHandle": "x", "VisibilityTimeout": 1},
    ),
}
INVALID_ID = (
    "A batch entry id can only contain alphanumeric characters, hyphens and underscores."
    " It can be at most 80 letters long."
)


def entries_of(operation: str, *identifiers: str) -> list[dict[str, Any]]:
    return [{"Id": each, **OPERATIONS[operation][1]} for each in identifiers]


def batch(*bodies: str, **options: Any) -> list[dict[str, Any]]:
    return [{"Id": str(number), "MessageBody": body, **options} for number, body in enumerate(bodies)]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_batch_of_nothing_is_refused(sqs: Any, queue: str, operation: str) -> None:
    expected = f"There should be at least one {OPERATIONS[operation][0]} in the request."

    told = refusal(getattr(sqs, operation), QueueUrl=queue, Entries=[])

    assert told == ("EmptyBatchRequest", expected, 400)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_batch_of_more_than_ten_is_refused(sqs: Any, queue: str, operation: str) -> None:
    entries = entries_of(operation, *map(str, range(11)))

    told = refusal(getattr(sqs, operation), QueueUrl=queue, Entries=entries)

    words = "Maximum number of entries per request are 10. You have sent 11."
    assert told == ("TooManyEntriesInBatchRequest", words, 400)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_ids_are_told_apart(sqs: Any, queue: str, operation: str) -> None:
    entries = entries_of(operation, "a", "b", "b")

    told = refusal(getattr(sqs, operation), QueueUrl=queue, Entries=entries)

    assert told == ("BatchEntryIdsNotDistinct", "Id b repeated.", 400)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("identifier", ["", "a b", "a:b", "é", "x" * 81])
def test_ids_are_of_letters_and_digits(sqs: Any, queue: str, operation: str, identifier: str) -> None:
    told = refusal(getattr(sqs, operation), QueueUrl=queue, Entries=entries_of(operation, identifier))

    assert told == ("InvalidBatchEntryId", INVALID_ID, 400)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_unknown_queue_refuses_the_batch(sqs: Any, queue: str, operation: str) -> None:
    told = refusal(getattr(sqs, operation), QueueUrl=f"{queue}-missing", Entries=entries_of(operation, "a"))

    assert told[0] == "QueueDoesNotExist"


def test_lists_without_entries_are_left_out(sqs: Any, queue: str) -> None:
    sent = sqs.send_message_batch(QueueUrl=queue, Entries=batch("x"))
    handle = receive(sqs, queue)[0]["ReceiptHandle"]
    kept = [{"Id": "0", "ReceiptHandle": handle, "VisibilityTimeout": 9}]
    changed = sqs.change_message_visibility_batch(QueueUrl=queue, Entries=kept)
    deleted = sqs.delete_message_batch(QueueUrl=queue, Entries=[{"Id": "0", "ReceiptHandle": handle}])
    failed = sqs.delete_message_batch(QueueUrl=queue, Entries=entries_of("delete_message_batch", "0"))

    assert all("Failed" not in each for each in (sent, changed, deleted))
    assert "Successful" not in failed


def test_an_entry_fails_by_itself(sqs: Any, queue: str) -> None:
    entries = [
        {"Id": "good", "MessageBody": "good"},
        {"Id": "late", "MessageBody": "x", "DelaySeconds": 901},
        {"Id": "bad", "MessageBody": "\x01"},
        {"Id": "empty", "MessageBody": ""},
        {"Id": "ids", "MessageBody": "x", "MessageDeduplicationId": "d"},
        {"Id": "attribute", "MessageBody": "x", "MessageAttributes": {"a": {"DataType": "Text", "StringValue": "x"}}},
    ]

    answer = sqs.send_message_batch(QueueUrl=queue, Entries=entries)

    assert [each["Id"] for each in answer["Successful"]] == ["good"]
    assert [(each["Id"], each["Code"], each["SenderFault"]) for each in answer["Failed"]] == [
        ("late", "InvalidParameterValue", True),
        ("bad", "InvalidMessageContents", True),
        ("empty", "MissingParameter", True),
        ("ids", "InvalidParameterValue", True),
        ("attribute", "InvalidParameterValue", True),
    ]
    missing = "The request must contain the parameter SendMessageBatchRequestEntry.4.MessageBody."
    assert answer["Failed"][2]["Message"] == missing
    assert bodies(sqs, queue) == ["good"]


def test_an_entry_longer_than_the_queue_allows_fails_by_itself(sqs: Any, new_queue: NewQueue) -> None:
    url = new_queue(MaximumMessageSize="1024")

    answer = sqs.send_message_batch(QueueUrl=url, Entries=batch("x" * 1024, "x" * 1025))

    (failed,) = answer["Failed"]
    reason = "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes."
    assert (failed["Id"], failed["Message"]) == ("1", reason)


def test_a_message_longer_than_the_queue_allows_is_refused(sqs: Any, new_queue: NewQueue) -> None:
    url = new_queue(MaximumMessageSize="1024")
    attributes = {"k": {"DataType": "String", "StringValue": "x"}}

    send(sqs, url, "x" * 1016, MessageAttributes=attributes)
    told = refusal(sqs.send_message, QueueUrl=url, MessageBody="x" * 1017, MessageAttributes=attributes)

    reason = "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."
    assert told == ("InvalidParameterValueException", reason, 400)


def test_the_batch_as_a_whole_has_a_limit(sqs: Any, queue: str) -> None:
    half = "é" * (1_048_576 // 4)

    sqs.send_message_batch(QueueUrl=queue, Entries=batch(half, half))
    told = refusal(sqs.send_message_batch, QueueUrl=queue, Entries=batch(half, half, "1"))
    failing = [*batch(half, half), {"Id": "bad", "MessageBody": "\x01"}]

    words = "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes."
    assert told == ("BatchRequestTooLong", words, 400)
    assert refusal(sqs.send_message_batch, QueueUrl=queue, Entries=failing) == told


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"MessageDeduplicationId": "d"}, "The request must contain the parameter MessageGroupId."),
        ({"MessageGroupId": "g"}, "The queue should either have ContentBasedDeduplication enabled or "),
        ({"MessageGroupId": "a b", "MessageDeduplicationId": "d"}, "Value a b for parameter MessageGroupId"),
        ({"MessageGroupId": "g", "MessageDeduplicationId": "d", "DelaySeconds": 1}, "Value 1 for parameter"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_refuses_a_fifo_batch_as_a_whole(
    sqs: Any, new_queue: NewQueue, entry: dict[str, Any], message: str
) -> None:
    url = new_queue(fifo=True)
    good = {"Id": "good", "MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": "good"}

    code, told, _ = refusal(
        sqs.send_message_batch, QueueUrl=url, Entries=[good, {"Id": "bad", "MessageBody": "x", **entry}]
    )

    assert code == "InvalidParameterValueException"
    assert told.startswith(message)
    assert bodies(sqs, url) == []


def test_a_fifo_batch_keeps_its_order_and_numbers(sqs: Any, new_queue: NewQueue) -> None:
    url = new_queue(fifo=True, ContentBasedDeduplication="true")
    answer = sqs.send_message_batch(QueueUrl=url, Entries=batch(*"jihgfedcba", MessageGroupId="g"))

    numbers = [int(each["SequenceNumber"]) for each in answer["Successful"]]

    assert numbers == sorted(numbers)
    assert all(len(each["SequenceNumber"]) == 20 for each in answer["Successful"])
    assert bodies(sqs, url) == list("jihgfedcba")


def test_a_duplicate_inside_a_batch_is_dropped(sqs: Any, new_queue: NewQueue) -> None:
    url = new_queue(fifo=True, ContentBasedDeduplication="true")

    answer = sqs.send_message_batch(QueueUrl=url, Entries=batch("a", "a", "b", MessageGroupId="g"))

    first, second, _ = answer["Successful"]
    assert first["MessageId"] == second["MessageId"]
    assert bodies(sqs, url) == ["a", "b"]


def test_a_batch_of_deletes_tells_each_ones_fate(sqs: Any, queue: str, new_queue: NewQueue) -> None:
    send(sqs, queue, "x")
    handle = receive(sqs, queue)[0]["ReceiptHandle"]
    other = new_queue()
    send(sqs, other, "y")
    foreign = receive(sqs, other)[0]["ReceiptHandle"]
    given = {"good": handle, "bad": "nonsense", "foreign": foreign, "empty": ""}

    entries = [{"Id": name, "ReceiptHandle": text} for name, text in given.items()]
    answer = sqs.delete_message_batch(QueueUrl=queue, Entries=entries)

    assert [each["Id"] for each in answer["Successful"]] == ["good"]
    assert [(each["Id"], each["Code"]) for each in answer["Failed"]] == [
        ("bad", "ReceiptHandleIsInvalid"),
        ("foreign", "ReceiptHandleIsInvalid"),
        ("empty", "MissingParameter"),
    ]


def test_a_batch_of_changes_tells_each_ones_fate(sqs: Any, queue: str) -> None:
    send(sqs, queue, "x")
    handle = receive(sqs, queue)[0]["ReceiptHandle"]
    entries = [
        {"Id": "good", "ReceiptHandle": handle, "VisibilityTimeout": 0},
        {"Id": "long", "ReceiptHandle": handle, "VisibilityTimeout": 43_201},
        {"Id": "none", "ReceiptHandle": handle},
    ]

    answer = sqs.change_message_visibility_batch(QueueUrl=queue, Entries=entries)

    assert [each["Id"] for each in answer["Successful"]] == ["good"]
    assert [(each["Id"], each["Code"]) for each in answer["Failed"]] == [
        ("long", "InvalidParameterValue"),
        ("none", "MissingParameter"),
    ]
