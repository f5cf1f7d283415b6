"""A queue's figures as they change: what it has now, and how much came and went since the sample before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.language import N_
from chasqui.console.page import Page
from chasqui.console.queue_facts import TABS, QueueFacts, queue_of

_FIGURES: Final = "/_chasqui/queues"
_PERIODS: Final = (1, 2, 5, 15, 60)


class Series(msgspec.Struct, frozen=True):
    """One line of a plot: `unit` is "rate" (a second), "count" or "seconds"."""

    key: str
    name: str
    unit: str


PLOTS: Final = (
    (
        N_("Messages per second"),
        (
            Series("sent", N_("Messages sent"), "rate"),
            Series("received", N_("Messages received"), "rate"),
            Series("deleted", N_("Messages deleted"), "rate"),
        ),
    ),
    (
        N_("Messages in the queue"),
        (
            Series("visible", N_("Visible"), "count"),
            Series("in_flight", N_("In flight"), "count"),
            Series("delayed", N_("Delayed"), "count"),
        ),
    ),
    (N_("Age of the oldest message"), (Series("age", N_("Age of the oldest message"), "seconds"),)),
)
_COUNTED: Final = {
    "sent": "NumberOfMessagesSent",
    "received": "NumberOfMessagesReceived",
    "deleted": "NumberOfMessagesDeleted",
}


class Sample(msgspec.Struct, frozen=True):
    """The figures of one moment; None for what the visitor may not know. `totals` are counted since the start."""

    at_ms: int
    visible: int
    in_flight: int
    delayed: int
    age: int | None
    totals: dict[str, int] | None


async def sample(page: Page, queue: QueueFacts) -> Sample:
    """The figures now: the server's, or for who may not have those what GetQueueAttributes tells. Raises
    `ServiceError`."""
    try:
        where = {"account": page.api.account, "region": page.api.region, "names": queue.name}
        rows = (await page.api.control("GET", _FIGURES, None, **where))["queues"]
    except ServiceError:
        rows = []
    if not rows:
        names = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ]
        answer = await page.api("sqs", "GetQueueAttributes", QueueUrl=queue.url, AttributeNames=names)
        visible, in_flight, delayed = (int(answer["Attributes"][name]) for name in names)
        return Sample(page.api.now_ms(), visible, in_flight, delayed, None, None)
    found = rows[0]
    totals = {key: found[name] for key, name in _COUNTED.items()}
    return Sample(
        page.api.now_ms(), found["visible"], found["inFlight"], found["delayed"], found["oldestAgeSeconds"] or 0, totals
    )


def values_of(before: Sample | None, now: Sample) -> dict[str, float | None]:
    """A sample as it is plotted. Counters that begin anew (a restart) count from 0."""
    values: dict[str, float | None] = {
        "visible": now.visible,
        "in_flight": now.in_flight,
        "delayed": now.delayed,
        "age": now.age,
    }
    for key in _COUNTED:
        values[key] = None
        if before is not None and before.totals is not None and now.totals is not None and now.at_ms > before.at_ms:
            values[key] = round(_gained(before.totals, now.totals, key) * 1000 / (now.at_ms - before.at_ms), 3)
    return values


def _gained(before: Mapping[str, int], now: Mapping[str, int], key: str) -> int:
    gained = now[key] - before[key]
    return gained if gained >= 0 else now[key]


async def index(page: Page) -> Reply:
    """The tab. `?every=` is the seconds between two samples."""
    queue = await queue_of(page)
    now = await sample(page, queue)
    return await page.render(
        "messages/monitoring.html",
        queue=queue,
        tab="monitoring",
        tabs=TABS,
        plots=PLOTS,
        now=now,
        values=values_of(None, now),
        every=_every(page),
        periods=_PERIODS,
    )


async def live(page: Page) -> Reply:
    """The samples, one after another."""
    queue = await queue_of(page)
    return page.events(_samples(page, queue, _every(page)))


async def _samples(page: Page, queue: QueueFacts, every: int) -> AsyncIterator[str]:
    before: Sample | None = None
    while True:
        try:
            now = await sample(page, queue)
        except ServiceError as error:
            yield await page.fragment("messages/figures.html", plots=PLOTS, now=None, values={}, error=error)
            return
        values = values_of(before, now)
        yield await page.fragment("messages/figures.html", plots=PLOTS, now=now, values=values, error=None)
        before = now
        await asyncio.sleep(every)


def _every(page: Page) -> int:
    text = page.query.get("every")
    return int(text) if text in map(str, _PERIODS) else 1
