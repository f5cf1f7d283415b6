"""The pytest plugin: the fixture `chasqui`, a server for the session that is empty at each test's start.

pytest imports this file in every project that has Chasqui installed, so the server is imported only when it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from chasqui.testing.server import TestServer


@pytest.fixture(scope="session")
def chasqui_server() -> Iterator[TestServer]:
    """One server in memory for the whole session."""
    from chasqui.testing.server import server  # noqa: PLC0415  see above

    with server() as running:
        yield running


@pytest.fixture
def chasqui(chasqui_server: TestServer) -> TestServer:
    """The session's server, emptied, its clock running in real time."""
    chasqui_server.reset()
    return chasqui_server
