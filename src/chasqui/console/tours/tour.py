"""What a guided tour is made of: steps on pages, each with something to click, to type or to look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

Act = Literal["click", "type", "choose", "tick", "file", "look"]


class Step(msgspec.Struct, frozen=True):
    """One step. `at` is the page: its address after the region, where `*` stands for a segment ("queues/*/messages").
    `target` is a CSS selector of what is highlighted there. `text` says what to do, and why. `value` is what to type,
    or which option to choose. A step to look at is over when the reader says so."""

    at: str
    target: str
    text: str
    act: Act = "click"
    value: str = ""


class Tour(msgspec.Struct, frozen=True):
    """A walk-through. `scenarios` are the numbers of what it shows (docs/scenarios)."""

    id: str
    title: str
    summary: str
    minutes: int
    scenarios: str
    steps: tuple[Step, ...]


def told(tour: Tour, text: Callable[..., str]) -> dict[str, Any]:
    """A tour in its reader's language, for the script that leads through it."""
    return {
        "id": tour.id,
        "title": text(tour.title),
        "steps": [
            {"at": each.at, "target": each.target, "text": text(each.text), "act": each.act, "value": each.value}
            for each in tour.steps
        ],
        "words": {
            "step": text("Step %(number)s of %(count)s", number="{number}", count="{count}"),
            "next": text("Next step"),
            "back": text("Step back"),
            "end": text("End the tour"),
            "fill": text("Fill in for me"),
            "go": text("Go to the page of this step"),
            "elsewhere": text("This step is on another page."),
            "waiting": text("What this step is about is not on the page yet."),
            "done": text("That was the tour."),
            "type": text("Type:"),
        },
    }
