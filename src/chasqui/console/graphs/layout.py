"""Where everything goes: layers from left to right, connected parts one under the other, and what is connected to
nothing in rows at the end. Takes some ten milliseconds for 500 nodes: call it on a thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from chasqui.console.graphs.layering import Pair, backward, layers, ordered, parts
from chasqui.console.graphs.model import (
    GAP_X,
    GAP_Y,
    MARGIN,
    NODE_HEIGHT,
    NODE_WIDTH,
    PORT,
    Edge,
    Line,
    Node,
    Picture,
    Place,
)

_PASSING: Final = 14
"""The height that a long edge takes in a layer it passes."""
_ROUNDS: Final = 6
_PER_ROW: Final = 4
"""Of nodes without edges."""


def laid_out(nodes: Sequence[Node], edges: Sequence[Edge]) -> Picture:
    """A picture of a graph. Every edge's ends are among `nodes`; keys are unique."""
    known = {node.key: node for node in nodes}
    pairs = [(edge.source, edge.target) for edge in edges]
    picture = Picture([], [], 0, MARGIN)
    alone: list[str] = []
    of_part: dict[str, list[Edge]] = {}
    groups = parts(known, pairs)
    home = {key: part[0] for part in groups for key in part}
    for edge in edges:
        of_part.setdefault(home[edge.source], []).append(edge)
    for part in groups:
        mine = of_part.get(part[0], [])
        if len(part) == 1 and not mine:
            alone.append(part[0])
        else:
            Part(part, mine).add_to(picture, known)
    _add_alone(picture, [known[key] for key in alone])
    picture.width = max((place.x + place.width for _, place in picture.nodes), default=0) + MARGIN
    reach = [x for line in picture.lines for x, _ in line.points]
    picture.width = max([picture.width, *(x + MARGIN for x in reach)])
    return picture


def _add_alone(picture: Picture, nodes: Sequence[Node]) -> None:
    """Nodes without edges, in rows."""
    top = picture.height
    for at, node in enumerate(nodes):
        row, column = divmod(at, _PER_ROW)
        x = MARGIN + column * (NODE_WIDTH + 2 * GAP_Y)
        y = top + row * (NODE_HEIGHT + GAP_Y)
        picture.nodes.append((node, Place(x, y, NODE_WIDTH, NODE_HEIGHT, 0)))
        picture.height = y + NODE_HEIGHT + MARGIN


class Part:
    """One connected part of a graph."""

    def __init__(self, keys: Sequence[str], edges: Sequence[Edge]) -> None:
        self._keys = keys
        self._edges = edges
        pairs = list(dict.fromkeys((edge.source, edge.target) for edge in edges))
        self._back = backward(keys, pairs)
        forward = [_turned(pair) if pair in self._back else pair for pair in pairs if pair[0] != pair[1]]
        self._layer = layers(keys, forward)
        least = min(self._layer.values())
        self._layer = {key: layer - least for key, layer in self._layer.items()}
        self._height = _heights(keys, edges)
        self._chains: dict[Pair, list[str]] = {}
        self._after: dict[str, list[str]] = {}
        self._before: dict[str, list[str]] = {}
        rows: list[list[str]] = [[] for _ in range(max(self._layer.values()) + 1)]
        for key in keys:
            rows[self._layer[key]].append(key)
        for pair in dict.fromkeys(forward):
            self._chain(pair, rows)
        self._rows = ordered(rows, self._after, self._before)
        self._middle = self._levelled()

    def _chain(self, pair: Pair, rows: list[list[str]]) -> None:
        """The stand-ins of an edge in the layers it passes."""
        source, target = pair
        chain = [source]
        for layer in range(self._layer[source] + 1, self._layer[target]):
            passing = f"\0{source}\0{target}\0{layer}"
            self._height[passing] = _PASSING
            rows[layer].append(passing)
            chain.append(passing)
        chain.append(target)
        self._chains[pair] = chain
        for left, right in pairwise(chain):
            self._after.setdefault(left, []).append(right)
            self._before.setdefault(right, []).append(left)

    def _levelled(self) -> dict[str, float]:
        """The middle of each node: as near to its neighbours' as the others of its row let it be."""
        middle: dict[str, float] = {}
        for row in self._rows:
            y = 0.0
            for key in row:
                middle[key] = y + self._height[key] / 2
                y += self._height[key] + GAP_Y
        for turn in range(_ROUNDS):
            links = self._before if turn % 2 == 0 else self._after
            for row in self._rows if turn % 2 == 0 else reversed(self._rows):
                wanted = [_mean([middle[other] for other in links.get(key, ())], middle[key]) for key in row]
                for key, place in zip(row, spread(wanted, [self._height[key] for key in row], GAP_Y), strict=True):
                    middle[key] = place
        return middle

    def add_to(self, picture: Picture, known: Mapping[str, Node]) -> None:
        """Put it below what is there."""
        loops = any(edge.source == edge.target for edge in self._edges)
        least = min(self._middle[key] - self._height[key] / 2 for key in self._middle)
        down = picture.height - least + (GAP_Y if loops else 0)
        for key in self._middle:
            self._middle[key] += down
        for key in self._keys:
            height = self._height[key]
            x = MARGIN + self._layer[key] * (NODE_WIDTH + GAP_X)
            place = Place(x, self._middle[key] - height / 2, NODE_WIDTH, height, self._layer[key])
            picture.nodes.append((known[key], place))
        picture.lines += self._lines()
        picture.height = max(self._middle[key] + self._height[key] / 2 for key in self._middle) + GAP_Y + MARGIN

    def _lines(self) -> list[Line]:
        """The ways of all edges, each from a port of its own."""
        left, right = self._ports()
        incoming, outgoing = _degrees(self._edges)
        lines = []
        for at, edge in enumerate(self._edges):
            pair = (edge.source, edge.target)
            if edge.source == edge.target:
                lines.append(self._loop(edge))
                continue
            back = pair in self._back
            begin, *passing, end = self._chains[_turned(pair) if back else pair]
            points = [(self._x(begin) + NODE_WIDTH, right[at])]
            for key in passing:
                x = self._x_of(key)
                points += [(x, self._middle[key]), (x + NODE_WIDTH, self._middle[key])]
            points.append((self._x(end), left[at]))
            if back:
                points.reverse()
            near_target = incoming[edge.target] <= outgoing[edge.source]
            x, y = points[-1] if near_target else points[0]
            at_left = near_target is not back
            lines.append(Line(edge, points, back, (x + (-12 if at_left else 8), y - 4), "end" if at_left else "start"))
        return lines

    def _loop(self, edge: Edge) -> Line:
        """From a node to itself: around its upper right corner."""
        x, y = self._x(edge.source) + NODE_WIDTH, self._middle[edge.source] - self._height[edge.source] / 2
        points = [(x, y + 10), (x + 24, y + 10), (x + 24, y - 10), (x - 24, y - 10), (x - 24, y)]
        return Line(edge, points, True, (x + 28, y - 6), "start")

    def _ports(self) -> tuple[list[float], list[float]]:
        """Where each edge touches: at the left side of its right end, and at the right side of its left end."""
        ends: dict[tuple[str, bool], list[tuple[float, int]]] = {}
        for at, edge in enumerate(self._edges):
            pair = (edge.source, edge.target)
            if edge.source == edge.target:
                continue
            chain = self._chains[_turned(pair) if pair in self._back else pair]
            ends.setdefault((chain[-1], True), []).append((self._middle[chain[-2]], at))
            ends.setdefault((chain[0], False), []).append((self._middle[chain[1]], at))
        left, right = [0.0] * len(self._edges), [0.0] * len(self._edges)
        for (key, is_left), found in ends.items():
            found.sort()
            step = min(float(PORT), self._height[key] / (len(found) + 1))
            first = self._middle[key] - step * (len(found) - 1) / 2
            for place, (_, at) in enumerate(found):
                (left if is_left else right)[at] = first + step * place
        return left, right

    def _x(self, key: str) -> float:
        return MARGIN + self._layer[key] * (NODE_WIDTH + GAP_X)

    def _x_of(self, passing: str) -> float:
        return MARGIN + int(passing.rpartition("\0")[2]) * (NODE_WIDTH + GAP_X)


def _turned(pair: Pair) -> Pair:
    return pair[1], pair[0]


def _degrees(edges: Sequence[Edge]) -> tuple[dict[str, int], dict[str, int]]:
    """How many edges come to each node, and go from it."""
    incoming: dict[str, int] = {}
    outgoing: dict[str, int] = {}
    for edge in edges:
        outgoing[edge.source] = outgoing.get(edge.source, 0) + 1
        incoming[edge.target] = incoming.get(edge.target, 0) + 1
    return incoming, outgoing


def _heights(keys: Sequence[str], edges: Sequence[Edge]) -> dict[str, float]:
    """A node is as high as the labels beside it need."""
    incoming, outgoing = _degrees(edges)
    labels: dict[str, int] = {}
    for edge in edges:
        near = edge.target if incoming[edge.target] <= outgoing[edge.source] else edge.source
        labels[near] = labels.get(near, 0) + 1
    return {key: max(float(NODE_HEIGHT), PORT * (labels.get(key, 0) + 1.0)) for key in keys}


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def spread(wanted: Sequence[float], sizes: Sequence[float], gap: float) -> list[float]:
    """Places in this order, `gap` apart at least, with the least squared distance from what is wanted (pool adjacent
    violators)."""
    offsets, total = [], 0.0
    for at, size in enumerate(sizes):
        total += size / 2 + (sizes[at - 1] / 2 + gap if at else 0.0)
        offsets.append(total)
    blocks: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        mean, count = want - offset, 1
        while blocks and blocks[-1][0] >= mean:
            other, many = blocks.pop()
            mean, count = (mean * count + other * many) / (count + many), count + many
        blocks.append((mean, count))
    means = [mean for mean, count in blocks for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]
