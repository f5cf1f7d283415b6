"""Text messages as an account sends them: preferences, the SMS sandbox with its numbers, numbers that opted out."""

from __future__ import annotations

from typing import Any, Final

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.looks import Looks
from chasqui.console.page import Page
from chasqui.console.routes import Route

PREFERENCES: Final = (
    "DefaultSMSType", "DefaultSenderID", "MonthlySpendLimit", "DeliveryStatusIAMRole",
    "DeliveryStatusSuccessSamplingRate", "UsageReportS3Bucket",
)  # fmt: skip


async def index(page: Page) -> Reply:
    """All of it."""
    return await _page(page)


async def _page(page: Page, error: ServiceError | None = None, typed: dict[str, str] | None = None) -> Reply:
    looks = Looks(page)
    attributes = (await looks.at("sns", "GetSMSAttributes")).get("attributes", {})
    status = await looks.at("sns", "GetSMSSandboxAccountStatus")
    numbers = await looks.all("sns", "ListSMSSandboxPhoneNumbers", "PhoneNumbers", MaxResults=100)
    out = await looks.at("sns", "ListPhoneNumbersOptedOut")
    origins = await looks.all("sns", "ListOriginationNumbers", "PhoneNumbers", MaxResults=30)
    return await page.render(
        "topics/sms.html",
        error.status or 400 if error else 200,
        error=error,
        attributes={**attributes, **(typed or {})},
        sandbox=status.get("IsInSandbox"),
        numbers=numbers,
        opted_out=out.get("phoneNumbers", []),
        more=bool(out.get("nextToken")),
        origins=[each["PhoneNumber"] for each in origins],
        denied=looks.denied,
    )


async def change(page: Page) -> Reply:
    """Do what one of the page's forms says: `what` names it."""
    form = await page.form()
    number = form.get("number").strip()
    typed = {name: form.get(name).strip() for name in PREFERENCES if name in form}
    try:
        done = await _changed(page, form.get("what"), number, form.get("password").strip(), typed)
    except ServiceError as error:
        return await _page(page, error, typed)
    return page.redirect(page.href("topics", "sms"), done=done)


async def _changed(page: Page, what: str, number: str, password: str, typed: dict[str, str]) -> str:
    """What is to be said when it is done. Raises `ServiceError`."""
    api = page.api
    if what == "preferences":
        now = (await api("sns", "GetSMSAttributes")).get("attributes", {})
        wanted = {name: value for name, value in typed.items() if value != now.get(name, "")}
        if wanted:
            await api("sns", "SetSMSAttributes", attributes=wanted)
        return page.text("The preferences were saved.")
    if what in ("into", "out"):
        body: dict[str, Any] = {"sandbox": what == "into", "account": api.account, "region": api.region}
        await api.control("POST", "/_chasqui/sms/sandbox", body)
        return page.text("The account was moved.")
    if what == "add":
        await api("sns", "CreateSMSSandboxPhoneNumber", PhoneNumber=number)
        return page.text("A one-time password was sent to %(number)s.", number=number)
    if what == "verify":
        await api("sns", "VerifySMSSandboxPhoneNumber", PhoneNumber=number, OneTimePassword=password)
        return page.text("%(number)s is verified.", number=number)
    if what == "remove":
        await api("sns", "DeleteSMSSandboxPhoneNumber", PhoneNumber=number)
        return page.text("%(number)s was removed.", number=number)
    await api("sns", "OptInPhoneNumber", phoneNumber=number)
    return page.text("%(number)s gets text messages again.", number=number)


ROUTES: tuple[Route, ...] = (Route("GET", "topics/sms", index), Route("POST", "topics/sms", change))
