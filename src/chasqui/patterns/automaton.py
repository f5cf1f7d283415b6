"""Many patterns in one: which of them match an event, at a cost that grows with what matches.

Rules that name the same fields form a group. An event reaches a group only through one of the group's fields, the one
that the fewest groups name, so groups whose fields an event has not are never visited. Within a group every field has
an index from values to the mask of the rules satisfied, and the rules that match are the intersection of the masks.
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import compress
from typing import Generic, TypeVar

from chasqui.patterns.consistency import Column, joined
from chasqui.patterns.events import Event, Interest
from chasqui.patterns.index import ValueIndex
from chasqui.patterns.matchers import Pattern, Rule
from chasqui.patterns.values import Value

K = TypeVar("K", bound=Hashable)
Shape = tuple[tuple[str, ...], tuple[str, ...]]
"""The paths of fields that must be present, and of those that may be absent."""

GROUP_MAX = 4096
"""Rules in a group: masks are so many bits, and a field's index can have as many masks."""
_FEW = 16
_BITS = bytes(code == ord("1") for code in range(256))


class Automaton(Generic[K]):
    """Patterns by key. Keys come out of `match` in no order, each once."""

    def __init__(self) -> None:
        self.interest = Interest()
        """The paths to walk in a document: for `json_event` and `body_event`."""
        self._slots: dict[K, list[tuple[_Group[K], int]]] = {}
        self._open: dict[Shape, _Group[K]] = {}
        self._reached: dict[str, list[_Group[K]]] = {}
        self._always: list[_Group[K]] = []
        self._naming: dict[str, int] = {}  # how many groups name a path
        self._several = 0  # keys with more than one rule

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, key: object) -> bool:
        return key in self._slots

    def add(self, key: K, pattern: Pattern) -> None:
        """Add a pattern, or put it in the place of the key's former one."""
        self.remove(key)
        self._slots[key] = [self._group(rule).add(key, rule) for rule in pattern.rules]
        self._several += len(pattern.rules) > 1
        for rule in pattern.rules:
            for condition in rule:
                self.interest.add(condition.path)

    def remove(self, key: K) -> None:
        """Remove a key's pattern, if there is one."""
        slots = self._slots.pop(key, ())
        self._several -= len(slots) > 1
        for group, slot in slots:
            for condition in group.remove(slot):
                self.interest.remove(condition.path)
            if not len(group):
                self._drop(group)

    def match(self, event: Event) -> list[K]:
        """The keys of the patterns that match."""
        found: list[K] = []
        for groups in self._candidates(event):
            for group in groups:
                mask = group.mask(event)
                if mask:
                    group.collect(mask, found)
        if self._several and len(found) > 1:
            # By identity: a key is the same object in all its slots, and its hash may cost more than the match.
            return list({id(key): key for key in found}.values())
        return found

    def _candidates(self, event: Event) -> list[list[_Group[K]]]:
        """The groups that an event reaches, in lists as they are kept."""
        if event.nothing:
            return [[group for group in self._always if not group.paths]]
        fields, reached = event.fields, self._reached
        if len(fields) <= len(reached):
            groups = [reached[path] for path in fields if path in reached]
        else:
            groups = [found for path, found in reached.items() if path in fields]
        groups.append(self._always)
        return groups

    def _group(self, rule: Rule) -> _Group[K]:
        """The group that a rule goes into."""
        shape = (
            tuple(condition.path for condition in rule if not condition.may_be_absent()),
            tuple(condition.path for condition in rule if condition.may_be_absent()),
        )
        group = self._open.get(shape)
        if group is None or len(group) >= GROUP_MAX:
            group = self._open[shape] = _Group(shape)
            self._place(group)
        return group

    def _place(self, group: _Group[K]) -> None:
        required = group.shape[0]
        if required:
            group.through = min(required, key=lambda path: self._naming.get(path, 0))
            self._reached.setdefault(group.through, []).append(group)
        else:
            self._always.append(group)
        for path in required:
            self._naming[path] = self._naming.get(path, 0) + 1

    def _drop(self, group: _Group[K]) -> None:
        groups = self._reached[group.through] if group.through is not None else self._always
        groups.remove(group)
        if group.through is not None and not groups:
            del self._reached[group.through]
        for path in group.shape[0]:
            self._naming[path] -= 1
            if not self._naming[path]:
                del self._naming[path]
        if self._open.get(group.shape) is group:
            del self._open[group.shape]


class _Group(Generic[K]):
    """Rules that name the same fields, a bit each."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.through: str | None = None
        self.paths = sorted((*shape[0], *shape[1]))
        self._required = [(path, ValueIndex()) for path in shape[0]]
        self._optional = [(path, ValueIndex()) for path in shape[1]]
        self._indexes = dict(self._required + self._optional)
        self._alive = 0
        self._keys: list[K] = []
        self._rules: list[Rule] = []
        self._free: list[int] = []

    def __len__(self) -> int:
        return self._alive.bit_count()

    def add(self, key: K, rule: Rule) -> tuple[_Group[K], int]:
        slot = self._free.pop() if self._free else len(self._rules)
        if slot == len(self._rules):
            self._keys.append(key)
            self._rules.append(rule)
        else:
            self._keys[slot], self._rules[slot] = key, rule
        self._toggle(slot)
        return self, slot

    def remove(self, slot: int) -> Rule:
        self._toggle(slot)
        self._free.append(slot)
        return self._rules[slot]

    def _toggle(self, slot: int) -> None:
        bit = 1 << slot
        for condition in self._rules[slot]:
            self._indexes[condition.path].toggle(condition.matchers, bit)
        self._alive ^= bit
        # What costs a dictionary look-up comes first, and mostly there is nothing left to look at then.
        self._required.sort(key=lambda each: not each[1].only_exact)

    def mask(self, event: Event) -> int:
        """The rules that match an event."""
        mask, fields = self._alive, event.fields
        for path, index in self._required:
            values = fields.get(path)
            if values is None:
                return 0
            mask &= index.of(values[0]) if len(values) == 1 else _any(index, values, mask)
            if not mask:
                return 0
        for path, index in self._optional:
            values = fields.get(path)
            mask &= index.absent if values is None else _any(index, values, mask)
            if not mask:
                return 0
        if event.chains is not None and len(self.paths) > 1:
            return self._together(mask, event)
        return mask

    def _together(self, mask: int, event: Event) -> int:
        """Of the rules whose every field is satisfied, those whose fields are so by one element of an array."""
        chains = event.chains or {}
        columns: list[Column] = []
        for path in self.paths:
            if path in chains:
                of = self._indexes[path].of
                columns.append(([of(value) & mask for value in event.fields[path]], chains[path]))
        return joined(mask, columns) if len(columns) > 1 else mask

    def collect(self, mask: int, found: list[K]) -> None:
        """Append the keys of a mask."""
        if mask.bit_count() <= _FEW:
            keys = self._keys
            while mask:
                lowest = mask & -mask
                found.append(keys[lowest.bit_length() - 1])
                mask ^= lowest
        else:
            found += compress(self._keys, f"{mask:b}"[::-1].encode().translate(_BITS))


def _any(index: ValueIndex, values: list[Value], wanted: int) -> int:
    """The rules, of those wanted, that one of the values satisfies."""
    mask = 0
    for value in values:
        mask |= index.of(value) & wanted
        if mask == wanted:
            break
    return mask
