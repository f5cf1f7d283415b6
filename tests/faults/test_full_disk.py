"""A disk that is really full: requests are refused one by one, nothing acknowledged is lost, room is all it takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.faults.client import RawClient, control, form_bytes
from tests.support import Server, eventually

MEGABYTE = 1 << 20
BODY = "x" * 20_000


class SmallDisk:
    """A file system of a few megabytes, a part of which a ballast file occupies."""

    def __init__(self, path: Path) -> None:
        self.data = path / "data"
        self._ballast = path / "ballast"
        self._ballast.write_bytes(bytes(4 * MEGABYTE))

    def make_room(self) -> None:
        self._ballast.unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root on Linux")
    path = tmp_path / "disk"
    path.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=10m", "tmpfs", str(path)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"this system lets nobody mount: {mounted.stderr.strip()}")
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


@pytest.fixture
def server(disk: SmallDisk) -> Iterator[Server]:
    with Server(disk.data) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[RawClient]:
    with RawClient(server.url) as connected:
        yield connected


@pytest.fixture
def url(client: RawClient) -> str:
    created = client.call("CreateQueue", QueueName="q", Attributes={"VisibilityTimeout": "1"})
    return str(created["QueueUrl"])


def fill(client: RawClient, url: str) -> tuple[set[str], Any]:
    """Send until it is refused: (what was acknowledged, the refusal)."""
    acknowledged: set[str] = set()
    for number in range(2000):
        answer = client.try_call("SendMessage", QueueUrl=url, MessageBody=f"{number} {BODY}")
        if answer.status != 200:
            return acknowledged, answer
        acknowledged.add(answer.json["MessageId"])
    raise AssertionError("the disk never was full")


def test_a_send_that_finds_no_room_is_a_503_of_the_json_protocol(client: RawClient, url: str) -> None:
    _, refusal = fill(client, url)

    assert refusal.status == 503
    assert refusal.headers["content-type"] == "application/x-amz-json-1.0"
    assert refusal.headers["x-amzn-requestid"]
    assert "no room" in json.dumps(refusal.json)
    assert "ServiceUnavailable" in refusal.json["__type"]


def test_a_send_that_finds_no_room_is_a_503_of_the_query_protocol(client: RawClient, url: str) -> None:
    fill(client, url)

    refusal = client.ask(form_bytes(f"Action=SendMessage&QueueUrl={url}&MessageBody={BODY}".encode()))

    space = "{http://queue.amazonaws.com/doc/2012-11-05/}"
    assert refusal.status == 503
    assert ElementTree.fromstring(refusal.body).findtext(f"{space}Error/{space}Code") == "ServiceUnavailable"


def test_on_a_full_disk_reading_works_and_everything_else_works_or_is_a_503(client: RawClient, url: str) -> None:
    acknowledged, _ = fill(client, url)

    assert sum(client.depths(url).values()) == len(acknowledged)
    assert client.call("GetQueueUrl", QueueName="q")["QueueUrl"] == url
    assert control(client, "/_chasqui/health").status == 200
    received = client.try_call("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10)
    assert received.status in (200, 503)
    for each in received.json.get("Messages", []) if received.status == 200 else []:
        deleted = client.try_call("DeleteMessage", QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        assert deleted.status in (200, 503)
    created = client.try_call("CreateQueue", QueueName="another")
    assert created.status in (200, 503)


def test_service_resumes_without_a_restart_when_there_is_room(disk: SmallDisk, client: RawClient, url: str) -> None:
    fill(client, url)

    disk.make_room()

    eventually(lambda: client.try_call("SendMessage", QueueUrl=url, MessageBody=BODY).status == 200)


def test_nothing_acknowledged_is_lost_by_a_full_disk(disk: SmallDisk, server: Server, url: str) -> None:
    with RawClient(server.url) as client:
        acknowledged, _ = fill(client, url)
        for number in range(50):  # the refusals leave nothing behind
            answer = client.try_call("SendMessage", QueueUrl=url, MessageBody=f"late {number} {BODY}")
            if answer.status == 200:
                acknowledged.add(answer.json["MessageId"])
        disk.make_room()
        acknowledged.add(client.call("SendMessage", QueueUrl=url, MessageBody="room again")["MessageId"])

        found = [each["MessageId"] for each in client.drain(url)]

    assert sorted(found) == sorted(acknowledged)
    assert not [entry for entry in server.log if entry["message"] == "request failed"]


def test_what_a_full_disk_had_acknowledged_survives_a_kill(disk: SmallDisk, server: Server, url: str) -> None:
    with RawClient(server.url) as client:
        acknowledged, _ = fill(client, url)
    server.kill()
    disk.make_room()

    with Server(disk.data) as again, RawClient(again.url) as client:
        found = {each["MessageId"] for each in client.drain(url)}

    assert acknowledged <= found


def test_batches_are_refused_whole_on_a_full_disk(disk: SmallDisk, client: RawClient, url: str) -> None:
    acknowledged, _ = fill(client, url)
    entries = [{"Id": str(n), "MessageBody": f"batch {n} {BODY}"} for n in range(10)]

    answer = client.try_call("SendMessageBatch", QueueUrl=url, Entries=entries)
    disk.make_room()
    found = client.drain(url)

    assert answer.status == 503
    assert len(found) == len(acknowledged)
