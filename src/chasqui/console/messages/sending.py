"""The form for sending, and what came of it."""

from __future__ import annotations

import asyncio
from typing import Any

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.base.ids import new_uuid
from chasqui.console.bodies import indented, problem_of
from chasqui.console.commands import TEXT_MAX, both
from chasqui.console.messages.drafts import (
    Draft,
    WrongDraft,
    copies_of,
    draft_again,
    draft_of,
    entries_of,
    params_of,
)
from chasqui.console.messages.looking import message_asked
from chasqui.console.page import Page
from chasqui.console.queue_facts import TABS, QueueFacts, queue_of, queue_used


async def workbench(page: Page, queue: QueueFacts, status: int = 200, **values: Any) -> Reply:
    """The tab "Send and receive messages"."""
    given: dict[str, Any] = {
        "draft": Draft(),
        "more": False,
        "problems": {},
        "sent": None,
        "poll": None,
        "polling": page.query,
        **values,
    }
    return await page.render("messages/index.html", status, queue=queue, tab="messages", tabs=TABS, **given)


async def index(page: Page) -> Reply:
    """The tab. `?body=` fills the form."""
    return await workbench(page, await queue_used(page), draft=Draft(page.query.get("body")))


async def send(page: Page) -> Reply:
    """Send what the form says, once or several times."""
    form = await page.form()
    queue, draft = await queue_used(page), draft_of(form)
    if form.flag("more"):
        return await workbench(page, queue, draft=draft, more=True)
    try:
        params, copies = params_of(draft), copies_of(draft)
        sent = await _sent(page, queue, params, copies)
    except WrongDraft as wrong:
        return await _refused(page, queue, draft, wrong.field, page.text(wrong.text))
    except ServiceError as error:
        return await _refused(page, queue, draft, "", str(error), error.status or 400)
    if page.partial:
        return await page.render("messages/sent.html", sent=sent, queue=queue, problem="")
    return await workbench(page, queue, draft=draft, sent=sent)


async def _refused(page: Page, queue: QueueFacts, draft: Draft, field: str, problem: str, status: int = 400) -> Reply:
    if page.partial:
        return await page.render("messages/sent.html", status, sent=None, queue=queue, problem=problem)
    return await workbench(page, queue, status, draft=draft, problems={field: problem})


async def _sent(page: Page, queue: QueueFacts, params: dict[str, Any], copies: int) -> dict[str, Any]:
    """What is told of messages that were sent. Raises `ServiceError`."""
    known = {"QueueUrl": queue.url, **params}
    told = command_of(page, known) if len(params["MessageBody"]) <= TEXT_MAX else None
    if copies == 1:
        result = await page.api("sqs", "SendMessage", **known)
        return {"done": [result], "failed": [], "command": told}
    result = await page.api("sqs", "SendMessageBatch", QueueUrl=queue.url, Entries=entries_of(params, copies))
    return {"done": result.get("Successful", []), "failed": result.get("Failed", []), "command": told}


def command_of(page: Page, params: dict[str, Any]) -> tuple[str, str]:
    """A send, to be copied."""
    return both(page.api, "sqs", "SendMessage", **params)


async def show_command(page: Page) -> Reply:
    """What the form would be as a command, without sending it."""
    queue, draft = await queue_used(page), draft_of(await page.form())
    try:
        told = command_of(page, {"QueueUrl": queue.url, **params_of(draft)}) if len(draft.body) <= TEXT_MAX else None
        problem = "" if told else page.text("The body is too long to be copied within a command.")
    except WrongDraft as wrong:
        told, problem = None, page.text(wrong.text)
    sent = {"done": [], "failed": [], "command": told} if told else None
    if page.partial:
        return await page.render("messages/sent.html", sent=sent, queue=queue, problem=problem)
    return await workbench(page, queue, draft=draft, sent=sent, problems={"": problem} if problem else {})


async def set_out(page: Page) -> Reply:
    """The form with its body checked as JSON and set out on lines."""
    queue, draft = await queue_used(page), draft_of(await page.form())
    # On a thread: a body may be of a MiB.
    text = await asyncio.to_thread(indented, draft.body)
    problem = ""
    if text is None:
        found = await asyncio.to_thread(problem_of, draft.body)
        if found is not None:
            problem = page.text(
                "This is no JSON: see line %(line)s, column %(column)s.", line=found[0], column=found[1]
            )
    values: dict[str, Any] = {"draft": Draft(text or draft.body), "problems": {"body": problem} if problem else {}}
    if page.partial:
        return await page.render("messages/body.html", **values)
    return await workbench(page, queue, draft=_with_body(draft, text or draft.body), problems=values["problems"])


def _with_body(draft: Draft, body: str) -> Draft:
    return Draft(body, draft.rows, draft.delay, draft.group, draft.deduplication, draft.copies)


async def edit_again(page: Page) -> Reply:
    """The form, filled with a message that is in the queue."""
    queue = await queue_of(page)
    return await workbench(page, queue, draft=draft_again(await message_asked(page, queue)))


async def send_again(page: Page) -> Reply:
    """Send a copy of a message that is in the queue."""
    queue = await queue_of(page)
    params = params_of(draft_again(await message_asked(page, queue)))
    if queue.fifo:
        params["MessageDeduplicationId"] = new_uuid()
    result = await page.api("sqs", "SendMessage", QueueUrl=queue.url, **params)
    text = page.text("A copy was sent as message %(id)s.", id=result["MessageId"])
    if page.partial:
        return await page.render("messages/told.html", kind="done", text=text, gone=(), waits=(), until_ms=0)
    return page.redirect(page.href("queues", queue.name, "messages"), done=text)
