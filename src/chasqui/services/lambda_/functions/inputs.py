"""What every operation asks of its parameters: the model's constraints in AWS' words, and whose call it is."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, TypeVar

import msgspec

from chasqui.base.call import Call
from chasqui.services.lambda_.room import Room
from chasqui.wire.model import load_service
from chasqui.wire.typed import to_params
from chasqui.wire.validation import validate

Request = TypeVar("Request", bound=msgspec.Struct)
Result = TypeVar("Result")
Operation = Callable[[Room, Call, Request], Coroutine[Any, Any, Result]]


def owner_of(call: Call) -> str:
    """Whose resources a call is about: "account/region"."""
    return f"{call.account}/{call.region}"


def check(name: str, request: msgspec.Struct) -> None:
    """Refuse what breaks a constraint of the model. Raises ValidationException, with every violation."""
    validate(load_service("lambda").operation(name), to_params(request))


def checked(name: str, operation: Operation[Request, Result]) -> Operation[Request, Result]:
    """An operation whose request is held to the model first. Raises ValidationException, with every violation."""

    @wraps(operation)
    async def run(room: Room, call: Call, request: Request) -> Result:
        check(name, request)
        return await operation(room, call, request)

    return run
