"""The fixtures of STS' own tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.sts.scene import Scene


@pytest.fixture
def scene() -> Iterator[Scene]:
    """A scene in strict mode."""
    made = Scene()
    yield made
    made.close()


@pytest.fixture
def permissive() -> Iterator[Scene]:
    """A scene in which nobody is refused for want of permission."""
    made = Scene("permissive")
    yield made
    made.close()
