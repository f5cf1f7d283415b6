"""Mobile push: platform applications and their endpoints."""

from __future__ import annotations

from typing import Any, Final

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.forms import Form
from chasqui.console.page import Page
from chasqui.console.routes import Route

PLATFORMS: Final = ("GCM", "APNS", "APNS_SANDBOX")
"""Those whose clients the server has."""
SECRETS: Final = ("PlatformCredential", "PlatformPrincipal", "ApplePlatformTeamID", "ApplePlatformBundleID")


async def index(page: Page) -> Reply:
    """The applications, and the form for a new one."""
    return await _applications(page)


async def _applications(page: Page, error: ServiceError | None = None, typed: Form | None = None) -> Reply:
    answer = await page.api("sns", "ListPlatformApplications", NextToken=page.query.get("after") or None)
    rows = [_named(each) for each in answer.get("PlatformApplications", ())]
    return await page.render(
        "topics/push.html",
        error.status or 400 if error else 200,
        rows=rows,
        after=answer.get("NextToken", ""),
        platforms=PLATFORMS,
        error=error,
        values=typed or page.query,
    )


def _named(application: dict[str, Any]) -> dict[str, Any]:
    platform, _, name = application["PlatformApplicationArn"].partition(":app/")[2].partition("/")
    return {**application, "Platform": platform, "Name": name}


async def create(page: Page) -> Reply:
    """Create an application."""
    form = await page.form()
    attributes = {name: form.get(name).strip() for name in SECRETS if form.get(name).strip()}
    name, platform = form.get("name").strip(), form.get("platform")
    try:
        await page.api("sns", "CreatePlatformApplication", Name=name, Platform=platform, Attributes=attributes)
    except ServiceError as error:
        return await _applications(page, error, form)
    done = page.text("The platform application %(name)s was created.", name=name)
    return page.redirect(page.href("topics", "push", platform, name), done=done)


def _arn(page: Page) -> str:
    return page.arn("sns", f"app/{page.places['platform']}/{page.places['application']}")


async def show(page: Page) -> Reply:
    """An application with its endpoints."""
    return await _application(page)


async def _application(page: Page, error: ServiceError | None = None, typed: Form | None = None) -> Reply:
    arn = _arn(page)
    attributes = (await page.api("sns", "GetPlatformApplicationAttributes", PlatformApplicationArn=arn))["Attributes"]
    answer = await page.api(
        "sns", "ListEndpointsByPlatformApplication", PlatformApplicationArn=arn,
        NextToken=page.query.get("after") or None,
    )  # fmt: skip
    return await page.render(
        "topics/push_application.html",
        error.status or 400 if error else 200,
        arn=arn,
        platform=page.places["platform"],
        name=page.places["application"],
        attributes=attributes,
        endpoints=answer.get("Endpoints", []),
        after=answer.get("NextToken", ""),
        error=error,
        values=typed or page.query,
    )


async def change(page: Page) -> Reply:
    """Add, enable or remove an endpoint, send to one, or delete the application: `what` says which."""
    form, arn = await page.form(), _arn(page)
    back = page.href("topics", "push", page.places["platform"], page.places["application"])
    try:
        done = await _changed(page, form, arn)
    except ServiceError as error:
        return await _application(page, error, form)
    if form.get("what") == "delete":
        back = page.href("topics", "push")
    return page.redirect(back, done=done)


async def _changed(page: Page, form: Form, arn: str) -> str:
    """What is to be said when it is done. Raises `ServiceError`."""
    api, what, endpoint = page.api, form.get("what"), form.get("endpoint")
    if what == "add":
        data = form.get("data").strip() or None
        token = form.get("token").strip()
        await api("sns", "CreatePlatformEndpoint", PlatformApplicationArn=arn, Token=token, CustomUserData=data)
        return page.text("The endpoint was created.")
    if what == "enable":
        await api("sns", "SetEndpointAttributes", EndpointArn=endpoint, Attributes={"Enabled": "true"})
        return page.text("The endpoint is enabled.")
    if what == "remove":
        await api("sns", "DeleteEndpoint", EndpointArn=endpoint)
        return page.text("The endpoint was deleted.")
    if form.get("confirm").strip() != page.places["application"]:
        raise ServiceError(
            "NotConfirmed", page.text("Nothing was deleted: what you typed is not its name."), status=400
        )
    await api("sns", "DeletePlatformApplication", PlatformApplicationArn=arn)
    return page.text("The platform application was deleted.")


ROUTES: tuple[Route, ...] = (
    Route("GET", "topics/push", index),
    Route("POST", "topics/push", create),
    Route("GET", "topics/push/{platform}/{application}", show),
    Route("POST", "topics/push/{platform}/{application}", change),
)
