"""Operations whose requests are held to the service's model by the service itself: required members, lengths, patterns.
Most services leave that to the gateway (`base/service.py`, `own_words`)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, TypeVar, cast

import msgspec

from chasqui.wire.model import load_service
from chasqui.wire.typed import to_params
from chasqui.wire.validation import validate

Run = TypeVar("Run", bound=Callable[..., Coroutine[Any, Any, Any]])
"""An operation: of (room, call, request)."""


def hold_to_model(service: str, name: str, request: msgspec.Struct) -> None:
    """Refuse what breaks a constraint of an operation's model. Raises `ServiceError`, with every violation."""
    validate(load_service(service).operation(name), to_params(request))


def held_to_model(service: str, name: str, operation: Run) -> Run:
    """An operation whose request is held to the model first. Raises `ServiceError`, with every violation."""

    @wraps(operation)
    async def run(room: Any, call: Any, request: msgspec.Struct) -> Any:
        hold_to_model(service, name, request)
        return await operation(room, call, request)

    return cast("Run", run)
