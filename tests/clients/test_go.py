"""The AWS SDK for Go v2; the cases themselves are in `go/main.go`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.programs import Program

# The first test also waits for the compiler.
pytestmark = [pytest.mark.one_engine("another SDK is about the wire"), pytest.mark.timeout(300)]


def test_a_message_lives_its_whole_life(golang: Program, name: str) -> None:
    saw = golang("cycle", name=name)

    assert saw["url"] == saw["found"]
    assert saw["bodies"] == ["olá 🌎", "olá 🌎"]
    assert saw["count"] == "2"
    assert saw["attributes"]["VisibilityTimeout"] == "45"
    assert saw["attributes"]["ApproximateNumberOfMessagesNotVisible"] == "0"
    assert saw["tags"] == {"team": "orders"}


def test_message_attributes_keep_their_types_and_bytes(golang: Program, queue: str) -> None:
    saw = golang("attributes", queue=queue)

    assert saw == {"bytes": [0, 1, 254, 255], "weight": "12.50", "type": "Number.kg"}


def test_a_fifo_queue_keeps_groups_in_order_and_drops_duplicates(golang: Program, fifo_queue: str) -> None:
    saw = golang("fifo", queue=fifo_queue)

    assert saw["duplicate"] is True
    assert saw["ascending"] is True
    assert saw["first"] == ["a1"]
    assert saw["whileLocked"] == ["b1"]
    assert saw["unlocked"] == ["a2"]


def test_a_batch_tells_which_entries_failed(golang: Program, queue: str) -> None:
    saw = golang("batch", queue=queue)

    assert saw["successful"] == ["one", "three"]
    assert [(entry["Id"], entry["Code"]) for entry in saw["failed"]] == [("late", "InvalidParameterValue")]
    assert saw["received"] == saw["deleted"] == 2
    assert [(entry["Id"], entry["Code"]) for entry in saw["kept"]] == [("bad", "ReceiptHandleIsInvalid")]


def test_errors_are_found_by_their_types(golang: Program, queue: str, name: str) -> None:
    saw = golang("errors", queue=queue, name=name)

    assert saw["QueueDoesNotExist"] is True
    assert saw["QueueNameExists"] is True
    assert saw["ReceiptHandleIsInvalid"] is True
    assert saw["message"].startswith("The specified queue does not exist")
    assert saw["emptyBatch"] == "AWS.SimpleQueueService.EmptyBatchRequest"


def test_queues_are_listed_by_the_sdks_paginator(golang: Program, sqs: Any, name: str) -> None:
    urls = [sqs.create_queue(QueueName=f"{name}-{number}")["QueueUrl"] for number in range(3)]

    assert golang("pages", prefix=name) == {"pages": [urls[:2], urls[2:]]}


def test_a_long_poll_wakes_when_a_message_is_sent(golang: Program, queue: str) -> None:
    saw = golang("wake", queue=queue)

    assert saw["bodies"] == ["wake"]
    assert 0.4 < saw["seconds"] < 5


def test_a_cancelled_long_poll_takes_no_message_with_it(golang: Program, queue: str) -> None:
    assert golang("abandon", queue=queue) == {"ended": True, "bodies": ["kept"]}
