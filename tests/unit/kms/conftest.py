"""Fixtures of KMS' own tests: an emptied server in memory, a client of it, a key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from chasqui.testing import TestServer

UNCHECKED = Config(retries={"max_attempts": 0}, parameter_validation=False, max_pool_connections=1)


@pytest.fixture(scope="session")
def kms_client(chasqui_server: TestServer) -> Iterator[Any]:
    made = chasqui_server.client("kms", config=UNCHECKED)
    yield made
    made.close()


@pytest.fixture
def kms(chasqui: TestServer, kms_client: Any) -> Any:
    """A client of a server that is empty."""
    return kms_client


@pytest.fixture
def key(kms: Any) -> str:
    """The ARN of a symmetric key."""
    return new_key(kms)


def new_key(kms: Any, **facts: Any) -> str:
    return str(kms.create_key(**facts)["KeyMetadata"]["Arn"])


def refusal(operation: Any, **parameters: Any) -> tuple[str, str]:
    """(code, message) of the error that a call must give."""
    with pytest.raises(ClientError) as caught:
        operation(**parameters)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
