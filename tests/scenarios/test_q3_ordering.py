"""Q3: FIFO queues keep order and deliver once a group; standard queues deliver at least once."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support import Server, receive_all

COMMANDS = ["CMD001", "CMD002", "CMD003", "CMD004"]


def test_q3_commands_come_back_in_order_and_once(sqs: Any, fifo_queue: str) -> None:
    for command in COMMANDS:
        sqs.send_message(QueueUrl=fifo_queue, MessageBody=command, MessageGroupId="robot")

    received = receive_all(sqs, fifo_queue)

    assert [message["Body"] for message in received] == COMMANDS


def test_q3_competing_consumers_keep_each_groups_order(server: Server, sqs: Any, fifo_queue: str) -> None:
    groups = [f"robot-{number}" for number in range(5)]
    for number in range(20):
        for group in groups:
            sqs.send_message(QueueUrl=fifo_queue, MessageBody=f"{group}:{number:03}", MessageGroupId=group)
    seen: list[str] = []
    lock = threading.Lock()

    def consume() -> None:
        client = server.client()
        while True:
            got = client.receive_message(QueueUrl=fifo_queue, MaxNumberOfMessages=3, WaitTimeSeconds=1)
            if "Messages" not in got:
                client.close()
                return
            with lock:
                seen.extend(message["Body"] for message in got["Messages"])
            for message in got["Messages"]:
                client.delete_message(QueueUrl=fifo_queue, ReceiptHandle=message["ReceiptHandle"])

    consumers = [threading.Thread(target=consume) for _ in range(4)]
    for consumer in consumers:
        consumer.start()
    for consumer in consumers:
        consumer.join()

    assert len(seen) == 100
    for group in groups:
        mine = [body for body in seen if body.startswith(group + ":")]
        assert mine == sorted(mine)


def test_q3_a_standard_queue_delivers_everything(sqs: Any, queue: str) -> None:
    for command in COMMANDS:
        sqs.send_message(QueueUrl=queue, MessageBody=command)

    received = receive_all(sqs, queue)

    assert {message["Body"] for message in received} == set(COMMANDS)


def test_q3_the_type_is_fixed_at_creation(sqs: Any, queue: str, fifo_queue: str) -> None:
    with pytest.raises(ClientError, match=r"Unknown Attribute FifoQueue\."):
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"FifoQueue": "true"})
    with pytest.raises(ClientError, match="Modifying queue type is not supported"):
        sqs.set_queue_attributes(QueueUrl=fifo_queue, Attributes={"FifoQueue": "false"})


def test_q3_fifo_names_end_in_fifo(sqs: Any, name: str) -> None:
    with pytest.raises(ClientError, match=r"must end with \.fifo"):
        sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})
    with pytest.raises(ClientError, match="Can only include alphanumeric"):
        sqs.create_queue(QueueName=name + ".fifo")
