"""Queues that tests of the console's message pages fill."""

from __future__ import annotations

from typing import Any


class Queue:
    """A queue of a test's own."""

    def __init__(self, sqs: Any, name: str, **attributes: str) -> None:
        self.sqs = sqs
        self.name = name
        self.url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        self.arn = self.attribute("QueueArn")

    def attribute(self, name: str) -> str:
        found = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=[name])
        return str(found["Attributes"][name])

    def count(self, name: str = "ApproximateNumberOfMessages") -> int:
        return int(self.attribute(name))

    def send(self, body: str, **more: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **more)
        return found

    def receive(self, **more: Any) -> list[dict[str, Any]]:
        given = {"MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"], "AttributeNames": ["All"], **more}
        found: list[dict[str, Any]] = self.sqs.receive_message(QueueUrl=self.url, **given).get("Messages", [])
        return found
