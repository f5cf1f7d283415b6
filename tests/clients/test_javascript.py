"""The AWS SDK for JavaScript v3, and sqs-consumer on top of it; the cases themselves are in `javascript/`."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.clients.programs import Program

# The first test also waits for npm.
pytestmark = [pytest.mark.one_engine("another SDK is about the wire"), pytest.mark.timeout(300)]


def visible_and_in_flight(sqs: Any, url: str) -> tuple[str, str]:
    shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return shown["ApproximateNumberOfMessages"], shown["ApproximateNumberOfMessagesNotVisible"]


def test_a_message_lives_its_whole_life(javascript: Program, name: str) -> None:
    saw = javascript("client.mjs", "cycle", name=name)

    assert saw["url"] == saw["found"]
    assert saw["message"]["Body"] == "olá 🌎"
    assert saw["message"]["MessageId"] == saw["sent"]["MessageId"]
    assert saw["sent"]["MD5OfMessageBody"] == hashlib.md5("olá 🌎".encode()).hexdigest()
    assert saw["again"]["Attributes"]["ApproximateReceiveCount"] == "2"
    assert saw["attributes"]["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_message_attributes_keep_their_types_and_bytes(javascript: Program, queue: str) -> None:
    saw = javascript("client.mjs", "attributes", queue=queue)

    assert saw["typed"] is True
    assert saw["bytes"] == [0, 1, 254, 255]
    assert saw["weight"] == {"DataType": "Number.kg", "StringValue": "12.50"}
    assert saw["city"] == {"DataType": "String", "StringValue": "Cuzco"}
    assert saw["trace"] == "Root=1-5759e988-bd862e3fe1be46a994272793"


def test_a_fifo_queue_keeps_groups_in_order_and_drops_duplicates(javascript: Program, fifo_queue: str) -> None:
    saw = javascript("client.mjs", "fifo", queue=fifo_queue)

    assert saw["duplicate"] is True
    assert saw["first"] == ["a1"]
    assert saw["whileLocked"] == ["b1"]
    assert saw["unlocked"] == ["a2"]


def test_a_batch_tells_which_entries_failed(javascript: Program, queue: str) -> None:
    saw = javascript("client.mjs", "batch", queue=queue)

    assert [entry["Id"] for entry in saw["sent"]["Successful"]] == ["one", "three"]
    (failed,) = saw["sent"]["Failed"]
    assert (failed["Id"], failed["Code"], failed["SenderFault"]) == ("late", "InvalidParameterValue", True)
    assert saw["received"] == ["1", "3"]
    assert [entry["Id"] for entry in saw["deleted"]["Successful"]] == ["m0", "m1"]
    assert [(entry["Id"], entry["Code"]) for entry in saw["deleted"]["Failed"]] == [("bad", "ReceiptHandleIsInvalid")]


def test_errors_are_instances_of_their_classes(javascript: Program, queue: str) -> None:
    saw = javascript("client.mjs", "errors", queue=queue)

    assert saw["service"] is True
    assert saw["missing"]["typed"] is True
    assert saw["missing"]["name"] == "QueueDoesNotExist"
    assert saw["missing"]["status"] == 400
    assert saw["handle"]["typed"] is True
    assert saw["handle"]["name"] == "ReceiptHandleIsInvalid"


def test_the_sdk_checks_the_md5_of_what_was_sent(javascript: Program, queue: str) -> None:
    saw = javascript("client.mjs", "checksum", queue=queue)

    assert "InvalidChecksumError" in saw["message"]


def test_queues_are_listed_by_the_sdks_paginator(javascript: Program, sqs: Any, name: str) -> None:
    urls = [sqs.create_queue(QueueName=f"{name}-{number}")["QueueUrl"] for number in range(3)]

    assert javascript("client.mjs", "pages", prefix=name) == [urls[:2], urls[2:]]


def test_a_long_poll_wakes_when_a_message_is_sent(javascript: Program, queue: str) -> None:
    saw = javascript("client.mjs", "wake", queue=queue)

    assert saw["body"] == "wake"
    assert saw["seconds"] < 5


def test_an_aborted_long_poll_takes_no_message_with_it(javascript: Program, queue: str) -> None:
    saw = javascript("client.mjs", "abort", queue=queue)

    assert saw == {"name": "AbortError", "body": "kept"}


def test_sqs_consumer_handles_and_deletes_what_comes(javascript: Program, sqs: Any, queue: str) -> None:
    saw = javascript("consumer.mjs", "each", queue=queue)

    assert saw == {"bodies": ["one", "three", "two"], "errors": [], "running": False}
    assert visible_and_in_flight(sqs, queue) == ("0", "0")


def test_sqs_consumer_handles_and_deletes_batches(javascript: Program, sqs: Any, queue: str) -> None:
    sqs.send_message_batch(QueueUrl=queue, Entries=[{"Id": str(n), "MessageBody": str(n)} for n in range(10)])

    saw = javascript("consumer.mjs", "batches", queue=queue)

    assert saw == {"batches": [10], "errors": []}
    assert visible_and_in_flight(sqs, queue) == ("0", "0")


def test_sqs_consumer_extends_the_visibility_of_what_takes_long(javascript: Program, sqs: Any, queue: str) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="slow")

    saw = javascript("consumer.mjs", "heartbeat", queue=queue)

    assert saw == {"handled": 1, "rival": [], "errors": []}
    assert visible_and_in_flight(sqs, queue) == ("0", "0")


def test_sqs_consumer_gives_back_what_its_handler_refused(javascript: Program, sqs: Any, queue: str) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="try twice")

    saw = javascript("consumer.mjs", "failure", queue=queue)

    assert saw["counts"] == ["1", "2"]
    assert saw["errors"] == ["processing_error: Unexpected message handler failure: not today"]


def test_sqs_consumer_stops_cleanly_while_it_waits(javascript: Program, sqs: Any, queue: str) -> None:
    saw = javascript("consumer.mjs", "stop", queue=queue)
    sqs.send_message(QueueUrl=queue, MessageBody="for the next one")

    assert saw["seconds"] < 2
    assert saw["status"] == {"isRunning": False, "isPolling": False}
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "for the next one"
