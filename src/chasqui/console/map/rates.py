"""How much goes over the map's edges: counts now and a moment ago."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from chasqui.console.api import Api
from chasqui.console.language import Language
from chasqui.console.map.wiring import Way

PERIOD_SECONDS: Final = 2.0
_KEPT: Final = 4
"""Samples: a rate is over the time between the oldest and the newest."""


async def counts(api: Api, ways: Sequence[Way]) -> dict[str, int]:
    """Messages so far, by flow, on this node. Raises `ServiceError` where the visitor may not know."""
    wanted = "\n".join(dict.fromkeys(each.flow for each in ways if each.flow))
    found: dict[str, int] = (await api.control("GET", "/_chasqui/flows", of=wanted))["flows"] if wanted else {}
    return found


class Rates:
    """Rates by flow, from samples."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, Mapping[str, int]]] = deque(maxlen=_KEPT)

    def add(self, at_s: float, counted: Mapping[str, int]) -> None:
        """Take a sample. Where counting began anew, so do the samples."""
        if self._samples and any(counted.get(key, 0) < count for key, count in self._samples[-1][1].items()):
            self._samples.clear()
        self._samples.append((at_s, counted))

    def of(self, flow: str) -> float | None:
        """Messages a second; None while there are too few samples."""
        if len(self._samples) < 2:
            return None
        (began, before), (ended, after) = self._samples[0], self._samples[-1]
        return (after.get(flow, 0) - before.get(flow, 0)) / max(ended - began, 0.001)


def told(language: Language, rate: float | None) -> str:
    """A rate in words."""
    if rate is None:
        return "–"
    digits = 0 if rate >= 10 or rate == 0 else 1 if rate >= 1 else 2
    return language.text("%(rate)s/s", rate=language.number(rate, digits))


async def live(api: Api, language: Language, ways: Sequence[Way], in_table: frozenset[str]) -> AsyncIterator[str]:
    """What changes in the page, time after time: labels of arrows, and the cells of the edges whose ids are
    `in_table`. Runs in a task."""
    rates, loop = Rates(), asyncio.get_running_loop()
    shown: dict[str, tuple[str, str]] = {}
    while True:
        counted = await counts(api, ways)
        rates.add(loop.time(), counted)
        pieces = []
        for way in ways:
            if not way.flow:
                continue
            texts = told(language, rates.of(way.flow)), language.number(counted.get(way.flow, 0))
            before = shown.get(way.id, ("–", ""))
            shown[way.id] = texts
            if texts[0] != before[0]:
                pieces.append(_text(way.id, texts[0]))
                if way.id in in_table:
                    pieces.append(_text(f"r-{way.id}", texts[0]))
            if way.id in in_table and texts[1] != before[1]:
                pieces.append(_text(f"t-{way.id}", texts[1]))
        if pieces:
            yield "".join(pieces)
        await asyncio.sleep(PERIOD_SECONDS)


def _text(id: str, text: str) -> str:
    """Numbers and hexadecimal digits: nothing to escape."""
    return f'<hx-partial hx-target="#{id}" hx-swap="textContent">{text}</hx-partial>'
