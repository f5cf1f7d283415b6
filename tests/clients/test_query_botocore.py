"""The query protocol through botocore 1.31.80, the last that spoke it: all 23 operations, and the codes of errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.clients.programs import QueryClient, QueryError
from tests.support import eventually

# The first test also waits for pip.
pytestmark = [pytest.mark.one_engine("an older botocore's protocol is about the wire"), pytest.mark.timeout(300)]


def arn_of(name: str) -> str:
    return f"arn:aws:sqs:us-east-1:000000000000:{name}"


@pytest.fixture
def dead_letters(query_client: QueryClient, queue: str, name: str) -> str:
    """The URL of a queue that takes `queue`'s dead letters, and has one message of it."""
    dead = str(query_client.create_queue(QueueName=f"{name}-dead")["QueueUrl"])
    policy = json.dumps({"deadLetterTargetArn": arn_of(f"{name}-dead"), "maxReceiveCount": 1})
    attributes = {"RedrivePolicy": policy, "VisibilityTimeout": "0"}
    query_client.set_queue_attributes(QueueUrl=queue, Attributes=attributes)
    query_client.send_message(QueueUrl=queue, MessageBody="poison")
    eventually(lambda: "Messages" not in query_client.receive_message(QueueUrl=queue))
    return dead


def test_queues_are_created_found_and_listed(query_client: QueryClient, name: str) -> None:
    attributes = {"VisibilityTimeout": "45", "DelaySeconds": "1"}
    url = query_client.create_queue(QueueName=name, Attributes=attributes, tags={"team": "orders"})["QueueUrl"]

    assert query_client.get_queue_url(QueueName=name)["QueueUrl"] == url
    assert query_client.list_queues(QueueNamePrefix=name)["QueueUrls"] == [url]
    assert query_client.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "orders"}


def test_queues_are_listed_in_pages(query_client: QueryClient, name: str) -> None:
    urls = [query_client.create_queue(QueueName=f"{name}-{n}")["QueueUrl"] for n in range(3)]

    first = query_client.list_queues(QueueNamePrefix=name, MaxResults=2)
    rest = query_client.list_queues(QueueNamePrefix=name, MaxResults=2, NextToken=first["NextToken"])

    assert first["QueueUrls"] + rest["QueueUrls"] == urls
    assert "NextToken" not in rest


def test_attributes_are_set_and_got(query_client: QueryClient, queue: str, name: str) -> None:
    query_client.set_queue_attributes(QueueUrl=queue, Attributes={"DelaySeconds": "7", "MaximumMessageSize": "2048"})
    everything = query_client.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    two = query_client.get_queue_attributes(QueueUrl=queue, AttributeNames=["DelaySeconds", "QueueArn"])["Attributes"]

    assert two == {"DelaySeconds": "7", "QueueArn": arn_of(name)}
    assert two.items() < everything.items()
    assert everything["MaximumMessageSize"] == "2048"


def test_a_queue_without_tags_messages_or_attributes_shows_none(query_client: QueryClient, queue: str) -> None:
    assert "Tags" not in query_client.list_queue_tags(QueueUrl=queue)
    assert "Messages" not in query_client.receive_message(QueueUrl=queue)
    assert "Attributes" not in query_client.get_queue_attributes(QueueUrl=queue)


def test_tags_are_added_and_removed(query_client: QueryClient, queue: str) -> None:
    query_client.tag_queue(QueueUrl=queue, Tags={"team": "orders", "stage": "tést + more"})
    query_client.untag_queue(QueueUrl=queue, TagKeys=["team"])

    assert query_client.list_queue_tags(QueueUrl=queue)["Tags"] == {"stage": "tést + more"}


def test_a_message_is_sent_hidden_shown_and_deleted(query_client: QueryClient, queue: str) -> None:
    body = "olá 🌎 <&>\n\t\r 'x' \"y\""
    attributes = {
        "city": {"DataType": "String", "StringValue": "Cuzco & Qosqo"},
        "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\x01\xfe\xff"},
    }
    sent = query_client.send_message(QueueUrl=queue, MessageBody=body, MessageAttributes=attributes)
    options = {"QueueUrl": queue, "AttributeNames": ["All"], "MessageAttributeNames": ["All"]}
    (first,) = query_client.receive_message(**options)["Messages"]
    handle = first["ReceiptHandle"]
    query_client.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=0)
    (second,) = query_client.receive_message(**options)["Messages"]
    query_client.delete_message(QueueUrl=queue, ReceiptHandle=second["ReceiptHandle"])

    assert first["Body"] == second["Body"] == body
    assert first["MessageId"] == sent["MessageId"]
    assert first["MD5OfBody"] == sent["MD5OfMessageBody"]
    assert first["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert first["MessageAttributes"] == attributes
    assert second["Attributes"]["ApproximateReceiveCount"] == "2"
    assert first["Attributes"]["SentTimestamp"].isdigit()


def test_a_system_attribute_is_sent_and_received(query_client: QueryClient, queue: str) -> None:
    header = "Root=1-5759e988-bd862e3fe1be46a994272793"
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": header}}
    sent = query_client.send_message(QueueUrl=queue, MessageBody="x", MessageSystemAttributes=trace)
    (message,) = query_client.receive_message(QueueUrl=queue, AttributeNames=["AWSTraceHeader"])["Messages"]

    assert len(sent["MD5OfMessageSystemAttributes"]) == 32
    assert message["Attributes"] == {"AWSTraceHeader": header}


def test_a_long_poll_is_answered(query_client: QueryClient, sqs: Any, queue: str) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="soon", DelaySeconds=1)

    assert query_client.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"][0]["Body"] == "soon"


def test_fifo_queues_work(query_client: QueryClient, fifo_queue: str) -> None:
    options = {"QueueUrl": fifo_queue, "MessageGroupId": "g"}
    first = query_client.send_message(MessageBody="one", **options)
    again = query_client.send_message(MessageBody="one", **options)
    query_client.send_message(MessageBody="two", MessageDeduplicationId="other", **options)
    received = query_client.receive_message(QueueUrl=fifo_queue, MaxNumberOfMessages=10, AttributeNames=["All"])

    assert again["SequenceNumber"] == first["SequenceNumber"]
    assert [message["Body"] for message in received["Messages"]] == ["one", "two"]
    assert received["Messages"][1]["Attributes"]["MessageDeduplicationId"] == "other"


def test_batches_tell_each_entrys_result(query_client: QueryClient, queue: str) -> None:
    entries = [
        {"Id": "one", "MessageBody": "1"},
        {"Id": "late", "MessageBody": "2", "DelaySeconds": 901},
        {"Id": "three", "MessageBody": "3", "MessageAttributes": {"n": {"DataType": "Number", "StringValue": "3"}}},
    ]
    sent = query_client.send_message_batch(QueueUrl=queue, Entries=entries)
    received = query_client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    handles = [message["ReceiptHandle"] for message in received]
    change = [{"Id": f"m{n}", "ReceiptHandle": each, "VisibilityTimeout": 60} for n, each in enumerate(handles)]
    change.append({"Id": "bad", "ReceiptHandle": "nonsense", "VisibilityTimeout": 60})
    changed = query_client.change_message_visibility_batch(QueueUrl=queue, Entries=change)
    delete = [{"Id": f"m{n}", "ReceiptHandle": each} for n, each in enumerate(handles)]
    delete.append({"Id": "bad", "ReceiptHandle": "nonsense"})
    deleted = query_client.delete_message_batch(QueueUrl=queue, Entries=delete)

    assert [entry["Id"] for entry in sent["Successful"]] == ["one", "three"]
    assert len(sent["Successful"][1]["MD5OfMessageAttributes"]) == 32
    assert [(entry["Id"], entry["SenderFault"]) for entry in sent["Failed"]] == [("late", True)]
    assert [entry["Id"] for entry in changed["Successful"]] == ["m0", "m1"]
    assert [(entry["Id"], entry["Code"]) for entry in changed["Failed"]] == [("bad", "ReceiptHandleIsInvalid")]
    assert [entry["Id"] for entry in deleted["Successful"]] == ["m0", "m1"]
    assert [(entry["Id"], entry["Code"]) for entry in deleted["Failed"]] == [("bad", "ReceiptHandleIsInvalid")]


def test_permissions_are_added_and_removed(query_client: QueryClient, queue: str) -> None:
    query_client.add_permission(
        QueueUrl=queue, Label="partners", AWSAccountIds=["111122223333"], Actions=["SendMessage", "ReceiveMessage"]
    )
    policy = json.loads(
        query_client.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])["Attributes"]["Policy"]
    )
    query_client.remove_permission(QueueUrl=queue, Label="partners")

    (statement,) = policy["Statement"]
    assert statement["Sid"] == "partners"
    assert statement["Action"] == ["SQS:SendMessage", "SQS:ReceiveMessage"]
    assert "Attributes" not in query_client.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])


def test_a_dead_letter_queues_sources_are_listed(query_client: QueryClient, queue: str, dead_letters: str) -> None:
    assert query_client.list_dead_letter_source_queues(QueueUrl=dead_letters)["queueUrls"] == [queue]


def test_messages_are_moved_back_and_the_task_is_listed(
    query_client: QueryClient, queue: str, name: str, dead_letters: str
) -> None:
    source = arn_of(f"{name}-dead")
    handle = query_client.start_message_move_task(SourceArn=source)["TaskHandle"]

    def completed() -> Any:
        (task,) = query_client.list_message_move_tasks(SourceArn=source)["Results"]
        return task if task["Status"] == "COMPLETED" else None

    task = eventually(completed)
    assert handle
    assert (task["SourceArn"], task["ApproximateNumberOfMessagesMoved"]) == (source, 1)
    assert query_client.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "poison"


def test_a_running_move_is_cancelled(query_client: QueryClient, sqs: Any, name: str, dead_letters: str) -> None:
    for _ in range(3):
        sqs.send_message_batch(
            QueueUrl=dead_letters, Entries=[{"Id": str(n), "MessageBody": str(n)} for n in range(10)]
        )
    options = {"SourceArn": arn_of(f"{name}-dead"), "DestinationArn": arn_of(name), "MaxNumberOfMessagesPerSecond": 1}
    handle = query_client.start_message_move_task(**options)["TaskHandle"]
    cancelled = query_client.cancel_message_move_task(TaskHandle=handle)

    assert cancelled["ApproximateNumberOfMessagesMoved"] < 31


def test_a_queue_is_purged_and_deleted(query_client: QueryClient, queue: str, name: str) -> None:
    query_client.send_message(QueueUrl=queue, MessageBody="gone")
    query_client.purge_queue(QueueUrl=queue)
    left = query_client.receive_message(QueueUrl=queue)
    query_client.delete_queue(QueueUrl=queue)

    assert "Messages" not in left
    assert "QueueUrls" not in query_client.list_queues(QueueNamePrefix=name)


NOWHERE = "http://localhost/000000000000/there-is-no-such-queue"
A_HANDLE = {"ReceiptHandle": "nonsense"}
AN_ENTRY = {"Id": "a", "MessageBody": "x"}


@pytest.mark.parametrize(
    ("operation", "options", "code", "status"),
    [
        ("get_queue_url", {"QueueName": "there-is-no-such-queue"}, "AWS.SimpleQueueService.NonExistentQueue", 400),
        (
            "send_message",
            {"QueueUrl": NOWHERE, "MessageBody": "x"},
            "AWS.SimpleQueueService.NonExistentQueue",
            400,
        ),
        ("create_queue", {"QueueName": "no spaces, please"}, "InvalidParameterValue", 400),
        ("create_queue", {"QueueName": "x", "Attributes": {"Colour": "red"}}, "InvalidAttributeName", 400),
        ("create_queue", {"QueueName": "x", "Attributes": {"DelaySeconds": "901"}}, "InvalidAttributeValue", 400),
        ("list_message_move_tasks", {"SourceArn": arn_of("none")}, "ResourceNotFoundException", 404),
    ],
    ids=["unknown name", "unknown queue", "bad name", "bad attribute", "bad value", "unknown source"],
)
def test_an_error_has_the_code_and_status_of_the_query_protocol(
    query_client: QueryClient, operation: str, options: dict[str, Any], code: str, status: int
) -> None:
    with pytest.raises(QueryError) as caught:
        getattr(query_client, operation)(**options)

    assert (caught.value.code, caught.value.status, caught.value.fault) == (code, status, "Sender")


@pytest.mark.parametrize(
    ("operation", "options", "code", "status"),
    [
        ("send_message_batch", {"Entries": []}, "AWS.SimpleQueueService.EmptyBatchRequest", 400),
        (
            "send_message_batch",
            {"Entries": [AN_ENTRY, AN_ENTRY]},
            "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            400,
        ),
        (
            "send_message_batch",
            {"Entries": [{"Id": str(n), "MessageBody": "x"} for n in range(11)]},
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            400,
        ),
        (
            "send_message_batch",
            {"Entries": [{"Id": "no spaces", "MessageBody": "x"}]},
            "AWS.SimpleQueueService.InvalidBatchEntryId",
            400,
        ),
        ("delete_message", A_HANDLE, "ReceiptHandleIsInvalid", 404),
        ("change_message_visibility", {**A_HANDLE, "VisibilityTimeout": 1}, "ReceiptHandleIsInvalid", 404),
        ("send_message", {"MessageBody": "x", "DelaySeconds": 901}, "InvalidParameterValue", 400),
        ("receive_message", {"MaxNumberOfMessages": 11}, "InvalidParameterValue", 400),
        ("set_queue_attributes", {"Attributes": {"FifoQueue": "true"}}, "InvalidAttributeName", 400),
    ],
    ids=[
        "empty batch", "repeated ids", "too many entries", "bad id", "deleting nonsense", "changing nonsense",
        "long delay", "too many messages", "turning FIFO",
    ],
)  # fmt: skip
def test_an_error_on_a_queue_has_the_code_and_status_of_the_query_protocol(
    query_client: QueryClient, queue: str, operation: str, options: dict[str, Any], code: str, status: int
) -> None:
    with pytest.raises(QueryError) as caught:
        getattr(query_client, operation)(QueueUrl=queue, **options)

    assert (caught.value.code, caught.value.status, caught.value.fault) == (code, status, "Sender")


def test_a_name_taken_with_other_attributes_is_refused(query_client: QueryClient, queue: str, name: str) -> None:
    with pytest.raises(QueryError) as caught:
        query_client.create_queue(QueueName=name, Attributes={"DelaySeconds": "9"})

    assert (caught.value.code, caught.value.name) == ("QueueAlreadyExists", "QueueNameExists")


def test_an_unknown_queue_is_raised_as_its_class(query_client: QueryClient, name: str) -> None:
    with pytest.raises(QueryError) as caught:
        query_client.get_queue_url(QueueName=name)

    assert caught.value.name == "QueueDoesNotExist"
    assert caught.value.message.startswith("The specified queue does not exist")
