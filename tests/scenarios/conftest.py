"""Fixtures of the scenarios of notifications."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.scenarios.notifying import World
from tests.support import Server
from tests.unit.sns_publish.endpoint import Endpoint, listening


@pytest.fixture
def world(server: Server) -> Iterator[World]:
    """The session's server; nothing in it has the names of this world."""
    made = World(server)
    yield made
    made.sns.close()
    made.sqs.close()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """An HTTP endpoint that keeps what it gets."""
    with listening() as running:
        yield running
