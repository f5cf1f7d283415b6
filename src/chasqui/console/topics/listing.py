"""The list of topics: searched, page by page."""

from __future__ import annotations

from typing import Any, Final

from chasqui.base.fronts import Reply
from chasqui.console.looks import Looks
from chasqui.console.page import Page
from chasqui.console.routes import Route

_ROWS: Final = 100
_WALKED: Final = 50
"""Pages of ListTopics that one request walks in search of names."""


async def index(page: Page) -> Reply:
    """The topics whose names have what is searched for."""
    wanted, looks = page.query.get("search").strip(), Looks(page)
    arns, after = await _found(page, wanted, page.query.get("after"))
    rows = [await _row(page, arn, looks) for arn in arns]
    template = "topics/rows.html" if page.partial else "topics/index.html"
    return await page.render(template, rows=rows, search=wanted, after=after, denied=looks.denied[:1])


async def _found(page: Page, wanted: str, after: str) -> tuple[list[str], str]:
    """The ARNs on this page, and the token of the next: "" for none."""
    found: list[str] = []
    for _ in range(_WALKED):
        answer = await page.api("sns", "ListTopics", NextToken=after or None)
        arns = [each["TopicArn"] for each in answer.get("Topics", ())]
        found += [arn for arn in arns if wanted.lower() in arn.rpartition(":")[2].lower()]
        after = answer.get("NextToken", "")
        if not after or len(found) >= _ROWS:
            break
    return found, after


async def _row(page: Page, arn: str, looks: Looks) -> dict[str, Any]:
    attributes = (await looks.at("sns", "GetTopicAttributes", TopicArn=arn)).get("Attributes", {})
    return {"name": arn.rpartition(":")[2], "arn": arn, "attributes": attributes}


ROUTES: tuple[Route, ...] = (Route("GET", "topics", index),)
