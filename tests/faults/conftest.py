"""These tests are about what is on the disk, so that is where their data lies: the others' may lie in memory."""

from __future__ import annotations

import itertools
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import ON_DISK


class OnDisk:
    """What these tests ask of pytest's `tmp_path_factory`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    def mktemp(self, basename: str) -> Path:
        made = self._folder / f"{basename}{next(self._numbers)}"
        made.mkdir(mode=0o700)
        return made


@pytest.fixture(scope="session")
def tmp_path_factory() -> Iterator[OnDisk]:
    with tempfile.TemporaryDirectory(prefix="chasqui-", dir=ON_DISK, ignore_cleanup_errors=True) as folder:
        yield OnDisk(Path(folder))


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: OnDisk) -> Path:
    return tmp_path_factory.mktemp(re.sub(r"\W", "_", request.node.name)[:30])
