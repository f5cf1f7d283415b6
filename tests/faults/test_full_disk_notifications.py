"""A full disk and notifications: publishes are refused whole, nothing is half done, and it goes on with more room."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.test_full_disk import SmallDisk, disk
from tests.support import Server, eventually, receive_all

__all__ = ["disk"]

BODY = "x" * 20_000
QUEUES = 3


class World:
    """A topic with queues, one of which is subscribed with envelopes, on a server whose disk is small."""

    def __init__(self, server: Server, *, fifo: bool) -> None:
        self.sns, self.sqs = server.client("sns"), server.client("sqs")
        ending, kind = (".fifo", "Fifo") if fifo else ("", "")
        self.options = {"MessageGroupId": "g"} if fifo else {}
        attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "true"} if fifo else {}
        self.topic = self.sns.create_topic(Name=f"t{ending}", Attributes=attributes)["TopicArn"]
        self.urls = []
        for number in range(QUEUES):
            name = f"q{number}{ending}"
            made = {"FifoQueue": "true"} if kind else {}
            self.urls.append(self.sqs.create_queue(QueueName=name, Attributes=made)["QueueUrl"])
            self.sns.subscribe(
                TopicArn=self.topic,
                Protocol="sqs",
                Endpoint=f"arn:aws:sqs:us-east-1:000000000000:{name}",
                Attributes={"RawMessageDelivery": "true" if number else "false"},
            )

    def publish(self, text: str) -> int:
        """The status of the answer."""
        try:
            self.sns.publish(TopicArn=self.topic, Message=text, **self.options)
        except self.sns.exceptions.ClientError as error:
            return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
        return 200

    def fill(self) -> set[str]:
        """Publish until it is refused, and some more; what was acknowledged."""
        acknowledged, refusals = set(), 0
        for number in range(3000):
            text = f"{number} {BODY}"
            status = self.publish(text)
            if status == 200:
                acknowledged.add(text)
                continue
            assert status == 503
            refusals += 1
            if refusals == 20:
                return acknowledged
        raise AssertionError("the disk never was full")

    def bodies(self, number: int) -> list[str]:
        found = [each["Body"] for each in drain(self.sqs, self.urls[number])]
        return found if number else [json.loads(each)["Message"] for each in found]


def drain(sqs: Any, url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while got := receive_all(sqs, url):
        found += got
        for each in got:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return found


@pytest.fixture
def server(disk: SmallDisk) -> Iterator[Server]:
    with Server(disk.data) as running:
        yield running


@pytest.mark.parametrize("fifo", [False, True])
def test_what_was_acknowledged_is_everywhere_and_what_was_refused_nowhere(
    disk: SmallDisk,
    server: Server,
    fifo: bool,
) -> None:
    world = World(server, fifo=fifo)
    acknowledged = world.fill()
    disk.make_room()
    eventually(lambda: world.publish("room again") == 200)

    found = [world.bodies(number) for number in range(QUEUES)]

    for each in found:
        assert sorted(each) == sorted([*acknowledged, "room again"])
    assert not [entry for entry in server.log if entry["message"] == "request failed"]


def test_a_kill_on_a_full_disk_leaves_whole_publishes(
    disk: SmallDisk,
    server: Server,
) -> None:
    world = World(server, fifo=False)
    acknowledged = world.fill()
    server.kill()
    disk.make_room()

    with Server(disk.data) as again:
        world.sqs = again.client("sqs")
        found = [world.bodies(number) for number in range(QUEUES)]

    assert all(sorted(each) == sorted(found[0]) for each in found)
    assert acknowledged <= set(found[0])
