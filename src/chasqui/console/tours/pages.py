"""The tours: a list, each as a text to read, and the steps for the script that leads through the pages."""

from __future__ import annotations

from typing import Final

import msgspec

from chasqui.base.fronts import Reply
from chasqui.console.page import Page
from chasqui.console.routes import Route
from chasqui.console.tours import access, buckets, queues, topics
from chasqui.console.tours.taken import free_turn, is_turn
from chasqui.console.tours.tour import Tour, placed, told

TOURS: Final[tuple[Tour, ...]] = (*queues.TOURS, *topics.TOURS, *buckets.TOURS, *access.TOURS)

_JSON: Final = (
    (b"content-type", b"application/json"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
)


def _tour(page: Page) -> Tour | None:
    return next((each for each in TOURS if each.id == page.places["tour"]), None)


async def index(page: Page) -> Reply:
    """All tours."""
    return await page.render("tours/index.html", tours=TOURS)


async def show(page: Page) -> Reply:
    """A tour as a text, with the button that starts it."""
    tour = _tour(page)
    if tour is None:
        return await page.render("missing.html", 404)
    steps = placed(tour.steps, page.api.account, page.api.region)
    return await page.render("tours/tour.html", tour=tour, steps=steps)


async def steps(page: Page) -> Reply:
    """A tour's steps as JSON, in the reader's language: with names of their own for who begins it again (`begins`), and
    with those names for who goes on (`turn`)."""
    tour = _tour(page)
    if tour is None:
        return await page.render("missing.html", 404)
    asked = page.query.get("turn")
    turn = await free_turn(page, tour) if page.query.get("begins") else asked if is_turn(asked) else ""
    return Reply(200, _JSON, msgspec.json.encode(told(tour, page.text, page.api.account, page.api.region, turn)))


ROUTES: tuple[Route, ...] = (
    Route("GET", "tours", index),
    Route("GET", "tours/{tour}", show),
    Route("GET", "tours/{tour}/steps", steps),
)
