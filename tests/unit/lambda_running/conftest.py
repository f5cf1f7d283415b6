"""One runner for all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.lambda_running.harness import Harness


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    """A runner with what this machine has to isolate functions with."""
    harness = Harness(tmp_path_factory.mktemp("functions"))
    yield harness
    harness.close()
