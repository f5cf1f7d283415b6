"""The tab "Versions and aliases": publishing, and names that lead to one version or to two."""

from __future__ import annotations

import math
from typing import Any, Final

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.commands import both
from chasqui.console.forms import Form
from chasqui.console.functions.facts import ABSENT, FunctionFacts, function_of, seconds_of, show
from chasqui.console.looks import Looks
from chasqui.console.page import Page
from chasqui.console.routes import Route

_PAGE: Final = 50


async def tab(page: Page) -> Reply:
    """Both lists."""
    return await _shown(page, await function_of(page), Form({}), None)


async def _shown(page: Page, function: FunctionFacts, typed: Form, problem: ServiceError | None) -> Reply:
    looks, named = Looks(page, *ABSENT), {"FunctionName": function.name}
    marker = page.query.get("marker") or None
    told = await looks.at("lambda", "ListVersionsByFunction", **named, MaxItems=_PAGE, Marker=marker)
    aliases = await looks.all("lambda", "ListAliases", "Aliases", FunctionName=function.name)
    rows = [(each, seconds_of(each.get("LastModified"))) for each in told.get("Versions", ())]
    return await show(
        page,
        "functions/versions.html",
        "versions",
        function,
        versions=rows,
        marker=told.get("NextMarker", ""),
        aliases=aliases,
        typed=typed,
        problem=problem,
        denied=looks.denied,
        command=both(page.api, "lambda", "PublishVersion", FunctionName=function.name),
    )


async def act(page: Page) -> Reply:
    """Publish or delete a version; make, change or delete an alias."""
    function, form = await function_of(page), await page.form()
    try:
        done = await _acted(page, function, form)
    except ServiceError as error:
        return await _shown(page, function, form, error)
    return page.redirect(page.href("functions", function.name, "versions"), done=done)


async def _acted(page: Page, function: FunctionFacts, form: Form) -> str:
    named, action, name = {"FunctionName": function.name}, form["action"], form["alias"].strip()
    if action == "publish":
        made = await page.api("lambda", "PublishVersion", **named, Description=form["description"] or None)
        return page.text("Version %(number)s was published.", number=made.get("Version", ""))
    if action == "delete":
        await page.api("lambda", "DeleteFunction", **named, Qualifier=form["version"])
        return page.text("Version %(number)s was deleted.", number=form["version"])
    if action == "delete-alias":
        await page.api("lambda", "DeleteAlias", **named, Name=name)
        return page.text("The alias %(name)s was deleted.", name=name)
    operation = "UpdateAlias" if action == "change-alias" else "CreateAlias"
    given = {"FunctionVersion": form["version"].strip(), "Description": form["description"], **_routing(page, form)}
    await page.api("lambda", operation, **named, Name=name, **given)
    return page.text("The alias %(name)s was saved.", name=name)


def _routing(page: Page, form: Form) -> dict[str, Any]:
    """The second version of an alias, with the share of the calls that it gets. Raises `ServiceError`."""
    second, text = form["second"].strip(), form["weight"].strip().replace(",", ".")
    if not second:
        return {"RoutingConfig": {"AdditionalVersionWeights": {}}} if form["action"] == "change-alias" else {}
    try:
        weight = float(text) / 100
        if not math.isfinite(weight):
            raise ValueError(text)
    except ValueError:
        message = page.text("%(label)s must be a number.", label=page.text("Share in per cent"))
        raise ServiceError("InvalidParameterValueException", message, status=400) from None
    return {"RoutingConfig": {"AdditionalVersionWeights": {second: weight}}}


ROUTES: Final = (
    Route("GET", "functions/{name}/versions", tab),
    Route("POST", "functions/{name}/versions", act),
)
