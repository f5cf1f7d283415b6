"""Message move tasks where there are many nodes: one works a task off, another goes on when that one has died."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from chasqui.services.sqs.movers import LEASE_MS
from tests.postgres import Postgres
from tests.support import Server, eventually, receive_all
from tests.unit.sqs.conftest import make_queues
from tests.unit.sqs.support import arn, send, with_dead_letters

RATE = 10


class Nodes:
    """Two nodes, and a task that was started on the first."""

    def __init__(self, folder: Path, dsn: str) -> None:
        self.first = Server(folder, "--database", dsn)
        self.other = Server(folder, "--database", dsn)
        self.sqs = self.other.client()

    def start_task(self, count: int) -> None:
        new_queue = make_queues(self.sqs)
        _, dead = with_dead_letters(self.sqs, new_queue)
        self.destination = new_queue()
        send(self.sqs, dead, *map(str, range(count)))
        self.source = arn(self.sqs, dead)
        starter = self.first.client()
        starter.start_message_move_task(
            SourceArn=self.source, DestinationArn=arn(self.sqs, self.destination), MaxNumberOfMessagesPerSecond=RATE
        )
        starter.close()

    def task(self) -> dict[str, Any]:
        return dict(self.sqs.list_message_move_tasks(SourceArn=self.source)["Results"][0])

    def moved(self) -> int:
        return int(self.task().get("ApproximateNumberOfMessagesMoved", 0))

    def watch_to_the_end(self) -> list[tuple[float, int]]:
        """(seconds, messages moved) as it went on."""
        seen: list[tuple[float, int]] = []

        def ended() -> bool:
            seen.append((time.monotonic(), self.moved()))
            return bool(self.task()["Status"] != "RUNNING")

        eventually(ended, 30)
        return seen

    def arrived(self) -> list[int]:
        return sorted(int(message["Body"]) for message in receive_all(self.sqs, self.destination))

    def close(self) -> None:
        self.sqs.close()
        self.first.stop()
        self.other.stop()


@pytest.fixture
def nodes(tmp_path: Path, postgres: Postgres) -> Iterator[Nodes]:
    running = Nodes(tmp_path, postgres.fresh_database())
    yield running
    running.close()


def fastest(seen: list[tuple[float, int]], seconds: float = 1.0) -> int:
    """The most that was moved within so many seconds."""
    return max(count - before for at, before in seen for then, count in seen if at <= then <= at + seconds)


def test_a_task_is_worked_off_once_and_at_its_rate(nodes: Nodes) -> None:
    nodes.start_task(30)

    seen = nodes.watch_to_the_end()

    assert (nodes.task()["Status"], nodes.moved()) == ("COMPLETED", 30)
    assert fastest(seen) <= RATE * 1.5
    assert nodes.arrived() == list(range(30))


def test_the_task_of_a_node_that_was_killed_is_finished_by_another(nodes: Nodes) -> None:
    nodes.start_task(40)
    eventually(lambda: nodes.moved() >= 10)
    nodes.first.kill()
    killed_at = time.monotonic()

    seen = nodes.watch_to_the_end()

    taken_over = next(then for (_, before), (then, count) in pairwise(seen) if count > before and then > killed_at + 1)
    assert taken_over - killed_at < LEASE_MS / 1000 + 3
    assert nodes.task()["Status"] == "COMPLETED"
    assert 40 - RATE <= nodes.moved() <= 40
    assert fastest(seen) <= RATE * 1.5
    assert nodes.arrived() == list(range(40))


def test_a_node_that_was_paused_too_long_leaves_its_task_to_the_one_that_took_it(nodes: Nodes) -> None:
    nodes.start_task(90)
    eventually(lambda: nodes.moved() >= 10)
    nodes.first.process.send_signal(signal.SIGSTOP)
    try:
        stuck = nodes.moved()
        eventually(lambda: nodes.moved() > stuck + 2, 15)
    finally:
        nodes.first.process.send_signal(signal.SIGCONT)

    seen = nodes.watch_to_the_end()

    assert nodes.task()["Status"] == "COMPLETED"
    assert fastest(seen) <= RATE * 1.5
    assert 90 - RATE <= nodes.moved() <= 90
    assert nodes.arrived() == list(range(90))
