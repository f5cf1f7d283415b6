"""How a text is written in text messages: the GSM 7-bit alphabet (3GPP TS 23.038, 6.2.1) or UCS-2, and in how many
segments.

A message of one segment has 160 GSM characters or 70 of UCS-2; of several, 153 or 67 each, for the header that joins
them (3GPP TS 23.040, 9.2.3.24.1). AWS bills by segments (developer guide, "SMS character limits"). Pure functions.
"""

from __future__ import annotations

from typing import Final

import msgspec

_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPE: Final = 0x1B
_EXTENDED: Final = {
    **{"\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40, "€": 0x65}
}
_SEPTETS: Final[dict[str, bytes]] = {
    **{char: bytes((code,)) for code, char in enumerate(_BASIC) if code != _ESCAPE},
    **{char: bytes((_ESCAPE, code)) for char, code in _EXTENDED.items()},
}

GSM7, UCS2 = "GSM-7", "UCS-2"
_GSM7_ONE, _GSM7_PART = 160, 153
_UCS2_ONE, _UCS2_PART = 70 * 2, 67 * 2
PARTS_MAX: Final = 255
"""As many as the header of a segment can count."""


class Segmented(msgspec.Struct, frozen=True):
    """A text as segments: in GSM-7 a septet a byte, in UCS-2 two bytes a unit, the high one first."""

    alphabet: str
    parts: tuple[bytes, ...]


def segmented(text: str) -> Segmented:
    """A text in as few segments as it takes. A character is never cut in two."""
    units = [_SEPTETS.get(char, b"") for char in text]
    if all(units):
        return Segmented(GSM7, _parts(units, _GSM7_ONE, _GSM7_PART))
    # What UTF-16 cannot say (half of a surrogate pair) becomes a question mark.
    wide = [char.encode("utf-16-be", "replace") for char in text]
    return Segmented(UCS2, _parts(wide, _UCS2_ONE, _UCS2_PART))


def count_segments(text: str) -> int:
    """How many segments a text takes; an empty one takes one."""
    return len(segmented(text).parts)


def price(text: str, price_per_segment: float) -> float:
    """What sending a text is estimated to cost, in the unit of the price."""
    return count_segments(text) * price_per_segment


def _parts(units: list[bytes], one: int, part: int) -> tuple[bytes, ...]:
    whole = b"".join(units)
    if len(whole) <= one:
        return (whole,)
    parts, current = list[bytes](), bytearray()
    for unit in units:
        if len(current) + len(unit) > part:
            parts.append(bytes(current))
            current.clear()
        current += unit
    return (*parts, bytes(current))
