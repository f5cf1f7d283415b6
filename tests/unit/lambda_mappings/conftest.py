"""One server for the folder, and functions and queues that no other test has."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from tests.engines import Engine
from tests.support import Server

ROLE = "arn:aws:iam::000000000000:role/worker"
ACCOUNT = "arn:aws:sqs:us-east-1:000000000000:"


def zipped(code: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", code)
    return packed.getvalue()


class World:
    """What a test of mappings asks for. Functions run what they are sent as Python: see `TELLING`."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.sqs = server.client("sqs")
        self.functions = server.client("lambda")

    def queue(self, name: str = "", **attributes: str) -> tuple[str, str]:
        """A new queue: its URL and its ARN."""
        name = name or f"q-{uuid.uuid4().hex[:12]}" + (".fifo" if "FifoQueue" in attributes else "")
        given = {"VisibilityTimeout": "30", **attributes}
        return self.sqs.create_queue(QueueName=name, Attributes=given)["QueueUrl"], ACCOUNT + name

    def function(self, code: str, **options: Any) -> str:
        """A new function: its name."""
        name = f"f-{uuid.uuid4().hex[:12]}"
        self.functions.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Role=ROLE,
            Handler="app.handler",
            Code={"ZipFile": zipped(code)},
            **{"Timeout": 10, **options},
        )
        return name

    def told(self, url: str) -> list[Any]:
        """What came to a queue since the last call: the bodies, as JSON."""
        found = []
        while messages := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for each in messages:
                found.append(json.loads(each["Body"]))
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return found

    def depth(self, url: str) -> int:
        """Messages in a queue, whatever they wait for."""
        names = (
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        )
        answer = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names))["Attributes"]
        return sum(int(answer[name]) for name in names)


@pytest.fixture(scope="module")
def world(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with Server(tmp_path_factory.mktemp("mappings"), *engine.options()) as server:
        yield World(server)
