"""The topics that deliver to a queue: its SNS subscriptions, and one more."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chasqui.access.policy.decision import Grants, Question, decide
from chasqui.access.policy.document import MalformedPolicy, PolicyType, compile_policy
from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.base.principal import service_principal
from chasqui.console import choices, commands
from chasqui.console.forms import Form
from chasqui.console.letting import let
from chasqui.console.page import Page
from chasqui.console.queue_facts import TABS, QueueFacts, queue_of
from chasqui.console.statements import service_statement

_PAGES: Final = 50


class Subscribed(msgspec.Struct, frozen=True):
    """A topic's subscription with this queue. `lets` is whether the queue's policy lets the topic deliver."""

    arn: str
    topic: str
    lets: bool

    @property
    def topic_name(self) -> str:
        """The last part of the topic's ARN."""
        return self.topic.rpartition(":")[2]


async def show(page: Page) -> Reply:
    """The tab."""
    return await _tab(page, await queue_of(page))


async def _tab(page: Page, queue: QueueFacts, status: int = 200, problem: str = "", form: Form | None = None) -> Reply:
    policy = queue.attributes.get("Policy", "")
    found, more, denied = await _subscribed(page, queue, policy)
    return await page.render(
        "queues/subscriptions.html",
        status,
        queue=queue,
        tab="subscriptions",
        tabs=TABS,
        found=found,
        more=more,
        denied=denied,
        topics=[arn for arn, _ in await choices.topics(page)],
        topic=form.get("topic") if form else "",
        raw=form.flag("raw") if form else False,
        problem=problem,
        command=commands.both(
            page.api,
            "sns",
            "Subscribe",
            TopicArn=f"arn:aws:sns:{page.api.region}:{page.api.account}:TOPIC",
            Protocol="sqs",
            Endpoint=queue.arn,
        ),
    )


async def _subscribed(page: Page, queue: QueueFacts, policy: str) -> tuple[list[Subscribed], bool, str]:
    """The subscriptions; whether there are more than were looked at; why they can't be told."""
    found: list[Subscribed] = []
    token = None
    for _ in range(_PAGES):
        try:
            listed = await page.api("sns", "ListSubscriptions", NextToken=token)
        except ServiceError as error:
            return found, False, error.message
        found += [
            Subscribed(each["SubscriptionArn"], each["TopicArn"], lets_in(policy, queue.arn, each["TopicArn"]))
            for each in listed.get("Subscriptions", ())
            if each.get("Protocol") == "sqs" and each.get("Endpoint") == queue.arn
        ]
        token = listed.get("NextToken")
        if not token:
            return found, False, ""
    return found, True, ""


def lets_in(policy: str, arn: str, topic: str) -> bool:
    """Whether a queue's policy lets SNS deliver for a topic."""
    if not policy:
        return False
    try:
        compiled = compile_policy(policy, PolicyType.RESOURCE, arn)
    except MalformedPolicy:
        return False
    context = {"aws:SourceArn": topic, "aws:SourceAccount": topic.split(":")[4]}
    question = Question(service_principal("sns.amazonaws.com"), "sqs:SendMessage", arn, arn.split(":")[4], context)
    return decide(question, Grants(), compiled).allowed


async def subscribe(page: Page) -> Reply:
    """Subscribe the queue to a topic; if that is wanted, let the topic deliver."""
    queue, form = await queue_of(page), await page.form()
    topic = form.get("topic").strip()
    if topic and not topic.startswith("arn:"):
        topic = ":".join((*queue.arn.split(":")[:2], "sns", page.api.region, page.api.account, topic))
    raw: dict[str, Any] | None = {"RawMessageDelivery": "true"} if form.flag("raw") else None
    policy, added = queue.attributes.get("Policy", ""), False
    try:
        if form.flag("allow") and topic.count(":") == 5 and not lets_in(policy, queue.arn, topic):
            await _let_in(page, queue, topic)
            added = True
        await page.api("sns", "Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes=raw)
    except ServiceError as error:
        if added:
            await page.api("sqs", "SetQueueAttributes", QueueUrl=queue.url, Attributes={"Policy": policy})
        return await _tab(page, queue, error.status or 400, str(error), form)
    name = topic.rpartition(":")[2]
    told = page.text("The queue is subscribed to %(name)s.", name=name)
    if added:
        told = page.text(
            "The queue is subscribed to %(name)s, and its access policy has a statement that lets the topic deliver.",
            name=name,
        )
    return page.redirect(page.href("queues", queue.name, "subscriptions"), done=told)


async def _let_in(page: Page, queue: QueueFacts, topic: str) -> None:
    await let(page, queue.arn, service_statement("sns", "sqs:SendMessage", queue.arn, topic))


async def let_in(page: Page) -> Reply:
    """Add the statement that lets a topic deliver which is subscribed already."""
    queue, form = await queue_of(page), await page.form()
    topic = form.get("topic")
    await _let_in(page, queue, topic)
    told = page.text("The access policy now lets %(name)s deliver.", name=topic.rpartition(":")[2])
    return page.redirect(page.href("queues", queue.name, "subscriptions"), done=told)


async def unsubscribe(page: Page) -> Reply:
    """End one of the queue's subscriptions."""
    queue, form = await queue_of(page), await page.form()
    await page.api("sns", "Unsubscribe", SubscriptionArn=form.get("subscription"))
    return page.redirect(
        page.href("queues", queue.name, "subscriptions"), done=page.text("The subscription was deleted.")
    )
