"""The first page: what there is, how to begin, and where programs find this server. And what Ctrl-K finds."""

from __future__ import annotations

from chasqui.base.fronts import Reply
from chasqui.console.home import jump
from chasqui.console.home.figures import figures_of
from chasqui.console.home.pointing import ways
from chasqui.console.page import Page
from chasqui.console.routes import Route


async def index(page: Page) -> Reply:
    """The page. The figures come with a request of their own, so that a fresh server is quick: to count
    topics, buckets and functions their services are loaded."""
    figures = await figures_of(page) if page.query.flag("figures") else None
    health = await page.api.control("GET", "/_chasqui/health")
    return await page.render("home/index.html", health=health, ways=ways(page), figures=figures)


async def figures(page: Page) -> Reply:
    """What there is, in numbers."""
    return await page.render("home/figures.html", figures=await figures_of(page))


ROUTES: tuple[Route, ...] = (
    Route("GET", "home", index),
    Route("GET", "home/figures", figures),
    Route("GET", "jump", jump.find),
)
