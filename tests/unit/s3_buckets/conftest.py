"""One server on a test clock for the tests of buckets."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import Server


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server."""
    with Server(tmp_path_factory.mktemp("s3"), "--test-clock") as running:
        yield running


@pytest.fixture(scope="package")
def s3(house: Server) -> Iterator[Any]:
    """A client of it."""
    client = house.client("s3")
    yield client
    client.close()


@pytest.fixture
def name() -> str:
    """A bucket's name that no other test uses."""
    return f"bucket-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def bucket(s3: Any, name: str) -> str:
    """A new bucket."""
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def open_bucket(s3: Any, bucket: str) -> str:
    """A new bucket that blocks no public access."""
    s3.delete_public_access_block(Bucket=bucket)
    return bucket
