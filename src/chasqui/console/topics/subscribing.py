"""Subscribing somebody to a topic: a form for each protocol."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console import choices
from chasqui.console.commands import both
from chasqui.console.forms import Form
from chasqui.console.language import N_
from chasqui.console.letting import let
from chasqui.console.looks import Looks, tell_cut
from chasqui.console.page import Page
from chasqui.console.routes import Route
from chasqui.console.statements import service_statement
from chasqui.console.topics.facts import TopicFacts, topic_of


class Protocol(msgspec.Struct, frozen=True):
    """A protocol: its name, what its endpoint is and how that is written; `raw` and `policy` say whether it knows raw
    delivery and delivery policies, `grants` whether the endpoint's own policy must let the topic in."""

    key: str
    name: str
    endpoint: str
    help: str
    kind: str = "text"
    raw: bool = False
    policy: bool = False
    grants: str = ""


PROTOCOLS: Final = (
    Protocol("sqs", "Amazon SQS", N_("Queue (ARN)"), N_("Messages are put into this queue."), raw=True,
             grants=N_("Add a statement to the queue's access policy that lets this topic send to it")),
    Protocol("lambda", "AWS Lambda", N_("Function (ARN)"), N_("The function is invoked with each message."),
             grants=N_("Add a statement to the function's policy that lets this topic invoke it")),
    Protocol("email", N_("Email"), N_("Email address"), N_("A confirmation is sent there; without a mail relay it is in"
             " the server's own mailbox."), "email"),
    Protocol("email-json", N_("Email (JSON)"), N_("Email address"), N_("The mail has the whole notification as JSON."),
             "email"),
    Protocol("sms", N_("Text message (SMS)"), N_("Phone number"), N_("As +33612345678. Without a provider, text"
             " messages are in the server's own phone."), "tel"),
    Protocol("http", "HTTP", "URL", N_("Gets a POST with each message; it must confirm first."), "url", True, True),
    Protocol("https", "HTTPS", "URL", N_("Gets a POST with each message; it must confirm first."), "url", True, True),
    Protocol("application", N_("Mobile push"), N_("Endpoint (ARN)"), N_("A device of a platform application.")),
    Protocol("firehose", "Firehose", "", ""),
)  # fmt: skip
_APPLICATIONS: Final = 20
_BY_KEY: Final = {each.key: each for each in PROTOCOLS}


async def ask(page: Page) -> Reply:
    """The form for `?protocol=`; a FIFO topic has queues alone."""
    topic = await topic_of(page)
    chosen = _BY_KEY.get(page.query.get("protocol"), PROTOCOLS[0])
    return await _form(page, topic, chosen, page.query)


async def _form(
    page: Page,
    topic: TopicFacts,
    chosen: Protocol,
    values: Form,
    error: ServiceError | None = None,
    commands: dict[str, Any] | None = None,
) -> Reply:
    told = both(page.api, "sns", "Subscribe", **commands) if commands else ()
    return await page.render(
        "topics/subscribe.html",
        error.status or 400 if error else 200,
        topic=topic,
        chosen=chosen,
        protocols=PROTOCOLS[:1] if topic.fifo else PROTOCOLS,
        values=values,
        fresh=page.visit.method == "GET",
        choices=await _choices(page, topic, chosen),
        queues=await queue_arns(page, fifo=topic.fifo),
        error=error,
        commands=told,
    )


async def _choices(page: Page, topic: TopicFacts, chosen: Protocol) -> list[str]:
    """Endpoints to choose from."""
    looks = Looks(page)
    if chosen.key == "sqs":
        found = await queue_arns(page, fifo=topic.fifo)
        return found if not topic.fifo else [*found, *await queue_arns(page, fifo=False)]
    if chosen.key == "lambda":
        return [arn for arn, _ in await choices.functions(page)]
    if chosen.key == "application":
        arns: list[str] = []
        applications = await looks.all("sns", "ListPlatformApplications", "PlatformApplications")
        if len(applications) > _APPLICATIONS:
            tell_cut(page, _APPLICATIONS, offered=True)
        for each in applications[:_APPLICATIONS]:
            inner = await looks.at("sns", "ListEndpointsByPlatformApplication",
                PlatformApplicationArn=each["PlatformApplicationArn"],
            )  # fmt: skip
            arns += [one["EndpointArn"] for one in inner.get("Endpoints", ())]
        return arns
    return []


async def queue_arns(page: Page, fifo: bool) -> list[str]:
    """ARNs of the visitor's queues of one type, the first of them."""
    return [arn for arn, name in await choices.queues(page) if name.endswith(".fifo") == fifo]


async def subscribe(page: Page) -> Reply:
    """Subscribe; then let the topic in, where that was asked for."""
    topic, form = await topic_of(page), await page.form()
    chosen = _BY_KEY.get(form.get("protocol"), PROTOCOLS[0])
    endpoint = form.get("endpoint").strip()
    params = {
        "TopicArn": topic.arn, "Protocol": chosen.key, "Endpoint": endpoint,
        "Attributes": _attributes(form) or None, "ReturnSubscriptionArn": True,
    }  # fmt: skip
    try:
        if form.flag("show_commands"):
            return await _form(page, topic, chosen, form, commands=params)
        answer = await page.api("sns", "Subscribe", **params)
    except ServiceError as error:
        return await _form(page, topic, chosen, form, error)
    done = page.text("%(endpoint)s is subscribed.", endpoint=endpoint)
    back = page.href("topics", topic.name, "subscriptions")
    try:
        if form.flag("grants"):
            await let_in(page, topic.arn, endpoint)
            done += " " + page.text("The topic was let in by a statement in its policy.")
    except ServiceError as error:
        refused = page.text("It does not let the topic in yet: %(reason)s", reason=str(error))
        return page.redirect(back, failed=f"{done} {refused}")
    state = await Looks(page).at("sns", "GetSubscriptionAttributes", SubscriptionArn=answer["SubscriptionArn"])
    if state.get("Attributes", {}).get("PendingConfirmation") == "true":
        done = page.text("%(endpoint)s has been asked to confirm the subscription.", endpoint=endpoint)
    return page.redirect(back, done=done)


def _attributes(form: Form) -> dict[str, str]:
    """The attributes that the form says, without those left empty."""
    found = {
        "RawMessageDelivery": "true" if form.flag("raw") else "",
        "FilterPolicy": form.get("FilterPolicy").strip(),
        "DeliveryPolicy": form.get("DeliveryPolicy").strip(),
        "RedrivePolicy": redrive_policy(form.get("dead_letter")),
    }
    if found["FilterPolicy"]:
        found["FilterPolicyScope"] = form.get("FilterPolicyScope") or "MessageAttributes"
    return {name: value for name, value in found.items() if value}


def redrive_policy(arn: str) -> str:
    """A RedrivePolicy to a queue's ARN, "" for none."""
    return json.dumps({"deadLetterTargetArn": arn.strip()}) if arn.strip() else ""


async def let_in(page: Page, source: str, endpoint: str) -> None:
    """Have the endpoint's policy let a topic in. Raises `ServiceError`."""
    action = "lambda:InvokeFunction" if endpoint.split(":")[2:3] == ["lambda"] else "sqs:SendMessage"
    await let(page, endpoint, service_statement("sns", action, endpoint, source))


ROUTES: tuple[Route, ...] = (
    Route("GET", "topics/{name}/subscribe", ask),
    Route("POST", "topics/{name}/subscribe", subscribe),
)
