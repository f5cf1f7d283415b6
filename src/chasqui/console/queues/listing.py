"""The list of queues: found, sorted and paged by the address, with live figures; and what is done to many at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Final

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console import commands
from chasqui.console.language import N_
from chasqui.console.page import Page
from chasqui.console.queues.figures import LIVE, ROWS, Row, again, look, wanted_of

_EVERY_SECONDS: Final = 2
COLUMNS: Final = (
    ("name", N_("Name"), ""),
    ("type", N_("Type"), ""),
    ("visible", N_("Visible"), "number"),
    ("inFlight", N_("In flight"), "number"),
    ("delayed", N_("Delayed"), "number"),
    ("age", N_("Oldest message"), "number"),
    ("deadLetterQueue", N_("Dead-letter queue"), ""),
    ("encryption", N_("Encryption"), ""),
)
"""The table's columns: by what they are sorted, their names, their class."""
_OPERATIONS: Final = {"delete": "DeleteQueue", "purge": "PurgeQueue"}


async def index(page: Page) -> Reply:
    """The list."""
    wanted = wanted_of(page)
    found = await look(page, wanted)
    return await page.render("queues/index.html", wanted=wanted, found=found, columns=COLUMNS, live=LIVE)


async def live(page: Page) -> Reply:
    """The figures of a page of the list, as they change."""
    return page.events(_changing(page))


async def _changing(page: Page) -> AsyncIterator[str]:
    rows = (await look(page, wanted_of(page))).rows
    # Before the first look everything is told: something may have happened since the page was made.
    told: dict[str, str] = {}
    while True:
        pieces = _cells(page, rows)
        changed = {place: text for place, text in pieces.items() if told.get(place) != text}
        if changed:
            told |= changed
            yield await page.fragment("queues/cells.html", cells=changed)
        await asyncio.sleep(_EVERY_SECONDS)
        rows = await again(page, rows)


def _cells(page: Page, rows: Iterable[Row]) -> dict[str, str]:
    """The text of every figure, by its cell's id."""
    return {f"{row.id}-{name}": cell(page, row, name) for row in rows for name in LIVE}


def cell(page: Page, row: Row, name: str) -> str:
    """A figure in the visitor's language."""
    value = row.figures[name]
    return page.language.duration(value) if name == "oldestAgeSeconds" else page.language.number(value)


# ------------------------------------------------------------------------------------------------------ many at once


async def ask(page: Page) -> Reply:
    """What was ticked, and what is going to happen to it."""
    form = await page.form()
    return await _asked(page, form.get("action"), _names(form.all("queue")))


async def _asked(page: Page, action: str, names: list[str], status: int = 200, problem: str = "") -> Reply:
    if action not in _OPERATIONS or not names:
        return page.redirect(page.href("queues"), failed=page.text("Tick the queues first."))
    counts = [await _messages(page, name) for name in names]
    return await page.render(
        "queues/bulk.html",
        status,
        action=action,
        queues=list(zip(names, counts, strict=True)),
        problem=problem,
        command=_commands(page, action, names),
    )


def _commands(page: Page, action: str, names: list[str]) -> tuple[str, str]:
    """The same as commands, a queue each."""
    base = f"{page.api.base_url}/{page.api.account}/"
    calls = [(_OPERATIONS[action], {"QueueUrl": f"{base}{name}"}) for name in names]
    return commands.joined(page.api, "sqs", calls)


def _names(given: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(given))[:ROWS]


async def _messages(page: Page, name: str) -> int | None:
    """How many messages a queue has; None where the visitor may not know."""
    try:
        url = (await page.api("sqs", "GetQueueUrl", QueueName=name))["QueueUrl"]
        found = await page.api("sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])
    except ServiceError:
        return None
    return sum(int(value) for key, value in found["Attributes"].items() if key.startswith("ApproximateNumberOf"))


async def do(page: Page) -> Reply:
    """Delete or purge what was ticked, after the action was typed; says of each that failed why."""
    form = await page.form()
    action, names = form.get("action"), _names(form.all("queue"))
    if action not in _OPERATIONS or not names or not await page.confirmed(action):
        problem = page.text("Type “%(word)s” to confirm.", word=action)
        return await _asked(page, action, names, 422, problem)
    failures = []
    for name in names:
        try:
            url = (await page.api("sqs", "GetQueueUrl", QueueName=name))["QueueUrl"]
            await page.api("sqs", _OPERATIONS[action], QueueUrl=url)
        except ServiceError as error:
            failures.append((name, error))
    done = len(names) - len(failures)
    if action == "delete":
        told = page.plural("%(num)s queue was deleted.", "%(num)s queues were deleted.", done)
    else:
        told = page.plural("%(num)s queue was purged.", "%(num)s queues were purged.", done)
    if not failures:
        return page.redirect(page.href("queues"), done=told)
    return await page.render("queues/bulk_done.html", 200, said=told, failures=failures, done=done)
