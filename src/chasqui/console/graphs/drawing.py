"""A picture as SVG: boxes are links, everything else has a title. Colours are the style sheet's; whatever is shown is
text. Run it on a thread together with the layout."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

from markupsafe import Markup

from chasqui.console.graphs.model import Line, Node, Picture, Place

NAME_CELLS: Final = 22
NOTE_CELLS: Final = 30

_SVG: Final = Markup(
    '<svg class="graph" xmlns="http://www.w3.org/2000/svg" role="group" aria-label="{label}" width="{width:.0f}"'
    ' height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">'
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8"'
    ' orient="auto-start-reverse" markerUnits="userSpaceOnUse"><path class="arrow" d="M0 0L8 4L0 8z"/></marker></defs>'
    "{edges}{nodes}</svg>"
)
_LINE: Final = Markup(
    '<g class="edge {kind}"><title>{title}</title><path d="{path}" marker-end="url(#arrow)"/>'
    '<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{sign}<tspan id="{id}">{label}</tspan></text></g>'
)
_BOX: Final = Markup(
    '<title>{title}</title><rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" rx="6"/>'
    '<text class="sign" x="{sign_x:.0f}" y="{name_y:.0f}">{sign}</text>'
    '<text class="name" x="{name_x:.0f}" y="{name_y:.0f}">{name}</text>'
    '<text class="note" x="{sign_x:.0f}" y="{note_y:.0f}">{note}</text>'
    '<text class="mark" x="{mark_x:.0f}" y="{note_y:.0f}" text-anchor="end">{mark}</text>'
)
_LINK: Final = Markup('<a class="node {kind}" href="{href}"{current}>{box}</a>')
_PLAIN: Final = Markup('<g class="node {kind}">{box}</g>')


def svg(picture: Picture, label: str) -> Markup:
    """The picture. `label` says what it is, for who does not see it."""
    return _SVG.format(
        label=label,
        width=picture.width,
        height=picture.height,
        edges=Markup("").join(_edges(picture)),
        nodes=Markup("").join(_node(node, place) for node, place in picture.nodes),
    )


def _edges(picture: Picture) -> Iterator[Markup]:
    for line in picture.lines:
        edge = line.edge
        yield _LINE.format(
            kind=f"{edge.kind} back" if line.back else edge.kind,
            title=edge.title,
            path=path_of(line),
            x=line.at[0],
            y=line.at[1],
            anchor=line.anchor,
            sign=f"{edge.sign} " if edge.sign else "",
            id=edge.id,
            label=edge.label,
        )


def path_of(line: Line) -> str:
    """A line's path: curves between layers, straight through those it passes."""
    points = line.points
    x, y = points[0]
    parts = [f"M{x:.0f} {y:.0f}"]
    for at, (to_x, to_y) in enumerate(points[1:]):
        if line.edge.source == line.edge.target or at % 2:
            parts.append(f"L{to_x:.0f} {to_y:.0f}")
        else:
            middle = (x + to_x) / 2
            parts.append(f"C{middle:.0f} {y:.0f} {middle:.0f} {to_y:.0f} {to_x:.0f} {to_y:.0f}")
        x, y = to_x, to_y
    return "".join(parts)


def _node(node: Node, place: Place) -> Markup:
    middle = place.y + place.height / 2
    box = _BOX.format(
        title=node.title or node.name,
        x=place.x,
        y=place.y,
        width=place.width,
        height=place.height,
        sign=node.sign,
        sign_x=place.x + 8,
        name_x=place.x + 46,
        name_y=middle - 4,
        note_y=middle + 14,
        mark_x=place.x + place.width - 8,
        name=elided(node.name, NAME_CELLS),
        note=elided(node.note, NOTE_CELLS),
        mark=node.mark,
    )
    kind = f"{node.kind} chosen" if node.chosen else node.kind
    if not node.href:
        return _PLAIN.format(kind=kind, box=box)
    current = Markup(' aria-current="true"') if node.chosen else ""
    return _LINK.format(kind=kind, href=node.href, current=current, box=box)


def elided(text: str, cells: int) -> str:
    """A text that takes so many cells at most; what is wide takes two. Control characters are shown as signs, since a
    name may hold some."""
    shown = "".join(each if each.isprintable() else "\ufffd" for each in text[: cells + 1])
    taken = 0
    for at, each in enumerate(shown):
        taken += 2 if unicodedata.east_asian_width(each) in "WF" else 1
        if taken > cells:
            return f"{shown[: at - 1]}…"
    return shown
