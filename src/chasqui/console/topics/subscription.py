"""One subscription: what it is, its filter policy with a message to try, its other attributes."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.arns import page_of
from chasqui.console.attributes import dead_letter_arn
from chasqui.console.bodies import pretty
from chasqui.console.commands import both
from chasqui.console.forms import Form
from chasqui.console.page import Page
from chasqui.console.routes import Route
from chasqui.console.topics import filters
from chasqui.console.topics.facts import TABS, TopicFacts
from chasqui.console.topics.subscribing import let_in, queue_arns, redrive_policy
from chasqui.patterns.reading import Scope

_ROWS = 3


def _topic(page: Page) -> TopicFacts:
    """The topic of the address. It is not asked for: a subscription may be seen where its topic may not."""
    return TopicFacts(page.places["name"], page.arn("sns", page.places["name"]), {})


async def show(page: Page) -> Reply:
    """A subscription's page."""
    return await _page(page)


async def _page(page: Page, error: ServiceError | None = None, typed: Form | None = None) -> Reply:
    topic = _topic(page)
    arn = f"{topic.arn}:{page.places['id']}"
    attributes = (await page.api("sns", "GetSubscriptionAttributes", SubscriptionArn=arn)).get("Attributes", {})
    dead = dead_letter_arn(attributes)
    policy = pretty(attributes.get("FilterPolicy", ""))
    scope = filters.scope_of(attributes.get("FilterPolicyScope", ""))
    if typed is not None and "FilterPolicy" in typed:
        policy, scope = typed.get("FilterPolicy"), filters.scope_of(typed.get("FilterPolicyScope"))
    return await page.render(
        "topics/subscription.html",
        error.status or 400 if error else 200,
        topic=topic,
        tab="subscriptions",
        tabs=TABS,
        arn=arn,
        id=page.places["id"],
        attributes=attributes,
        link=page_of(page, attributes.get("Endpoint", "")),
        dead=dead,
        dead_link=page_of(page, dead),
        queues=await queue_arns(page, fifo=topic.fifo),
        policy=policy,
        scope=scope,
        delivery=pretty(attributes.get("EffectiveDeliveryPolicy", "")),
        own_delivery=pretty(attributes.get("DeliveryPolicy", "")),
        error=error,
        commands=both(
            page.api,
            "sns",
            "SetSubscriptionAttributes",
            SubscriptionArn=arn,
            AttributeName="FilterPolicy",
            AttributeValue=attributes.get("FilterPolicy") or "{}",
        ),
        verdict=await _judged(policy, scope, None),
        asked=False,
        tried={"body": "", "rows": [("", "String", "")] * _ROWS},
    )


async def _judged(policy: str, scope: Scope, message: filters.Message | None) -> filters.Verdict:
    """`filters.judge`, beside the loop where that takes long."""
    if filters.weight(policy, message.body if message else "") <= filters.LARGE:
        return filters.judge(policy, scope, message)
    return await asyncio.to_thread(filters.judge, policy, scope, message)


async def check(page: Page) -> Reply:
    """What an editor of a filter policy is told while somebody types: the policy's faults, and whether the message
    beside it would match."""
    form = await page.form()
    scope, message = filters.scope_of(form.get("FilterPolicyScope")), tried_message(form)
    verdict = await _judged(form.get("FilterPolicy"), scope, message)
    template = "topics/verdict.html" if page.partial else "topics/verdict_page.html"
    return await page.render(template, verdict=verdict, asked=message is not None)


def tried_message(form: Form) -> filters.Message | None:
    """The message that a form has for trying; None for an empty one."""
    rows = filters.attribute_rows(form.all("try_name"), form.all("try_type"), form.all("try_value"))
    body = form.get("try_body")
    return filters.Message(body, tuple(rows)) if body or rows else None


async def save(page: Page) -> Reply:
    """Set the attributes of the form that was sent: `what` says which."""
    form = await page.form()
    arn = f"{_topic(page).arn}:{page.places['id']}"
    try:
        for name, value in _wanted(form):
            await page.api(
                "sns", "SetSubscriptionAttributes", SubscriptionArn=arn, AttributeName=name, AttributeValue=value
            )
        if form.flag("let_in") and form.get("dead_letter").strip():
            await let_in(page, _topic(page).arn, form.get("dead_letter").strip())
    except ServiceError as error:
        return await _page(page, error, form)
    address = page.href("topics", page.places["name"], "subscriptions", page.places["id"])
    return page.redirect(address, done=page.text("The subscription was changed."))


def _wanted(form: Form) -> list[tuple[str, Any]]:
    """(attribute, value) of a form, in the order in which they can be set."""
    what = form.get("what")
    if what == "filter":
        policy, scope = form.get("FilterPolicy").strip(), form.get("FilterPolicyScope")
        if not policy:
            return [("FilterPolicy", "{}")]
        # A policy of the body may not fit the attributes' scope: the wider scope comes first, the narrower last.
        both = [("FilterPolicyScope", scope), ("FilterPolicy", policy)]
        return both if scope == filters.SCOPES[1] else both[::-1]
    if what == "raw":
        return [("RawMessageDelivery", "true" if form.flag("raw") else "false")]
    if what == "redrive":
        return [("RedrivePolicy", redrive_policy(form.get("dead_letter")))]
    if what == "replay":
        return [("ReplayPolicy", _replay_policy(form.get("replay_from"), form.get("replay_until")))]
    return [("DeliveryPolicy", form.get("DeliveryPolicy").strip())]


def _replay_policy(starting: str, ending: str) -> str:
    """A ReplayPolicy between two moments as a browser's field gives them, taken as UTC; "" for none."""
    if not starting:
        return ""
    policy = {"PointType": "Timestamp", "StartingPoint": f"{starting}Z"}
    return json.dumps({**policy, "EndingPoint": f"{ending}Z"} if ending else policy)


ROUTES: tuple[Route, ...] = (
    Route("POST", "topics/check-filter", check),
    Route("GET", "topics/{name}/subscriptions/{id}", show),
    Route("POST", "topics/{name}/subscriptions/{id}", save),
)
