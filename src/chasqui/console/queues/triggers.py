"""The functions that work a queue off: Lambda's event source mappings of it."""

from __future__ import annotations

from typing import Any

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console import choices, commands
from chasqui.console.forms import Form
from chasqui.console.looks import all_of
from chasqui.console.numbers import numbered
from chasqui.console.page import Page
from chasqui.console.queue_facts import TABS, QueueFacts, queue_of


async def show(page: Page) -> Reply:
    """The tab."""
    return await _tab(page, await queue_of(page))


async def _tab(page: Page, queue: QueueFacts, status: int = 200, problem: str = "", form: Form | None = None) -> Reply:
    listed = await all_of(page, "lambda", "ListEventSourceMappings", "EventSourceMappings", EventSourceArn=queue.arn)
    mappings = [(each, name_of(each.get("FunctionArn", ""))) for each in listed.found["EventSourceMappings"]]
    denied = listed.refused.message if listed.refused is not None else ""
    functions = [name for _, name in await choices.functions(page)]
    return await page.render(
        "queues/triggers.html",
        status,
        queue=queue,
        tab="triggers",
        tabs=TABS,
        mappings=mappings,
        functions=functions,
        denied=denied,
        problem=problem,
        form=form or Form({"enabled": ["true"], "batch": ["10"], "window": ["0"], "partial": ["true"]}),
        command=commands.both(
            page.api,
            "lambda",
            "CreateEventSourceMapping",
            FunctionName=functions[0] if functions else "FUNCTION",
            EventSourceArn=queue.arn,
            BatchSize=10,
            FunctionResponseTypes=["ReportBatchItemFailures"],
        ),
    )


def name_of(arn: str) -> str:
    """A function's name, of its ARN with or without a version or alias."""
    parts = arn.split(":")
    return parts[6] if len(parts) > 6 else arn


async def create(page: Page) -> Reply:
    """A new mapping."""
    queue, form = await queue_of(page), await page.form()
    try:
        most = numbered(page, page.text("Maximum concurrency"), form["concurrency"])
        await page.api(
            "lambda",
            "CreateEventSourceMapping",
            FunctionName=form.get("function").strip(),
            EventSourceArn=queue.arn,
            Enabled=form.flag("enabled"),
            BatchSize=numbered(page, page.text("Batch size"), form["batch"]),
            MaximumBatchingWindowInSeconds=numbered(page, page.text("Batch window"), form["window"]),
            FunctionResponseTypes=["ReportBatchItemFailures"] if form.flag("partial") else None,
            ScalingConfig=None if most is None else {"MaximumConcurrency": most},
        )
    except ServiceError as error:
        return await _tab(page, queue, error.status or 400, str(error), form)
    return page.redirect(page.href("queues", queue.name, "triggers"), done=page.text("The trigger was created."))


async def switch(page: Page) -> Reply:
    """Enable or disable a mapping."""
    queue, form = await queue_of(page), await page.form()
    on = form.get("enabled") == "true"
    await page.api("lambda", "UpdateEventSourceMapping", UUID=form.get("mapping"), Enabled=on)
    told = page.text("The trigger is being enabled.") if on else page.text("The trigger is being disabled.")
    return page.redirect(page.href("queues", queue.name, "triggers"), done=told)


async def delete(page: Page) -> Reply:
    """Delete a mapping."""
    queue, form = await queue_of(page), await page.form()
    params: dict[str, Any] = {"UUID": form.get("mapping")}
    await page.api("lambda", "DeleteEventSourceMapping", **params)
    return page.redirect(page.href("queues", queue.name, "triggers"), done=page.text("The trigger is being deleted."))
