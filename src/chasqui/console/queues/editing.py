"""Making a queue and changing it: one form for both. Of what was typed wrongly AWS' words stand beside the field."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console import commands
from chasqui.console.bodies import pretty
from chasqui.console.choices import key_names
from chasqui.console.forms import Form
from chasqui.console.page import Page
from chasqui.console.queue_facts import queue_of
from chasqui.console.queues import fields
from chasqui.console.queues.words import allowing
from chasqui.console.statements import with_statement

_SEND: Final = ["sqs:SendMessage"]
_RECEIVE: Final = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]
_OFFERED: Final = 100


class Draft(msgspec.Struct, frozen=True):
    """What a form asks for: CreateQueue's parameters (without the dead-letter queue's, which may have to be made
    first). `made` is the name of a dead-letter queue to make; "" for none."""

    name: str
    attributes: dict[str, str]
    tags: dict[str, str]
    made: str


# --------------------------------------------------------------------------------------------------------------- new


async def new(page: Page) -> Reply:
    """The form of a new queue."""
    return await _form(page, "queues/new.html", fields.blank())


async def create(page: Page) -> Reply:
    """Make a queue; or show what it would be as a command, or what is to be said of its policy."""
    form = await page.form()
    draft = _draft(page, form)
    shown = await _shown(page, form, "queues/new.html", _calls_of_new(draft), draft.attributes.get("Policy", ""))
    if shown is not None:
        return shown
    try:
        await _make(page, draft)
    except ServiceError as error:
        return await _form(page, "queues/new.html", form, error=error)
    told = page.text("Queue %(name)s was created.", name=draft.name)
    return page.redirect(page.href("queues", draft.name, "details"), done=told)


def _draft(page: Page, form: Form) -> Draft:
    fifo = form.get("type") == "fifo"
    name = fields.full_name(form.get("QueueName").strip(), fifo)
    made = _made(form, name, fifo)
    wanted = fields.attributes_of(form, fifo=fifo, dead_letter_arn=_dead_letter_arn(page, form, made))
    wanted["FifoQueue"] = "true" if fifo else ""
    wanted["Policy"] = _policy(page, form, page.arn("sqs", name))
    return Draft(name, fields.of_new_queue(wanted), form.pairs("tag_key", "tag_value"), made)


def _made(form: Form, name: str, fifo: bool) -> str:
    """The dead-letter queue that is to be made, by its name."""
    if form.get("dlq_mode") != "new":
        return ""
    return fields.full_name(form.get("dlq_name").strip() or f"{name.removesuffix('.fifo')}-dlq", fifo)


def _dead_letter_arn(page: Page, form: Form, made: str) -> str:
    chosen = form.get("dlq").strip() if form.get("dlq_mode") == "existing" else ""
    if form.get("dlq_mode") == "existing" and not chosen:
        return "-"  # which SQS refuses, in its own words
    return chosen if chosen.startswith("arn:") else page.arn("sqs", made or chosen) if made or chosen else ""


def _policy(page: Page, form: Form, arn: str) -> str:
    mode = form.get("policy_mode", "default")
    if mode == "advanced":
        return form.get("Policy").strip()
    senders, receivers = form.get("senders").split(), form.get("receivers").split()
    if mode != "basic" or not (senders or receivers):
        return ""
    text = with_statement("", allowing("owner", [page.api.account], ["sqs:*"], arn))
    for sid, who, actions in (("senders", senders, _SEND), ("receivers", receivers, _RECEIVE)):
        text = with_statement(text, allowing(sid, who, actions, arn)) if who else text
    return pretty(text)


def _calls_of_new(draft: Draft) -> list[tuple[str, dict[str, Any]]]:
    calls: list[tuple[str, dict[str, Any]]] = []
    if draft.made:
        calls.append(("CreateQueue", {"QueueName": draft.made, **_type_of(draft.made)}))
    params: dict[str, Any] = {"QueueName": draft.name}
    if draft.attributes:
        params["Attributes"] = draft.attributes
    if draft.tags:
        params["tags"] = draft.tags
    return [*calls, ("CreateQueue", params)]


def _type_of(name: str) -> dict[str, Any]:
    return {"Attributes": {"FifoQueue": "true"}} if name.endswith(".fifo") else {}


async def _make(page: Page, draft: Draft) -> None:
    """Make a queue, its dead-letter queue before it. Raises `ServiceError`, also where there is one of that name."""
    if draft.name:
        await _must_be_new(page, draft.name)
    if draft.made:
        await _must_be_new(page, draft.made)
    await _call(page, _calls_of_new(draft))


async def _call(page: Page, calls: list[tuple[str, dict[str, Any]]]) -> None:
    """One call after the other. When one is refused, the dead-letter queue that was made before it goes again, or it
    would be in the way of the next try. Raises `ServiceError`."""
    made = ""
    for operation, params in calls:
        try:
            made = (await page.api("sqs", operation, **params)).get("QueueUrl", "")
        except ServiceError:
            if made:
                with contextlib.suppress(ServiceError):
                    await page.api("sqs", "DeleteQueue", QueueUrl=made)
            raise


async def _must_be_new(page: Page, name: str) -> None:
    """CreateQueue says yes to a queue that is there with the same attributes; a form that makes one does not."""
    try:
        await page.api("sqs", "GetQueueUrl", QueueName=name)
    except ServiceError:
        return  # whatever is wrong with the name is CreateQueue's to say
    raise ServiceError("QueueNameExists", f"Queue name {name} is taken: there is a queue of this name.", status=400)


# -------------------------------------------------------------------------------------------------------------- edit


async def edit(page: Page) -> Reply:
    """The form of a queue that is there."""
    queue = await queue_of(page)
    return await _form(page, "queues/edit.html", fields.filled(queue.attributes, fifo=queue.fifo), queue=queue)


async def change(page: Page) -> Reply:
    """Change a queue's attributes: those that are other than they were."""
    queue, form = await queue_of(page), await page.form()
    made = _made(form, queue.name, queue.fifo)
    wanted = fields.attributes_of(form, fifo=queue.fifo, dead_letter_arn=_dead_letter_arn(page, form, made))
    changed = fields.changes(queue.attributes, wanted)
    calls: list[tuple[str, dict[str, Any]]] = [("CreateQueue", {"QueueName": made, **_type_of(made)})] if made else []
    if changed:
        calls.append(("SetQueueAttributes", {"QueueUrl": queue.url, "Attributes": changed}))
    shown = await _shown(page, form, "queues/edit.html", calls, "", queue=queue)
    if shown is not None:
        return shown
    try:
        if made:
            await _must_be_new(page, made)
        await _call(page, calls)
    except ServiceError as error:
        return await _form(page, "queues/edit.html", form, error=error, queue=queue)
    back = page.href("queues", queue.name, "details")
    if not changed:
        return page.redirect(back, done=page.text("Nothing was changed."))
    return page.redirect(back, done=page.text("Queue %(name)s was changed.", name=queue.name))


# ---------------------------------------------------------------------------------------------------------- the form


async def _shown(
    page: Page, form: Form, template: str, calls: list[tuple[str, dict[str, Any]]], policy: str, **more: Any
) -> Reply | None:
    """What was asked for instead of doing it; None where it is to be done."""
    wanted = form.get("show")
    values: dict[str, Any] = {}
    if wanted == "command":
        values["texts"] = commands.joined(page.api, "sqs", calls)
    elif wanted == "policy":
        values["policy"] = policy
    else:
        return None
    if page.partial:
        return await page.render(f"queues/shown_{wanted}.html", **values)
    return await _form(page, template, form, **values, **more)


async def _form(page: Page, template: str, form: Form, error: ServiceError | None = None, **values: Any) -> Reply:
    problems = fields.Problems()
    if error is not None:
        problems[fields.field_of(error.message)] = str(error)
    given: Mapping[str, Any] = {
        "form": form,
        "problems": problems,
        "measures": fields.MEASURES,
        "reuse": fields.KEY_REUSE,
        "scopes": fields.SCOPES,
        "limits": fields.LIMITS,
        "permissions": fields.PERMISSIONS,
        "keys": await key_names(page, "alias/aws/sqs"),
        "queues": await offered(page, "", ""),
        "tags": form.pairs("tag_key", "tag_value"),
        "own": page.arn("sqs", fields.full_name(form.get("QueueName").strip(), form.get("type") == "fifo")),
        "policy": None,
        "texts": None,
        **values,
    }
    return await page.render(template, (error.status or 400) if error else 200, **given)


async def offered(page: Page, search: str, kind: str) -> list[str]:
    """Names of queues to choose from."""
    place = {"account": page.api.account, "region": page.api.region}
    try:
        found = await page.api.control("GET", "/_chasqui/queues", **place, search=search, type=kind, limit=_OFFERED)
        return [each["name"] for each in found["queues"]]
    except ServiceError:
        pass
    try:
        listed = await page.api("sqs", "ListQueues", QueueNamePrefix=search or None, MaxResults=_OFFERED)
    except ServiceError:
        return []
    names = [each.rpartition("/")[2] for each in listed.get("QueueUrls", ())]
    return [each for each in names if not kind or each.endswith(".fifo") == (kind == "fifo")]


async def options(page: Page) -> Reply:
    """Queues that could be a dead-letter queue, for what was typed so far."""
    kind = "fifo" if page.query.get("type") == "fifo" else "standard"
    names = await offered(page, page.query.get("dlq").strip(), kind)
    return await page.render("queues/options.html", names=names)
