"""Fixtures that every folder of tests uses."""

from __future__ import annotations

import importlib
import os
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from chasqui.testing import TestServer
from tests.engines import ENGINES, Engine
from tests.postgres import Postgres, binaries
from tests.support import Server

# The plugin has pytest rewrite the package's assertions, module by module as it is imported, and Python 3.11's parser
# does not bear that on two threads at once. A server in this process imports these on a thread of its own.
for each in ("sns.table", "sns.outside.work", "iam.table", "sts.table", "kms.table", "cloudtrail.table"):
    importlib.import_module(f"chasqui.services.{each}")

# Other programs may have the machine: a property is about what comes out, not about how long that takes.
settings.register_profile("chasqui", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("chasqui")


# About how many seconds a test of a folder takes; the first that fits counts.
SECONDS = {
    "tests/faults/nodes/": 5.0,
    "tests/faults/": 2.0,
    "tests/architecture/test_docs": 4.0,
    "tests/properties/": 3.0,
    "tests/console/": 1.5,
    "tests/clients/": 1.0,
    "tests/scenarios/": 0.5,
    "tests/unit/lambda_": 0.3,
    "tests/unit/store/": 0.3,
    "": 0.05,
}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of several processes none should begin with a long file when the others are done: they come first, the crowds of
    quick tests last."""
    if hasattr(config, "workerinput"):
        files = Counter(_file(each) for each in items)
        seconds = {name: number * _each(name) for name, number in files.items()}
        items.sort(key=lambda each: (-seconds[_file(each)], _file(each)))


def _each(file: str) -> float:
    return next(seconds for start, seconds in SECONDS.items() if file.startswith(start))


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever stands on the fixture `engine` runs on each of them, unless it is marked `one_engine`."""
    if "engine" in metafunc.fixturenames:
        one = metafunc.definition.get_closest_marker("one_engine")
        metafunc.parametrize("engine", ENGINES[:1] if one else ENGINES, indirect=True, scope="session")


@pytest.fixture(scope="session")
def on_sqlite() -> Iterator[Engine]:
    """SQLite, for the session."""
    with ExitStack() as stack:
        yield Engine(stack)


@pytest.fixture(scope="session")
def on_postgresql(postgres: Postgres) -> Iterator[Engine]:
    """PostgreSQL, for the session."""
    with ExitStack() as stack:
        yield Engine(stack, postgres)


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> Engine:
    """The database engine of this run of the test."""
    found: Engine = request.getfixturevalue(f"on_{request.param}")
    return found


@pytest.fixture(scope="session")
def server(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """One durable server for the session and engine, on real time."""
    return engine.once("server", lambda: Server(tmp_path_factory.mktemp("data"), *engine.options()))


@pytest.fixture(scope="session")
def chasqui_server(engine: Engine) -> TestServer:
    """The plugin's server in this process, for the session and engine; the plugin's `chasqui` empties it before each
    test."""
    return engine.once("chasqui", engine.server)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One private PostgreSQL for the session; a test takes a database of its own from it."""
    if binaries() is None:
        assert "CHASQUI_NEED_POSTGRES" not in os.environ, "PostgreSQL should have been installed, and is not"
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
