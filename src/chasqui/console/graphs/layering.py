"""Which layer a node is in, and in which order the nodes of a layer stand.

Sugiyama, Tagawa, Toda: "Methods for visual understanding of hierarchical system structures" (1981): circles are broken,
layers are by the longest path, long edges get a stand-in in every layer they pass, and crossings are reduced by
barycentres. Pure functions over keys; the same graph always gives the same picture.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

Pair = tuple[str, str]
Links = Mapping[str, Sequence[str]]

_SWEEPS: Final = 8
_ENOUGH: Final = 1500
"""Stand-ins and nodes; beyond this two sweeps must do."""


def parts(keys: Iterable[str], pairs: Iterable[Pair]) -> list[list[str]]:
    """Groups of nodes that are connected, the largest first; each in the order of `keys`."""
    order = list(keys)
    near: dict[str, list[str]] = {key: [] for key in order}
    for source, target in pairs:
        near[source].append(target)
        near[target].append(source)
    seen: set[str] = set()
    found: list[list[str]] = []
    places = {key: at for at, key in enumerate(order)}
    for key in order:
        if key in seen:
            continue
        seen.add(key)
        part, waiting = [key], deque([key])
        while waiting:
            for other in near[waiting.popleft()]:
                if other not in seen:
                    seen.add(other)
                    part.append(other)
                    waiting.append(other)
        found.append(sorted(part, key=places.__getitem__))
    return sorted(found, key=len, reverse=True)


def backward(keys: Sequence[str], pairs: Iterable[Pair]) -> set[Pair]:
    """The edges that close a circle, seen from the nodes that nobody points to, in order; loops are among them."""
    targets: dict[str, list[str]] = {key: [] for key in keys}
    pointed: set[str] = set()
    found: set[Pair] = set()
    for source, target in pairs:
        if source == target:
            found.add((source, target))
        else:
            targets[source].append(target)
            pointed.add(target)
    begun: set[str] = set()
    open_: set[str] = set()
    for root in sorted(keys, key=pointed.__contains__):
        if root in begun:
            continue
        begun.add(root)
        open_.add(root)
        stack = [(root, iter(targets[root]))]
        while stack:
            key, rest = stack[-1]
            step = next(rest, None)
            if step is None:
                stack.pop()
                open_.discard(key)
            elif step in open_:
                found.add((key, step))
            elif step not in begun:
                begun.add(step)
                open_.add(step)
                stack.append((step, iter(targets[step])))
    return found


def layers(keys: Sequence[str], pairs: Iterable[Pair]) -> dict[str, int]:
    """Each node's layer, by the longest path to it; who is not pointed to stands just before its first target. `pairs`
    have no circle."""
    targets: dict[str, list[str]] = {key: [] for key in keys}
    waits: dict[str, int] = dict.fromkeys(keys, 0)
    for source, target in pairs:
        targets[source].append(target)
        waits[target] += 1
    roots = [key for key in keys if not waits[key]]
    found = dict.fromkeys(keys, 0)
    ready = deque(roots)
    while ready:
        key = ready.popleft()
        for target in targets[key]:
            found[target] = max(found[target], found[key] + 1)
            waits[target] -= 1
            if not waits[target]:
                ready.append(target)
    for key in roots:
        if targets[key]:
            found[key] = min(found[target] for target in targets[key]) - 1
    return found


def ordered(rows: list[list[str]], after: Links, before: Links) -> list[list[str]]:
    """The rows with fewer crossings. `after` and `before` are each node's neighbours in the next row and the last."""
    best, fewest = [list(row) for row in rows], crossings(rows, after)
    sweeps = _SWEEPS if sum(map(len, rows)) < _ENOUGH else 2
    rows = [list(row) for row in rows]
    for sweep in range(sweeps):
        if not fewest:
            break
        down = sweep % 2 == 0
        for at in range(1, len(rows)) if down else range(len(rows) - 2, -1, -1):
            fixed = {key: place for place, key in enumerate(rows[at - 1 if down else at + 1])}
            _by_barycentre(rows[at], fixed, before if down else after)
        count = crossings(rows, after)
        if count < fewest:
            best, fewest = [list(row) for row in rows], count
    return best


def _by_barycentre(row: list[str], fixed: Mapping[str, int], links: Links) -> None:
    """Order a row by the mean place of each node's neighbours; who has none keeps its place."""
    weights = {}
    for at, key in enumerate(row):
        places = [fixed[other] for other in links.get(key, ())]
        weights[key] = sum(places) / len(places) if places else float(at)
    row.sort(key=weights.__getitem__)


def crossings(rows: Sequence[Sequence[str]], after: Links) -> int:
    """How many pairs of edges cross (Barth, Jünger, Mutzel: "Simple and efficient bilayer cross counting", 2002)."""
    total = 0
    for upper, lower in pairwise(rows):
        places = {key: at for at, key in enumerate(lower)}
        tree = [0] * (len(lower) + 1)
        seen = 0
        for key in upper:
            ends = sorted(places[other] for other in after.get(key, ()))
            for end in ends:
                total += seen - _upto(tree, end + 1)
            for end in ends:
                _add(tree, end + 1)
            seen += len(ends)
    return total


def _upto(tree: list[int], at: int) -> int:
    total = 0
    while at:
        total += tree[at]
        at &= at - 1
    return total


def _add(tree: list[int], at: int) -> None:
    while at < len(tree):
        tree[at] += 1
        at += at & -at
