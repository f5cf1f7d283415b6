"""Functions on a whole server: they reach it with the SDK that they find, and die with it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import Server, eventually
from tests.unit.lambda_running.harness import zipped

_CODE = """
import boto3, os, time

def handler(event, context):
    if event.get("hang"):
        time.sleep(60)
    queue = boto3.client("sqs").create_queue(QueueName=event["queue"])
    return queue["QueueUrl"]
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("data")) as server:
        yield server


def _create(server: Server, name: str, **facts: Any) -> Any:
    client = server.client("lambda")
    client.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Handler="app.handler",
        Role="arn:aws:iam::000000000000:role/none",
        Code={"ZipFile": zipped({"app.py": _CODE})},
        **{"MemorySize": 256, "Timeout": 30, **facts},
    )
    return client


def test_a_function_calls_the_server_with_the_sdk_it_finds(server: Server) -> None:
    client = _create(server, "caller")

    answer = client.invoke(FunctionName="caller", Payload=json.dumps({"queue": "made-by-a-function"}))

    url = json.loads(answer["Payload"].read())
    assert server.client("sqs").get_queue_url(QueueName="made-by-a-function")["QueueUrl"] == url


def _running(mark: str) -> list[int]:
    """Processes whose environment has a mark."""
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                if mark.encode() in (each / "environ").read_bytes():
                    found.append(int(each.name))
            except OSError:
                continue
    return found


def test_functions_die_with_a_killed_server(tmp_path: Path) -> None:
    mark = f"mark-{os.getpid()}-{time.time_ns()}"
    with Server(tmp_path) as server:
        client = _create(server, "hanging", Environment={"Variables": {"MARK": mark}})
        client.invoke(FunctionName="hanging", InvocationType="Event", Payload=b'{"hang": true}')
        eventually(lambda: _running(mark))

        server.kill()

    eventually(lambda: not _running(mark))
