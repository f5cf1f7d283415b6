"""ARNs as pages show them: what kind of thing one names, what that is called, and where its page is."""

from __future__ import annotations

from typing import Final

from chasqui.base.arn import parse_arn
from chasqui.console.page import Page

_KINDS: Final = {"sqs": "queue", "sns": "topic", "lambda": "function", "s3": "bucket"}
_PUSH: Final = ("app/", "endpoint/")


def kind_of(text: str) -> str:
    """What an ARN names: "queue", "topic", "function", "bucket", or "other"; that too for what is no ARN."""
    arn = parse_arn(text)
    return _KINDS.get(arn.service, "other") if arn else "other"


def unqualified(text: str) -> str:
    """A function's ARN without version and alias; others as they are."""
    parts = text.split(":")
    return ":".join(parts[:7]) if parts[2:3] == ["lambda"] and parts[5:6] == ["function"] else text


def name_of(text: str) -> str:
    """A resource's own name: the last part of its ARN, an object's with its bucket; what is no ARN as it is."""
    kind = kind_of(text)
    return unqualified(text).split(":", 6 if kind == "function" else 5)[-1] if kind != "other" else text


def page_of(page: Page, text: str) -> str:
    """The address of the page of what an ARN names: a resource, or a topic's subscription. "" where the console has
    none, or not here: those of other accounts and regions."""
    arn = parse_arn(text)
    if arn is None:
        return ""
    if arn.service == "s3":
        return page.href("buckets", arn.resource.partition("/")[0])
    if (arn.region, arn.account) != (page.api.region, page.api.account):
        return ""
    # The tab is named, because a queue may be called "new", as a page is.
    if arn.service == "sqs":
        return page.href("queues", arn.resource, "details")
    if arn.service == "lambda":
        kind, _, name = arn.resource.partition(":")
        return page.href("functions", name.partition(":")[0], "code") if kind == "function" and name else ""
    return _of_topics(page, arn.resource) if arn.service == "sns" else ""


def _of_topics(page: Page, resource: str) -> str:
    if resource.startswith(_PUSH):
        return page.href("topics", "push", *resource.split("/")[1:3])
    name, _, subscription = resource.partition(":")
    return page.href("topics", name, "subscriptions", *([subscription] if subscription else []))
