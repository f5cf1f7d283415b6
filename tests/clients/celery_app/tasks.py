"""A Celery application as its users write it: the broker's URL, the region, and tasks that write to a file.

The environment says where: BROKER, QUEUE and OUTPUT.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from celery import Celery

app = Celery("tasks", broker=os.environ["BROKER"])
app.conf.update(
    task_default_queue=os.environ["QUEUE"],
    task_ignore_result=True,
    worker_enable_remote_control=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "region": "us-east-1",
        "visibility_timeout": 60,
        "wait_time_seconds": 10,
        "polling_interval": 0,
    },
)


def write(line: str) -> None:
    with Path(os.environ["OUTPUT"]).open("a", encoding="utf-8") as output:
        output.write(f"{line}\n")


@app.task
def note(text: str) -> None:
    write(text)


@app.task
def note_time(sent: float) -> None:
    write(f"{time.time() - sent:.3f}")


@app.task(bind=True, max_retries=3, default_retry_delay=1)
def stumble(self: Any, times: int) -> None:
    """Fail so many times before it goes well."""
    write(f"try {self.request.retries}")
    if self.request.retries < times:
        raise self.retry(exc=ValueError("not yet"))


@app.task(acks_late=True)
def late(text: str) -> None:
    write(text)
