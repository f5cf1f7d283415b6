"""Polling for messages, and what is done with those that were received: deleted, hidden longer, let go.

Receipts are kept by the page alone: each received message's tick box has its id and receipt as value.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.bodies import Budget
from chasqui.console.commands import both
from chasqui.console.forms import Form
from chasqui.console.messages.drafts import WrongDraft, whole
from chasqui.console.messages.records import Record, all_received
from chasqui.console.messages.sending import workbench
from chasqui.console.page import Page
from chasqui.console.queue_facts import QueueFacts, queue_used

_BATCH: Final = 10
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TICKS_MAX: Final = 500


class Poll(msgspec.Struct, frozen=True):
    """How to poll: for at most so many messages and seconds, with receives that wait so long; `visibility` None is the
    queue's."""

    most: int = 10
    seconds: int = 10
    wait: int = 1
    visibility: int | None = None


class Progress(msgspec.Struct, frozen=True):
    """What a receive brought, and how far the poll is."""

    records: list[Record]
    count: int
    elapsed: int
    over: bool


def poll_of(form: Form) -> Poll:
    """What the form says. Raises `WrongDraft`."""
    visibility = form.get("visibility").strip()
    return Poll(
        min(max(whole(form.get("most", "10"), "most"), 1), 100),
        min(max(whole(form.get("seconds", "10"), "seconds"), 0), 120),
        min(max(whole(form.get("wait", "1"), "wait"), 0), 20),
        whole(visibility, "visibility") if visibility else None,
    )


def receive_params(queue: QueueFacts, poll: Poll, wanted: int, wait: int) -> dict[str, Any]:
    """ReceiveMessage's parameters."""
    params: dict[str, Any] = {
        "QueueUrl": queue.url,
        "MaxNumberOfMessages": min(wanted, _BATCH),
        "WaitTimeSeconds": wait,
        "MessageSystemAttributeNames": ["All"],
        "MessageAttributeNames": ["All"],
    }
    return params if poll.visibility is None else params | {"VisibilityTimeout": poll.visibility}


async def polled(page: Page, queue: QueueFacts, poll: Poll) -> AsyncGenerator[Progress]:
    """Receives, until there are enough or the time is over. Raises `ServiceError`."""
    budget, begun_ms, count = Budget(), page.api.now_ms(), 0
    hidden_s = int(queue.attributes.get("VisibilityTimeout", "30")) if poll.visibility is None else poll.visibility
    over = False
    while not over:
        left_ms = max(0, begun_ms + poll.seconds * 1000 - page.api.now_ms())
        wait = min(poll.wait, (left_ms + 999) // 1000)
        answer = await page.api("sqs", "ReceiveMessage", **receive_params(queue, poll, poll.most - count, wait))
        until_ms = page.api.now_ms() + hidden_s * 1000
        messages = answer.get("Messages", ())
        # On a thread: setting out large bodies takes longer than a request may hold the loop.
        records = await asyncio.to_thread(all_received, messages, until_ms, budget) if messages else []
        count += len(records)
        elapsed = (page.api.now_ms() - begun_ms) // 1000
        over = count >= poll.most or elapsed >= poll.seconds or (not records and wait == 0)
        yield Progress(records, count, min(elapsed, poll.seconds), over)


async def poll(page: Page) -> Reply:
    """Poll for messages: htmx gets them as they come, with the progress; a form without scripts when it is over."""
    queue, form = await queue_used(page), await page.form()
    try:
        wanted = poll_of(form)
    except WrongDraft as wrong:
        raise ServiceError("InvalidParameterValue", f"{wrong.field}: {page.text(wrong.text)}", status=400) from None
    if page.partial:
        return page.events(_pieces(page, queue, wanted))
    found: list[Record] = []
    async with aclosing(polled(page, queue, wanted)) as progress:
        async for each in progress:
            found += each.records
    told = _command(page, queue, wanted)
    return await workbench(page, queue, poll={"records": found, "command": told}, polling=form)


def _command(page: Page, queue: QueueFacts, wanted: Poll) -> tuple[str, str]:
    params = receive_params(queue, wanted, wanted.most, wanted.wait)
    return both(page.api, "sqs", "ReceiveMessage", **params)


async def _pieces(page: Page, queue: QueueFacts, wanted: Poll) -> AsyncIterator[str]:
    """What changes in the page while it polls: the progress, and rows that are added."""
    values: dict[str, Any] = {"queue": queue, "wanted": wanted, "command": _command(page, queue, wanted), "error": None}
    state = Progress([], 0, 0, False)
    yield await page.fragment("messages/polling.html", state=state, **values)
    try:
        async with aclosing(polled(page, queue, wanted)) as progress:
            async for state in progress:
                yield await page.fragment("messages/polling.html", state=state, **values)
    except ServiceError as error:
        state = Progress([], state.count, state.elapsed, True)
        yield await page.fragment("messages/polling.html", state=state, **(values | {"error": error}))


# --------------------------------------------------------------------------------------------------- what was received


def ticked(form: Form) -> list[tuple[str, str]]:
    """(message id, receipt) of the ticks. Raises `ServiceError` for none."""
    found = [(id, receipt) for id, _, receipt in (each.partition(" ") for each in form.all("tick")[:_TICKS_MAX])]
    return [each for each in found if _ID.fullmatch(each[0])]


class Outcome(msgspec.Struct):
    """Which messages something was done to, and why not to the others: (message id, code and message)."""

    done: list[str]
    failed: list[tuple[str, str]]


async def settle(page: Page, operation: str, queue: QueueFacts, ticks: list[tuple[str, str]], **more: Any) -> Outcome:
    """A batch operation on everything ticked, by tens: a batch that is refused fails its own ten."""
    outcome = Outcome([], [])
    for start in range(0, len(ticks), _BATCH):
        part = ticks[start : start + _BATCH]
        entries = [{"Id": str(at), "ReceiptHandle": receipt, **more} for at, (_, receipt) in enumerate(part)]
        try:
            result = await page.api("sqs", operation, QueueUrl=queue.url, Entries=entries)
        except ServiceError as error:
            outcome.failed += [(id, str(error)) for id, _ in part]
            continue
        outcome.done += [part[int(each["Id"])][0] for each in result.get("Successful", ())]
        outcome.failed += [
            (part[int(each["Id"])][0], f"{each['Code']}: {each.get('Message', '')}")
            for each in result.get("Failed", ())
        ]
    return outcome


async def delete(page: Page) -> Reply:
    """Delete what is ticked."""
    queue, ticks = await queue_used(page), ticked(await page.form())
    outcome = await settle(page, "DeleteMessageBatch", queue, ticks)
    done = page.plural("%(num)s message deleted.", "%(num)s messages deleted.", len(outcome.done))
    return await _told(page, queue, outcome, done, gone=True, until_ms=0)


async def hide(page: Page) -> Reply:
    """Change for how long what is ticked stays hidden; 0 lets it go at once."""
    form = await page.form()
    queue, ticks = await queue_used(page), ticked(form)
    try:
        seconds = whole(form.get("timeout", "0").strip() or "0", "timeout")
    except WrongDraft as wrong:
        raise ServiceError("InvalidParameterValue", page.text(wrong.text), status=400) from None
    outcome = await settle(page, "ChangeMessageVisibilityBatch", queue, ticks, VisibilityTimeout=seconds)
    if seconds:
        done = page.plural("%(num)s message stays hidden.", "%(num)s messages stay hidden.", len(outcome.done))
    else:
        done = page.plural(
            "%(num)s message is visible again.", "%(num)s messages are visible again.", len(outcome.done)
        )
    return await _told(page, queue, outcome, done, gone=not seconds, until_ms=page.api.now_ms() + seconds * 1000)


async def let_go(page: Page) -> Reply:
    """Make what is ticked visible at once."""
    queue, ticks = await queue_used(page), ticked(await page.form())
    outcome = await settle(page, "ChangeMessageVisibilityBatch", queue, ticks, VisibilityTimeout=0)
    done = page.plural("%(num)s message is visible again.", "%(num)s messages are visible again.", len(outcome.done))
    return await _told(page, queue, outcome, done, gone=True, until_ms=0)


async def _told(page: Page, queue: QueueFacts, outcome: Outcome, done: str, *, gone: bool, until_ms: int) -> Reply:
    """The counts, honestly; and what becomes of the messages in the page."""
    if not outcome.done and not outcome.failed:
        kind, text = "warning", page.text("Nothing is ticked.")
    elif outcome.failed:
        reasons = sorted({reason for _, reason in outcome.failed})
        failed = page.plural("%(num)s failed.", "%(num)s failed.", len(outcome.failed))
        kind, text = "failed", " ".join((*([done] if outcome.done else []), failed, *reasons[:3]))
    else:
        kind, text = "done", done
    if page.partial:
        settled = tuple(outcome.done)
        values: dict[str, Any] = {
            "gone": settled if gone else (),
            "waits": () if gone else settled,
            "until_ms": until_ms,
        }
        return await page.render("messages/told.html", kind=kind, text=text, **values)
    address = page.href("queues", queue.name, "messages")
    return page.redirect(address, done=text if kind == "done" else "", failed=text if kind != "done" else "")
