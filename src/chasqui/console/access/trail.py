"""The audit log: who called what, when, and how it ended."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.access.common import show
from chasqui.console.language import N_
from chasqui.console.page import Page

KEYS: Final = (
    ("", N_("Everything")),
    ("EventName", N_("Event name")),
    ("Username", N_("User name")),
    ("EventSource", N_("Event source")),
    ("ResourceName", N_("Resource name")),
    ("ResourceType", N_("Resource type")),
    ("AccessKeyId", N_("Access key ID")),
    ("ReadOnly", N_("Read-only (true or false)")),
    ("EventId", N_("Event ID")),
)
_ROWS: Final = 50


class Row(msgspec.Struct, frozen=True):
    """An event as the list shows it; `record` is all that is known of it."""

    at: float
    name: str
    source: str
    user: str
    resources: list[str]
    error: str
    request_id: str
    record: str


async def index(page: Page) -> Reply:
    """Events by one attribute and within a time, newest first."""
    # Who opens a page here makes a dozen records of reading: at first what changed something is shown.
    fresh = "key" not in page.query
    key, value = ("ReadOnly", "false") if fresh else (page.query["key"], page.query["value"].strip())
    wanted = [{"AttributeKey": key, "AttributeValue": value}] if key and value else None
    rows, following, problem = [], None, ""
    try:
        found = await page.api(
            "cloudtrail",
            "LookupEvents",
            LookupAttributes=wanted,
            StartTime=_moment(page.query["start"]),
            EndTime=_moment(page.query["end"]),
            NextToken=page.query["token"] or None,
            MaxResults=_ROWS,
        )
        rows, following = [_row(each) for each in found["Events"]], found.get("NextToken")
    except ServiceError as error:
        problem = str(error)
    return await show(
        page,
        "log",
        "log.html",
        rows=rows,
        following=following,
        problem=problem,
        keys=[(each, page.text(name)) for each, name in KEYS],
        key=key,
        value=value,
    )


def _row(event: dict[str, Any]) -> Row:
    record = json.loads(event["CloudTrailEvent"])
    names = dict.fromkeys(each["ResourceName"] for each in event.get("Resources", ()))
    return Row(
        event["EventTime"],
        event["EventName"],
        event["EventSource"],
        event.get("Username", ""),
        [name for name in names if name.startswith("arn:")] or list(names),
        record.get("errorCode", ""),
        record.get("requestID", ""),
        json.dumps(record, indent=2, ensure_ascii=False),
    )


def _moment(text: str) -> float | None:
    """A moment of a form's field (`datetime-local`), in UTC; None for none."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() if text else None
    except ValueError:
        return None
