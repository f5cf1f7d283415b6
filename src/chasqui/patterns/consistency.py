"""Arrays of objects: whatever a rule finds must come from one element of each array ("array matching", as EventBridge
and SNS do it). So `{"a": {"x": [1], "y": [2]}}` does not match `{"a": [{"x": 1}, {"y": 2}]}`.

Fields are joined one after the other. A state is the elements that have been settled on, as far as later fields care,
with the mask of the rules that got there; all rules of a group go together, and a field's values find their states by
dictionary.
"""

from __future__ import annotations

from collections.abc import Sequence

from chasqui.patterns.events import Chain

Column = tuple[Sequence[int], Sequence[Chain]]
"""One field: for every value the mask of the rules that it satisfies, and its chain."""
States = dict[Chain, int]


def joined(alive: int, columns: Sequence[Column]) -> int:
    """The rules, of those alive, that are satisfied in every column by values that go together."""
    arrays = [{array for chain in chains for array, _ in chain} for _, chains in columns]
    states: States = {(): alive}
    settled: set[int] = set()
    for number, column in enumerate(columns):
        later = set().union(*arrays[number + 1 :])
        states = _step(states, column, settled & arrays[number], later)
        if not states:
            return 0
        settled = (settled | arrays[number]) & later
    mask = 0
    for reached in states.values():
        mask |= reached
    return mask


def _only(chain: Chain, arrays: set[int]) -> Chain:
    return tuple(link for link in chain if link[0] in arrays) if arrays else ()


def _step(states: States, column: Column, shared: set[int], later: set[int]) -> States:
    """The states behind one more column. `shared` arrays are known to states and to the column."""
    reached: States = {}
    nearby = _Nearby(states, shared)
    for chain, mask in _folded(column, shared | later).items():
        for state in nearby.of(_only(chain, shared)):
            both = states[state] & mask
            if both:
                merged = state if not later else _only(tuple(sorted({*state, *chain})), later)
                merged = merged if later else ()
                reached[merged] = reached.get(merged, 0) | both
    return reached


def _folded(column: Column, arrays: set[int]) -> States:
    """The column's values, those that differ in no array that matters made one."""
    found: States = {}
    for mask, chain in zip(*column, strict=True):
        if mask:
            key = _only(chain, arrays)
            found[key] = found.get(key, 0) | mask
    return found


class _Nearby:
    """States by the elements they share with a column. Elements go together where one chain begins with the other."""

    def __init__(self, states: States, shared: set[int]) -> None:
        self._same: dict[Chain, list[Chain]] = {}
        self._beyond: dict[Chain, list[Chain]] = {}
        for state in states:
            key = _only(state, shared)
            self._same.setdefault(key, []).append(state)
            for length in range(len(key)):
                self._beyond.setdefault(key[:length], []).append(state)

    def of(self, key: Chain) -> list[Chain]:
        found = list(self._same.get(key, ()))
        for length in range(len(key)):
            found += self._same.get(key[:length], ())
        return found + self._beyond.get(key, [])
