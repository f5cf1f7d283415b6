"""Which of many intervals hold a number.

The ends of all intervals stand in one ascending row, each with the bits that change there. The row is cut into blocks;
a block knows the mask in front of it. So looking up is two binary searches and part of one block, and adding changes
one block's row and the others' masks. Taking away is adding once more.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import islice

BLOCK = 32


class _Block:
    __slots__ = ("before", "changes", "codes")

    def __init__(self, before: int, codes: list[int], changes: list[int]) -> None:
        self.before = before
        self.codes = codes
        self.changes = changes


class Ranges:
    """Intervals from `enter` up to but without `leave`, with the number n at 2n (see `matchers.Range`). One bit's
    intervals must not overlap."""

    __slots__ = ("_blocks", "_starts")

    def __init__(self) -> None:
        self._blocks: list[_Block] = []
        self._starts: list[int] = []

    def toggle(self, enter: int, leave: int, bit: int) -> None:
        """Add an interval, or take it away that is there."""
        self._change(enter, bit)
        self._change(leave, bit)

    def of(self, number: int) -> int:
        """The bits of the intervals that hold a number."""
        place = bisect_right(self._starts, 2 * number) - 1
        if place < 0:
            return 0
        block = self._blocks[place]
        mask = block.before
        for change in islice(block.changes, bisect_right(block.codes, 2 * number)):
            mask ^= change
        return mask

    def _change(self, code: int, bit: int) -> None:
        if not self._blocks:
            self._blocks.append(_Block(0, [], []))
            self._starts.append(code)
        place = max(bisect_right(self._starts, code) - 1, 0)
        block = self._blocks[place]
        at = bisect_left(block.codes, code)
        if block.codes[at : at + 1] == [code]:
            block.changes[at] ^= bit
        else:
            block.codes.insert(at, code)
            block.changes.insert(at, bit)
        for later in islice(self._blocks, place + 1, None):
            later.before ^= bit
        if not block.changes[at]:
            del block.codes[at], block.changes[at]
        self._tidy(place)

    def _tidy(self, place: int) -> None:
        """After one block's row has changed."""
        block = self._blocks[place]
        if not block.codes:
            del self._blocks[place], self._starts[place]
            return
        self._starts[place] = block.codes[0]
        if len(block.codes) > BLOCK:
            self._split(place)

    def _split(self, place: int) -> None:
        block, half = self._blocks[place], BLOCK // 2
        before = block.before
        for change in block.changes[:half]:
            before ^= change
        self._blocks.insert(place + 1, _Block(before, block.codes[half:], block.changes[half:]))
        self._starts.insert(place + 1, block.codes[half])
        del block.codes[half:], block.changes[half:]
