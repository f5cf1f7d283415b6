"""Fixtures of IAM's own tests."""

from __future__ import annotations

import pytest

from tests.unit.iam.support import Iam


@pytest.fixture
def iam() -> Iam:
    return Iam()
