"""Ranges of names that begin with a prefix, for engines that compare names by their UTF-8 bytes. Pure."""

from __future__ import annotations

from typing import Final

LAST: Final = chr(0x10FFFF) * 512
"""Greater than any name that is kept."""


def end_of(prefix: str) -> str:
    """The least text that is greater than all names with this prefix."""
    for at in range(len(prefix) - 1, -1, -1):
        code = ord(prefix[at])
        if code < 0x10FFFF:
            # Between these two are no characters.
            return prefix[:at] + chr(0xE000 if code == 0xD7FF else code + 1)
    return LAST
