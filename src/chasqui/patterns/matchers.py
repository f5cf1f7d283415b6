"""What a pattern can want of one value: the operators as data, each with its plain meaning.

`matches` is the definition. `index.py` finds the same without trying every matcher; property tests hold it to this.
"""

from __future__ import annotations

import ipaddress
import json

import msgspec

from chasqui.patterns.values import (
    NULL,
    NUMBER_MAX,
    Value,
    address_of,
    fold,
    written,
)
from chasqui.patterns.wildcards import wildcard_matches


def _operator(name: str, operand: object) -> str:
    return json.dumps({name: operand}, ensure_ascii=False)


class Exact(msgspec.Struct, frozen=True):
    """A string, a number by its value, or a constant."""

    value: Value

    def matches(self, value: Value) -> bool:
        return value == self.value

    def written(self) -> str:
        return written(self.value)


class Prefix(msgspec.Struct, frozen=True):
    """`prefix`: strings that begin so; `fold_case` for its `equals-ignore-case`, where `text` is folded."""

    text: str
    fold_case: bool = False

    def matches(self, value: Value) -> bool:
        return isinstance(value, str) and (fold(value) if self.fold_case else value).startswith(self.text)

    def written(self) -> str:
        return _operator("prefix", {"equals-ignore-case": self.text} if self.fold_case else self.text)


class Suffix(msgspec.Struct, frozen=True):
    """`suffix`: strings that end so; `fold_case` as a prefix has it."""

    text: str
    fold_case: bool = False

    def matches(self, value: Value) -> bool:
        return isinstance(value, str) and (fold(value) if self.fold_case else value).endswith(self.text)

    def written(self) -> str:
        return _operator("suffix", {"equals-ignore-case": self.text} if self.fold_case else self.text)


class EqualsIgnoreCase(msgspec.Struct, frozen=True):
    """`equals-ignore-case`; `text` is folded."""

    text: str

    def matches(self, value: Value) -> bool:
        return isinstance(value, str) and fold(value) == self.text

    def written(self) -> str:
        return _operator("equals-ignore-case", self.text)


class Wildcard(msgspec.Struct, frozen=True):
    """`wildcard`: the literal parts between the stars."""

    parts: tuple[str, ...]

    def matches(self, value: Value) -> bool:
        return isinstance(value, str) and wildcard_matches(self.parts, value)

    def written(self) -> str:
        escaped = (part.replace("\\", "\\\\").replace("*", "\\*") for part in self.parts)
        return _operator("wildcard", "*".join(escaped))


class Range(msgspec.Struct, frozen=True):
    """`numeric`: from `enter` up to but without `leave`, on a line where the number n is at 2n. So an open end is one
    step further in, and ends compare as plain integers."""

    enter: int
    leave: int

    def matches(self, value: Value) -> bool:
        return isinstance(value, int) and abs(value) <= NUMBER_MAX and self.enter <= 2 * value < self.leave

    def written(self) -> str:
        terms: list[str] = []
        if self.enter > -2 * NUMBER_MAX:
            terms += ['">"' if self.enter & 1 else '">="', written(self.enter >> 1)]
        if self.leave <= 2 * NUMBER_MAX:
            terms += ['"<="' if self.leave & 1 else '"<"', written(self.leave >> 1)]
        return f'{{"numeric": [{", ".join(terms)}]}}'


class Cidr(msgspec.Struct, frozen=True):
    """`cidr`: strings that are an address of a network; the network's leading `length` of `bits` bits."""

    bits: int
    length: int
    network: int

    def matches(self, value: Value) -> bool:
        address = address_of(value) if isinstance(value, str) else None
        return address is not None and address[0] == self.bits and self.leading(address[1]) == self.network

    def leading(self, address: int) -> int:
        return address >> (self.bits - self.length)

    def written(self) -> str:
        made = ipaddress.IPv4Address if self.bits == 32 else ipaddress.IPv6Address
        return _operator("cidr", f"{made(self.network << (self.bits - self.length))}/{self.length}")


class Exists(msgspec.Struct, frozen=True):
    """`exists`. SNS wants a value that is neither null nor empty (`strict`); EventBridge any value of a leaf."""

    present: bool
    strict: bool = False

    def matches(self, value: Value) -> bool:
        return self.present and not (self.strict and (value is NULL or value == ""))

    def written(self) -> str:
        return _operator("exists", self.present)


class AnythingBut(msgspec.Struct, frozen=True):
    """`anything-but`: a value that none of the excluded matchers matches, of whatever type."""

    excluded: tuple[Exact | Prefix | Suffix | EqualsIgnoreCase | Wildcard, ...]

    def matches(self, value: Value) -> bool:
        return not any(matcher.matches(value) for matcher in self.excluded)

    def written(self) -> str:
        shown = ", ".join(matcher.written() for matcher in self.excluded[:5])
        return f'{{"anything-but": [{shown}{", …" if len(self.excluded) > 5 else ""}]}}'


Matcher = Exact | Prefix | Suffix | EqualsIgnoreCase | Wildcard | Range | Cidr | Exists | AnythingBut


class Condition(msgspec.Struct, frozen=True):
    """What a rule wants of one field: one of the matchers matches one of the field's values.

    `path` is the names on the way to the field, joined by dots. With `Exists(False)` among the matchers the field may
    also be absent.
    """

    path: str
    matchers: tuple[Matcher, ...]

    def may_be_absent(self) -> bool:
        return any(isinstance(matcher, Exists) and not matcher.present for matcher in self.matchers)

    def matches(self, values: list[Value]) -> bool:
        """Whether one of the values of a field that is present satisfies it."""
        return any(matcher.matches(value) for value in values for matcher in self.matchers)


Rule = tuple[Condition, ...]
"""Conditions that must all hold, by ascending path."""


class Pattern(msgspec.Struct, frozen=True):
    """A pattern that was read: it matches where one of its rules does.

    `$or` makes several; `{}` makes one that is empty and matches everything; without any nothing matches.
    """

    rules: tuple[Rule, ...]
