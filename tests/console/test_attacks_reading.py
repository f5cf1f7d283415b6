"""Looking changes nothing: whoever can make a browser ask for an address has done nothing with it."""

from __future__ import annotations

import http.client
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chasqui.console.sections import routes
from tests.console.attacks import function_url
from tests.console.caller import Caller
from tests.support import Server

PLACES = {
    "name": "thing", "queue": "thing", "topic": "thing", "bucket": "thing", "function": "thing", "group": "thing",
    "arn": "arn:aws:iam::000000000000:policy/thing", "key*": "thing", "id": "thing", "alias": "thing",
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with something of each kind, that writes no audit log: looking is recorded there, as it should be."""
    environ = {"CHASQUI_AUDIT_EVENTS": "none"}
    with Server(tmp_path_factory.mktemp("reading"), environ=environ) as running:
        iam, sqs = running.client("iam"), running.client("sqs")
        iam.create_user(UserName="thing")
        iam.create_group(GroupName="thing")
        sqs.send_message(QueueUrl=sqs.create_queue(QueueName="thing")["QueueUrl"], MessageBody="x")
        running.client("sns").create_topic(Name="thing")
        s3 = running.client("s3")
        s3.create_bucket(Bucket="thing")
        s3.put_object(Bucket="thing", Key="thing", Body=b"x")
        function_url(running, "thing")
        yield running


def kept(data: Path) -> set[str]:
    """Everything in the store."""
    (file,) = [each for each in data.rglob("*") if each.is_file() and each.read_bytes()[:15] == b"SQLite format 3"]
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as store:
        return set(store.iterdump())


def test_every_address_can_be_asked_for_without_a_trace(server: Server) -> None:
    caller = Caller(server.url)
    paths = {route.path for route in routes() if route.method == "GET"}
    before = kept(server.data)
    assert any("thing" in each for each in before)
    answered = 0
    for path in sorted(paths):
        filled = path
        for place, value in PLACES.items():
            filled = filled.replace(f"{{{place}}}", value.replace("/", "%2F").replace(":", "%3A"))
        if "{" not in filled and not _streams(caller, filled):
            answered += caller.get(f"{filled}?confirm=thing&name=thing&do=delete&action=delete").status == 200
    assert answered > len(paths) / 3
    assert kept(server.data) == before


def _streams(caller: Caller, path: str) -> bool:
    """Whether an address has no end: those are not read here."""
    connection = http.client.HTTPConnection(caller.host, caller.port, timeout=30)
    try:
        connection.request("GET", f"/_chasqui/console/us-east-1/{path}", headers={"Host": f"localhost:{caller.port}"})
        return connection.getresponse().getheader("content-type", "").startswith("text/event-stream")
    finally:
        connection.close()
