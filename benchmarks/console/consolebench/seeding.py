"""What there is to show: many queues, a wide map, a large message."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.support import Server

ARN = "arn:aws:sqs:us-east-1:000000000000:"
TOPICS, QUEUES_OF_EACH = 20, 24
BODY_BYTES = 1024 * 1024


def many_queues(server: Server, number: int) -> None:
    """Queues of which every tenth has messages, in different numbers."""
    sqs = server.client("sqs")

    def make(at: int) -> None:
        url = sqs.create_queue(QueueName=f"queue-{at:05}")["QueueUrl"]
        if at % 10 == 0:
            entries = [{"Id": str(each), "MessageBody": "x"} for each in range(1 + at // 10 % 10)]
            sqs.send_message_batch(QueueUrl=url, Entries=entries)

    _all(make, range(number))


def wide_map(server: Server) -> None:
    """Five hundred nodes: topics, each with its queues and some of another's."""
    sqs, sns = server.client("sqs"), server.client("sns")
    arns = [sns.create_topic(Name=f"topic-{at}")["TopicArn"] for at in range(TOPICS)]
    names = [(topic, f"queue-{topic}-{at}") for topic in range(TOPICS) for at in range(QUEUES_OF_EACH)]
    _all(lambda name: sqs.create_queue(QueueName=name[1]), names)
    links = [*names, *((topic, f"queue-{topic * 7 % TOPICS}-{at}") for topic in range(1, TOPICS) for at in range(5))]
    _all(lambda link: sns.subscribe(TopicArn=arns[link[0]], Protocol="sqs", Endpoint=ARN + link[1]), links)


def large_message(server: Server) -> str:
    """A queue with a message of a megabyte; its name."""
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName="large", Attributes={"MaximumMessageSize": str(BODY_BYTES)})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody='{"a": "' + "x" * (BODY_BYTES - 9) + '"}')
    return "large"


def _all(work: Callable[[Any], object], things: Iterable[Any]) -> None:
    with ThreadPoolExecutor(16) as pool:
        for _ in pool.map(work, things):
            pass
