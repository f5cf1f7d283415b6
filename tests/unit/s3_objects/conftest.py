"""One server for the folder, and a bucket a test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.engines import Engine
from tests.support import Server
from tests.unit.s3_objects.support import Bucket


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """S3 on a server on SQLite."""
    with Server(tmp_path_factory.mktemp("data")) as running:
        made = running.client("s3")
        yield made
        made.close()


@pytest.fixture(scope="module")
def engines_client(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """S3 on a server on either engine."""
    with Server(tmp_path_factory.mktemp("data"), *engine.options()) as running:
        made = running.client("s3")
        yield made
        made.close()


@pytest.fixture
def bucket(client: Any) -> Bucket:
    """A bucket that never was versioned."""
    return Bucket(client)


@pytest.fixture
def versioned(client: Any) -> Bucket:
    """A bucket with versioning."""
    return Bucket(client, versioning="Enabled")
