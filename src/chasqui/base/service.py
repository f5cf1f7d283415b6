"""What a service gives to the application: its operations by name, and their inputs' types."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import msgspec

from chasqui.base.control import Handler

# (room, call, request) to the result: the service's own dependencies, the facts of the call, a generated input type.
Operation = Callable[[Any, Any, Any], Coroutine[Any, Any, Any]]


class Service(msgspec.Struct, frozen=True):
    """A service, mounted by a line in `app.py`. `name` is botocore's for its model."""

    name: str
    operations: Mapping[str, Operation]
    inputs: Mapping[str, type[msgspec.Struct]]
    room: Any
    start: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]
    control: Mapping[tuple[str, str], Handler] = {}
