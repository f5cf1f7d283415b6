"""A queue's facts and tags; emptying and deleting it."""

from __future__ import annotations

from typing import Any

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console import commands
from chasqui.console.attributes import dead_letter_arn, decoded
from chasqui.console.looks import all_of
from chasqui.console.page import Page
from chasqui.console.queue_facts import TABS, QueueFacts, queue_of
from chasqui.console.queues import fields
from chasqui.console.queues.words import told_of


async def home(page: Page) -> Reply:
    """A queue's address without a tab leads to its details."""
    return page.redirect(page.href("queues", page.places["name"], "details"))


async def show(page: Page) -> Reply:
    """What there is to know of a queue."""
    return await _details(page, await queue_of(page))


async def _details(page: Page, queue: QueueFacts, status: int = 200, problem: str = "") -> Reply:
    attributes = queue.attributes
    redrive, allow = (decoded(attributes.get(name)) for name in ("RedrivePolicy", "RedriveAllowPolicy"))
    sources, denied = await _sources(page, queue)
    return await page.render(
        "queues/details.html",
        status,
        queue=queue,
        tab="details",
        tabs=TABS,
        measures=fields.MEASURES,
        reuse=fields.KEY_REUSE,
        encryption=fields.encryption_of(attributes),
        dead_letter_arn=dead_letter_arn(attributes),
        receives=str(redrive.get("maxReceiveCount", "")),
        permission=str(allow.get("redrivePermission", "")),
        allowed=[each.rpartition(":")[2] for each in fields.as_texts(allow.get("sourceQueueArns"))],
        sources=sources,
        denied=denied,
        open=any(each.open for each in told_of(attributes.get("Policy", ""))),
        oldest=await _oldest(page, queue),
        messages=sum(int(value) for name, value in attributes.items() if name.startswith("ApproximateNumberOf")),
        problem=problem,
        purge=commands.both(page.api, "sqs", "PurgeQueue", QueueUrl=queue.url),
        delete=commands.both(page.api, "sqs", "DeleteQueue", QueueUrl=queue.url),
    )


async def _sources(page: Page, queue: QueueFacts) -> tuple[list[str], str]:
    """The queues whose dead-letter queue this is; why they can't be told."""
    asked = await all_of(page, "sqs", "ListDeadLetterSourceQueues", "queueUrls", QueueUrl=queue.url, MaxResults=1000)
    names = [each.rpartition("/")[2] for each in asked.found["queueUrls"]]
    return names, asked.refused.message if asked.refused is not None else ""


async def _oldest(page: Page, queue: QueueFacts) -> int | None:
    """The age of the oldest message, where the visitor may see the server's overview."""
    place = {"account": page.api.account, "region": page.api.region}
    try:
        found = await page.api.control("GET", "/_chasqui/queues", **place, names=queue.name, limit=1)
    except ServiceError:
        return None
    rows: list[dict[str, Any]] = found["queues"]
    return rows[0]["oldestAgeSeconds"] if rows else None


async def purge(page: Page) -> Reply:
    """Delete all messages, once the queue's name was typed."""
    queue = await queue_of(page)
    if not await page.confirmed(queue.name):
        return await _details(page, queue, 422, page.text("Type “%(word)s” to confirm.", word=queue.name))
    await page.api("sqs", "PurgeQueue", QueueUrl=queue.url)
    told = page.text("All messages of %(name)s were deleted.", name=queue.name)
    return page.redirect(page.href("queues", queue.name, "details"), done=told)


async def delete(page: Page) -> Reply:
    """Delete the queue, once its name was typed."""
    queue = await queue_of(page)
    if not await page.confirmed(queue.name):
        return await _details(page, queue, 422, page.text("Type “%(word)s” to confirm.", word=queue.name))
    await page.api("sqs", "DeleteQueue", QueueUrl=queue.url)
    return page.redirect(page.href("queues"), done=page.text("Queue %(name)s was deleted.", name=queue.name))


# -------------------------------------------------------------------------------------------------------------- tags


async def tags(page: Page) -> Reply:
    """The tags, to be changed."""
    queue = await queue_of(page)
    found = await page.api("sqs", "ListQueueTags", QueueUrl=queue.url)
    return await _tags(page, queue, found.get("Tags", {}))


async def _tags(page: Page, queue: QueueFacts, found: dict[str, str], status: int = 200, problem: str = "") -> Reply:
    return await page.render(
        "queues/tags.html", status, queue=queue, tab="tags", tabs=TABS, tags=found, problem=problem
    )


async def save_tags(page: Page) -> Reply:
    """Tag and untag, so that the queue has the tags of the form."""
    queue, form = await queue_of(page), await page.form()
    wanted = form.pairs("tag_key", "tag_value")
    kept = (await page.api("sqs", "ListQueueTags", QueueUrl=queue.url)).get("Tags", {})
    gone = [key for key in kept if key not in wanted]
    changed = {key: value for key, value in wanted.items() if kept.get(key) != value}
    try:
        if gone:
            await page.api("sqs", "UntagQueue", QueueUrl=queue.url, TagKeys=gone)
        if changed:
            await page.api("sqs", "TagQueue", QueueUrl=queue.url, Tags=changed)
    except ServiceError as error:
        return await _tags(page, queue, wanted, error.status or 400, str(error))
    return page.redirect(page.href("queues", queue.name, "tags"), done=page.text("The tags were saved."))
