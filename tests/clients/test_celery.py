"""Celery with kombu's SQS transport: producers and workers are processes, and tasks tell what happened in a file."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.programs import HERE
from tests.support import Server, eventually

pytestmark = pytest.mark.one_engine("its workers start slowly; what queues do is in tests/scenarios")

WORKER = "worker --pool solo --concurrency 1 --loglevel INFO --without-gossip --without-mingle --without-heartbeat"


class Celery:
    """One application with its queue: `send` runs a producer, `start` a worker."""

    def __init__(self, environ: dict[str, str], output: Path) -> None:
        self.environ = environ
        self.output = output
        self.workers: list[subprocess.Popen[bytes]] = []

    def send(self, *statements: str) -> None:
        """Run a producer: statements over the names of `tasks`."""
        script = "\n".join(("import time", "from tasks import *", *statements))
        subprocess.run([sys.executable, "-c", script], env=self.environ, check=True, timeout=60)

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "-A", "tasks", *WORKER.split()]
        with self.output.with_suffix(".log").open("ab") as log:
            worker = subprocess.Popen(command, env=self.environ, stdout=log, stderr=log)
        self.workers.append(worker)
        return worker

    def lines(self, count: int) -> list[str]:
        """What the tasks wrote, once it is that many lines."""

        def enough() -> list[str]:
            found = self.output.read_text(encoding="utf-8").splitlines() if self.output.exists() else []
            return found if len(found) >= count else []

        try:
            return list(eventually(enough, 40))
        except AssertionError:
            raise AssertionError(self.output.with_suffix(".log").read_text(encoding="utf-8")) from None

    def stop(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait(20)


@pytest.fixture
def celery(environ: dict[str, str], server: Server, name: str, tmp_path: Path) -> Iterator[Celery]:
    address = server.url.removeprefix("http://")
    output = tmp_path / "output.txt"
    own = {"BROKER": f"sqs://test:test@{address}", "QUEUE": name, "OUTPUT": str(output)}
    without_endpoint = {key: value for key, value in environ.items() if key != "AWS_ENDPOINT_URL"}
    app = Celery({**without_endpoint, **own, "PYTHONPATH": str(HERE / "celery_app")}, output)
    yield app
    app.stop()


def empty(sqs: Any, name: str) -> bool:
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return shown["ApproximateNumberOfMessages"] == shown["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_tasks_sent_before_the_worker_starts_are_run(celery: Celery, sqs: Any, name: str) -> None:
    celery.send("for n in range(12): note.delay(f'tarefa {n} ✓')")
    celery.start()

    assert sorted(celery.lines(12)) == sorted(f"tarefa {n} ✓" for n in range(12))
    eventually(lambda: empty(sqs, name))


def test_a_waiting_worker_runs_a_task_at_once(celery: Celery) -> None:
    celery.send("note.delay('warm')")
    celery.start()
    celery.lines(1)
    celery.send("note_time.delay(time.time())")

    assert float(celery.lines(2)[1]) < 5


def test_a_countdown_and_an_eta_are_kept(celery: Celery) -> None:
    celery.start()
    celery.send(
        "from datetime import datetime, timedelta, timezone",
        "note_time.apply_async((time.time(),), countdown=3)",
        "note_time.apply_async((time.time(),), eta=datetime.now(timezone.utc) + timedelta(seconds=3))",
    )

    assert all(2.9 <= float(seconds) < 15 for seconds in celery.lines(2))


def test_a_task_is_retried_until_it_goes_well(celery: Celery, sqs: Any, name: str) -> None:
    celery.send("stumble.delay(2)")
    celery.start()

    assert celery.lines(3) == ["try 0", "try 1", "try 2"]
    eventually(lambda: empty(sqs, name))


def test_late_acknowledged_tasks_are_deleted_when_done(celery: Celery, sqs: Any, name: str) -> None:
    celery.send("late.delay('one'); late.delay('two')")
    celery.start()

    assert sorted(celery.lines(2)) == ["one", "two"]
    eventually(lambda: empty(sqs, name))


def test_a_worker_that_is_told_to_stop_leaves_later_tasks_to_the_next(celery: Celery) -> None:
    celery.send("note.delay('first')")
    worker = celery.start()
    celery.lines(1)
    worker.send_signal(signal.SIGTERM)
    worker.wait(30)
    celery.send("note.delay('second')")
    celery.start()

    assert celery.lines(2) == ["first", "second"]
