"""Resources as boxes of a picture: their kinds, signs and pages, by ARN or protocol. Pure."""

from __future__ import annotations

from typing import Final

from chasqui.console.language import N_
from chasqui.console.page import Page

KINDS: Final = {
    "topic": N_("Topics"),
    "queue": N_("Queues"),
    "function": N_("Functions"),
    "bucket": N_("Buckets"),
    "http": N_("HTTP endpoints"),
    "mail": N_("E-mail addresses"),
    "phone": N_("Phones"),
    "other": N_("Others"),
}
"""Kinds of boxes, and their names."""
SIGNS: Final = {
    "topic": "SNS", "queue": "SQS", "function": "λ", "bucket": "S3", "http": "HTTP", "mail": "@", "phone": "SMS",
    "other": "·",
}  # fmt: skip
"""The letters in a box."""
PROTOCOLS: Final = {
    "sqs": "queue",
    "lambda": "function",
    "http": "http",
    "https": "http",
    "email": "mail",
    "email-json": "mail",
    "sms": "phone",
}
"""Kinds by the protocol of a subscription."""
_SERVICES: Final = {"sqs": "queue", "sns": "topic", "lambda": "function", "s3": "bucket"}
_TABS: Final = {
    "topic": ("topics", "subscriptions"),
    "queue": ("queues", "details"),
    "function": ("functions", "code"),
}
"""Sections, and the tabs at which a resource's pages begin: a queue may be called "new", as a page is."""


def kind_of(arn: str) -> str:
    """The kind of what an ARN names."""
    parts = arn.split(":")
    return _SERVICES.get(parts[2], "other") if len(parts) > 5 and parts[0] == "arn" else "other"


def unqualified(arn: str) -> str:
    """A function's ARN without version and alias; others as they are."""
    parts = arn.split(":")
    return ":".join(parts[:7]) if parts[2:3] == ["lambda"] and parts[5:6] == ["function"] else arn


def name_of(arn: str) -> str:
    """A resource's own name: the last part of its ARN, an object's with its bucket; what is no ARN as it is."""
    kind = kind_of(arn)
    if kind == "bucket":
        return arn.split(":", 5)[5]
    return unqualified(arn).split(":", 6 if kind == "function" else 5)[-1] if kind != "other" else arn


def page_of(page: Page, arn: str) -> str:
    """The address of a resource's page; "" for what has none here."""
    kind, parts = kind_of(arn), arn.split(":", 5)
    if kind == "bucket":
        return page.href("buckets", parts[5].partition("/")[0])
    if kind not in _TABS or parts[3:5] != [page.api.region, page.api.account]:
        return ""
    section, tab = _TABS[kind]
    return page.href(section, name_of(arn), tab)
