"""Q4: retention, delay, visibility, wait and size; hours pass in milliseconds on a test clock."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chasqui.testing import TestServer


@pytest.fixture
def sqs(chasqui: TestServer) -> Any:
    chasqui.clock.freeze()
    return chasqui.client("sqs")


def create(sqs: Any, **attributes: str) -> str:
    return str(sqs.create_queue(QueueName="lifecycle", Attributes=attributes)["QueueUrl"])


def bodies(sqs: Any, url: str, **options: Any) -> list[str]:
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **options)
    return [message["Body"] for message in got.get("Messages", [])]


def test_q4_a_message_is_gone_after_its_retention(chasqui: TestServer, sqs: Any) -> None:
    url = create(sqs, MessageRetentionPeriod="60")
    sqs.send_message(QueueUrl=url, MessageBody="kept for a minute")

    chasqui.clock.advance(59)
    before = bodies(sqs, url, VisibilityTimeout=0)
    chasqui.clock.advance(1)

    assert before == ["kept for a minute"]
    assert bodies(sqs, url) == []


def test_q4_a_message_is_kept_four_days_by_default(chasqui: TestServer, sqs: Any) -> None:
    url = create(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="long")

    chasqui.clock.advance(days=3, hours=23)

    assert bodies(sqs, url) == ["long"]


def test_q4_a_queues_delay_and_a_messages_own(chasqui: TestServer, sqs: Any) -> None:
    url = create(sqs, DelaySeconds="900")
    sqs.send_message(QueueUrl=url, MessageBody="late")
    sqs.send_message(QueueUrl=url, MessageBody="soon", DelaySeconds=5)

    at_first = bodies(sqs, url)
    chasqui.clock.advance(5)
    at_five = bodies(sqs, url)
    chasqui.clock.advance(895)

    assert (at_first, at_five) == ([], ["soon"])
    assert "late" in bodies(sqs, url)


def test_q4_visibility_by_queue_by_receive_and_changed_in_flight(chasqui: TestServer, sqs: Any) -> None:
    url = create(sqs, VisibilityTimeout="100")
    sqs.send_message(QueueUrl=url, MessageBody="work")

    assert bodies(sqs, url) == ["work"]
    chasqui.clock.advance(99)
    assert bodies(sqs, url) == []
    chasqui.clock.advance(1)
    message = sqs.receive_message(QueueUrl=url, VisibilityTimeout=10)["Messages"][0]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=500)
    chasqui.clock.advance(499)
    assert bodies(sqs, url) == []
    chasqui.clock.advance(1)
    assert bodies(sqs, url) == ["work"]


def test_q4_visibility_of_twelve_hours_in_all_at_most(chasqui: TestServer, sqs: Any) -> None:
    url = create(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="work")
    message = sqs.receive_message(QueueUrl=url, VisibilityTimeout=43_200)["Messages"][0]
    chasqui.clock.advance(hours=1)

    with pytest.raises(ClientError, match="Total VisibilityTimeout for the message is beyond the limit"):
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=43_200)


def test_q4_a_receive_waits_as_long_as_the_queue_says(chasqui: TestServer, sqs: Any) -> None:
    url = create(sqs, ReceiveMessageWaitTimeSeconds="1")

    started = time.monotonic()
    found = bodies(sqs, url)

    assert found == []
    assert time.monotonic() - started >= 1


def test_q4_a_message_may_be_as_long_as_the_queue_allows(sqs: Any) -> None:
    url = create(sqs, MaximumMessageSize="1024")

    sqs.send_message(QueueUrl=url, MessageBody="x" * 1024)
    with pytest.raises(ClientError, match=r"Message must be shorter than 1024 bytes\."):
        sqs.send_message(QueueUrl=url, MessageBody="x" * 1025)


def test_q4_one_mebibyte_goes_through_whole(sqs: Any) -> None:
    url = create(sqs)
    body = "é" * (1_048_576 // 2)

    sqs.send_message(QueueUrl=url, MessageBody=body)

    assert bodies(sqs, url) == [body]


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("VisibilityTimeout", "43201"),
        ("DelaySeconds", "901"),
        ("MessageRetentionPeriod", "59"),
        ("MessageRetentionPeriod", "1209601"),
        ("ReceiveMessageWaitTimeSeconds", "21"),
        ("MaximumMessageSize", "1023"),
        ("MaximumMessageSize", "1048577"),
        ("VisibilityTimeout", "soon"),
    ],
)
def test_q4_values_out_of_range_are_refused(sqs: Any, attribute: str, value: str) -> None:
    with pytest.raises(ClientError, match=f"Invalid value for the parameter {attribute}."):
        create(sqs, **{attribute: value})
