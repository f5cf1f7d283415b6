"""A topic's subscriptions: the list, confirming, ending."""

from __future__ import annotations

from typing import Any

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.arns import page_of
from chasqui.console.attributes import dead_letter_arn
from chasqui.console.commands import cli
from chasqui.console.looks import Looks
from chasqui.console.page import Page
from chasqui.console.routes import Route
from chasqui.console.topics.facts import TABS, topic_of
from chasqui.console.topics.listed import subscriptions


async def index(page: Page) -> Reply:
    """The subscriptions, a page at a time."""
    topic, looks = await topic_of(page), Looks(page)
    rows, after = await subscriptions(page, topic.arn, looks, page.query.get("after"))
    return await page.render(
        "topics/subscriptions.html",
        topic=topic,
        tab="subscriptions",
        tabs=TABS,
        rows=[_row(page, each) for each in rows],
        after=after,
        denied=looks.denied[:1],
    )


def _row(page: Page, subscription: dict[str, Any]) -> dict[str, Any]:
    link, dead = page_of(page, subscription.get("Endpoint", "")), dead_letter_arn(subscription.get("Attributes", {}))
    return {**subscription, "Link": link, "Dead": dead}


async def end(page: Page) -> Reply:
    """End those that were ticked: asked first, then done."""
    topic, form = await topic_of(page), await page.form()
    arns = [each for each in form.all("arn") if each.startswith(f"{topic.arn}:")]
    back = page.href("topics", topic.name, "subscriptions")
    if not arns:
        return page.redirect(back, failed=page.text("No subscription was ticked."))
    if not form.flag("sure"):
        commands = [cli(page.api, "sns", "Unsubscribe", SubscriptionArn=arn) for arn in arns]
        return await page.render(
            "topics/unsubscribe.html", topic=topic, tab="subscriptions", tabs=TABS, arns=arns, commands=commands
        )
    ended, problem = 0, ""
    for arn in arns:
        try:
            await page.api("sns", "Unsubscribe", SubscriptionArn=arn)
            ended += 1
        except ServiceError as error:
            problem = problem or str(error)
    done = page.plural("%(num)s subscription was deleted.", "%(num)s subscriptions were deleted.", ended)
    if not problem:
        return page.redirect(back, done=done)
    left = page.plural("%(num)s was not: %(reason)s", "%(num)s were not: %(reason)s", len(arns) - ended, reason=problem)
    return page.redirect(back, failed=f"{done} {left}")


async def confirm(page: Page) -> Reply:
    """Confirm a subscription with the token of its message, or with the whole link."""
    topic, form = await topic_of(page), await page.form()
    token = form.get("token").strip().rpartition("Token=")[2].partition("&")[0]
    answer = await page.api("sns", "ConfirmSubscription", TopicArn=topic.arn, Token=token)
    id_ = answer.get("SubscriptionArn", "").rpartition(":")[2]
    done = page.text("The subscription is confirmed.")
    return page.redirect(page.href("topics", topic.name, "subscriptions", id_), done=done)


async def ask_again(page: Page) -> Reply:
    """Have the message with the token sent once more."""
    topic, form = await topic_of(page), await page.form()
    await page.api("sns", "Subscribe", TopicArn=topic.arn, Protocol=form.get("protocol"), Endpoint=form.get("endpoint"))
    done = page.text("The confirmation was sent to %(endpoint)s again.", endpoint=form.get("endpoint"))
    return page.redirect(page.href("topics", topic.name, "subscriptions"), done=done)


ROUTES: tuple[Route, ...] = (
    Route("GET", "topics/{name}/subscriptions", index),
    Route("POST", "topics/{name}/unsubscribe", end),
    Route("POST", "topics/{name}/confirm", confirm),
    Route("POST", "topics/{name}/ask-again", ask_again),
)
