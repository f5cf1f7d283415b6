"""The console of two strict nodes on one PostgreSQL: a browser is sent now to one, and now to the other."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.console.caller import CONSOLE, Caller
from tests.postgres import Postgres, free_port
from tests.strict import ADMIN, StrictServer, allow
from tests.support import eventually


class Nodes:
    """Two nodes. The second keeps its port, so that it can be started again."""

    def __init__(self, folder: Path, postgres: Postgres) -> None:
        self._folder = folder
        self._options = ("--database", postgres.fresh_database(), "--keys", str(folder / "keys"))
        self._port = free_port()
        self.one = StrictServer(folder / "one", *self._options)
        self.two = self.start()

    def start(self) -> StrictServer:
        """Start the second node."""
        return StrictServer(self._folder / "two", *self._options, "--port", str(self._port))

    def visitor(self, keys: dict[str, str] | None = None) -> tuple[Caller, Caller]:
        """Somebody who signed in at the first node, as seen by the first and by the second."""
        here, there = Caller(self.one.url), Caller(self.two.url)
        assert here.sign_in(keys or ADMIN).status == 303
        there.cookies = here.cookies
        return here, there

    def close(self) -> None:
        self.one.stop()
        self.two.stop()


@pytest.fixture(scope="module")
def nodes(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    running = Nodes(tmp_path_factory.mktemp("nodes"), postgres)
    yield running
    running.close()


@contextmanager
def streaming(caller: Caller, path: str) -> Iterator[http.client.HTTPResponse]:
    """A live stream."""
    connection = http.client.HTTPConnection(caller.host, caller.port, timeout=60)
    cookies = "; ".join(f"{name}={value}" for name, value in caller.cookies.items())
    given = {"Host": f"localhost:{caller.port}", "Cookie": cookies, "Sec-Fetch-Site": "same-origin"}
    connection.request("GET", f"{CONSOLE}/us-east-1/{path}", headers=given)
    try:
        yield connection.getresponse()
    finally:
        connection.close()


def until(stream: http.client.HTTPResponse, words: str) -> None:
    """Read a stream until it says this. Fails where it ends before."""
    while line := stream.readline():
        if words in line.decode():
            return
    raise AssertionError(f"the stream ended before it said {words}")


def test_who_signs_in_at_one_node_goes_on_at_the_other(nodes: Nodes) -> None:
    here, there = nodes.visitor()
    nodes.one.client().create_queue(QueueName="both")
    assert eventually(lambda: there.get("queues/both/details").status == 200)

    assert there.post("queues/both/messages/send", {"body": "by the second"}).status == 200
    assert "by the second" in here.get("queues/both/messages/peek").text


def test_who_signs_out_at_one_node_has_left_both(nodes: Nodes) -> None:
    here, there = nodes.visitor()
    kept = dict(there.cookies)
    here.post("sign-out", {})
    there.cookies = kept
    assert eventually(lambda: there.get("queues").status == 303)


def test_a_right_taken_away_at_one_node_ends_the_stream_at_the_other(nodes: Nodes) -> None:
    nodes.one.client().create_queue(QueueName="watched")
    keys = nodes.one.user(allow("sqs:*"), name="watcher")
    _, there = nodes.visitor(keys)
    assert eventually(lambda: there.get("queues/watched/monitoring").status == 200)
    with streaming(there, "queues/watched/monitoring/live") as stream:
        until(stream, "data:")
        nodes.one.client("iam").delete_user_policy(UserName="watcher", PolicyName="its")
        stream.read()  # to its end
    assert there.get("queues/watched/monitoring").status == 403


def test_a_live_page_tells_what_the_other_node_did(nodes: Nodes) -> None:
    sqs = nodes.one.client()
    url = sqs.create_queue(QueueName="live")["QueueUrl"]
    _, there = nodes.visitor()
    with streaming(there, "queues/live/monitoring/live") as stream:
        until(stream, 'data-series="visible" data-value="0"')
        sqs.send_message(QueueUrl=url, MessageBody="from the first")
        until(stream, 'data-series="visible" data-value="1"')


def test_a_redrive_begun_at_one_node_is_followed_at_both(nodes: Nodes) -> None:
    sqs = nodes.one.client()
    dead = sqs.create_queue(QueueName="moved-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    url = sqs.create_queue(QueueName="moved", Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": "0"})[
        "QueueUrl"
    ]
    sqs.send_message(QueueUrl=url, MessageBody="fails")
    for _ in range(2):
        sqs.receive_message(QueueUrl=url)

    here, there = nodes.visitor()
    with (
        streaming(there, "queues/moved-dead/redrive/live") as at_two,
        streaming(here, "queues/moved-dead/redrive/live") as at_one,
    ):
        until(at_two, "data:")
        until(at_one, "data:")
        assert there.post("queues/moved-dead/redrive/start", {"destination": "", "rate": ""}).status == 303
        until(at_one, ">Completed<")
        until(at_two, ">Completed<")


def test_what_a_node_counts_by_itself_is_said_to_be(nodes: Nodes) -> None:
    here, _ = nodes.visitor()
    sns, sqs = nodes.one.client("sns"), nodes.one.client()
    sqs.create_queue(QueueName="counted")
    topic = sns.create_topic(Name="counting")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:000000000000:counted")
    assert "since this node of the server started" in here.get("map").text
    assert "this node of the server" in here.get("queues/counted/monitoring").text


def test_a_page_outlives_the_node_that_gave_it(nodes: Nodes) -> None:
    sqs = nodes.one.client()
    url = sqs.create_queue(QueueName="outlived")["QueueUrl"]
    here, there = nodes.visitor()
    with streaming(there, "queues/outlived/monitoring/live") as stream:
        until(stream, "data:")
        nodes.two.kill()
        with suppress(http.client.IncompleteRead):
            stream.read()  # what the node had said, and the end of it
    with streaming(here, "queues/outlived/monitoring/live") as stream:
        until(stream, "data:")
    sqs.send_message(QueueUrl=url, MessageBody="still here")
    nodes.two = nodes.start()
    assert "still here" in there.get("queues/outlived/messages/peek").text


def test_a_poll_by_page_ends_with_its_node_and_loses_nothing(nodes: Nodes) -> None:
    sqs = nodes.one.client()
    url = sqs.create_queue(QueueName="polled")["QueueUrl"]
    _, there = nodes.visitor()
    assert eventually(lambda: there.get("queues/polled/messages").status == 200)
    token = there.csrf()
    connection = http.client.HTTPConnection(there.host, there.port, timeout=60)
    cookies = "; ".join(f"{name}={value}" for name, value in there.cookies.items())
    given = {
        "Host": f"localhost:{there.port}", "Cookie": cookies, "Origin": there.origin, "HX-Request": "true",
        "Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded", "X-Chasqui-CSRF": token,
    }  # fmt: skip
    path = f"{CONSOLE}/us-east-1/queues/polled/messages/poll"
    connection.request("POST", path, "most=10&seconds=60&wait=20", given)
    stream = connection.getresponse()
    until(stream, "data:")

    assert nodes.two.stop() == 0
    stream.read()  # the poll is over, though its time is not
    connection.close()
    nodes.two = nodes.start()
    sqs.send_message(QueueUrl=url, MessageBody="kept")
    assert [each["Body"] for each in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]] == ["kept"]
