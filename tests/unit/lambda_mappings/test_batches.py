"""What of a batch is meant, how it is split, and what the function's answer says of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chasqui.fabric.sources import Received
from chasqui.services.lambda_.mappings.batches import PAYLOAD_BYTES_MAX, Filters, chunks, failed_of
from chasqui.store.port import Receipt


def message(number: int, body: str = "x", **more: Any) -> Received:
    record = {"messageId": f"m{number}", "body": body, "attributes": {}, "messageAttributes": {}, **more}
    return Received(record, Receipt(number, b"12345678", 1))


BATCH = [message(number) for number in range(4)]


def names(received: list[Received]) -> list[str]:
    return [each.record["messageId"] for each in received]


def reported(*identifiers: object) -> bytes:
    return json.dumps({"batchItemFailures": [{"itemIdentifier": each} for each in identifiers]}).encode()


@pytest.mark.parametrize(
    "answer", [b"", b"null", b"{}", b'{"batchItemFailures": []}', b'{"batchItemFailures": null}', b'"done"', b"3"]
)
def test_an_answer_that_names_nothing_is_a_success(answer: bytes) -> None:
    assert failed_of(answer, BATCH, fifo=False) == []


@pytest.mark.parametrize(
    "answer",
    [
        b"not json",
        reported(""),
        reported(None),
        reported("of another batch"),
        b'{"batchItemFailures": [{"wrong": "m1"}]}',
        b'{"batchItemFailures": ["m1"]}',
        b'{"batchItemFailures": "m1"}',
    ],
)
def test_an_answer_that_cannot_be_understood_fails_the_whole_batch(answer: bytes) -> None:
    assert failed_of(answer, BATCH, fifo=False) == BATCH


def test_named_messages_alone_have_failed() -> None:
    assert names(failed_of(reported("m3", "m1"), BATCH, fifo=False)) == ["m1", "m3"]


def test_in_a_fifo_queue_nothing_overtakes_the_first_that_failed() -> None:
    assert names(failed_of(reported("m1"), BATCH, fifo=True)) == ["m1", "m2", "m3"]


def test_without_filters_all_are_meant() -> None:
    assert Filters([]).split(BATCH) == (BATCH, [])


def test_a_message_is_meant_when_any_filter_matches() -> None:
    filters = Filters(['{"body": {"kind": ["order"]}}', '{"body": {"size": [{"numeric": [">", 5]}]}}'])
    batch = [message(1, '{"kind": "order"}'), message(2, '{"size": 7}'), message(3, '{"kind": "mail", "size": 2}')]

    meant, others = filters.split(batch)

    assert (names(meant), names(others)) == (["m1", "m2"], ["m3"])


def test_a_body_that_is_no_object_is_compared_as_text() -> None:
    meant, others = Filters(['{"body": ["hello", "12"]}']).split(
        [message(1, "hello"), message(2, "12"), message(3, "1")]
    )

    assert (names(meant), names(others)) == (["m1", "m2"], ["m3"])


def test_filters_see_attributes_too() -> None:
    kind = {"kind": {"stringValue": "a", "dataType": "String"}}
    filters = Filters(['{"messageAttributes": {"kind": {"stringValue": ["a"]}}}'])

    meant, _ = filters.split([message(1, messageAttributes=kind), message(2)])

    assert names(meant) == ["m1"]


def test_a_batch_beyond_what_a_function_takes_is_split_in_order() -> None:
    large = [message(number, "x" * (PAYLOAD_BYTES_MAX // 3)) for number in range(4)]

    parts = chunks(large)

    assert [names(part) for _, part in parts] == [["m0", "m1"], ["m2", "m3"]]
    assert all(len(payload) <= PAYLOAD_BYTES_MAX for payload, _ in parts)
    assert [each["messageId"] for each in json.loads(parts[1][0])["Records"]] == ["m2", "m3"]
