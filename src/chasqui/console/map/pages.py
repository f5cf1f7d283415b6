"""The section's routes."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.graphs.things import KINDS, ONE
from chasqui.console.landscape import Landscape, landscape
from chasqui.console.map.rates import counts, live
from chasqui.console.map.showing import address, detail_of, picture, problems
from chasqui.console.map.wiring import WAYS, Wanted, Way, Wiring, part, wiring
from chasqui.console.numbers import digits
from chasqui.console.page import Page
from chasqui.console.routes import Route

_ROWS: Final = 100


class Seen(msgspec.Struct, frozen=True):
    """What a request is about: all that there is, what of it is shown, and what could not be looked at."""

    whole: Wiring
    shown: Wiring
    left_out: tuple[str, ...]
    cut: tuple[str, ...]


def wanted_of(page: Page) -> Wanted:
    """What the address asks for."""
    query, kind = page.query, page.query.get("kind")
    return Wanted(
        kind if kind in KINDS else "", query.get("name").strip(), query.get("of").strip(), query.flag("trouble")
    )


async def seen_by(page: Page) -> Seen:
    """Look at everything, on the visitor's behalf."""
    found = await landscape(page.api, closely=False)
    whole, shown = await asyncio.to_thread(_parted, found, wanted_of(page))
    return Seen(whole, shown, tuple(sorted(found.left_out)), tuple(sorted(found.cut)))


def _parted(found: Landscape, wanted: Wanted) -> tuple[Wiring, Wiring]:
    whole = wiring(found)
    return whole, part(whole, wanted)


def _rows(page: Page, shown: Wiring) -> tuple[int, list[Way]]:
    """The rows of the table that are shown, and the number of the first."""
    first = digits(page.query["from"]) or 0
    return first, shown.ways[first : first + _ROWS]


async def index(page: Page) -> Reply:
    """The map."""
    seen = await seen_by(page)
    wanted, shown = wanted_of(page), seen.shown
    first, rows = _rows(page, shown)
    denied, counted = "", dict[str, int]()
    try:
        counted = await counts(page.api, rows)
    except ServiceError as error:
        denied = str(error)
    drawn = await asyncio.to_thread(picture, page, shown, wanted.of) if shown.things else None
    return await page.render(
        "map/index.html",
        wanted=wanted,
        drawn=drawn,
        rows=rows,
        first=first,
        shown=shown,
        seen=seen,
        counted=counted,
        denied=denied,
        kinds=KINDS,
        one=ONE,
        ways=WAYS,
        address=address,
        detail=detail_of,
        problems=problems,
        troubled=[thing for thing in shown.things.values() if thing.trouble],
        live=page.here().replace("/map", "/map/live", 1),
    )


async def watch(page: Page) -> Reply:
    """The rates, as they change."""
    seen = await seen_by(page)
    _, rows = _rows(page, seen.shown)
    in_table = frozenset(each.id for each in rows)
    return page.events(live(page.api, page.language, seen.shown.ways, in_table))


ROUTES: tuple[Route, ...] = (Route("GET", "map", index), Route("GET", "map/live", watch))
