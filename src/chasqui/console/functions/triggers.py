"""The tab "Triggers": what invokes a function. Event source mappings, subscriptions, buckets' notifications."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console import choices
from chasqui.console.commands import both
from chasqui.console.forms import Form
from chasqui.console.functions.facts import ABSENT, FunctionFacts, function_of, show
from chasqui.console.functions.matching import verdicts
from chasqui.console.landscape import EACH_MAX, landscape
from chasqui.console.letting import let
from chasqui.console.looks import Looks, tell_cut
from chasqui.console.numbers import numbered
from chasqui.console.page import Page
from chasqui.console.routes import Route
from chasqui.console.statements import service_statement

FILTERS_MAX: Final = 5
_PARTIAL: Final = "ReportBatchItemFailures"


class Subscribed(msgspec.Struct, frozen=True):
    """A subscription of the function to a topic."""

    arn: str
    topic: str


class Notified(msgspec.Struct, frozen=True):
    """A bucket that tells the function of events."""

    bucket: str
    events: tuple[str, ...]


async def tab(page: Page) -> Reply:
    """What invokes it."""
    return await _shown(page, await function_of(page), None)


async def _shown(page: Page, function: FunctionFacts, problem: ServiceError | None, typed: Form | None = None) -> Reply:
    looks = Looks(page, *ABSENT)
    mappings, topics = await _mappings(looks, function), await _topics(looks, function)
    world = await landscape(page.api, ("buckets",))
    if world.cut:
        tell_cut(page, EACH_MAX)
    buckets = [
        Notified(bucket.name, each.events)
        for bucket in world.buckets
        for each in bucket.notifications
        if _is(function, each.target)
    ]
    return await show(
        page,
        "functions/triggers.html",
        "triggers",
        function,
        mappings=mappings,
        topics=topics,
        buckets=buckets,
        left_out=sorted(world.left_out),
        topic_names=[arn for arn, _ in await choices.topics(page)],
        denied=looks.denied,
        problem=problem,
        typed=typed or Form({}),
    )


def _is(function: FunctionFacts, arn: str) -> bool:
    return arn == function.own_arn or arn.startswith(f"{function.own_arn}:")


async def _mappings(looks: Looks, function: FunctionFacts) -> list[dict[str, Any]]:
    """The mappings to it, and to its versions and aliases."""
    every = await looks.all("lambda", "ListEventSourceMappings", "EventSourceMappings")
    return [each for each in every if _is(function, each.get("FunctionArn", ""))]


async def _topics(looks: Looks, function: FunctionFacts) -> list[Subscribed]:
    return [
        Subscribed(each["SubscriptionArn"], each["TopicArn"])
        for each in await looks.all("sns", "ListSubscriptions", "Subscriptions")
        if each.get("Protocol") == "lambda" and _is(function, each.get("Endpoint", ""))
    ]


async def ask(page: Page) -> Reply:
    """The form for a new mapping."""
    typed = Form({"source": [page.query.get("source")], "batch": ["10"], "window": ["0"], "enabled": ["true"]})
    return await _form(page, await function_of(page), {}, typed, None)


async def edit(page: Page) -> Reply:
    """The form for one that is there."""
    function = await function_of(page)
    mapping = await page.api("lambda", "GetEventSourceMapping", UUID=page.places["uuid"])
    return await _form(page, function, mapping, _typed(mapping), None)


def _typed(mapping: dict[str, Any]) -> Form:
    """A mapping as the form has it."""
    filters = [each.get("Pattern", "") for each in mapping.get("FilterCriteria", {}).get("Filters", ())]
    return Form(
        {
            "source": [mapping.get("EventSourceArn", "")],
            "batch": [str(mapping.get("BatchSize", ""))],
            "window": [str(mapping.get("MaximumBatchingWindowInSeconds", 0))],
            "concurrency": [str(mapping.get("ScalingConfig", {}).get("MaximumConcurrency", ""))],
            "partial": ["true"] if _PARTIAL in mapping.get("FunctionResponseTypes", ()) else [""],
            "enabled": ["true"] if mapping.get("State") not in ("Disabled", "Disabling") else [""],
            "filter": filters,
        }
    )


async def _form(
    page: Page, function: FunctionFacts, mapping: dict[str, Any], typed: Form, problem: ServiceError | None
) -> Reply:
    prefix = f"arn:aws:sqs:{page.api.region}:{page.api.account}:"
    filters = typed.all("filter")
    return await show(
        page,
        "functions/trigger.html",
        "triggers",
        function,
        mapping=mapping,
        typed=typed,
        filters=[*filters, *[""] * (FILTERS_MAX - len(filters))],
        queues=[] if mapping else [arn for arn, _ in await choices.queues(page)],
        problem=problem,
        command=both(
            page.api,
            "lambda",
            "CreateEventSourceMapping",
            FunctionName=function.name,
            EventSourceArn=typed["source"] or f"{prefix}QUEUE",
        ),
    )


def _wanted(page: Page, form: Form, *, before: dict[str, Any]) -> dict[str, Any]:
    """What a form says of a mapping. Raises `ServiceError`."""
    filters = [{"Pattern": each} for each in form.all("filter") if each.strip()]
    concurrency = numbered(page, page.text("Maximum concurrency"), form["concurrency"])
    cleared: dict[str, Any] | None = {} if before.get("ScalingConfig") else None
    return {
        "BatchSize": numbered(page, page.text("Batch size"), form["batch"]),
        "MaximumBatchingWindowInSeconds": numbered(page, page.text("Batch window"), form["window"]),
        "Enabled": form.flag("enabled"),
        "FunctionResponseTypes": [_PARTIAL] if form.flag("partial") else [],
        "ScalingConfig": cleared if concurrency is None else {"MaximumConcurrency": concurrency},
        "FilterCriteria": {"Filters": filters} if filters or before.get("FilterCriteria") else None,
    }


async def create(page: Page) -> Reply:
    """Make a mapping."""
    function, form = await function_of(page), await page.form()
    try:
        await page.api(
            "lambda",
            "CreateEventSourceMapping",
            FunctionName=function.arn,
            EventSourceArn=form["source"].strip(),
            **_wanted(page, form, before={}),
        )
    except ServiceError as error:
        return await _form(page, function, {}, form, error)
    return page.redirect(_back(page, function), done=page.text("The trigger was created."))


async def save(page: Page) -> Reply:
    """Change a mapping: what the form says, or whether it is on (`enable`), or whether it is there (`delete`)."""
    function, form, uuid = await function_of(page), await page.form(), page.places["uuid"]
    action = form["action"]
    if action == "delete":
        await page.api("lambda", "DeleteEventSourceMapping", UUID=uuid)
        return page.redirect(_back(page, function), done=page.text("The trigger was deleted."))
    if action in ("enable", "disable"):
        await page.api("lambda", "UpdateEventSourceMapping", UUID=uuid, Enabled=action == "enable")
        done = page.text("The trigger was enabled.") if action == "enable" else page.text("The trigger was disabled.")
        return page.redirect(_back(page, function), done=done)
    mapping = await page.api("lambda", "GetEventSourceMapping", UUID=uuid)
    try:
        await page.api("lambda", "UpdateEventSourceMapping", UUID=uuid, **_wanted(page, form, before=mapping))
    except ServiceError as error:
        typed = Form({**{name: form.all(name) for name in form}, "source": [mapping.get("EventSourceArn", "")]})
        return await _form(page, function, mapping, typed, error)
    return page.redirect(_back(page, function), done=page.text("The trigger was changed."))


def _back(page: Page, function: FunctionFacts) -> str:
    return page.href("functions", function.name, "triggers", qualifier=function.qualifier)


async def match(page: Page) -> Reply:
    """Would this message match? Each filter of the form, tried on its example."""
    form = await page.form()
    found = verdicts(form.all("filter"), form["body"], form["attributes"])
    return await page.render("functions/verdicts.html", verdicts=found, meant=any(each.matches for each in found))


async def subscribe(page: Page) -> Reply:
    """Let a topic invoke the function, and subscribe the function to it."""
    function, form = await function_of(page), await page.form()
    topic = form["topic"].strip()
    try:
        await let(page, function.arn, service_statement("sns", "lambda:InvokeFunction", function.arn, topic))
        await page.api("sns", "Subscribe", TopicArn=topic, Protocol="lambda", Endpoint=function.arn)
    except ServiceError as error:
        return await _shown(page, function, error, form)
    return page.redirect(_back(page, function), done=page.text("The function is subscribed to the topic."))


async def unsubscribe(page: Page) -> Reply:
    """End a subscription."""
    function, form = await function_of(page), await page.form()
    await page.api("sns", "Unsubscribe", SubscriptionArn=form["subscription"])
    return page.redirect(_back(page, function), done=page.text("The subscription was deleted."))


ROUTES: Final = (
    Route("GET", "functions/{name}/triggers", tab),
    Route("GET", "functions/{name}/triggers/new", ask),
    Route("POST", "functions/{name}/triggers/new", create),
    Route("POST", "functions/{name}/triggers/match", match),
    Route("POST", "functions/{name}/triggers/subscribe", subscribe),
    Route("POST", "functions/{name}/triggers/unsubscribe", unsubscribe),
    Route("GET", "functions/{name}/triggers/{uuid}", edit),
    Route("POST", "functions/{name}/triggers/{uuid}", save),
)
