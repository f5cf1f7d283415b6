"""Which of many texts a value begins with, for prefixes, wildcards, and, with everything reversed, suffixes."""

from __future__ import annotations

from bisect import insort
from collections.abc import Hashable
from typing import TypeVar

K = TypeVar("K", bound=Hashable)

LONG = 64
"""Longer texts are found by their first so many characters, then compared, so that many lengths of long texts do not
make as many copies of a long value."""


def toggle(masks: dict[K, int], key: K, bits: int) -> None:
    """Change bits of a key's mask; a key without bits goes."""
    mask = masks.get(key, 0) ^ bits
    if mask:
        masks[key] = mask
    else:
        masks.pop(key, None)


class Heads:
    """Texts with masks; `of` is the union of the masks of those that a value begins with."""

    __slots__ = ("_counts", "_lengths", "_long", "_short")

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._lengths: list[int] = []
        self._short: dict[str, int] = {}
        self._long: dict[str, dict[str, int]] = {}

    def toggle(self, text: str, mask: int) -> None:
        """Give a text bits, or take them away that it has."""
        if len(text) > LONG:
            found = self._long.setdefault(text[:LONG], {})
            toggle(found, text, mask)
            if not found:
                del self._long[text[:LONG]]
            return
        length, texts = len(text), len(self._short)
        toggle(self._short, text, mask)
        if len(self._short) != texts:
            self._count(length, len(self._short) - texts)

    def _count(self, length: int, more: int) -> None:
        count = self._counts.get(length, 0) + more
        if count == more:
            insort(self._lengths, length)
        elif not count:
            self._lengths.remove(length)
        self._counts[length] = count

    def of(self, value: str) -> int:
        """The bits of all texts that the value begins with."""
        mask, length, short = 0, len(value), self._short
        for each in self._lengths:
            if each > length:
                break
            found = short.get(value[:each])
            if found is not None:
                mask |= found
        if self._long and length > LONG:
            for text, bits in self._long.get(value[:LONG], {}).items():
                if value.startswith(text):
                    mask |= bits
        return mask
