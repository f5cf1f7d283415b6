"""Nodes whose clocks differ: times are off by as much, order and deduplication by nothing; too much is refused."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.faults.client import RawClient
from tests.faults.nodes.cluster import SEED, Cluster, Node, rounds
from tests.faults.nodes.load import Load, checked
from tests.postgres import Postgres
from tests.support import eventually

AHEAD_MS, BEHIND_MS = 1900, -1900
SKEW = (AHEAD_MS - BEHIND_MS) / 1000
LATE_SECONDS = 1.0
"""So much later than due a message may come on a busy machine."""

ROUNDS = rounds(default=1)


class WrongClock:
    """The orders for a node whose machine's clock is so many ms ahead."""

    def __init__(self, file: Path, ahead_ms: int) -> None:
        self._file = file
        self.environ = {"NODE_CLOCK": str(file)}
        file.write_text(str(ahead_ms))

    def set(self, node: Node, ahead_ms: int) -> None:
        self._file.write_text(str(ahead_ms))
        node.process.send_signal(signal.SIGUSR1)


@pytest.fixture(scope="module")
def cluster(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A node that is ahead of the database by almost 2 s, and one that is behind by as much."""
    folder, dsn = tmp_path_factory.mktemp("skewed"), postgres.fresh_database()
    clocks = [WrongClock(folder / f"clock{ms}", ms) for ms in (AHEAD_MS, BEHIND_MS)]
    running = Cluster(folder, dsn, dsn, environs=[each.environ for each in clocks])
    yield running
    running.close()


@pytest.fixture
def clients(cluster: Cluster) -> Iterator[list[RawClient]]:
    """One of the node that is ahead, one of the node behind."""
    both = [RawClient(url, timeout=30) for url in cluster.urls]
    yield both
    for each in both:
        each.close()


@pytest.fixture
def fifo(clients: list[RawClient], name: str) -> str:
    created = clients[0].call("CreateQueue", QueueName=f"{name}.fifo", Attributes={"FifoQueue": "true"})
    return str(created["QueueUrl"])


def send(client: RawClient, queue: str, body: str, deduplication: str = "") -> Any:
    return client.call(
        "SendMessage", QueueUrl=queue, MessageBody=body, MessageGroupId="g",
        MessageDeduplicationId=deduplication or body,
    )  # fmt: skip


def receive(client: RawClient, queue: str, **how: Any) -> list[dict[str, Any]]:
    got: list[dict[str, Any]] = client.call("ReceiveMessage", QueueUrl=queue, MaxNumberOfMessages=10, **how).get(
        "Messages", []
    )
    return got


@pytest.mark.timeout(3600)
def test_under_load_order_and_deduplication_hold(cluster: Cluster) -> None:
    for number in range(ROUNDS):
        with Load(cluster.urls, f"skew{number}", visibility=5, seed=SEED) as load:
            time.sleep(2.0)
            counted = checked(load, skew=SKEW)
        print(f"skew {number + 1}: {SKEW} s apart, {dict(counted)} (seed {SEED})", flush=True)


def test_a_send_is_repeated_through_the_other_node(clients: list[RawClient], fifo: str) -> None:
    for first, second in (clients, clients[::-1]):
        body = f"by-{first is clients[0]}"
        assert send(first, fifo, body)["MessageId"] == send(second, fifo, body)["MessageId"]
        assert send(first, fifo, "other", body)["SequenceNumber"] == send(second, fifo, "third", body)["SequenceNumber"]


def test_messages_sent_in_turns_come_in_order(clients: list[RawClient], fifo: str) -> None:
    for number in range(20):
        send(clients[number % 2], fifo, str(number))

    got: list[str] = []
    for number in range(40):
        for each in receive(clients[number % 2], fifo, VisibilityTimeout=30):
            got.append(each["Body"])
            clients[0].call("DeleteMessage", QueueUrl=fifo, ReceiptHandle=each["ReceiptHandle"])

    assert got == [str(number) for number in range(20)]


def test_a_group_that_one_node_has_in_flight_is_locked_on_the_other(clients: list[RawClient], fifo: str) -> None:
    for holder, other in (clients, clients[::-1]):
        send(holder, fifo, f"first-{holder is clients[0]}")
        send(other, fifo, f"second-{holder is clients[0]}")
        (got,) = holder.call("ReceiveMessage", QueueUrl=fifo, VisibilityTimeout=30, WaitTimeSeconds=5)["Messages"]

        assert got["Body"].startswith("first")
        assert receive(other, fifo) == []
        assert receive(other, fifo, WaitTimeSeconds=1) == []

        holder.call("DeleteMessage", QueueUrl=fifo, ReceiptHandle=got["ReceiptHandle"])
        (got,) = receive(holder, fifo, WaitTimeSeconds=5)
        holder.call("DeleteMessage", QueueUrl=fifo, ReceiptHandle=got["ReceiptHandle"])


def arrival(cluster: Cluster, sender: int, *, delayed: bool) -> float:
    """Seconds from a send with a delay of 5 s, or a receive that hides for 5 s, on one node until the other node's
    long poll is given the message."""
    with RawClient(cluster.urls[sender], timeout=30) as here, RawClient(cluster.urls[1 - sender], timeout=30) as there:
        queue = here.call("CreateQueue", QueueName=f"times-{sender}-{delayed}")["QueueUrl"]
        began = time.monotonic()
        here.call("SendMessage", QueueUrl=queue, MessageBody="x", DelaySeconds=5 if delayed else 0)
        if not delayed:
            assert receive(here, queue, VisibilityTimeout=5)
        assert receive(there, queue, WaitTimeSeconds=20)
        return time.monotonic() - began


def test_delays_and_visibility_are_off_by_no_more_than_the_clocks(cluster: Cluster) -> None:
    cases = [(sender, delayed) for sender in (0, 1) for delayed in (True, False)]
    with ThreadPoolExecutor(4) as threads:
        seconds = list(threads.map(lambda case: arrival(cluster, case[0], delayed=case[1]), cases))

    for case, each in zip(cases, seconds, strict=True):
        assert 5 - SKEW - 0.1 <= each <= 5 + SKEW + LATE_SECONDS, (case, each)


# --------------------------------------------------------------------------------------------------- too much


@pytest.mark.parametrize(("ahead_ms", "words"), [(2600, "ahead of"), (-2600, "behind")])
def test_a_node_that_is_further_off_does_not_start(
    postgres: Postgres, tmp_path: Path, ahead_ms: int, words: str
) -> None:
    clock = WrongClock(tmp_path / "clock", ahead_ms)

    with pytest.raises(RuntimeError) as refused:
        Node(tmp_path / "data", "--database", postgres.fresh_database(), environ=clock.environ)

    assert f"2.6 s {words} the database's" in str(refused.value)
    assert "Traceback" not in str(refused.value)


@pytest.mark.parametrize(("ahead_ms", "words"), [(2600, "ahead of"), (-2600, "behind")])
def test_a_node_whose_clock_goes_astray_refuses_to_serve_until_it_is_right(
    postgres: Postgres, tmp_path: Path, ahead_ms: int, words: str
) -> None:
    clock, dsn = WrongClock(tmp_path / "clock", 0), postgres.fresh_database()
    cluster = Cluster(tmp_path, dsn, dsn, environs=[clock.environ, {}])
    try:
        with RawClient(cluster.urls[0]) as astray, RawClient(cluster.urls[1]) as right:
            queue = right.call("CreateQueue", QueueName="q")["QueueUrl"]
            right.call("SendMessage", QueueUrl=queue, MessageBody="x")
            clock.set(cluster.nodes[0], ahead_ms)

            eventually(lambda: astray.try_call("SendMessage", QueueUrl=queue, MessageBody="x").status == 503, 3)
            for operation in ("ReceiveMessage", "PurgeQueue", "DeleteQueue"):
                assert astray.try_call(operation, QueueUrl=queue).status == 503, operation
            assert cluster.nodes[0].said(f"2.6 s {words} the database's")
            assert right.try_call("ReceiveMessage", QueueUrl=queue).status == 200

            clock.set(cluster.nodes[0], 0)
            eventually(lambda: astray.try_call("SendMessage", QueueUrl=queue, MessageBody="x").status == 200, 3)
    finally:
        cluster.close()
