"""What patterns compare: strings, numbers, and the constants true, false and null, so that values of two types are
never equal. Strings are `str`. A number is an `int`, scaled by `SCALE`, so that 300, 300.0 and 3.0e2 are one. Constants
are objects of their own.

AWS compares numbers with five (SNS) or six (EventBridge) digits after the decimal point; here it is six everywhere.
"""

from __future__ import annotations

import ipaddress
import json
import math
import re
from functools import lru_cache

SCALE = 1_000_000
"""What a number is multiplied with; the seventh digit after the decimal point is rounded away."""
NUMBER_MAX = 5_000_000_000 * SCALE
"""Beyond this, on either side of zero, a number is in no range (EventBridge user guide, numeric matching)."""
_INTEGER_DIGITS_MAX = 400
_IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_IPV6 = re.compile(r"[0-9a-fA-F:]*:[0-9a-fA-F:]*")
_IP_LENGTH_MAX = 39


class Constant:
    """A JSON value that equals only itself."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


TRUE, FALSE, NULL = Constant("true"), Constant("false"), Constant("null")
OUTSIDE = Constant("a number that is not finite")
"""Present, and unequal to whatever a pattern names."""

Value = str | int | Constant


def value_of(found: object) -> Value:
    """A scalar of a parsed JSON document as patterns compare it."""
    if isinstance(found, str):
        return found
    if found is None:
        return NULL
    if isinstance(found, bool):
        return TRUE if found else FALSE
    if isinstance(found, int):
        return found * SCALE
    return scaled(found) if isinstance(found, float) else OUTSIDE


def scaled(number: float) -> int | Constant:
    """A floating-point number as patterns compare it."""
    if not math.isfinite(number):
        return OUTSIDE
    return int(number) * SCALE if number.is_integer() else round(number * SCALE)


def number_of(text: str) -> int | Constant:
    """A number as JSON writes it; OUTSIDE when it is none, or too large for a floating-point number."""
    digits = text[1:] if text.startswith("-") else text
    try:
        if digits.isdecimal() and len(digits) <= _INTEGER_DIGITS_MAX:
            return int(text) * SCALE
        # Python takes digits grouped by underscores, which nobody else does.
        return OUTSIDE if "_" in text else scaled(float(text))
    except ValueError:
        return OUTSIDE


def fold(text: str) -> str:
    """A text without case, character by character as Java's `equalsIgnoreCase` does: the length never changes, so `ß`
    is not `ss`."""
    return text.lower() if text.isascii() else "".join(map(_fold, text))


@lru_cache(maxsize=4096)
def _fold(character: str) -> str:
    upper = character.upper()
    lower = (upper if len(upper) == 1 else character).lower()
    return lower if len(lower) == 1 else character


def address_of(text: str) -> tuple[int, int] | None:
    """(32 or 128, the address) of an IP address as it is written, None for any other text."""
    if len(text) > _IP_LENGTH_MAX:
        return None
    if _IPV4.fullmatch(text):
        octets = [int(octet) for octet in text.split(".")]
        return (32, int.from_bytes(bytes(octets), "big")) if max(octets) < 256 else None
    if not _IPV6.fullmatch(text):
        return None
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped
    return (32, int(mapped)) if mapped else (128, int(address))


def written(value: Value, length_max: int = 60) -> str:
    """A value as JSON writes it, cut to a length: for people."""
    if isinstance(value, Constant):
        text = value.text
    elif isinstance(value, str):
        text = json.dumps(value[: length_max + 1], ensure_ascii=False)
    elif abs(value) > NUMBER_MAX:
        text = "a large number"
    else:
        whole, rest = divmod(abs(value), SCALE)
        text = ("-" if value < 0 else "") + f"{whole}.{rest:06}".rstrip("0").rstrip(".")
    return text if len(text) <= length_max else text[:length_max] + "…"
