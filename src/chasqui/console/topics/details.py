"""A topic's tabs that show it: details, access policy, tags; and its end."""

from __future__ import annotations

from chasqui.access.policy.document import PolicyType
from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.bodies import pretty
from chasqui.console.commands import both
from chasqui.console.looks import Looks
from chasqui.console.page import Page
from chasqui.console.policies import problems
from chasqui.console.policy_checks import TOPIC_ACTIONS, Subject, checked
from chasqui.console.routes import Route
from chasqui.console.statements import service_statement, with_statement
from chasqui.console.topics.facts import TABS, TopicFacts, topic_of
from chasqui.console.topics.fields import FEEDBACK


async def first(page: Page) -> Reply:
    """A topic's first tab."""
    return page.redirect(page.href("topics", page.places["name"], "subscriptions"))


async def details(page: Page) -> Reply:
    """What a topic is."""
    topic = await topic_of(page)
    given = {"TopicArn": topic.arn}
    return await page.render(
        "topics/details.html",
        topic=topic,
        tab="details",
        tabs=TABS,
        delivery=pretty(topic.attributes.get("EffectiveDeliveryPolicy", "")),
        feedback=_feedback(topic),
        commands=both(page.api, "sns", "GetTopicAttributes", **given),
        to_delete=both(page.api, "sns", "DeleteTopic", **given),
    )


def _feedback(topic: TopicFacts) -> list[tuple[str, str, str, str]]:
    """(protocol, role for successes, their percentage, role for failures) of those that are logged."""
    names = ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")
    rows = [(name, *(topic.attributes.get(f"{key}{each}", "") for each in names)) for key, name in FEEDBACK]
    return [row for row in rows if any(row[1:])]  # type: ignore[misc]


async def policy(page: Page) -> Reply:
    """The access policy and the data protection policy."""
    topic, looks = await topic_of(page), Looks(page)
    protection = await _protection(topic, looks)
    return await _policies(page, topic, pretty(topic.attributes.get("Policy", "")), protection, looks.denied)


async def _protection(topic: TopicFacts, looks: Looks) -> str:
    """The data protection policy, "" for none."""
    if topic.fifo:
        return ""
    found = await looks.at("sns", "GetDataProtectionPolicy", ResourceArn=topic.arn)
    return pretty(found.get("DataProtectionPolicy", ""))


async def _policies(
    page: Page, topic: TopicFacts, text: str, protection: str, denied: list[ServiceError],
    error: ServiceError | None = None, wrong: str = "",
) -> Reply:  # fmt: skip
    return await page.render(
        "topics/policy.html",
        error.status or 400 if error else 200,
        topic=topic,
        tab="policy",
        tabs=TABS,
        policy=text,
        problems=problems(text, PolicyType.RESOURCE, page.text, topic.arn) if text else None,
        check=await checked(page, Subject("sns", topic.arn, topic.attributes.get("Policy", ""), TOPIC_ACTIONS)),
        examples=_examples(page, topic),
        protection=protection,
        denied=denied,
        error=error,
        wrong=wrong,
    )


def _examples(page: Page, topic: TopicFacts) -> list[tuple[str, str]]:
    """Policies to begin with."""
    account = page.api.account
    bucket = service_statement("s3", "sns:Publish", topic.arn, "arn:aws:s3:::BUCKET")
    bucket["Condition"]["StringEquals"] = {"aws:SourceAccount": account}
    other = {
        "Sid": "other-account",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": ["sns:Publish", "sns:Subscribe"],
        "Resource": topic.arn,
    }
    return [
        (page.text("A bucket may publish its events"), pretty(with_statement("", bucket))),
        (page.text("Another account may publish and subscribe"), pretty(with_statement("", other))),
    ]


async def save_policy(page: Page) -> Reply:
    """Replace the access policy; an empty one is the default again."""
    topic, text = await topic_of(page), (await page.form()).get("Policy").strip()
    try:
        await page.api("sns", "SetTopicAttributes", TopicArn=topic.arn, AttributeName="Policy", AttributeValue=text)
    except ServiceError as error:
        looks = Looks(page)
        return await _policies(page, topic, text, await _protection(topic, looks), looks.denied, error, "Policy")
    return page.redirect(page.href("topics", topic.name, "policy"), done=page.text("The access policy was saved."))


async def save_protection(page: Page) -> Reply:
    """Replace the data protection policy."""
    topic, text = await topic_of(page), (await page.form()).get("DataProtectionPolicy").strip()
    try:
        await page.api("sns", "PutDataProtectionPolicy", ResourceArn=topic.arn, DataProtectionPolicy=text)
    except ServiceError as error:
        known = pretty(topic.attributes.get("Policy", ""))
        return await _policies(page, topic, known, text, [], error, "DataProtectionPolicy")
    done = page.text("The data protection policy was saved.")
    return page.redirect(page.href("topics", topic.name, "policy"), done=done)


# ---------------------------------------------------------------------------------------------------------------- tags


async def tags(page: Page) -> Reply:
    """The tags, as rows to edit."""
    topic = await topic_of(page)
    return await _tags(page, topic, await _tags_of(page, topic))


async def _tags_of(page: Page, topic: TopicFacts) -> dict[str, str]:
    found = await page.api("sns", "ListTagsForResource", ResourceArn=topic.arn)
    return {each["Key"]: each.get("Value", "") for each in found.get("Tags", ())}


async def _tags(page: Page, topic: TopicFacts, rows: dict[str, str], error: ServiceError | None = None) -> Reply:
    return await page.render(
        "topics/tags.html",
        error.status or 400 if error else 200,
        topic=topic,
        tab="tags",
        tabs=TABS,
        tags=rows.items(),
        error=error,
    )


async def save_tags(page: Page) -> Reply:
    """Make the tags what the rows say: a row without a key is a tag less."""
    topic, form = await topic_of(page), await page.form()
    wanted = form.pairs("tag_key", "tag_value")
    try:
        now = await _tags_of(page, topic)
        gone = [key for key in now if key not in wanted]
        new = [{"Key": key, "Value": value} for key, value in wanted.items() if now.get(key) != value]
        if gone:
            await page.api("sns", "UntagResource", ResourceArn=topic.arn, TagKeys=gone)
        if new:
            await page.api("sns", "TagResource", ResourceArn=topic.arn, Tags=new)
    except ServiceError as error:
        return await _tags(page, topic, wanted, error)
    return page.redirect(page.href("topics", topic.name, "tags"), done=page.text("The tags were saved."))


async def delete(page: Page) -> Reply:
    """Delete it, if its name was typed."""
    topic = await topic_of(page)
    if (await page.form()).get("confirm").strip() != topic.name:
        failed = page.text("Nothing was deleted: what you typed is not the topic's name.")
        return page.redirect(page.href("topics", topic.name, "details"), failed=failed)
    await page.api("sns", "DeleteTopic", TopicArn=topic.arn)
    return page.redirect(page.href("topics"), done=page.text("The topic %(name)s was deleted.", name=topic.name))


ROUTES: tuple[Route, ...] = (
    Route("GET", "topics/{name}/details", details),
    Route("GET", "topics/{name}/policy", policy),
    Route("POST", "topics/{name}/policy", save_policy),
    Route("POST", "topics/{name}/protection", save_protection),
    Route("GET", "topics/{name}/tags", tags),
    Route("POST", "topics/{name}/tags", save_tags),
    Route("POST", "topics/{name}/delete", delete),
)
