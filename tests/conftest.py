"""Fixtures that every folder of tests uses."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.postgres import Postgres, binaries
from tests.support import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One durable server for the session, on real time."""
    with Server(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One private PostgreSQL for the session; a test takes a database of its own from it."""
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed (no initdb in the usual places; set CHASQUI_POSTGRES_BIN)")
    running = Postgres()
    yield running
    running.remove()


@pytest.fixture
def sqs(server: Server) -> Iterator[Any]:
    """A boto3 client of it."""
    client = server.client()
    yield client
    client.close()


@pytest.fixture
def name() -> str:
    """A queue name that no other test uses."""
    return f"queue-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def queue(sqs: Any, name: str) -> str:
    """The URL of a new standard queue."""
    return str(sqs.create_queue(QueueName=name)["QueueUrl"])


@pytest.fixture
def fifo_queue(sqs: Any, name: str) -> str:
    """The URL of a new FIFO queue with content-based deduplication."""
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    return str(sqs.create_queue(QueueName=f"{name}.fifo", Attributes=attributes)["QueueUrl"])
