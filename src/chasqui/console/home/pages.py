"""The first page: what there is, how to begin, and where programs find this server. And what Ctrl-K finds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from chasqui.base.fronts import Reply
from chasqui.console.home import jump
from chasqui.console.home.figures import figures_of, moved
from chasqui.console.home.pointing import ways
from chasqui.console.page import Page
from chasqui.console.routes import Route

_EVERY_SECONDS: Final = 5


async def index(page: Page) -> Reply:
    """The page. The figures come as a stream, so that a fresh server is quick: to count topics, buckets and functions
    their services are loaded."""
    figures = await figures_of(page) if page.query.flag("figures") else None
    health = await page.api.control("GET", "/_chasqui/health")
    return await page.render("home/index.html", health=health, ways=ways(page), figures=figures)


async def live(page: Page) -> Reply:
    """What there is, in numbers, as it changes."""
    return page.events(_changing(page))


async def _changing(page: Page) -> AsyncIterator[str]:
    figures, told = await figures_of(page), ""
    while True:
        text = await page.fragment("home/figures.html", figures=figures)
        if text != told:
            told = text
            yield f'<hx-partial hx-target="#figures" hx-swap="innerMorph">{text}</hx-partial>'
        await asyncio.sleep(_EVERY_SECONDS)
        figures = await moved(page, figures)


ROUTES: tuple[Route, ...] = (
    Route("GET", "home", index),
    Route("GET", "home/live", live),
    Route("GET", "jump", jump.find),
)
