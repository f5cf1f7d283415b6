"""Q6: dead-letter queues and the way back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chasqui.testing import TestServer
from tests.support import eventually, receive_all


@pytest.fixture
def sqs(chasqui: TestServer) -> Any:
    return chasqui.client("sqs")


def arn(sqs: Any, url: str) -> str:
    return str(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])


def pair(sqs: Any, receives: int = 1, suffix: str = "", **attributes: str) -> tuple[str, str]:
    """(source, dead-letter queue)."""
    dead = sqs.create_queue(QueueName=f"dead{suffix}", Attributes=attributes)["QueueUrl"]
    policy = json.dumps({"deadLetterTargetArn": arn(sqs, dead), "maxReceiveCount": receives})
    source = sqs.create_queue(QueueName=f"source{suffix}", Attributes={**attributes, "RedrivePolicy": policy})[
        "QueueUrl"
    ]
    return source, dead


def fail(sqs: Any, url: str, times: int) -> None:
    for _ in range(times):
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)


def test_q6_after_max_receives_the_message_is_in_the_dlq_with_its_history(sqs: Any) -> None:
    source, dead = pair(sqs, receives=2)
    sent = sqs.send_message(
        QueueUrl=source,
        MessageBody="poison",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "order"}},
    )

    fail(sqs, source, 3)
    message = sqs.receive_message(QueueUrl=dead, MessageSystemAttributeNames=["All"], MessageAttributeNames=["All"])[
        "Messages"
    ][0]

    assert "Messages" not in sqs.receive_message(QueueUrl=source)
    assert message["MessageId"] == sent["MessageId"]
    assert message["Body"] == "poison"
    assert message["MessageAttributes"]["kind"]["StringValue"] == "order"
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == arn(sqs, source)
    assert message["Attributes"]["ApproximateReceiveCount"] == "3"


def test_q6_a_fifo_queues_dlq_keeps_group_and_order(sqs: Any) -> None:
    source, dead = pair(sqs, 1, ".fifo", FifoQueue="true", ContentBasedDeduplication="true")
    for body in ("a", "b", "c"):
        sqs.send_message(QueueUrl=source, MessageBody=body, MessageGroupId="g")

    fail(sqs, source, 2)
    found = receive_all(sqs, dead, MessageSystemAttributeNames=["MessageGroupId"])

    assert [message["Body"] for message in found] == ["a", "b", "c"]
    assert {message["Attributes"]["MessageGroupId"] for message in found} == {"g"}


def test_q6_the_sources_of_a_dlq_are_listed(sqs: Any) -> None:
    source, dead = pair(sqs)

    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [source]


def test_q6_standard_retention_counts_from_the_first_send(chasqui: TestServer, sqs: Any) -> None:
    chasqui.clock.freeze()
    source, dead = pair(sqs, MessageRetentionPeriod="600")
    sqs.send_message(QueueUrl=source, MessageBody="old")
    chasqui.clock.advance(500)
    fail(sqs, source, 2)

    chasqui.clock.advance(99)
    there = sqs.receive_message(QueueUrl=dead, VisibilityTimeout=0)
    chasqui.clock.advance(1)

    assert "Messages" in there
    assert "Messages" not in sqs.receive_message(QueueUrl=dead)


def test_q6_fifo_retention_begins_anew(chasqui: TestServer, sqs: Any) -> None:
    chasqui.clock.freeze()
    source, dead = pair(
        sqs, 1, ".fifo", FifoQueue="true", ContentBasedDeduplication="true", MessageRetentionPeriod="600"
    )
    sqs.send_message(QueueUrl=source, MessageBody="old", MessageGroupId="g")
    chasqui.clock.advance(500)
    fail(sqs, source, 2)

    chasqui.clock.advance(599)

    assert "Messages" in sqs.receive_message(QueueUrl=dead)


def test_q6_a_redrive_moves_messages_back_to_their_source(sqs: Any) -> None:
    source, dead = pair(sqs)
    for number in range(25):
        sqs.send_message(QueueUrl=source, MessageBody=str(number))
    fail(sqs, source, 8)

    sqs.start_message_move_task(SourceArn=arn(sqs, dead))

    def done() -> Any:
        result = sqs.list_message_move_tasks(SourceArn=arn(sqs, dead))["Results"][0]
        return result if result["Status"] == "COMPLETED" else None

    task = eventually(done)
    assert task["ApproximateNumberOfMessagesMoved"] == 25
    assert task["ApproximateNumberOfMessagesToMove"] == 25
    assert "TaskHandle" not in task
    assert sorted(int(m["Body"]) for m in receive_all(sqs, source)) == list(range(25))


def test_q6_a_rate_limited_redrive_shows_progress_and_can_be_cancelled(sqs: Any) -> None:
    source, dead = pair(sqs)
    other = sqs.create_queue(QueueName="elsewhere")["QueueUrl"]
    for number in range(8):
        sqs.send_message(QueueUrl=dead, MessageBody=str(number))

    handle = sqs.start_message_move_task(
        SourceArn=arn(sqs, dead), DestinationArn=arn(sqs, other), MaxNumberOfMessagesPerSecond=2
    )["TaskHandle"]
    running = eventually(
        lambda: [
            each
            for each in sqs.list_message_move_tasks(SourceArn=arn(sqs, dead))["Results"]
            if each.get("ApproximateNumberOfMessagesMoved", 0) >= 1
        ]
    )[0]
    cancelled = sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"]

    assert running["Status"] == "RUNNING"
    assert running["TaskHandle"] == handle
    assert 1 <= cancelled < 8
    assert sqs.list_message_move_tasks(SourceArn=arn(sqs, dead))["Results"][0]["Status"] == "CANCELLED"
    assert source != other


def test_q6_a_queue_that_is_no_dlq_has_nothing_to_redrive(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="plain")["QueueUrl"]

    with pytest.raises(ClientError, match="Source queue must be configured as a Dead Letter Queue"):
        sqs.start_message_move_task(SourceArn=arn(sqs, url))


def test_q6_a_redrive_allow_policy_decides_who_may_use_a_dlq(sqs: Any) -> None:
    policy = json.dumps({"redrivePermission": "denyAll"})
    dead = sqs.create_queue(QueueName="private", Attributes={"RedriveAllowPolicy": policy})["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": arn(sqs, dead), "maxReceiveCount": 3})

    with pytest.raises(ClientError, match="RedrivePolicy"):
        sqs.create_queue(QueueName="hopeful", Attributes={"RedrivePolicy": redrive})
