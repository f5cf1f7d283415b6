"""The section's routes."""

from __future__ import annotations

from chasqui.base.fronts import Reply
from chasqui.console.access import checking
from chasqui.console.page import Page
from chasqui.console.routes import Route


async def index(page: Page) -> Reply:
    """The section's first page."""
    return await page.render("access/index.html")


ROUTES: tuple[Route, ...] = (Route("GET", "access", index), *checking.ROUTES)
