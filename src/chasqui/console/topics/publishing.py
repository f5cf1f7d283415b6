"""Publishing a message to a topic, and who would get it."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any, Final

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.arns import page_of
from chasqui.console.commands import boto3, cli
from chasqui.console.forms import Form
from chasqui.console.looks import Looks
from chasqui.console.page import Page
from chasqui.console.routes import Route
from chasqui.console.topics import filters
from chasqui.console.topics.facts import TABS, TopicFacts, topic_of
from chasqui.console.topics.listed import PAGES_MAX, subscriptions

PROTOCOLS: Final = ("sqs", "lambda", "http", "https", "email", "email-json", "sms", "APNS", "APNS_SANDBOX", "GCM")
"""What a message may have a text of its own for (API reference, Publish, MessageStructure)."""
_ROWS: Final = 3
_ROWS_MAX: Final = 50


async def ask(page: Page) -> Reply:
    """The form; the query may fill it."""
    return await _page(page, await topic_of(page), page.query)


async def publish(page: Page) -> Reply:
    """Publish what the form says, and keep the form for the next."""
    topic, form = await topic_of(page), await page.form()
    try:
        params = _params(page, topic, form)
        if form.flag("show_commands"):
            return await _page(page, topic, form, commands=params)
        sent = await page.api("sns", "Publish", **params)
    except ServiceError as error:
        return await _page(page, topic, form, error=error)
    return await _page(page, topic, form, sent=sent, commands=params)


async def _page(
    page: Page,
    topic: TopicFacts,
    form: Form,
    error: ServiceError | None = None,
    sent: dict[str, Any] | None = None,
    commands: dict[str, Any] | None = None,
) -> Reply:
    told: tuple[str, ...] = ()
    if commands is not None:
        told = (cli(page.api, "sns", "Publish", **_plain(commands)), boto3(page.api, "sns", "Publish", **commands))
    return await page.render(
        "topics/publish.html",
        error.status or 400 if error else 200,
        topic=topic,
        tab="publish",
        tabs=TABS,
        values=form,
        rows=_with_blanks(_rows(form)),
        protocols=PROTOCOLS,
        error=error,
        sent=sent,
        commands=told,
    )


def _rows(form: Form) -> list[tuple[str, str, str]]:
    """The rows of attributes that have a name."""
    return filters.attribute_rows(form.all("attribute_name"), form.all("attribute_type"), form.all("attribute_value"))


def _with_blanks(rows: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    return [*rows, *[("", "String", "")] * (_ROWS if len(rows) < _ROWS_MAX else 0)]


async def more_rows(page: Page) -> Reply:
    """The rows of attributes, with more that are empty."""
    form = await page.form()
    names, types, values = (form.all(f"attribute_{each}") for each in ("name", "type", "value"))
    rows = list(zip(names, types, values, strict=False))[:_ROWS_MAX]
    return await page.render("topics/attribute_rows.html", rows=_with_blanks(rows), prefix="attribute_")


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters as the CLI takes them in JSON: bytes in base64."""
    given = params.get("MessageAttributes")
    if not given:
        return params
    written = {
        name: {key: base64.b64encode(each).decode() if isinstance(each, bytes) else each for key, each in value.items()}
        for name, value in given.items()
    }
    return {**params, "MessageAttributes": written}


def _params(page: Page, topic: TopicFacts, form: Form) -> dict[str, Any]:
    """What Publish is told. Raises `ServiceError` for bytes that are not base64."""
    texts = texts_of(form)
    message = form.get("message")
    if texts:
        message = json.dumps({"default": message, **texts}, ensure_ascii=False)
    return {
        "TopicArn": topic.arn,
        "Message": message,
        "Subject": form.get("subject") or None,
        "MessageStructure": "json" if texts else None,
        "MessageAttributes": _attributes(page, form) or None,
        "MessageGroupId": form.get("group") or None,
        "MessageDeduplicationId": (form.get("deduplication") or None) if topic.fifo else None,
    }


def texts_of(form: Form) -> dict[str, str]:
    """The texts that protocols get instead of the message."""
    return {each: form.get(f"text_{each}") for each in PROTOCOLS if form.get(f"text_{each}")}


def _attributes(page: Page, form: Form) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, type_, value in _rows(form):
        if type_ != "Binary":
            found[name] = {"DataType": type_, "StringValue": value}
            continue
        try:
            found[name] = {"DataType": type_, "BinaryValue": base64.b64decode(value, validate=True)}
        except ValueError:
            words = page.text("The value of the binary attribute %(name)s is not base64.", name=name)
            raise ServiceError("InvalidParameter", words, status=400) from None
    return found


async def who(page: Page) -> Reply:
    """Which subscriptions would get the message of the form."""
    topic, form, looks = await topic_of(page), await page.form(), Looks(page)
    found, more = await subscriptions(page, topic.arn, looks, pages=PAGES_MAX)
    message = filters.Message(form.get("message"), tuple(_rows(form)))
    lines = await asyncio.to_thread(filters.who_gets, found, message, texts_of(form))
    template = "topics/who.html" if page.partial else "topics/who_page.html"
    return await page.render(
        template,
        topic=topic,
        tab="publish",
        tabs=TABS,
        lines=[(line, page_of(page, line.arn)) for line in lines],
        gets=sum(line.gets for line in lines),
        more=bool(more),
        denied=looks.denied[:1],
    )


ROUTES: tuple[Route, ...] = (
    Route("GET", "topics/{name}/publish", ask),
    Route("POST", "topics/{name}/publish", publish),
    Route("POST", "topics/{name}/rows", more_rows),
    Route("POST", "topics/{name}/who", who),
)
