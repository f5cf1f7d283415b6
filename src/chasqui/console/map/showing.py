"""The map as it is shown: what the picture's boxes and arrows say, in the visitor's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup

from chasqui.console.arns import page_of
from chasqui.console.graphs.drawing import svg
from chasqui.console.graphs.layout import laid_out
from chasqui.console.graphs.model import Edge, Node
from chasqui.console.graphs.things import ONE, SIGNS
from chasqui.console.language import N_
from chasqui.console.map.wiring import WAYS, Thing, Way, Wiring
from chasqui.console.page import Page

TROUBLE: Final = {
    "dead": N_("messages in the dead-letter queue"),
    "unread": N_("messages wait, and nothing takes them"),
    "unheard": N_("nobody subscribes to it"),
    "missing": N_("it does not exist"),
}
"""What is wrong, in words."""
NO_RATE: Final = "–"
FILTERED: Final = "▽"
"""Stands before the rate of what has a filter."""
STOPPED: Final = "✕"
DEAD: Final = "DLQ"


def address(page: Page, thing: Thing) -> str:
    """The page of a resource; "" for what has none here."""
    return page_of(page, thing.key) if thing.here and "missing" not in thing.trouble else ""


def problems(page: Page, thing: Thing) -> str:
    """What is wrong with it, "" when nothing is."""
    return ", ".join(page.text(TROUBLE[each]) for each in thing.trouble)


def node_of(page: Page, thing: Thing, chosen: str) -> Node:
    """A box."""
    wrong = problems(page, thing)
    where = "" if thing.here or thing.region in ("", page.api.region) else thing.region
    mark = f"{page.language.number(thing.waiting)} ✉" if thing.waiting else ""
    title = [thing.name, page.text(ONE[thing.kind]), thing.key if thing.key.startswith("arn:") else "", wrong]
    if thing.waiting is not None:
        title.append(page.plural("%(num)s message", "%(num)s messages", thing.waiting))
    return Node(
        thing.key,
        thing.name,
        f"{thing.kind} trouble" if wrong else thing.kind,
        sign=SIGNS[thing.kind],
        href=address(page, thing),
        title="\n".join(each for each in title if each),
        note=f"⚠ {wrong}" if wrong else where,
        mark="" if wrong and len(wrong) > 20 else mark,
        chosen=thing.key == chosen,
    )


def detail_of(page: Page, way: Way) -> str:
    """What there is to say of an edge beside its ends."""
    found = []
    if way.kind == "mapping" and way.detail:
        found.append(page.plural("batches of %(num)s message", "batches of %(num)s messages", int(way.detail)))
    elif way.kind == "destination":
        found.append(page.text("on success") if way.detail == "OnSuccess" else page.text("on failure"))
    elif way.kind == "dead" and way.detail:
        found.append(page.text("of the subscription of %(endpoint)s", endpoint=way.detail))
    elif way.detail:
        found.append(way.detail)
    if not way.on:
        found.append(page.text("not confirmed") if way.kind == "subscription" else page.text("switched off"))
    return "; ".join(found)


def edge_of(page: Page, things: Mapping[str, Thing], way: Way) -> Edge:
    """An arrow."""
    signs = [DEAD if way.kind == "dead" else "", FILTERED if way.filter else "", "" if way.on else STOPPED]
    title = [
        f"{things[way.source].name} → {things[way.target].name}",
        page.text(WAYS[way.kind]),
        detail_of(page, way),
        page.text("Filter: %(filter)s", filter=way.filter[:1000]) if way.filter else "",
    ]
    return Edge(
        way.source,
        way.target,
        way.kind if way.on else f"{way.kind} off",
        id=way.id,
        label=NO_RATE,
        sign=" ".join(each for each in signs if each),
        title="\n".join(each for each in title if each),
    )


def picture(page: Page, shown: Wiring, chosen: str) -> Markup:
    """The SVG; a thread's work."""
    nodes = [node_of(page, thing, chosen) for thing in shown.things.values()]
    edges = [edge_of(page, shown.things, way) for way in shown.ways]
    return svg(laid_out(nodes, edges), page.text("Map of what sends to what; the table below says the same"))
