"""A server with a bucket, shared by the tests of multipart uploads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import Server


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("multipart")
    running = Server(folder)
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="package")
def s3(server: Server) -> Iterator[Any]:
    made = server.client("s3")
    made.create_bucket(Bucket="uploads")
    yield made
    made.close()
