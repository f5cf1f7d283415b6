"""Event notifications of a bucket: who is told of what. Rules are listed, made and deleted one by one; S3 keeps them as
one configuration, which is read and written whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console import choices
from chasqui.console.buckets.facts import BucketFacts
from chasqui.console.buckets.statements import statement
from chasqui.console.commands import both
from chasqui.console.forms import Form
from chasqui.console.language import N_
from chasqui.console.letting import let
from chasqui.console.looks import ask
from chasqui.console.page import Page

_LISTS: Final = {
    "queue": ("QueueConfigurations", "QueueArn"),
    "topic": ("TopicConfigurations", "TopicArn"),
    "function": ("LambdaFunctionConfigurations", "LambdaFunctionArn"),
}
_SERVICES: Final = {"sqs": "queue", "sns": "topic", "lambda": "function"}
_REFUSED: Final = "Unable to validate the following destination configurations"

EVENTS: Final = (
    (N_("Object creation"), "s3:ObjectCreated:*", N_("All object create events"), (
        ("s3:ObjectCreated:Put", N_("Put")), ("s3:ObjectCreated:Post", N_("Post")),
        ("s3:ObjectCreated:Copy", N_("Copy")),
        ("s3:ObjectCreated:CompleteMultipartUpload", N_("Multipart upload completed")))),
    (N_("Object removal"), "s3:ObjectRemoved:*", N_("All object removal events"), (
        ("s3:ObjectRemoved:Delete", N_("Permanently deleted")),
        ("s3:ObjectRemoved:DeleteMarkerCreated", N_("Delete marker created")))),
    (N_("Object tags"), "s3:ObjectTagging:*", N_("All object tagging events"), (
        ("s3:ObjectTagging:Put", N_("Object tags added")), ("s3:ObjectTagging:Delete", N_("Object tags deleted")))),
    (N_("Lifecycle expiration"), "s3:LifecycleExpiration:*", N_("All lifecycle expiration events"), (
        ("s3:LifecycleExpiration:Delete", N_("Objects expired")),
        ("s3:LifecycleExpiration:DeleteMarkerCreated", N_("Delete marker added by lifecycle for a versioned object")))),
)  # fmt: skip
"""Groups of events that happen here: the group's name, its all-events event with its name, and its events."""


class EventRule(msgspec.Struct, frozen=True):
    """An event notification. `kind` is "queue", "topic" or "function"."""

    id: str
    kind: str
    arn: str
    events: tuple[str, ...]
    prefix: str
    suffix: str

    @property
    def target(self) -> str:
        """The destination's name."""
        return self.arn.split(":function:")[-1] if self.kind == "function" else self.arn.rpartition(":")[2]

    def means(self, key: str) -> bool:
        """Whether the rule is about a key."""
        return key.startswith(self.prefix) and key.endswith(self.suffix)


def rules_of(configuration: Mapping[str, Any]) -> Iterator[EventRule]:
    """The rules of a notification configuration."""
    for kind, (member, arn) in _LISTS.items():
        for each in configuration.get(member, ()):
            rules = each.get("Filter", {}).get("Key", {}).get("FilterRules", ())
            named = {rule["Name"].lower(): rule.get("Value", "") for rule in rules}
            prefix, suffix = named.get("prefix", ""), named.get("suffix", "")
            yield EventRule(each.get("Id", ""), kind, each[arn], tuple(each.get("Events", ())), prefix, suffix)


# ------------------------------------------------------------------------------------------------------------ creating


async def ask_new(page: Page, bucket: BucketFacts) -> Reply:
    """The form for a new event notification."""
    return await _form(page, bucket, Form({"kind": ["queue"]}))


async def create(page: Page, bucket: BucketFacts) -> Reply:
    """Add an event notification; first the statement to its destination's policy, where that was asked for."""
    form = await page.form()
    arn = _chosen(form)
    service = arn.split(":")[2] if arn.count(":") >= 5 else ""
    if service not in _SERVICES:
        problem = page.text("Choose a destination, or give the ARN of a queue, a topic or a function.")
        return await _form(page, bucket, form, ServiceError("InvalidArgument", problem, status=400))
    try:
        if form.flag("allow"):
            await let(page, arn, statement(arn, bucket.arn, page.api.account))
        await _add(page, bucket, form, arn, _SERVICES[service])
    except ServiceError as error:
        return await _form(page, bucket, form, error, arn)
    done = page.text("The event notification was created.")
    return page.redirect(page.href("buckets", bucket.name, "properties"), done=done)


def _chosen(form: Form) -> str:
    kind = form.get("kind")
    return form.get("arn").strip() if kind == "arn" else form.get(kind) if kind in _LISTS else ""


def events_of(form: Form) -> list[str]:
    """The events that are ticked, less those that an all-events tick has in it: S3 takes no event twice."""
    ticked = form.all("event")
    families = tuple(each[:-1] for each in ticked if each.endswith(":*"))
    return [each for each in ticked if each.endswith(":*") or not each.startswith(families)]


async def _add(page: Page, bucket: BucketFacts, form: Form, arn: str, kind: str) -> None:
    configuration = await page.api("s3", "GetBucketNotificationConfiguration", Bucket=bucket.name)
    await page.api(
        "s3",
        "PutBucketNotificationConfiguration",
        Bucket=bucket.name,
        NotificationConfiguration=with_rule(configuration, form, arn, kind),
    )


def with_rule(configuration: dict[str, Any], form: Form, arn: str, kind: str) -> dict[str, Any]:
    """A notification configuration with the rule of a form more, which sends to a "queue", "topic" or "function"."""
    member, arn_member = _LISTS[kind]
    rule: dict[str, Any] = {arn_member: arn, "Events": events_of(form)}
    if form.get("id").strip():
        rule["Id"] = form.get("id").strip()
    filters = [{"Name": name.capitalize(), "Value": form.raw(name)} for name in ("prefix", "suffix") if form.raw(name)]
    if filters:
        rule["Filter"] = {"Key": {"FilterRules": filters}}
    return {**configuration, member: [*configuration.get(member, ()), rule]}


async def delete(page: Page, bucket: BucketFacts) -> Reply:
    """Delete an event notification."""
    form = await page.form()
    configuration = await page.api("s3", "GetBucketNotificationConfiguration", Bucket=bucket.name)
    for member, _ in _LISTS.values():
        configuration[member] = [each for each in configuration.get(member, ()) if each.get("Id") != form.raw("id")]
    # Other destinations were looked at when they were configured; one that has gone since is not to stand in the way.
    await page.api(
        "s3",
        "PutBucketNotificationConfiguration",
        Bucket=bucket.name,
        NotificationConfiguration={name: rules for name, rules in configuration.items() if rules},
        SkipDestinationValidation=True,
    )
    done = page.text("The event notification was deleted.")
    return page.redirect(page.href("buckets", bucket.name, "properties"), done=done)


async def _form(page: Page, bucket: BucketFacts, form: Form, error: ServiceError | None = None, arn: str = "") -> Reply:
    destinations = {
        "queue": [each for each in await choices.queues(page) if not each[1].endswith(".fifo")],
        "topic": [each for each in await choices.topics(page) if not each[1].endswith(".fifo")],
        "function": await choices.functions(page),
    }
    offered = ""
    if error is not None and arn and error.message.startswith(_REFUSED):
        offered = json.dumps(statement(arn, bucket.arn, page.api.account), indent=2)
    reasons = [str(value) for name, value in sorted((error.fields if error else {}).items()) if "Value" in name]
    return await page.render(
        "buckets/event.html",
        status=400 if error else 200,
        bucket=bucket,
        form=form,
        groups=EVENTS,
        ticked=form.all("event"),
        destinations=destinations,
        error=error,
        reasons=reasons,
        offered=offered,
        kind=_SERVICES.get(arn.split(":")[2], "") if arn else "",
        target=arn.rpartition(":")[2],
        command=await _command(page, bucket, form),
    )


async def _command(page: Page, bucket: BucketFacts, form: Form) -> tuple[str, str]:
    """The rules with the one of the form, to copy: the call replaces them all."""
    asked = await ask(page, "s3", "GetBucketNotificationConfiguration", Bucket=bucket.name)
    arn = _chosen(form) or page.arn("sqs", "QUEUE")
    kind = _SERVICES.get(arn.split(":")[2] if arn.count(":") >= 5 else "", "queue")
    told = with_rule(asked.found, form, arn, kind)
    return both(
        page.api, "s3", "PutBucketNotificationConfiguration", Bucket=bucket.name, NotificationConfiguration=told
    )


async def configured(page: Page, bucket: BucketFacts) -> tuple[list[EventRule], ServiceError | None, dict[str, Any]]:
    """The bucket's rules, or what keeps the visitor from seeing them; and the configuration that they stand in."""
    asked = await ask(page, "s3", "GetBucketNotificationConfiguration", Bucket=bucket.name)
    return list(rules_of(asked.found)), asked.refused, asked.found
