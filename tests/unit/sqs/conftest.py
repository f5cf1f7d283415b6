"""Fixtures of SQS' own tests: an emptied server in memory, a client of it, queues."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.config import Config

from chasqui.testing import TestServer
from tests.engines import Engine

NewQueue = Callable[..., str]
# What AWS is asked must be asked here, however wrong: botocore's own checks are off.
UNCHECKED = Config(retries={"max_attempts": 0}, parameter_validation=False, max_pool_connections=1)


def make_queues(sqs: Any) -> NewQueue:
    """A function that creates a queue with these attributes and returns its URL."""
    numbers = itertools.count(1)

    def create(*, fifo: bool = False, **attributes: str) -> str:
        name = f"queue-{next(numbers)}{'.fifo' if fifo else ''}"
        if fifo:
            attributes["FifoQueue"] = "true"
        return str(sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    return create


@pytest.fixture(scope="session")
def client(chasqui_server: TestServer) -> Iterator[Any]:
    made = chasqui_server.client("sqs", config=UNCHECKED)
    yield made
    made.close()


@pytest.fixture
def sqs(chasqui: TestServer, client: Any) -> Any:
    """A client of a server that is empty."""
    return client


@pytest.fixture
def new_queue(sqs: Any) -> NewQueue:
    return make_queues(sqs)


@pytest.fixture
def queue(new_queue: NewQueue) -> str:
    return new_queue()


@pytest.fixture(scope="module")
def strict_server(engine: Engine) -> Iterator[TestServer]:
    """A server whose quotas are small enough to be reached, and that has AWS' sixty seconds."""
    quotas = {"in_flight_max": 3, "fifo_in_flight_max": 3, "tags_max": 3, "purge_interval_s": 60, "name_reuse_s": 60}
    with engine.server(sqs=quotas) as running:
        yield running


@pytest.fixture(scope="module")
def strict_client(strict_server: TestServer) -> Iterator[Any]:
    made = strict_server.client("sqs", config=UNCHECKED)
    yield made
    made.close()


@pytest.fixture
def strict(strict_server: TestServer, strict_client: Any) -> Any:
    """A client of it, emptied."""
    strict_server.reset()
    return strict_client
