"""The server's own mailbox: mails that were not sent, because no relay is configured. They are text: whatever is in one
is shown, never run. Links that confirm, restore or end a subscription are buttons."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.api import REFUSED
from chasqui.console.arns import page_of
from chasqui.console.numbers import digits
from chasqui.console.page import Page
from chasqui.console.routes import Route

_ROWS: Final = 50
_EVERY_SECONDS: Final = 1.0
_TEXT_MAX: Final = 65_536
_LINK: Final = re.compile(r"https?://[^\s\"<>]+")


class Deed(msgspec.Struct, frozen=True):
    """What a mail's link does: `action` is "ConfirmSubscription" or "Unsubscribe"; `arn` is the topic's, or the
    subscription's."""

    action: str
    arn: str
    token: str = ""


def deeds_of(text: str) -> list[Deed]:
    """The links of a mail that do something to a subscription, each once."""
    found: list[Deed] = []
    for link in _LINK.findall(_unfolded(text)):
        query = _query(link.rstrip(".,;)"))
        action = query.get("Action", [""])[0]
        if action == "ConfirmSubscription":
            deed = Deed(action, query.get("TopicArn", [""])[0], query.get("Token", [""])[0])
        elif action == "Unsubscribe":
            deed = Deed(action, query.get("SubscriptionArn", [""])[0])
        else:
            continue
        if deed.arn and deed not in found:
            found.append(deed)
    return found


def _query(link: str) -> dict[str, list[str]]:
    """A link's query; none for what only looks like a link, as anybody may publish it ("http://[")."""
    try:
        return parse_qs(urlsplit(link).query)
    except ValueError:
        return {}


def _unfolded(text: str) -> str:
    """A mail's text; of a notification that is JSON its texts, in which links stand without escapes."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return "\n".join(map(str, document.values())) if isinstance(document, dict) else text


async def index(page: Page) -> Reply:
    """The mails, newest first: `?address=` for those of one recipient."""
    try:
        values = await _mails(page, page.query.get("after"))
    except ServiceError as error:
        if error.code != REFUSED:
            raise
        return await page.render("topics/no_mailbox.html", error.status or 404, reason=error.message)
    return await page.render("topics/mailbox.html", **values)


async def _mails(page: Page, after: str = "") -> dict[str, Any]:
    address = page.query.get("address").strip()
    answer = await page.api.control(
        "GET", "/_chasqui/mailbox", address=address or None, limit=_ROWS, after=after or None
    )
    mails = [{**each, "asks": _asks(each)} for each in answer["mails"]]
    newest = mails[0]["id"] if mails else ""
    return {"mails": mails, "after": answer.get("after") or "", "address": address, "newest": newest}


def _asks(mail: dict[str, Any]) -> bool:
    """Whether a mail asks to confirm a subscription."""
    return any(each.action == "ConfirmSubscription" for each in deeds_of(mail["text"][:_TEXT_MAX]))


async def live(page: Page) -> Reply:
    """The newest mails, whenever another one is the newest than the page shows (`?seen=`)."""
    return page.events(_live(page))


async def _live(page: Page) -> AsyncIterator[str]:
    seen = page.query.get("seen")
    while True:
        values = await _mails(page)
        if values["newest"] != seen:
            seen = values["newest"]
            rows = await page.fragment("topics/mails.html", **values)
            yield f'<hx-partial hx-target="#mails" hx-swap="innerMorph">{rows}</hx-partial>'
        await asyncio.sleep(_EVERY_SECONDS)


async def _mail(page: Page) -> dict[str, Any]:
    """The mail of the address. Raises `ServiceError`."""
    id_ = page.places["id"]
    number = digits(id_, 17)
    found: list[dict[str, Any]] = []
    if number is not None:
        answer = await page.api.control("GET", "/_chasqui/mailbox", after=number + 1, limit=1)
        found = [each for each in answer["mails"] if each["id"] == id_]
    if not found:
        raise ServiceError("NoSuchMail", page.text("This mail is not in the mailbox (any more)."), status=404)
    return found[0]


async def show(page: Page) -> Reply:
    """One mail."""
    mail = await _mail(page)
    text = mail["text"]
    deeds = [(deed, page_of(page, deed.arn)) for deed in deeds_of(text)]
    return await page.render(
        "topics/mail.html", mail=mail, text=text[:_TEXT_MAX], cut=len(text) > _TEXT_MAX, deeds=deeds
    )


async def download(page: Page) -> Reply:
    """One mail as it would have been sent."""
    body = await page.api.control("GET", "/_chasqui/mailbox", id=page.places["id"])
    return page.download(f"{page.places['id']}.eml", "message/rfc822", body)


async def act(page: Page) -> Reply:
    """Do what a link of the mail does: `deed` counts from 0."""
    deeds, number = deeds_of((await _mail(page))["text"]), digits((await page.form()).get("deed"))
    if number is None or number >= len(deeds):
        raise ServiceError("NoSuchLink", page.text("The mail has no such link."), status=400)
    deed, back = deeds[number], page.href("topics", "mailbox", page.places["id"])
    try:
        if deed.action == "ConfirmSubscription":
            await page.api("sns", "ConfirmSubscription", TopicArn=deed.arn, Token=deed.token)
            return page.redirect(back, done=page.text("The subscription is confirmed."))
        await page.api("sns", "Unsubscribe", SubscriptionArn=deed.arn)
    except ServiceError as error:
        return page.redirect(back, failed=str(error))
    return page.redirect(back, done=page.text("The subscription was ended."))


async def empty(page: Page) -> Reply:
    """Throw all mails away, if that was typed."""
    if (await page.form()).get("confirm").strip() != page.text("empty"):
        return page.redirect(page.href("topics", "mailbox"), failed=page.text("Nothing was thrown away."))
    await page.api.control("DELETE", "/_chasqui/mailbox")
    return page.redirect(page.href("topics", "mailbox"), done=page.text("The mailbox is empty."))


ROUTES: tuple[Route, ...] = (
    Route("GET", "topics/mailbox", index),
    Route("GET", "topics/mailbox/live", live),
    Route("POST", "topics/mailbox/empty", empty),
    Route("GET", "topics/mailbox/{id}", show),
    Route("POST", "topics/mailbox/{id}", act),
    Route("GET", "topics/mailbox/{id}/download", download),
)
