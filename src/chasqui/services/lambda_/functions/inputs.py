"""What every operation asks of its parameters: the model's constraints in AWS' words."""

from __future__ import annotations

import msgspec

from chasqui.wire.held import Run, held_to_model, hold_to_model


def check(name: str, request: msgspec.Struct) -> None:
    """Refuse what breaks a constraint of the model. Raises ValidationException, with every violation."""
    hold_to_model("lambda", name, request)


def checked(name: str, operation: Run) -> Run:
    """An operation whose request is held to the model first. Raises ValidationException, with every violation."""
    return held_to_model("lambda", name, operation)
