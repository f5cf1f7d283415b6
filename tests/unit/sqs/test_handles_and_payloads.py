"""Receipt handles, the envelope that a message is stored in, and queue URLs: pure functions both ways."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from chasqui.crypto.keyring import UnreadableEnvelope, memory_ring
from chasqui.services.sqs.payload import Payload, PayloadCodec, StoredAttribute
from chasqui.services.sqs.queues import parse_queue_url
from chasqui.services.sqs.receipts import decode_handle, decode_handles, encode_handle, encode_handles
from chasqui.store.port import Claimed, Receipt
from tests.unit.sqs.conftest import NewQueue
from tests.unit.sqs.support import receive, refusal, send

MESSAGE_ID = bytes(range(16))
CLAIMED = Claimed(42, MESSAGE_ID, 3, 0, 0, b"", hidden_until_ms=1_700_000_030_000)
HANDLE = encode_handle(7, CLAIMED, 1_700_000_000_000)


def test_a_handle_says_what_was_put_in() -> None:
    handle = decode_handle(HANDLE)

    assert handle == (7, Receipt(42, MESSAGE_ID[:8], 3, 1_700_000_030_000), 1_700_000_000_000)
    assert encode_handles(7, [CLAIMED, CLAIMED], 1_700_000_000_000) == [HANDLE, HANDLE]
    assert decode_handles([HANDLE, HANDLE], 7) == [handle.receipt] * 2


@pytest.mark.parametrize("texts", [[HANDLE, None], [HANDLE, ""], [HANDLE, "nonsense"], [HANDLE, HANDLE[:-4]]])
def test_one_bad_handle_among_many_is_noticed(texts: list[str | None]) -> None:
    assert decode_handles(texts, 7) is None
    assert decode_handles([HANDLE], 8) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        HANDLE[:-1],
        HANDLE[:-4],
        HANDLE + "AAAA",
        HANDLE.replace(HANDLE[5], "*"),
        " " + HANDLE[1:],
        "é" + HANDLE[1:],
        base64.b64encode(b"\xff" * 45).decode(),
        base64.b64encode(b"\x02" + base64.b64decode(HANDLE)[1:]).decode(),
    ],
)
def test_what_is_no_handle_is_none(text: str) -> None:
    assert decode_handle(text) is None


def test_a_malformed_handle_is_told(sqs: Any, queue: str) -> None:
    for text in ("nonsense", HANDLE[:-4]):
        expected = ("ReceiptHandleIsInvalid", f'The input receipt handle "{text}" is not a valid receipt handle.', 404)
        assert refusal(sqs.delete_message, QueueUrl=queue, ReceiptHandle=text) == expected
        change = {"QueueUrl": queue, "ReceiptHandle": text, "VisibilityTimeout": 1}
        assert refusal(sqs.change_message_visibility, **change) == expected


def test_an_empty_handle_is_a_missing_one(sqs: Any, queue: str) -> None:
    told = refusal(sqs.delete_message, QueueUrl=queue, ReceiptHandle="")

    assert told[0] == "MissingRequiredParameterException"
    assert told[1] == "The request must contain the parameter ReceiptHandle."


def test_a_handle_of_another_queue_is_told(sqs: Any, queue: str, new_queue: NewQueue) -> None:
    send(sqs, queue, "x")
    handle = receive(sqs, queue)[0]["ReceiptHandle"]

    told = refusal(sqs.delete_message, QueueUrl=new_queue(), ReceiptHandle=handle)

    assert told == ("ReceiptHandleIsInvalid", f'The receipt handle "{handle}" is not valid for this queue.', 404)


def test_a_handle_that_was_made_up_deletes_nothing(sqs: Any, queue: str) -> None:
    send(sqs, queue, "x")
    handle = receive(sqs, queue, VisibilityTimeout=0)[0]["ReceiptHandle"]
    raw = bytearray(base64.b64decode(handle))
    raw[-1] ^= 1

    sqs.delete_message(QueueUrl=queue, ReceiptHandle=base64.b64encode(raw).decode())

    assert len(receive(sqs, queue)) == 1


def test_deleting_twice_is_no_error(sqs: Any, queue: str) -> None:
    send(sqs, queue, "x")
    handle = receive(sqs, queue)[0]["ReceiptHandle"]

    sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)

    assert receive(sqs, queue) == []


def test_on_a_standard_queue_an_older_handle_deletes(sqs: Any, queue: str) -> None:
    send(sqs, queue, "x")
    older = receive(sqs, queue, VisibilityTimeout=0)[0]["ReceiptHandle"]
    newer = receive(sqs, queue, VisibilityTimeout=0)[0]["ReceiptHandle"]

    sqs.delete_message(QueueUrl=queue, ReceiptHandle=older)

    assert older != newer
    assert receive(sqs, queue) == []


# ----------------------------------------------------------------------------------------------------- visibility


def test_the_visibility_of_a_deleted_message_can_not_be_changed(sqs: Any, queue: str) -> None:
    send(sqs, queue, "x")
    handle = receive(sqs, queue)[0]["ReceiptHandle"]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)

    code, message, status = refusal(
        sqs.change_message_visibility, QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=1
    )

    assert (code, status) == ("InvalidParameterValueException", 400)
    assert message == (
        f"Value {handle} for parameter ReceiptHandle is invalid."
        " Reason: Message does not exist or is not available for visibility timeout change."
    )


@pytest.mark.parametrize("seconds", [-1, 43_201])
def test_a_visibility_out_of_range_is_told(sqs: Any, queue: str, seconds: int) -> None:
    send(sqs, queue, "x")
    handle = receive(sqs, queue)[0]["ReceiptHandle"]
    options = {"QueueUrl": queue, "ReceiptHandle": handle, "VisibilityTimeout": seconds}

    told = refusal(sqs.change_message_visibility, **options)

    reason = f"Value {seconds} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200."
    assert told == ("InvalidParameterValueException", reason, 400)


def test_a_message_is_held_for_at_most_twelve_hours_in_all(chasqui: Any, sqs: Any, queue: str) -> None:
    chasqui.clock.freeze()
    send(sqs, queue, "x")
    handle = receive(sqs, queue, VisibilityTimeout=43_200)[0]["ReceiptHandle"]
    chasqui.clock.advance(hours=1)
    options = {"QueueUrl": queue, "ReceiptHandle": handle}

    sqs.change_message_visibility(VisibilityTimeout=11 * 3600, **options)
    told = refusal(sqs.change_message_visibility, VisibilityTimeout=11 * 3600 + 1, **options)

    assert told[1] == (
        "Value 39601 for parameter VisibilityTimeout is invalid."
        " Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]."
    )


def test_a_visibility_is_asked_for(sqs: Any, queue: str) -> None:
    told = refusal(sqs.change_message_visibility, QueueUrl=queue, ReceiptHandle=HANDLE)

    assert told[:2] == (
        "MissingRequiredParameterException",
        "The request must contain the parameter VisibilityTimeout.",
    )


# ------------------------------------------------------------------------------------------------------- payloads


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_payload_comes_back_as_it_was(encrypted: bool) -> None:
    codec = PayloadCodec(memory_ring())
    attributes = {"t": StoredAttribute("String", "é"), "b": StoredAttribute("Binary", None, b"\x00\xff")}
    payload = Payload("olá \U0001f30e", "md5", "sender", attributes, "md5 too", "Root=1", "id")

    stored = codec.encode(payload, encrypted)

    assert codec.decode(stored) == payload
    assert (b"sender" in stored) is not encrypted


def test_a_payload_needs_its_own_keys() -> None:
    stored = PayloadCodec(memory_ring()).encode(Payload("x", "y", "z"), True)

    with pytest.raises(UnreadableEnvelope):
        PayloadCodec(memory_ring()).decode(stored)


# ----------------------------------------------------------------------------------------------------------- URLs


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:4566/000000000000/q", ("000000000000", "eu-west-1", "q")),
        ("http://localhost:4566/000000000000/q.fifo/", ("000000000000", "eu-west-1", "q.fifo")),
        ("http://x/queue/us-west-2/1/q", ("1", "us-west-2", "q")),
        ("https://sqs.us-east-2.amazonaws.com/1/q", ("1", "us-east-2", "q")),
        ("https://us-east-2.queue.amazonaws.com/1/q", ("1", "us-east-2", "q")),
        ("http://chasqui/1/q", ("1", "eu-west-1", "q")),
        ("/1/q", ("1", "eu-west-1", "q")),
        ("http://x/q", None),
        ("http://x/a/b/c/d", None),
        ("http://[/1/q", None),
    ],
)
def test_a_queue_url_is_read_in_all_its_forms(url: str, expected: tuple[str, str, str] | None) -> None:
    assert parse_queue_url(url, "eu-west-1") == expected


def test_a_bare_name_is_the_callers_own_queue(sqs: Any, queue: str) -> None:
    name = queue.rpartition("/")[2]

    send(sqs, name, "by name")

    assert receive(sqs, queue)[0]["Body"] == "by name"


def test_an_address_that_names_no_queue_is_told(sqs: Any) -> None:
    told = refusal(sqs.purge_queue, QueueUrl="http://localhost/1/2/3")

    assert told == ("InvalidAddress", "The address http://localhost/1/2/3 is not valid for this endpoint.", 404)


def test_a_missing_address_is_told(sqs: Any) -> None:
    told = refusal(sqs.purge_queue)

    assert told[:2] == ("MissingRequiredParameterException", "The request must contain the parameter QueueUrl.")


def test_a_queue_that_is_not_there_is_told(sqs: Any, queue: str) -> None:
    expected = ("QueueDoesNotExist", "The specified queue does not exist.", 400)

    assert refusal(sqs.get_queue_url, QueueName="missing") == expected
    assert refusal(sqs.get_queue_url, QueueName=queue.rpartition("/")[2], QueueOwnerAWSAccountId="1" * 12) == expected
    assert refusal(sqs.list_queue_tags, QueueUrl=f"{queue}-missing") == expected


def test_a_queue_of_another_account_is_found(chasqui: Any, sqs: Any) -> None:
    other = chasqui.client("sqs", account="111111111111")
    url = other.create_queue(QueueName="theirs")["QueueUrl"]
    other.close()

    assert sqs.get_queue_url(QueueName="theirs", QueueOwnerAWSAccountId="111111111111")["QueueUrl"] == url
