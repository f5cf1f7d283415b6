"""What a guided tour is made of: steps on pages, each with something to click, to fill in or to look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec

from chasqui.console.language import N_

Act = Literal["click", "type", "choose", "tick", "file", "look"]

_AGAIN: Final = N_("What you made before is still there: this time the names end in “%(turn)s”.")


class Step(msgspec.Struct, frozen=True):
    """One step. `at` is the page: its address after the region, where `*` stands for a segment ("queues/*/messages").
    `target` is a CSS selector of what is highlighted there. `text` says what to do, and why. `value` is what to type,
    which option to choose (its value or its text), or the name of the file that the tour can make for who has none.
    A step to look at is over when the reader says so. In `at`, `target` and `value`, `{account}` and `{region}` are
    the visitor's, and `{turn}` is what makes names new when a tour is begun again ("", "-2", "-3")."""

    at: str
    target: str
    text: str
    act: Act = "click"
    value: str = ""


class Tour(msgspec.Struct, frozen=True):
    """A walk-through. `scenarios` are the numbers of what it shows. `makes` is what it creates: (kind, name), the names
    with `{account}` and `{turn}`."""

    id: str
    title: str
    summary: str
    minutes: int
    scenarios: str
    makes: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]


def placed(steps: tuple[Step, ...], account: str, region: str, turn: str = "") -> list[Step]:
    """A tour's steps in an account and a region."""

    def filled(text: str) -> str:
        return text.replace("{account}", account).replace("{region}", region).replace("{turn}", turn)

    return [
        Step(filled(each.at), filled(each.target), each.text, each.act, filled(each.value))
        for each in steps
    ]  # fmt: skip


def told(tour: Tour, text: Callable[..., str], account: str, region: str, turn: str = "") -> dict[str, Any]:
    """A tour in its reader's language, for the script that leads through it."""
    return {
        "id": tour.id,
        "title": text(tour.title),
        "turn": turn,
        "again": turn and text(_AGAIN, turn=turn),
        "steps": [
            {"at": each.at, "target": each.target, "text": text(each.text), "act": each.act, "value": each.value}
            for each in placed(tour.steps, account, region, turn)
        ],
        "words": {
            "step": text("Step %(number)s of %(count)s", number="{number}", count="{count}"),
            "next": text("Next step"),
            "back": text("Step back"),
            "end": text("End the tour"),
            "fill": text("Fill in for me"),
            "go": text("Go to the page of this step"),
            "where": text("Take me there"),
            "elsewhere": text("This step is on another page. The way there is highlighted."),
            "waiting": text("What this step is about is not on the page yet."),
            "done": text("That was the tour."),
            "others": text("Other tours"),
        },
    }
