"""What was published lately: the rows of the list, filtered by the address, and how they come by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.console.language import N_
from chasqui.console.numbers import digits
from chasqui.console.page import Page

ROWS: Final = 50
PERIOD_SECONDS: Final = 2.0
_LOOKED_LIVE: Final = 10_000
STATES: Final = {"sent": N_("Sent"), "waiting": N_("Tried again"), "failed": N_("Failed")}
BADGES: Final = {"sent": "good", "waiting": "warn", "failed": "bad"}
SYMBOLS: Final = {"sent": "✓", "waiting": "…", "failed": "✕"}
SINCE: Final = {
    "": N_("All that is kept"),
    "900": N_("The last 15 minutes"),
    "3600": N_("The last hour"),
    "86400": N_("The last 24 hours"),
}


class Recent(msgspec.Struct, frozen=True):
    """Publishes as `/_chasqui/traces` tells them; `problem` is why there are none. `before` is where the next page
    begins; not `whole`: more was there than was looked at."""

    rows: list[dict[str, Any]] = []
    before: int | None = None
    whole: bool = True
    problem: str = ""


async def recent(page: Page, look: int | None = None) -> Recent:
    """What the address asks for."""
    query, api = page.query, page.api
    before, since = query.get("before"), query.get("since")
    try:
        told = await api.control(
            "GET",
            "/_chasqui/traces",
            account=api.account,
            region=api.region,
            topic=query.get("topic").strip() or None,
            subscription=query.get("subscription").strip() or None,
            state=query.get("state") if query.get("state") in STATES else None,
            since=api.now_ms() - int(since) * 1000 if since in SINCE and since else None,
            before=digits(before),
            limit=ROWS,
            look=look,
        )
    except ServiceError as error:
        return Recent(problem=str(error))
    return Recent(told["publishes"], told["before"], told["whole"])


async def live(page: Page) -> AsyncIterator[str]:
    """The list as it is, and again whenever it has changed. Runs in a task."""
    shown: list[dict[str, Any]] | None = None
    while True:
        found = await recent(page, _LOOKED_LIVE)
        if found.problem:
            return
        if found.rows != shown:
            rows = await page.fragment("trace/rows.html", found=found, states=STATES, badges=BADGES, symbols=SYMBOLS)
            none = await page.fragment("trace/none.html", found=found)
            yield (
                f'<hx-partial hx-target="#publishes" hx-swap="innerMorph">{rows}</hx-partial>'
                f'<hx-partial hx-target="#no-publishes" hx-swap="innerMorph">{none}</hx-partial>'
            )
        shown = found.rows
        await asyncio.sleep(PERIOD_SECONDS)
