"""Whole numbers as addresses and forms give them."""

from __future__ import annotations

from typing import Final

from chasqui.base.errors import ServiceError
from chasqui.console.page import Page

_DIGITS_MAX: Final = 18


def digits(text: str, most: int = _DIGITS_MAX) -> int | None:
    """The number that a text of ASCII digits is, `most` of them; None for any other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= most else None


def numbered(page: Page, label: str, text: str) -> int | None:
    """The number in a field, which may be below nought for the service to refuse; None where it is empty. Raises
    `ServiceError` for what is no number, because operations called from inside take numbers."""
    text = text.strip()
    if not text:
        return None
    value = digits(text.removeprefix("-"))
    if value is None:
        raise ServiceError(
            "InvalidParameterValueException",
            page.text("%(label)s must be a whole number.", label=label),
            status=400,
        )
    return -value if text.startswith("-") else value
