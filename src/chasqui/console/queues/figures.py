"""What the list of queues shows: a page of rows from the server's overview; for who may not see that, of ListQueues and
GetQueueAttributes, in the order of names."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.console.attributes import dead_letter_arn
from chasqui.console.numbers import digits
from chasqui.console.page import Page

ROWS: Final = 100
COLUMNS: Final = ("name", "type", "visible", "inFlight", "delayed", "age", "deadLetterQueue", "encryption", "created")
"""What the overview sorts by."""
LIVE: Final = ("visible", "inFlight", "delayed", "oldestAgeSeconds")
"""The figures that change by themselves."""


class Wanted(msgspec.Struct, frozen=True):
    """Which queues, as the address says. `after` is the overview's cursor, or a token of ListQueues."""

    search: str
    match: str
    type: str
    sort: str
    order: str
    after: str


class Row(msgspec.Struct, frozen=True):
    """A queue of the list. `id` can stand in an element's id; figures are None where they are not known."""

    id: str
    name: str
    fifo: bool
    figures: dict[str, Any]
    dead_letter_arn: str
    encryption: str
    created: int | None

    @property
    def dead_letter_name(self) -> str:
        """The dead-letter queue's name; "" for none."""
        return self.dead_letter_arn.rpartition(":")[2]


class Found(msgspec.Struct, frozen=True):
    """A page of the list. `total` is None where nobody counted; `denied` is why there are no figures, or not all."""

    rows: list[Row]
    total: int | None
    after: str
    denied: str = ""
    sorts: bool = True


def wanted_of(page: Page) -> Wanted:
    """What the address asks for."""
    query = page.query
    sort, kind = query.get("sort"), query.get("type")
    return Wanted(
        query.get("search").strip(),
        "prefix" if query.get("match") == "prefix" else "",
        kind if kind in ("standard", "fifo") else "",
        sort if sort in COLUMNS else "name",
        "desc" if query.get("order") == "desc" else "asc",
        query.get("after"),
    )


async def look(page: Page, wanted: Wanted) -> Found:
    """The page of the list. Raises `ServiceError` where not even ListQueues is allowed."""
    try:
        return await _overview(page, wanted)
    except ServiceError as error:
        if error.status != 403:
            raise
        return await _by_name(page, wanted, error.message)


async def _overview(page: Page, wanted: Wanted) -> Found:
    after = digits(wanted.after, 9) or 0
    found = await page.api.control(
        "GET",
        "/_chasqui/queues",
        account=page.api.account,
        region=page.api.region,
        search=wanted.search,
        match=wanted.match,
        type=wanted.type,
        sort=wanted.sort,
        order=wanted.order,
        limit=ROWS,
        after=after,
    )
    return Found([_row(each) for each in found["queues"]], found["total"], found["after"] or "")


async def again(page: Page, rows: list[Row]) -> list[Row]:
    """The same rows as they are now; those that are gone are left out. Raises `ServiceError`."""
    if not rows:
        return []
    found = await page.api.control(
        "GET",
        "/_chasqui/queues",
        account=page.api.account,
        region=page.api.region,
        names=",".join(row.name for row in rows),
        limit=ROWS,
    )
    return [_row(each) for each in found["queues"]]


def _row(queue: dict[str, Any]) -> Row:
    figures = {name: queue[name] for name in LIVE}
    dead, name = queue["deadLetterTargetArn"] or "", queue["name"]
    return Row(id_of(name), name, queue["fifo"], figures, dead, queue["encryption"], queue["created"])


def id_of(name: str) -> str:
    """A queue's name as a part of an element's id: names have dots, which mean something in selectors."""
    return f"q{hashlib.sha256(name.encode()).hexdigest()[:12]}"


async def _by_name(page: Page, wanted: Wanted, denied: str) -> Found:
    """As ListQueues has them: found by the beginning of their names alone."""
    listed = await page.api(
        "sqs",
        "ListQueues",
        QueueNamePrefix=wanted.search or None,
        MaxResults=ROWS,
        NextToken=wanted.after or None if digits(wanted.after) is None else None,
    )
    rows = [await _attributes(page, url) for url in listed.get("QueueUrls", ())]
    return Found(rows, None, listed.get("NextToken", ""), denied, sorts=False)


async def _attributes(page: Page, url: str) -> Row:
    name = url.rpartition("/")[2]
    try:
        found = (await page.api("sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=["All"]))["Attributes"]
    except ServiceError:
        return Row(id_of(name), name, name.endswith(".fifo"), dict.fromkeys(LIVE), "", "", None)
    figures = {
        "visible": int(found["ApproximateNumberOfMessages"]),
        "inFlight": int(found["ApproximateNumberOfMessagesNotVisible"]),
        "delayed": int(found["ApproximateNumberOfMessagesDelayed"]),
        "oldestAgeSeconds": None,
    }
    key, managed = found.get("KmsMasterKeyId"), found.get("SqsManagedSseEnabled") == "true"
    dead = dead_letter_arn(found)
    encryption = "SSE-KMS" if key else "SSE-SQS" if managed else ""
    return Row(id_of(name), name, name.endswith(".fifo"), figures, dead, encryption, int(found["CreatedTimestamp"]))
