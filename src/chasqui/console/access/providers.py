"""Identity providers (OpenID Connect): whose tokens are believed, and for which audiences."""

from __future__ import annotations

from typing import Any, Final

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.access.common import back, show
from chasqui.console.looks import ask, tell_cut
from chasqui.console.page import Page

_ROWS: Final = 100


async def index(page: Page, status: int = 200, **values: Any) -> Reply:
    """All providers with their audiences, and the form for another."""
    listed = await page.api("iam", "ListOpenIDConnectProviders")
    rows = []
    if len(listed["OpenIDConnectProviderList"]) > _ROWS:
        tell_cut(page, _ROWS)
    for each in listed["OpenIDConnectProviderList"][:_ROWS]:
        arn = each["Arn"]
        rows.append((arn, await ask(page, "iam", "GetOpenIDConnectProvider", OpenIDConnectProviderArn=arn)))
    given = {"url": "", "audiences": "", "thumbprints": "", "problem": "", **values}
    return await show(page, "providers", "providers.html", status, rows=rows, **given)


async def create(page: Page) -> Reply:
    """Believe another's tokens."""
    form = await page.form()
    url, audiences, thumbprints = form["url"].strip(), form["audiences"], form["thumbprints"]
    try:
        await page.api(
            "iam",
            "CreateOpenIDConnectProvider",
            Url=url,
            ClientIDList=audiences.split() or None,
            ThumbprintList=thumbprints.split() or None,
        )
    except ServiceError as error:
        return await index(page, 400, url=url, audiences=audiences, thumbprints=thumbprints, problem=str(error))
    return page.redirect(page.href("access", "providers"), page.text("“%(name)s” was created.", name=url))


async def delete(page: Page) -> Reply:
    """Believe one no more."""
    arn, address = page.places["arn"], page.href("access", "providers")
    name = arn.partition("oidc-provider/")[2]
    if not await page.confirmed(name):
        return page.redirect(address, failed=page.text("The name was not typed as it is: nothing was deleted."))
    try:
        await page.api("iam", "DeleteOpenIDConnectProvider", OpenIDConnectProviderArn=arn)
    except ServiceError as error:
        return back(page, address, "", error)
    return page.redirect(address, page.text("“%(name)s” was deleted.", name=name))
