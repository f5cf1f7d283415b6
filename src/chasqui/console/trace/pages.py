"""The section's routes."""

from __future__ import annotations

import asyncio
import shlex

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console import choices
from chasqui.console.arns import name_of, page_of
from chasqui.console.numbers import digits
from chasqui.console.page import Page
from chasqui.console.routes import Route
from chasqui.console.trace import recent as listing
from chasqui.console.trace import way

_ROWS = 100


async def index(page: Page) -> Reply:
    """The search, and what was published lately; with `?id=` the way of a message."""
    message = page.query.get("id").strip()
    return await _way(page, message) if message else await _list(page, "")


async def _list(page: Page, problem: str, message: str = "", status: int = 200) -> Reply:
    found = await listing.recent(page)
    topics = [arn for arn, _ in await choices.topics(page)]
    chosen = page.query.get("topic")
    return await page.render(
        "trace/index.html",
        status,
        problem=problem,
        message=message,
        found=found,
        topics=topics if not chosen or chosen in topics else [chosen, *topics],
        states=listing.STATES,
        badges=listing.BADGES,
        symbols=listing.SYMBOLS,
        spans=listing.SINCE,
        name_of=name_of,
        live=page.here().replace("/trace", "/trace/live", 1),
    )


async def _way(page: Page, message: str) -> Reply:
    """What became of one message."""
    try:
        told = await page.api.control("GET", "/_chasqui/trace", message=message)
    except ServiceError as refused:
        if refused.status != 404:
            raise
        problem = page.text("Nothing is known of the message %(message)s, or not any more.", message=message)
        return await _list(page, problem, message, 404)
    first = digits(page.query["from"]) or 0
    subscriptions = way.sorted_subscriptions(told)
    moments = way.timeline(page, told)
    return await page.render(
        "trace/way.html",
        trace=told,
        message=message,
        drawn=await asyncio.to_thread(way.picture, page, told),
        moments=moments[:_ROWS],
        more=max(0, len(moments) - _ROWS),
        total=len(subscriptions),
        first=first,
        subscriptions=subscriptions[first : first + _ROWS],
        states=way.STATES,
        badges=way.BADGES,
        symbols=way.SYMBOLS,
        name_of=name_of,
        address=lambda arn: page_of(page, arn),
        seconds=way.seconds,
        command=f"chasqui trace --url {shlex.quote(page.api.base_url)} {shlex.quote(message)}",
    )


async def watch(page: Page) -> Reply:
    """The list, as it changes."""
    return page.events(listing.live(page))


ROUTES: tuple[Route, ...] = (Route("GET", "trace", index), Route("GET", "trace/live", watch))
