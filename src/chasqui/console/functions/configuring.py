"""The tab "Configuration": what a function is, what it gets, how many of it run, what becomes of its events, and its
URL."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.commands import both
from chasqui.console.forms import Form
from chasqui.console.functions.creating import RUNTIMES
from chasqui.console.functions.facts import ABSENT, FunctionFacts, function_of, lines_of, show
from chasqui.console.looks import Looks
from chasqui.console.numbers import numbered
from chasqui.console.page import Page
from chasqui.console.routes import Route

Change = Callable[[Page, FunctionFacts, Form], Awaitable[None]]


async def tab(page: Page) -> Reply:
    """All of it."""
    return await _shown(page, await function_of(page), "", Form({}), None)


async def _shown(page: Page, function: FunctionFacts, part: str, typed: Form, problem: ServiceError | None) -> Reply:
    """The tab; `part` is the form that was refused, filled in as it was."""
    looks, named = Looks(page, *ABSENT), {"FunctionName": function.name}
    qualifier = function.qualifier or None
    events = await looks.at("lambda", "GetFunctionEventInvokeConfig", **named, Qualifier=qualifier)
    url = await looks.at("lambda", "GetFunctionUrlConfig", **named, Qualifier=qualifier)
    roles = await looks.all("iam", "ListRoles", "Roles", offered=True, MaxItems=1000)
    provisioned = await looks.all(
        "lambda", "ListProvisionedConcurrencyConfigs", "ProvisionedConcurrencyConfigs", FunctionName=function.name
    )
    forms = {
        "general": _general_of(function),
        "environment": Form({}),
        "concurrency": Form({"reserved": ["" if function.reserved is None else str(function.reserved)]}),
        "provisioned": Form({}),
        "events": _events_of(events),
        "url": _url_of(url),
    }
    variables = function.configuration.get("Environment", {}).get("Variables", {})
    if part == "environment":
        variables = typed.pairs("env_name", "env_value")
    if part:
        forms[part] = typed
    return await show(
        page,
        "functions/configuration.html",
        "configuration",
        function,
        forms=forms,
        variables=list(variables.items()),
        environment_error=function.configuration.get("Environment", {}).get("Error"),
        provisioned=provisioned,
        url=url,
        events=events,
        roles=[each["Arn"] for each in roles],
        runtimes=_runtimes(function),
        problem=problem,
        denied=looks.denied,
        command=_command(page, function),
        deletion=both(page.api, "lambda", "DeleteFunction", FunctionName=function.name),
    )


def _runtimes(function: FunctionFacts) -> tuple[str, ...]:
    own = function.configuration.get("Runtime", "")
    return RUNTIMES if own in RUNTIMES or not own else (own, *RUNTIMES)


def _command(page: Page, function: FunctionFacts) -> tuple[str, str]:
    told = function.configuration
    return both(
        page.api,
        "lambda",
        "UpdateFunctionConfiguration",
        FunctionName=function.name,
        Timeout=told.get("Timeout"),
        MemorySize=told.get("MemorySize"),
        Handler=told.get("Handler"),
        Runtime=told.get("Runtime"),
        Role=told.get("Role"),
    )


def _general_of(function: FunctionFacts) -> Form:
    told = function.configuration
    return Form(
        {
            "description": [told.get("Description", "")],
            "runtime": [told.get("Runtime", "")],
            "handler": [told.get("Handler", "")],
            "memory": [str(told.get("MemorySize", ""))],
            "timeout": [str(told.get("Timeout", ""))],
            "storage": [str(told.get("EphemeralStorage", {}).get("Size", ""))],
            "role": [told.get("Role", "")],
            "layers": ["\n".join(each["Arn"] for each in told.get("Layers", ()))],
            "dead_letter": [told.get("DeadLetterConfig", {}).get("TargetArn", "")],
        }
    )


def _events_of(events: dict[str, Any]) -> Form:
    destinations = events.get("DestinationConfig", {})
    return Form(
        {
            "retries": [str(events.get("MaximumRetryAttempts", ""))],
            "age": [str(events.get("MaximumEventAgeInSeconds", ""))],
            "on_success": [destinations.get("OnSuccess", {}).get("Destination", "")],
            "on_failure": [destinations.get("OnFailure", {}).get("Destination", "")],
        }
    )


def _url_of(url: dict[str, Any]) -> Form:
    origins = url.get("Cors", {}).get("AllowOrigins", ())
    return Form(
        {
            "auth": [url.get("AuthType", "AWS_IAM")],
            "mode": [url.get("InvokeMode", "BUFFERED")],
            "origins": ["\n".join(origins)],
        }
    )


async def save(page: Page) -> Reply:
    """What one of the forms says."""
    function, form, part = await function_of(page), await page.form(), page.places["part"]
    change = _CHANGES.get(part)
    if change is None:
        return await page.render("missing.html", 404)
    try:
        await change(page, function, form)
    except ServiceError as error:
        return await _shown(page, function, part, form, error)
    return page.redirect(
        page.href("functions", function.name, "configuration", qualifier=function.qualifier),
        done=page.text("The configuration of %(name)s was changed.", name=function.name),
    )


async def _general(page: Page, function: FunctionFacts, form: Form) -> None:
    storage = numbered(page, page.text("Temporary storage"), form["storage"])
    image = function.configuration.get("PackageType") == "Image"
    await page.api(
        "lambda",
        "UpdateFunctionConfiguration",
        FunctionName=function.name,
        Description=form["description"],
        Runtime=None if image else form["runtime"],
        Handler=None if image else form["handler"].strip(),
        MemorySize=numbered(page, page.text("Memory"), form["memory"]),
        Timeout=numbered(page, page.text("Timeout"), form["timeout"]),
        EphemeralStorage=None if storage is None else {"Size": storage},
        Role=form["role"].strip() or None,
        Layers=None if image else lines_of(form["layers"]),
        DeadLetterConfig={"TargetArn": form["dead_letter"].strip()},
        RevisionId=form["revision"] or None,
    )


async def _environment(page: Page, function: FunctionFacts, form: Form) -> None:
    variables = form.pairs("env_name", "env_value")
    await page.api(
        "lambda",
        "UpdateFunctionConfiguration",
        FunctionName=function.name,
        Environment={"Variables": variables},
        RevisionId=form["revision"] or None,
    )


async def _concurrency(page: Page, function: FunctionFacts, form: Form) -> None:
    reserved = numbered(page, page.text("Reserved concurrency"), form["reserved"])
    if reserved is None:
        await page.api("lambda", "DeleteFunctionConcurrency", FunctionName=function.name)
    else:
        await page.api(
            "lambda", "PutFunctionConcurrency", FunctionName=function.name, ReservedConcurrentExecutions=reserved
        )


async def _provisioned(page: Page, function: FunctionFacts, form: Form) -> None:
    count, qualifier = numbered(page, page.text("Provisioned concurrency"), form["count"]), form["which"].strip()
    named = {"FunctionName": function.name, "Qualifier": qualifier}
    if count:
        await page.api("lambda", "PutProvisionedConcurrencyConfig", **named, ProvisionedConcurrentExecutions=count)
    else:
        await page.api("lambda", "DeleteProvisionedConcurrencyConfig", **named)


async def _events(page: Page, function: FunctionFacts, form: Form) -> None:
    named = {"FunctionName": function.name, "Qualifier": function.qualifier or None}
    if form["action"] == "clear":
        await page.api("lambda", "DeleteFunctionEventInvokeConfig", **named)
        return
    places = {"OnSuccess": form["on_success"].strip(), "OnFailure": form["on_failure"].strip()}
    await page.api(
        "lambda",
        "PutFunctionEventInvokeConfig",
        **named,
        MaximumRetryAttempts=numbered(page, page.text("Retries"), form["retries"]),
        MaximumEventAgeInSeconds=numbered(page, page.text("Oldest event"), form["age"]),
        DestinationConfig={name: {"Destination": arn} for name, arn in places.items() if arn},
    )


async def _url(page: Page, function: FunctionFacts, form: Form) -> None:
    named = {"FunctionName": function.name, "Qualifier": function.qualifier or None}
    if form["action"] == "delete":
        await page.api("lambda", "DeleteFunctionUrlConfig", **named)
        return
    origins = lines_of(form["origins"])
    cors = {"AllowMethods": ["*"], "AllowHeaders": ["*"], "AllowOrigins": origins} if origins else None
    operation = "CreateFunctionUrlConfig"
    if form["action"] == "change":
        operation = "UpdateFunctionUrlConfig"
        # What else is said of pages, of which the form has nothing, stays.
        standing = (await page.api("lambda", "GetFunctionUrlConfig", **named)).get("Cors") or {}
        cors = {**(cors or {}), **standing, "AllowOrigins": origins} if origins else {}
    await page.api("lambda", operation, **named, AuthType=form["auth"], InvokeMode=form["mode"], Cors=cors)
    if form["auth"] == "NONE" and form.flag("open"):
        await _opened(page, named)


async def _opened(page: Page, named: dict[str, Any]) -> None:
    """A URL without signatures still wants a permission for everybody."""
    try:
        await page.api(
            "lambda",
            "AddPermission",
            **named,
            StatementId="FunctionURLAllowPublicAccess",
            Action="lambda:InvokeFunctionUrl",
            Principal="*",
            FunctionUrlAuthType="NONE",
        )
    except ServiceError as error:
        if error.code != "ResourceConflictException":
            raise


_CHANGES: Final[dict[str, Change]] = {
    "general": _general,
    "environment": _environment,
    "concurrency": _concurrency,
    "provisioned": _provisioned,
    "events": _events,
    "url": _url,
}


ROUTES: Final = (
    Route("GET", "functions/{name}/configuration", tab),
    Route("POST", "functions/{name}/configuration/{part}", save),
)
