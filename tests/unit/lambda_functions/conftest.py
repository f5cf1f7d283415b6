"""One server for the folder, and what its tests make functions of."""

from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.support import CREDENTIALS
from tests.unit.lambda_functions.serving import FunctionServer

ROLE = "arn:aws:iam::000000000000:role/service-role/worker"


def zipped(files: dict[str, str] | None = None) -> bytes:
    """A package of these files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in (files or {"app.py": "def handler(event, context):\n    return event\n"}).items():
            # With no time in it: the same files are the same bytes.
            archive.writestr(zipfile.ZipInfo(name), text)
    return packed.getvalue()


class Lambda:
    """A client with names that no other test has."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def create(self, name: str = "", **options: Any) -> str:
        """Make a function; returns its name."""
        name = name or f"fn-{uuid.uuid4().hex[:12]}"
        given = {
            "Runtime": "python3.12",
            "Handler": "app.handler",
            "Role": ROLE,
            "Code": {"ZipFile": zipped()},
            **options,
        }
        self.client.create_function(FunctionName=name, **given)
        return name


@pytest.fixture(scope="session")
def functions_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FunctionServer]:
    with FunctionServer(tmp_path_factory.mktemp("functions")) as running:
        yield running


@pytest.fixture(scope="session")
def functions(functions_server: FunctionServer) -> Lambda:
    config = Config(retries={"max_attempts": 0}, parameter_validation=False)
    return Lambda(boto3.client("lambda", endpoint_url=functions_server.url, config=config, **CREDENTIALS))
