"""The server's own phone: text messages that were not sent, because no provider is configured; what its owner answers;
and sending one without a topic."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.api import REFUSED
from chasqui.console.commands import both
from chasqui.console.looks import is_denial
from chasqui.console.page import Page
from chasqui.console.routes import Route

_LOOKED_AT: Final = 200
_EVERY_SECONDS: Final = 1.0


async def index(page: Page) -> Reply:
    """The numbers that got something, with the newest message of each."""
    try:
        values = await _numbers(page)
    except ServiceError as error:
        if error.code != REFUSED:
            raise
        return await page.render("topics/no_phone.html", error.status or 404, reason=error.message)
    return await page.render("topics/phone.html", **values, error=None, typed={}, commands=())


async def _numbers(page: Page) -> dict[str, Any]:
    answer = await page.api.control("GET", "/_chasqui/sms", limit=_LOOKED_AT)
    numbers: dict[str, dict[str, Any]] = {}
    for each in answer["messages"]:
        numbers.setdefault(each["to"], {**each, "count": 0})["count"] += 1
    return {
        "numbers": list(numbers.values()),
        "more": bool(answer.get("after")),
        "mark": next((each["id"] for each in answer["messages"]), "none"),
    }


async def live(page: Page) -> Reply:
    """The numbers, or one number's messages (`?number=`), whenever they are not what the page shows (`?seen=`)."""
    return page.events(_live(page))


async def _live(page: Page) -> AsyncIterator[str]:
    number = page.query.get("number")
    seen = page.query.get("seen")
    while True:
        values = await _conversation(page, number) if number else await _numbers(page)
        if values["mark"] != seen:
            seen = values["mark"]
            rows = await page.fragment("topics/texts.html" if number else "topics/numbers.html", **values)
            yield f'<hx-partial hx-target="#texts" hx-swap="innerMorph">{rows}</hx-partial>'
        await asyncio.sleep(_EVERY_SECONDS)


async def _conversation(page: Page, number: str) -> dict[str, Any]:
    answer = await page.api.control("GET", "/_chasqui/sms", number=number, limit=100, answers="true")
    try:
        state = await page.api("sns", "CheckIfPhoneNumberIsOptedOut", phoneNumber=number)
    except ServiceError as error:
        if not is_denial(error):
            raise
        state = {}
    return {
        "number": number,
        "texts": answer["messages"][::-1],
        "more": bool(answer.get("after")),
        "opted_out": state.get("isOptedOut"),
        "mark": f"{next((each['id'] for each in answer['messages']), 'none')} {state.get('isOptedOut')}",
    }


async def show(page: Page) -> Reply:
    """The conversation with one number, oldest first."""
    return await page.render("topics/conversation.html", **await _conversation(page, page.places["number"]))


async def reply(page: Page) -> Reply:
    """What the phone's owner answers: STOP ends all messages to the number, START lets them come again."""
    number, text = page.places["number"], (await page.form()).get("text").strip()
    answer = await page.api.control(
        "POST", "/_chasqui/sms/reply",
        {"from": number, "text": text, "account": page.api.account, "region": page.api.region},
    )  # fmt: skip
    done = {
        True: page.text("The number is opted out: it gets no more text messages."),
        False: page.text("The number is opted in: it gets text messages again."),
        None: page.text("The answer was received. SNS does nothing with it: STOP and START are what it knows."),
    }
    return page.redirect(page.href("topics", "phone", number), done=done[answer["optedOut"]])


async def send(page: Page) -> Reply:
    """Publish to a number, without a topic."""
    form = await page.form()
    number = form.get("number").strip()
    attributes = {
        "AWS.SNS.SMS.SMSType": form.get("type"),
        "AWS.SNS.SMS.SenderID": form.get("sender").strip(),
    }
    params = {
        "PhoneNumber": number,
        "Message": form.get("message"),
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
        }
        or None,
    }
    error, commands = None, both(page.api, "sns", "Publish", **params) if form.flag("show_commands") else ()
    if not commands:
        try:
            sent = await page.api("sns", "Publish", **params)
        except ServiceError as refused:
            error = refused
        else:
            done = page.text("The text message was accepted: %(id)s.", id=sent["MessageId"])
            return page.redirect(page.href("topics", "phone", number), done=done)
    values = await _numbers(page)
    status = error.status or 400 if error else 200
    return await page.render("topics/phone.html", status, **values, error=error, typed=form, commands=commands)


async def empty(page: Page) -> Reply:
    """Throw all text messages away, if that was typed."""
    if (await page.form()).get("confirm").strip() != page.text("empty"):
        return page.redirect(page.href("topics", "phone"), failed=page.text("Nothing was thrown away."))
    await page.api.control("DELETE", "/_chasqui/sms")
    return page.redirect(page.href("topics", "phone"), done=page.text("The phone is empty."))


ROUTES: tuple[Route, ...] = (
    Route("GET", "topics/phone", index),
    Route("POST", "topics/phone", send),
    Route("GET", "topics/phone/live", live),
    Route("POST", "topics/phone/empty", empty),
    Route("GET", "topics/phone/{number}", show),
    Route("POST", "topics/phone/{number}", reply),
)
