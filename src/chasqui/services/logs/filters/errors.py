"""What is wrong with a filter pattern."""

from __future__ import annotations

from chasqui.base.errors import ChasquiError


class InvalidPattern(ChasquiError):
    """Not a pattern; the message is for who wrote it."""

    def __init__(self, message: str = "Invalid filter pattern") -> None:
        super().__init__(message)
