"""A queue's access policy: seen in words and as JSON, changed, and asked who may do what."""

from __future__ import annotations

from typing import Any

from chasqui.access.policy.document import PolicyType
from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console import commands
from chasqui.console.bodies import pretty
from chasqui.console.page import Page
from chasqui.console.policies import problems
from chasqui.console.policy_checks import QUEUE_ACTIONS, Subject, checked
from chasqui.console.queue_facts import TABS, QueueFacts, queue_of
from chasqui.console.queues.words import allowing, told_of
from chasqui.console.statements import service_statement, with_statement


async def show(page: Page) -> Reply:
    """The tab. With `principal` and `action` in the address it answers whether they may."""
    queue = await queue_of(page)
    return await _tab(page, queue, queue.attributes.get("Policy", ""))


async def _tab(page: Page, queue: QueueFacts, written: str, status: int = 200, problem: str = "") -> Reply:
    kept = queue.attributes.get("Policy", "")
    return await page.render(
        "queues/policy.html",
        status,
        queue=queue,
        tab="policy",
        tabs=TABS,
        written=pretty(written),
        problems=problems(pretty(written), PolicyType.RESOURCE, page.text, queue.arn) if written else None,
        problem=problem,
        statements=told_of(kept),
        check=await checked(page, Subject("sqs", queue.arn, kept, QUEUE_ACTIONS)),
        examples=_examples(page, queue),
        command=commands.both(page.api, "sqs", "SetQueueAttributes", QueueUrl=queue.url, Attributes={"Policy": kept}),
    )


def _examples(page: Page, queue: QueueFacts) -> list[tuple[str, str]]:
    bucket = service_statement("s3", "sqs:SendMessage", queue.arn, "arn:aws:s3:::my-bucket")
    topic = f"arn:aws:sns:{page.api.region}:{page.api.account}:my-topic"
    every: list[tuple[str, dict[str, Any]]] = [
        (page.text("A bucket may send its events"), bucket),
        (page.text("A topic may deliver"), service_statement("sns", "sqs:SendMessage", queue.arn, topic)),
        (
            page.text("Another account may send"),
            allowing("another", ["111122223333"], ["sqs:SendMessage"], queue.arn),
        ),
        (
            page.text("Nobody may without TLS"),
            {
                **allowing("tls", ["*"], ["sqs:*"], queue.arn),
                "Effect": "Deny",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ),
    ]
    return [(name, pretty(with_statement("", statement))) for name, statement in every]


async def save(page: Page) -> Reply:
    """Keep the policy that was written; an empty one removes it."""
    queue, form = await queue_of(page), await page.form()
    written = form.get("Policy").strip()
    try:
        await page.api("sqs", "SetQueueAttributes", QueueUrl=queue.url, Attributes={"Policy": written})
    except ServiceError as error:
        return await _tab(page, queue, written, error.status or 400, str(error))
    told = page.text("The access policy was saved.") if written else page.text("The access policy was removed.")
    return page.redirect(page.href("queues", queue.name, "policy"), done=told)
