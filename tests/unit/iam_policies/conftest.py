"""Fixtures of the tests of IAM's policies."""

from __future__ import annotations

import pytest

from tests.unit.iam_policies.support import Policies


@pytest.fixture
def iam() -> Policies:
    return Policies()
