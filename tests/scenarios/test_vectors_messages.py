"""Plays of the recorded cases about messages: send, receive, delete, visibility, FIFO rules."""

from __future__ import annotations

import json
import string
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tests.scenarios.test_vectors_stage import Stage, plays

BODY = json.dumps({"foo": "bar"})
INVALID_IDS = {"empty": "", "too_long": "a" * 129, "spaces": "group 123"}
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def text(value: str, data_type: str = "String") -> dict[str, str]:
    return {"DataType": data_type, "StringValue": value}


@plays("test_send_receive_max_number_of_messages")
def eleven_messages(stage: Stage) -> dict[str, Any]:
    url = stage.queue()
    return {"send_max_number_of_messages": stage.attempt("receive_message", QueueUrl=url, MaxNumberOfMessages=11)}


def send_two(stage: Stage, url: str, size: int) -> dict[str, Any]:
    """A batch of a message of `size` bytes, an attribute included, and one of one byte."""
    attributes = {"k": text("x")}
    body = "a" * (size - len("kStringx"))
    entries = [{"Id": "1", "MessageBody": body, "MessageAttributes": attributes}, {"Id": "2", "MessageBody": "a"}]
    return {"send_oversized_message_batch": stage.attempt("send_message_batch", QueueUrl=url, Entries=entries)}


@plays("test_send_message_batch_with_oversized_contents")
def a_batch_too_long(stage: Stage) -> dict[str, Any]:
    return send_two(stage, stage.queue(), 1_048_576)


@plays("test_send_message_batch_with_oversized_contents_with_updated_maximum_message_size")
def a_batch_beyond_the_queues_own_limit(stage: Stage) -> dict[str, Any]:
    return send_two(stage, stage.queue(MaximumMessageSize="2048"), 2048)


@plays("test_send_batch_message_size")
def one_entry_too_long(stage: Stage) -> dict[str, Any]:
    url = stage.queue(MaximumMessageSize="1024")
    entries = [{"Id": "long", "MessageBody": "a" * 1025}, {"Id": "fits", "MessageBody": "a" * 1024}]
    return {"send-message-batch-result": stage.sqs.send_message_batch(QueueUrl=url, Entries=entries)}


@plays("test_send_empty_message")
def an_empty_message(stage: Stage) -> dict[str, Any]:
    return {"send_empty_message": stage.attempt("send_message", QueueUrl=stage.queue(), MessageBody="")}


@plays("test_invalid_batch_id")
def an_invalid_id_in_a_batch(stage: Stage) -> dict[str, Any]:
    entries = [{"Id": "message:a", "MessageBody": "a"}]
    return {"test_invalid_batch_id": stage.attempt("send_message_batch", QueueUrl=stage.queue(), Entries=entries)}


@plays("test_delete_message_batch_invalid_msg_id")
def an_invalid_id_in_a_delete(stage: Stage) -> dict[str, Any]:
    url = stage.queue()
    stage.send(url, "message")
    handle = stage.receive(url)["Messages"][0]["ReceiptHandle"]
    entries = [{"Id": stage.argument, "ReceiptHandle": handle}]
    return {"error_response": stage.attempt("delete_message_batch", QueueUrl=url, Entries=entries)}


@plays("test_change_message_visibility_after_visibility_timeout_expiration")
def visibility_changed_too_late(stage: Stage) -> dict[str, Any]:
    stage.server.clock.freeze()
    url = stage.queue(VisibilityTimeout="1")
    stage.send(url, "foobar")
    handle = stage.receive(url)["Messages"][0]["ReceiptHandle"]
    stage.server.clock.advance(2)
    answer = stage.attempt("change_message_visibility", QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=2)
    return {"visibility_timeout_expired": {"ResponseMetadata": answer["ResponseMetadata"]}}


# ------------------------------------------------------------------------------------------------- attributes


@plays("test_send_message_with_binary_attributes")
def binary_attributes(stage: Stage) -> dict[str, Any]:
    url = stage.queue()
    value = b"traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01"
    stage.send(url, "test", MessageAttributes={"attr1": {"DataType": "Binary", "BinaryValue": value}})
    return {"binary-attrs-msg": stage.receive(url, MessageAttributeNames=["All"])}


@plays("test_send_message_with_empty_string_attribute")
def an_empty_attribute(stage: Stage) -> dict[str, Any]:
    options = {"MessageBody": "test", "MessageAttributes": {"ErrorDetails": text("")}}
    return {"empty-string-attr": stage.attempt("send_message", QueueUrl=stage.queue(), **options)}


@plays("test_receive_message_message_attribute_names_filters")
def message_attribute_filters(stage: Stage) -> dict[str, Any]:
    url = stage.queue()
    attributes = {"Help.Me": text("Me"), "Hello": text("There"), "General": text("Kenobi")}
    answers = {"send_message_response": stage.sqs.send_message(
        QueueUrl=url, MessageBody="msg", MessageAttributes=attributes
    )}  # fmt: skip

    def receive(*names: str) -> dict[str, Any]:
        return stage.receive(url, VisibilityTimeout=0, MessageAttributeNames=list(names))

    answers |= {"empty_filter": receive(), "all_name": receive("All")}
    for key, names in {
        "all_wildcard_asterisk": [".*"],
        "all_wildcard": ["All", "Hello"],
        "only_non_existing_names": ["Foo", "Help"],
        "only_existing": ["Hello", "General"],
        "existing_and_non_existing": ["Foo", "Hello"],
        "prefix_filter": ["Hel.*"],
    }.items():
        answers[key] = receive(*names)["Messages"][0]
    return answers | {"illegal_name_1": receive("AWS."), "illegal_name_2": receive("..foo")}


@plays("test_receive_message_message_system_attribute_names_filters")
def system_attribute_filters(stage: Stage) -> dict[str, Any]:
    url = stage.queue()
    stage.send(url, "msg", MessageAttributes={"Foo": text("Bar")})

    def receive(*names: str, **options: Any) -> dict[str, Any]:
        # Botocore that speaks query has only the older name of the parameter.
        options |= {"AttributeNames" if stage.query else "MessageSystemAttributeNames": list(names)}
        return stage.receive(url, VisibilityTimeout=0, **options)

    return {
        "all_attributes": receive("All"),
        "all_system_and_message_attributes": receive("All", MessageAttributeNames=["All"]),
        "single_attribute": receive("SenderId"),
        "multiple_attributes": receive("SenderId", "SequenceNumber"),
    }


@plays("test_aws_trace_header_propagation")
def a_trace_header(stage: Stage) -> dict[str, Any]:
    """Sent as a system attribute; AWS also takes it from the HTTP header `X-Amzn-Trace-Id`."""
    url = stage.queue()
    trace = "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1"
    attributes = {"timestamp": text("1493147359900", "Number")}
    system = {"AWSTraceHeader": text(trace)}
    stage.send(url, "test", MessageAttributes=attributes, MessageSystemAttributes=system)
    names = ["SentTimestamp", "AWSTraceHeader"]
    return {"xray-msg": stage.receive(url, AttributeNames=names, MessageAttributeNames=["All"])["Messages"][0]}


@plays("test_dead_letter_queue_message_attributes")
def dead_letters(stage: Stage) -> dict[str, Any]:
    source, dead = stage.with_dead_letters()
    system = {"AWSTraceHeader": text(TRACE)}
    stage.send(
        source, "message-1", MessageAttributes={"MyAttribute": text("foobar")}, MessageSystemAttributes=system
    )  # fmt: skip
    stage.send(source, "message-2")
    names = ["AWSTraceHeader", "ApproximateFirstReceiveTimestamp", "ApproximateReceiveCount", "SentTimestamp"]
    options: dict[str, Any] = {
        "AttributeNames": [*names, "DeadLetterQueueSourceArn"],
        "MessageAttributeNames": ["All"],
        "MaxNumberOfMessages": 10,
    }
    before = stage.receive(source, VisibilityTimeout=0, **options)["Messages"]
    assert "Messages" not in stage.receive(source, **options)
    return {
        "sourcen-arn": stage.arn(source),
        "dlq-arn": stage.arn(dead),
        "rec-pre-dlq": before,
        "dlq-messages": stage.receive(dead, **options)["Messages"],
    }


@plays("test_send_message_via_queue_url_with_json_protocol")
def json_to_a_queues_url(stage: Stage) -> dict[str, Any]:
    """A JSON request posted to the queue's URL, which its body does not repeat."""
    url = stage.queue()
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.ReceiveMessage"}
    request = Request(stage.server.url + urlsplit(url).path, b"{}", headers)
    with urlopen(request, timeout=10) as response:
        answer = json.load(response)
        status = response.status
    return {"receive-json-on-queue-url": {**answer, "ResponseMetadata": {"HTTPStatusCode": status}}}


# ------------------------------------------------------------------------------------------------------- groups


@plays("test_fair_queue_with_message_group_id")
def a_group_on_a_standard_queue(stage: Stage) -> dict[str, Any]:
    url = stage.queue()
    sent = stage.sqs.send_message(QueueUrl=url, MessageBody="message", MessageGroupId="test")
    return {"send_message": sent, "get-message-with-deduplication-id": stage.receive(url, AttributeNames=["All"])}


@plays("test_send_message_to_standard_queue_with_invalid_message_group_id")
def invalid_groups(stage: Stage) -> dict[str, Any]:
    options = {"MessageBody": "x", "MessageGroupId": INVALID_IDS[stage.argument]}
    return {"error-response": stage.attempt("send_message", QueueUrl=stage.queue(), **options)}


@plays("test_message_deduplication_id_invalid")
def invalid_deduplication_ids(stage: Stage) -> dict[str, Any]:
    options = {"MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": INVALID_IDS[stage.argument]}
    return {"error-response": stage.attempt("send_message", QueueUrl=stage.queue(fifo=True), **options)}


@plays("test_message_deduplication_id_success")
def every_character_of_a_deduplication_id(stage: Stage) -> dict[str, Any]:
    url = stage.queue(fifo=True)
    for characters in (string.ascii_letters + string.digits, string.punctuation, "a" * 128):
        stage.send(url, "x", MessageGroupId="g", MessageDeduplicationId=characters)
    return {}


@plays("test_posting_to_fifo_requires_deduplicationid_group_id")
def what_a_fifo_queue_requires(stage: Stage) -> dict[str, Any]:
    url = stage.queue(fifo=True)
    group = stage.attempt("send_message", QueueUrl=url, MessageBody="x", MessageGroupId="g")
    without = stage.attempt("send_message", QueueUrl=url, MessageBody="x", MessageDeduplicationId="d")
    # The recordings hold each answer twice, of one protocol.
    return {
        "invalid-parameter-value": group,
        "invalid-parameter-value-query": group,
        "missing-parameter": without,
        "missing-parameter-query": without,
    }


@plays("test_fifo_queue_send_message_with_delay_seconds_fails")
def a_delay_on_a_fifo_queue(stage: Stage) -> dict[str, Any]:
    url = stage.queue(fifo=True, ContentBasedDeduplication="true")
    options = {"MessageBody": "message-1", "MessageGroupId": "1", "DelaySeconds": 2}
    return {"send_message": stage.attempt("send_message", QueueUrl=url, **options)}


@plays("test_fifo_queue_send_message_with_zero_delay_defaults_to_queue_delay")
def no_delay_on_a_fifo_queue(stage: Stage) -> dict[str, Any]:
    stage.server.clock.freeze()
    url = stage.queue(fifo=True, ContentBasedDeduplication="true", DelaySeconds="2")
    sent = stage.sqs.send_message(QueueUrl=url, MessageBody="message-1", MessageGroupId="1", DelaySeconds=0)
    at_once = stage.receive(url)
    stage.server.clock.advance(2)
    return {
        "send_message_result": sent,
        "receive_message_initial_result": at_once,
        "receive_message_after_delay_result": stage.receive(url),
    }


@plays("test_fifo_message_attributes")
def system_attributes_of_a_fifo_message(stage: Stage) -> dict[str, Any]:
    url = stage.queue(fifo=True, VisibilityTimeout="0", DeduplicationScope="messageGroup")
    options = {"MessageGroupId": "group-1", "MessageDeduplicationId": "dedup-1"}
    sent = stage.sqs.send_message(QueueUrl=url, MessageBody="message-body-1", **options)
    received = {f"receive_message_{n}": stage.receive(url, AttributeNames=["All"]) for n in range(2)}
    return {"send_message": sent, **received}


@plays("test_fifo_empty_message_groups_added_back_to_queue")
def a_group_that_was_empty(stage: Stage) -> dict[str, Any]:
    url = stage.queue(fifo=True, ContentBasedDeduplication="true")
    stage.send(url, "Message 1", MessageGroupId="g1")
    first = stage.receive(url)
    stage.sqs.delete_message(QueueUrl=url, ReceiptHandle=first["Messages"][0]["ReceiptHandle"])
    empty = stage.receive(url)
    stage.send(url, "Message 2", MessageGroupId="g1")
    return {"inital-fifo-receive": first, "empty-fifo-receive": empty, "final-fifo-receive": stage.receive(url)}


@plays("test_fifo_delete_message_with_expired_receipt_handle")
def a_late_delete_is_refused(stage: Stage) -> dict[str, Any]:
    late_delete(stage)
    return {}


@plays("test_fifo_delete_after_visibility_timeout")
def late_delete(stage: Stage) -> dict[str, Any]:
    stage.server.clock.freeze()
    url = stage.queue(fifo=True, VisibilityTimeout="1", ContentBasedDeduplication="true")
    stage.send(url, "foobar", MessageGroupId="1")
    received = stage.receive(url)
    stage.server.clock.advance(2)
    handle = received["Messages"][0]["ReceiptHandle"]
    answer = stage.attempt("delete_message", QueueUrl=url, ReceiptHandle=handle)
    assert answer["Error"]["Code"] == "InvalidParameterValue"
    return {"received_sqs_message": received, "delete_after_timeout_fifo": answer}


@plays("test_fifo_approximate_number_of_messages_not_visible")
def counts_of_a_fifo_queue(stage: Stage) -> dict[str, Any]:
    url = stage.queue(fifo=True, ContentBasedDeduplication="true")
    for number in range(3):
        stage.send(url, str(number), MessageGroupId="1")
    handle = stage.receive(url)["Messages"][0]["ReceiptHandle"]
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    assert list(stage.attributes(url, *names)["Attributes"].values()) == ["2", "1"]
    stage.sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    assert list(stage.attributes(url, *names)["Attributes"].values()) == ["2", "0"]
    return {}


def take(stage: Stage, url: str) -> dict[str, Any]:
    """Receive and delete."""
    received = stage.receive(url)
    for message in received.get("Messages", []):
        stage.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return received


def send_twice(stage: Stage, first: str, second: str) -> list[dict[str, Any]]:
    """The same body to two groups; `True` in the case's name is content-based deduplication."""
    by_content = stage.argument == "True"
    url = stage.queue(fifo=True, ContentBasedDeduplication=str(by_content).lower())
    answers = []
    for group in (first, second):
        options = {} if by_content else {"MessageDeduplicationId": "dedup"}
        stage.send(url, BODY, MessageGroupId=group, **options)
        answers.append(take(stage, url))
    return answers


@plays("test_fifo_deduplication_arrives_once_after_delete")
def a_duplicate_after_a_delete(stage: Stage) -> dict[str, Any]:
    return dict(zip(("get-messages", "get-messages-duplicate"), send_twice(stage, "g", "g"), strict=True))


@plays("test_fifo_deduplication_not_on_message_group_id")
def a_duplicate_in_another_group(stage: Stage) -> dict[str, Any]:
    return dict(zip(("get-messages", "get-dedup-messages"), send_twice(stage, "g", "other"), strict=True))


@plays("test_sqs_fifo_same_dedup_id_different_message_groups")
def one_id_in_two_groups(stage: Stage) -> dict[str, Any]:
    url, answers = stage.queue(fifo=True), {}
    for number, group in enumerate(("group1", "group2"), 1):
        stage.send(url, "Test", MessageGroupId=group, MessageDeduplicationId="1")
        answers[f"same-dedup-different-grp-{number}"] = take(stage, url)
    return answers


def high_throughput(stage: Stage) -> tuple[str, dict[str, Any]]:
    """A queue whose deduplication is by group, and what came of one id in two groups."""
    high = {"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
    url, answers = stage.queue(fifo=True, **high), {}
    for number in (1, 2):
        stage.send(url, f"Test{number}", MessageGroupId=f"group{number}", MessageDeduplicationId="1")
        answers[f"same-dedup-different-grp-{number}"] = take(stage, url)
    return url, answers


@plays("test_fifo_high_throughput_ordering")
def one_id_in_two_groups_apart(stage: Stage) -> dict[str, Any]:
    return high_throughput(stage)[1]


@plays("test_fifo_change_to_regular_throughput_after_creation")
def regular_throughput_again(stage: Stage) -> dict[str, Any]:
    url, answers = high_throughput(stage)
    regular = {"DeduplicationScope": "queue", "FifoThroughputLimit": "perQueue"}
    stage.sqs.set_queue_attributes(QueueUrl=url, Attributes=regular)
    answers["set-to-regular-throughput"] = stage.attributes(url)
    stage.send(url, "Test3", MessageGroupId="group3", MessageDeduplicationId="3")
    return answers | {"same-dedup-different-grp-regular-throughput": take(stage, url)}
