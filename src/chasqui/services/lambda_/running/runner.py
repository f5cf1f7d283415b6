"""The runner of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chasqui.services.lambda_.means import Means
    from chasqui.services.lambda_.running.contract import Runner


def make_runner(means: Means) -> Runner:
    """The runner on these dependencies."""
    raise NotImplementedError
