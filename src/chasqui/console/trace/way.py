"""A message's way, in the visitor's language: its picture, its timeline, what became of it at each subscription."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from markupsafe import Markup

from chasqui.console.arns import kind_of, name_of, page_of, unqualified
from chasqui.console.graphs.drawing import svg
from chasqui.console.graphs.layout import laid_out
from chasqui.console.graphs.model import Edge, Node
from chasqui.console.graphs.things import ONE, PROTOCOLS, SIGNS
from chasqui.console.language import N_
from chasqui.console.page import Page

SUBSCRIPTIONS_MAX: Final = 100
"""So many are in the picture; the table has them all, page by page."""

STATES: Final = {
    "delivered": N_("Delivered"),
    "queued": N_("Put into the queue"),
    "waiting": N_("Waits for an attempt"),
    "filtered": N_("Kept off by its filter"),
    "unconfirmed": N_("Not confirmed"),
    "dead": N_("Given up: in the dead-letter queue"),
    "dropped": N_("Given up: lost"),
}
"""What became of a message at a subscription."""
BADGES: Final = {"delivered": "good", "queued": "good", "waiting": "warn", "dead": "bad", "dropped": "bad"}
SYMBOLS: Final = {
    "delivered": "✓", "queued": "✓", "waiting": "…", "filtered": "▽", "unconfirmed": "?", "dead": "✕", "dropped": "✕",
}  # fmt: skip
_RANKS: Final = ("dead", "dropped", "waiting", "delivered", "queued", "unconfirmed", "filtered")


class Moment(msgspec.Struct, frozen=True):
    """A line of the timeline. `at_s` is in seconds, `after_ms` since the first line; `where` is an ARN or an endpoint,
    `said` what a service answered, in its words."""

    at_s: float
    after_ms: int
    what: str
    where: str
    ok: bool
    said: str
    took_ms: int | None


def seconds(text: str) -> float:
    """A moment that the API writes ("2026-01-31T12:00:00.123Z"), in seconds since the epoch."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def sorted_subscriptions(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The trace's subscriptions, what went wrong first."""
    return sorted(told["subscriptions"], key=_rank)


def _rank(line: Mapping[str, Any]) -> tuple[int, str]:
    return _RANKS.index(line["state"]), line["endpoint"]


# ------------------------------------------------------------------------------------------------------ the timeline


def timeline(page: Page, told: Mapping[str, Any]) -> list[Moment]:
    """Everything that is known to have happened, in order."""
    found = sorted(_moments(page, told), key=_at)
    if not found:
        return []
    first = found[0].at_s
    return [msgspec.structs.replace(each, after_ms=round((each.at_s - first) * 1000)) for each in found]


def _at(each: Moment) -> float:
    return each.at_s


def _moments(page: Page, told: Mapping[str, Any]) -> Iterator[Moment]:
    if told["topic"]:
        yield Moment(seconds(told["published"]), 0, page.text("Published"), told["topic"], True, "", None)
    for line in told["subscriptions"]:
        for attempt in line["attempts"]:
            what = page.text("Attempt %(number)s to deliver", number=page.language.number(attempt["number"]))
            said = " ".join(str(attempt[name]) for name in ("status", "reason", "response") if attempt[name])
            at, took = seconds(attempt["at"]), attempt["dwellMs"]
            yield Moment(at, 0, what, line["endpoint"], attempt["ok"], said, took)
    for step in told["steps"]:
        yield _of_step(page, step)


def _of_step(page: Page, step: Mapping[str, Any]) -> Moment:
    number = page.language.number(step["number"])
    if step["what"] == "event":
        what = page.text("Event of an object, put into the queue")
    elif step["what"] == "trigger":
        what = page.text("Function ran with it, received %(number)s times", number=number)
    else:
        what = page.text("Function invoked, attempt %(number)s", number=number)
    took = None if step["what"] == "event" else step["durationMs"]
    return Moment(seconds(step["at"]), 0, what, step["target"], step["ok"], step["reason"] or "", took)


# ------------------------------------------------------------------------------------------------------- the picture


class _Drawn:
    """Boxes and arrows by key."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.nodes: dict[str, Node] = {}
        self.edges: dict[tuple[str, str, str], Edge] = {}

    def box(self, key: str, kind: str, note: str = "", bad: bool = False) -> str:
        """A node, once; a later note takes an earlier one's place. Its key."""
        if key in self.nodes and not note:
            return key
        name, address = name_of(key), page_of(self._page, key)
        if kind_of(key) == "other" and key.partition(":")[0] in PROTOCOLS:
            name = key.partition(":")[2]
        title = "\n".join(each for each in (name, self._page.text(ONE[kind]), key, note) if each)
        style = f"{kind} failed" if bad else kind
        self.nodes[key] = Node(key, name, style, SIGNS[kind], address, title, note)
        return key

    def arrow(self, source: str, target: str, kind: str, label: str, sign: str = "") -> None:
        """An edge, once for each kind."""
        title = f"{self.nodes[source].name} → {self.nodes[target].name}"
        edge = Edge(source, target, kind, f"w{len(self.edges)}", label, sign, title)
        self.edges.setdefault((source, target, kind), edge)


def picture(page: Page, told: Mapping[str, Any]) -> Markup:
    """The way as SVG; a thread's work."""
    drawn = _Drawn(page)
    if told["topic"]:
        topic = drawn.box(told["topic"], "topic", told["message"])
        publisher = told["publisher"] or ""
        if kind_of(publisher) != "other":
            drawn.arrow(drawn.box(publisher, kind_of(publisher)), topic, "publish", "")
        for line in sorted_subscriptions(told)[:SUBSCRIPTIONS_MAX]:
            _draw_subscription(page, drawn, topic, line)
    for step in told["steps"]:
        _draw_step(page, drawn, step)
    label = page.text("Picture of the message's way; the tables below say the same")
    return svg(laid_out(list(drawn.nodes.values()), list(drawn.edges.values())), label)


def _draw_subscription(page: Page, drawn: _Drawn, topic: str, line: Mapping[str, Any]) -> None:
    kind, endpoint, state = PROTOCOLS.get(line["protocol"], "other"), line["endpoint"], line["state"]
    key = unqualified(endpoint) if endpoint.startswith("arn:") else f"{line['protocol']}:{endpoint}"
    bad = state in ("dead", "dropped")
    drawn.box(key, kind, f"{SYMBOLS[state]} {page.text(STATES[state])}", bad)
    took = line["attempts"][-1]["dwellMs"] if line["attempts"] else None
    label = "" if took is None else page.text("%(num)s ms", num=page.language.number(took))
    drawn.arrow(topic, key, "way" if state in ("delivered", "queued") else "way off", label, SYMBOLS[state])
    if line.get("deadLetter"):
        drawn.arrow(key, drawn.box(line["deadLetter"], "queue"), "dead", "", "DLQ")


def _draw_step(page: Page, drawn: _Drawn, step: Mapping[str, Any]) -> None:
    target, source = unqualified(step["target"]), step["source"]
    symbol = SYMBOLS["delivered" if step["ok"] else "dropped"]
    took = page.text("%(num)s ms", num=page.language.number(step["durationMs"]))
    if step["what"] == "event":
        drawn.arrow(drawn.box(source, "bucket"), drawn.box(target, "queue"), "way", "", symbol)
        return
    note = page.text("ran") if step["ok"] else page.text("failed")
    drawn.box(target, "function", f"{symbol} {note}, {took}", not step["ok"])
    if step["what"] == "trigger":
        drawn.arrow(drawn.box(source, "queue"), target, "way", took, symbol)
    elif not source.startswith("sns.") and source:
        drawn.arrow(drawn.box(source, "other"), target, "way", took, symbol)
