"""What a control endpoint is asked and answers; services and the server both offer some.

Control endpoints stand beside AWS' APIs, under `/_chasqui/`, `/_localstack/` and `/_aws/`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from chasqui.base.errors import ChasquiError


class Refusal(ChasquiError):
    """A control request that can't be served: a status and what to say."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Answer(msgspec.Struct, frozen=True):
    """A control endpoint's answer; a body of bytes goes out as it is, anything else as JSON."""

    body: Any
    status: int = 200
    content_type: str = "application/json"
    headers: tuple[tuple[bytes, bytes], ...] = ()


class ControlRequest(msgspec.Struct, frozen=True):
    """What a control endpoint is asked. `base_url` is scheme and host as the client called them."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: bytes
    base_url: str
    accept: str = ""

    def parameter(self, name: str, default: str = "") -> str:
        """A query parameter's first value."""
        return self.query.get(name, [default])[0]

    def flag(self, name: str) -> bool:
        """Whether a query parameter says yes."""
        return self.parameter(name).lower() in ("1", "true", "yes")

    def number(self, name: str, default: int, most: int) -> int:
        """A query parameter as a number between 0 and `most`. Raises `Refusal`."""
        text = self.parameter(name, str(default))
        if not text.isascii() or not text.isdigit() or int(text[:19]) > most:
            raise Refusal(400, f"{name} must be a whole number, {most} at most")
        return int(text)


Handler = Callable[[ControlRequest], Awaitable[Answer]]


class Endpoint(msgspec.Struct, frozen=True):
    """A control endpoint: what answers, and the IAM action ("chasqui:Reset") that a caller needs where callers are
    checked; None where anybody may ask."""

    handler: Handler
    action: str | None
