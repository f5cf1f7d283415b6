"""Fair queues: on a standard queue, a tenant (message group) with a backlog does not delay the others."""

from __future__ import annotations

from typing import Any

from tests.unit.sqs.support import bodies, receive, send


def send_many(sqs: Any, url: str, group: str, count: int) -> None:
    for start in range(0, count, 10):
        entries = [
            {"Id": str(n), "MessageBody": f"{group}-{n}", "MessageGroupId": group} for n in range(start, start + 10)
        ]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)


def hold(sqs: Any, url: str, receives: int) -> None:
    for _ in range(receives):
        receive(sqs, url)


def test_a_quiet_tenants_message_goes_before_a_noisy_ones_backlog(sqs: Any, queue: str) -> None:
    send_many(sqs, queue, "noisy", 100)
    hold(sqs, queue, 3)
    send(sqs, queue, "quiet", MessageGroupId="quiet")
    send(sqs, queue, "of nobody")

    assert bodies(sqs, queue, MaxNumberOfMessages=2) == ["quiet", "of nobody"]


def test_below_thirty_messages_in_flight_nobody_is_noisy(sqs: Any, queue: str) -> None:
    send_many(sqs, queue, "busy", 100)
    hold(sqs, queue, 2)
    send(sqs, queue, "quiet", MessageGroupId="quiet")

    assert "quiet" not in bodies(sqs, queue, MaxNumberOfMessages=2)


def test_a_noisy_tenant_alone_is_not_held_back(sqs: Any, queue: str) -> None:
    send_many(sqs, queue, "noisy", 50)
    hold(sqs, queue, 3)

    assert len(receive(sqs, queue)) == 10


def test_a_tenant_is_quiet_again_after_five_minutes(chasqui: Any, sqs: Any, queue: str) -> None:
    chasqui.clock.freeze()
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
    send_many(sqs, queue, "noisy", 40)
    hold(sqs, queue, 4)
    chasqui.clock.advance(301)
    send(sqs, queue, "later", MessageGroupId="quiet")

    assert "later" not in bodies(sqs, queue, MaxNumberOfMessages=10)


def test_a_group_does_not_order_a_standard_queue(sqs: Any, queue: str) -> None:
    send(sqs, queue, "a", "b", MessageGroupId="g")

    first = bodies(sqs, queue, MaxNumberOfMessages=1)
    second = bodies(sqs, queue, MaxNumberOfMessages=1)

    assert sorted(first + second) == ["a", "b"]
