"""What a picture is made of: nodes and edges as somebody wants them shown, and the places that the layout gives."""

from __future__ import annotations

from typing import Final

import msgspec

NODE_WIDTH: Final = 208
NODE_HEIGHT: Final = 46
PORT: Final = 17
"""Between two edges at one side of a node, so that their labels stay apart."""
GAP_X: Final = 108
GAP_Y: Final = 18
MARGIN: Final = 16


class Node(msgspec.Struct, frozen=True):
    """A box. `kind` is a CSS class, `sign` the few letters that say the same; `href` "" is no link;
    `title` is the whole of what is elided.
    `mark` is a word in its corner ("3 messages"), `note` a line under the name."""

    key: str
    name: str
    kind: str
    sign: str = ""
    href: str = ""
    title: str = ""
    note: str = ""
    mark: str = ""
    chosen: bool = False


class Edge(msgspec.Struct, frozen=True):
    """An arrow from a node to a node, by their keys. `id` names the label's element, so that it can be changed; `kind`
    is a CSS class; `sign` stands before the label and does not change; `title` tells more."""

    source: str
    target: str
    kind: str = ""
    id: str = ""
    label: str = ""
    sign: str = ""
    title: str = ""


class Place(msgspec.Struct):
    """Where a node is: its left upper corner and its size."""

    x: float
    y: float
    width: float
    height: float
    layer: int


class Line(msgspec.Struct):
    """The way of an edge. `points` are where it bends: it begins at the first and ends at the last. `back`: it goes
    against the direction of the picture, because it closes a circle. `at` is its label's middle, `anchor` how it is
    aligned ("start" or "end")."""

    edge: Edge
    points: list[tuple[float, float]]
    back: bool
    at: tuple[float, float] = (0, 0)
    anchor: str = "end"


class Picture(msgspec.Struct):
    """A graph with its places."""

    nodes: list[tuple[Node, Place]]
    lines: list[Line]
    width: float
    height: float
