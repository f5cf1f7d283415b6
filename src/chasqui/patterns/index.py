"""The rules that one field's value satisfies, without trying each.

A set of rules is an integer, a bit a rule: union, intersection and difference of thousands are one instruction over a
few hundred bytes. Every operator has a structure of its own that gives the bits of the rules it satisfies, and what a
value satisfies is their union. Adding a rule and removing it are the same: all its bits change (`toggle`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chasqui.patterns.heads import Heads, toggle
from chasqui.patterns.matchers import (
    AnythingBut,
    Cidr,
    EqualsIgnoreCase,
    Exact,
    Exists,
    Matcher,
    Prefix,
    Range,
    Suffix,
    Wildcard,
)
from chasqui.patterns.ranges import Ranges
from chasqui.patterns.values import NULL, NUMBER_MAX, Value, address_of, fold
from chasqui.patterns.wildcards import wildcard_matches

PIECE = 3
"""Characters of a wildcard's inner part that it is found by."""


def bits_of(mask: int) -> Iterator[int]:
    """The places of a mask's bits, ascending."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


class ValueIndex:
    """What rules want of one field. `of` maps a value to the mask of the rules that it satisfies."""

    __slots__ = (
        "_any",
        "_but",
        "_exact",
        "_excluded",
        "_filled",
        "_numbers",
        "_several",
        "_strings",
        "absent",
        "only_exact",
    )

    def __init__(self) -> None:
        self.absent = 0
        """The rules that are satisfied where the field is absent."""
        self._exact: dict[Value, int] = {}
        self._strings: _Strings | None = None
        self._numbers: Ranges | None = None
        self._any = 0  # exists
        self._filled = 0  # exists, neither null nor empty
        self._but = 0  # one anything-but
        self._excluded: ValueIndex | None = None  # what it leaves out
        self._several: list[tuple[int, tuple[AnythingBut, ...]]] = []
        self.only_exact = True
        """Whether looking up is one look in a dictionary."""

    def toggle(self, matchers: Iterable[Matcher], bit: int) -> None:
        """Add what one rule wants, any of distinct matchers, or take away what was added."""
        ranges: list[Range] = []
        others: list[AnythingBut] = []
        for matcher in matchers:
            if isinstance(matcher, Exact):
                toggle(self._exact, matcher.value, bit)
            elif isinstance(matcher, Exists):
                self._toggle_exists(matcher, bit)
            elif isinstance(matcher, Range):
                ranges.append(matcher)
            elif isinstance(matcher, AnythingBut):
                others.append(matcher)
            else:
                self._strings = self._strings or _Strings()
                self._strings.toggle(matcher, bit)
        if ranges:
            self._toggle_ranges(ranges, bit)
        if others:
            self._toggle_others(others, bit)
        self.only_exact = not (
            self._strings or self._numbers or self._any or self._filled or self._but or self._several
        )

    def of(self, value: Value) -> int:
        """The mask of the rules that a value satisfies."""
        mask = self._exact.get(value, 0)
        if self.only_exact:
            return mask
        if self._strings is not None and isinstance(value, str):
            mask |= self._strings.of(value)
        if self._numbers is not None and isinstance(value, int) and -NUMBER_MAX <= value <= NUMBER_MAX:
            mask |= self._numbers.of(value)
        mask |= self._any
        if self._filled and value is not NULL and value != "":
            mask |= self._filled
        if self._excluded is not None:
            mask |= self._but & ~self._excluded.of(value)
        for bit, matchers in self._several:
            if any(matcher.matches(value) for matcher in matchers):
                mask |= bit
        return mask

    def _toggle_exists(self, matcher: Exists, bit: int) -> None:
        if not matcher.present:
            self.absent ^= bit
        elif matcher.strict:
            self._filled ^= bit
        else:
            self._any ^= bit

    def _toggle_ranges(self, ranges: list[Range], bit: int) -> None:
        self._numbers = self._numbers or Ranges()
        ranges.sort(key=lambda each: each.enter)
        enter, leave = ranges[0].enter, ranges[0].leave
        for each in ranges[1:]:
            if each.enter > leave:
                self._numbers.toggle(enter, leave, bit)
                enter, leave = each.enter, each.leave
            leave = max(leave, each.leave)
        self._numbers.toggle(enter, leave, bit)

    def _toggle_others(self, matchers: list[AnythingBut], bit: int) -> None:
        if len(matchers) > 1:
            # What one leaves out another lets in: not a union of what is left out.
            entry = (bit, tuple(matchers))
            if entry in self._several:
                self._several.remove(entry)
            else:
                self._several.append(entry)
            return
        self._but ^= bit
        self._excluded = self._excluded or ValueIndex()
        self._excluded.toggle(matchers[0].excluded, bit)


class _Strings:
    """The operators that only strings satisfy."""

    __slots__ = ("_cidrs", "_equal", "_folded_prefixes", "_folded_suffixes", "_prefixes", "_suffixes", "_wildcards")

    def __init__(self) -> None:
        self._prefixes: Heads | None = None
        self._suffixes: Heads | None = None
        self._equal: dict[str, int] | None = None  # without case
        self._folded_prefixes: Heads | None = None
        self._folded_suffixes: Heads | None = None
        self._cidrs: dict[tuple[int, int], dict[int, int]] | None = None
        self._wildcards: _Wildcards | None = None

    def toggle(self, matcher: Prefix | Suffix | EqualsIgnoreCase | Wildcard | Cidr, bit: int) -> None:
        if isinstance(matcher, EqualsIgnoreCase):
            self._equal = {} if self._equal is None else self._equal
            toggle(self._equal, matcher.text, bit)
        elif isinstance(matcher, Wildcard):
            self._wildcards = self._wildcards or _Wildcards()
            self._wildcards.toggle(matcher.parts, bit)
        elif isinstance(matcher, Cidr):
            self._cidrs = {} if self._cidrs is None else self._cidrs
            toggle(self._cidrs.setdefault((matcher.bits, matcher.length), {}), matcher.network, bit)
        elif isinstance(matcher, Prefix):
            self._toggle_prefix(matcher, bit)
        else:
            self._toggle_suffix(matcher, bit)

    def _toggle_prefix(self, matcher: Prefix, bit: int) -> None:
        if matcher.fold_case:
            self._folded_prefixes = self._folded_prefixes or Heads()
            self._folded_prefixes.toggle(matcher.text, bit)
        else:
            self._prefixes = self._prefixes or Heads()
            self._prefixes.toggle(matcher.text, bit)

    def _toggle_suffix(self, matcher: Suffix, bit: int) -> None:
        if matcher.fold_case:
            self._folded_suffixes = self._folded_suffixes or Heads()
            self._folded_suffixes.toggle(matcher.text[::-1], bit)
        else:
            self._suffixes = self._suffixes or Heads()
            self._suffixes.toggle(matcher.text[::-1], bit)

    def of(self, value: str) -> int:
        mask = 0
        if self._prefixes is not None:
            mask |= self._prefixes.of(value)
        if self._suffixes is not None:
            mask |= self._suffixes.of(value[::-1])
        if self._equal is not None or self._folded_prefixes is not None or self._folded_suffixes is not None:
            mask |= self._of_folded(fold(value))
        if self._cidrs is not None:
            mask |= self._of_address(value, self._cidrs)
        if self._wildcards is not None:
            mask |= self._wildcards.of(value)
        return mask

    def _of_folded(self, value: str) -> int:
        mask = 0 if self._equal is None else self._equal.get(value, 0)
        if self._folded_prefixes is not None:
            mask |= self._folded_prefixes.of(value)
        if self._folded_suffixes is not None:
            mask |= self._folded_suffixes.of(value[::-1])
        return mask

    def _of_address(self, value: str, cidrs: dict[tuple[int, int], dict[int, int]]) -> int:
        address = address_of(value)
        if address is None:
            return 0
        mask = 0
        bits, number = address
        for (of_bits, length), networks in cidrs.items():
            if of_bits == bits:
                mask |= networks.get(number >> (bits - length), 0)
        return mask


class _Wildcards:
    """Wildcards by the literal part before their first star, or behind their last, or by a piece of their longest."""

    __slots__ = ("_free", "_heads", "_numbers", "_parts", "_pieces", "_rules", "_tails")

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, ...], int] = {}
        self._parts: list[tuple[str, ...]] = []
        self._rules: list[int] = []
        self._free: list[int] = []
        self._heads = Heads()
        self._tails = Heads()
        self._pieces = _Pieces()

    def toggle(self, parts: tuple[str, ...], bit: int) -> None:
        number = self._numbers.get(parts)
        if number is None:
            number = self._numbers[parts] = self._number(parts)
        self._rules[number] ^= bit
        if not self._rules[number]:
            self._toggle_search(parts, number)
            self._free.append(self._numbers.pop(parts))

    def _number(self, parts: tuple[str, ...]) -> int:
        """Take a number for a wildcard that is new."""
        if self._free:
            number = self._free.pop()
            self._parts[number] = parts
        else:
            number = len(self._parts)
            self._parts.append(parts)
            self._rules.append(0)
        self._toggle_search(parts, number)
        return number

    def _toggle_search(self, parts: tuple[str, ...], number: int) -> None:
        if parts[0]:
            self._heads.toggle(parts[0], 1 << number)
        elif parts[-1]:
            self._tails.toggle(parts[-1][::-1], 1 << number)
        else:
            self._pieces.toggle(max(parts, key=len)[:PIECE], 1 << number)

    def of(self, value: str) -> int:
        mask = 0
        for number in bits_of(self._heads.of(value) | self._tails.of(value[::-1]) | self._pieces.of(value)):
            if wildcard_matches(self._parts[number], value):
                mask |= self._rules[number]
        return mask


class _Pieces:
    """Which of many short texts a value contains."""

    __slots__ = ("_masks",)

    def __init__(self) -> None:
        self._masks: dict[str, int] = {}

    def toggle(self, piece: str, mask: int) -> None:
        toggle(self._masks, piece, mask)

    def of(self, value: str) -> int:
        masks = self._masks
        mask = 0
        if len(masks) <= PIECE * len(value):
            for piece, bits in masks.items():
                if piece in value:
                    mask |= bits
            return mask
        for length in range(PIECE + 1):
            for at in range(len(value) - length + 1):
                mask |= masks.get(value[at : at + length], 0)
        return mask
