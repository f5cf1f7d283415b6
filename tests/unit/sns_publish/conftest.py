"""An emptied server with clients of SNS and SQS, and what the tests of publishing make on it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.config import Config

from chasqui.testing import TestServer

# What AWS is asked must be asked here, however wrong: botocore's own checks are off.
UNCHECKED = Config(retries={"max_attempts": 0}, parameter_validation=False, max_pool_connections=1)
ACCOUNT = "000000000000"


class World:
    """A server, clients of it, and short ways to say what a test is about."""

    def __init__(self, server: TestServer, sns: Any, sqs: Any) -> None:
        self.server = server
        self.sns = sns
        self.sqs = sqs
        self._numbers = itertools.count(1)

    def topic(self, *, fifo: bool = False, **attributes: str) -> str:
        """A new topic's ARN."""
        name = f"topic-{next(self._numbers)}{'.fifo' if fifo else ''}"
        if fifo:
            attributes["FifoTopic"] = "true"
        return str(self.sns.create_topic(Name=name, Attributes=attributes)["TopicArn"])

    def queue(self, *, fifo: bool = False, **attributes: str) -> str:
        """A new queue's URL."""
        name = f"queue-{next(self._numbers)}{'.fifo' if fifo else ''}"
        if fifo:
            attributes["FifoQueue"] = "true"
        return str(self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    def arn(self, queue: str) -> str:
        """The ARN of a queue's URL."""
        return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{queue.rpartition('/')[2]}"

    def subscribe(self, topic: str, queue: str, *, raw: bool = True, **attributes: str) -> str:
        """A queue's new subscription."""
        attributes["RawMessageDelivery"] = "true" if raw else "false"
        made = self.sns.subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=self.arn(queue),
            Attributes=attributes,
            ReturnSubscriptionArn=True,
        )
        return str(made["SubscriptionArn"])

    def subscribed(self, topic: str, count: int = 1, *, raw: bool = True, **attributes: str) -> list[str]:
        """So many new queues, each subscribed."""
        queues = [self.queue(fifo=topic.endswith(".fifo")) for _ in range(count)]
        for each in queues:
            self.subscribe(topic, each, raw=raw, **attributes)
        return queues

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """What is in a queue, in the order in which it is given out; it is gone then."""
        found: list[dict[str, Any]] = []
        while True:
            got = self.sqs.receive_message(
                QueueUrl=queue, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
            ).get("Messages", [])
            if not got:
                return found
            found += got
            for each in got:
                self.sqs.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])

    def wait_for(self, queue: str, count: int) -> list[str]:
        """The bodies of so many messages that are there or on their way; each receive waits for the next."""
        found: list[str] = []
        while len(found) < count:
            got = self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=10).get("Messages")
            assert got, f"nothing came for ten seconds after {found}"
            found += [each["Body"] for each in got]
            for each in got:
                self.sqs.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
        return found

    def bodies(self, queue: str) -> list[str]:
        return [each["Body"] for each in self.messages(queue)]

    def envelopes(self, queue: str) -> list[dict[str, Any]]:
        return [json.loads(each) for each in self.bodies(queue)]


NewWorld = Callable[[], World]


@pytest.fixture(scope="session")
def clients(chasqui_server: TestServer) -> Iterator[tuple[Any, Any]]:
    made = [chasqui_server.client(each, config=UNCHECKED) for each in ("sns", "sqs")]
    yield made[0], made[1]
    for each in made:
        each.close()


@pytest.fixture
def world(chasqui: TestServer, clients: tuple[Any, Any]) -> World:
    """An empty server."""
    return World(chasqui, *clients)
