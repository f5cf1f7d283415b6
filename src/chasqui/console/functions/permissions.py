"""The tabs "Permissions" (the role, and who may invoke) and "Tags"."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.attributes import decoded
from chasqui.console.commands import both
from chasqui.console.forms import Form
from chasqui.console.functions.facts import ABSENT, FunctionFacts, function_of, show
from chasqui.console.looks import Looks
from chasqui.console.page import Page
from chasqui.console.routes import Route


class Statement(msgspec.Struct, frozen=True):
    """A statement of a function's policy, in the words of its page."""

    sid: str
    effect: str
    principal: str
    action: str
    condition: str


def statements_of(policy: dict[str, Any]) -> list[Statement]:
    """The statements of a policy. Pure."""
    found = []
    for each in policy.get("Statement", ()):
        principal = each.get("Principal", "")
        told = ", ".join(str(value) for value in principal.values()) if isinstance(principal, dict) else str(principal)
        condition = json.dumps(each["Condition"]) if each.get("Condition") else ""
        action = each.get("Action", "")
        actions = ", ".join(action) if isinstance(action, list) else str(action)
        found.append(Statement(str(each.get("Sid", "")), str(each.get("Effect", "")), told, actions, condition))
    return found


async def tab(page: Page) -> Reply:
    """The role and the policy."""
    return await _shown(page, await function_of(page), Form({}), None)


async def _shown(page: Page, function: FunctionFacts, typed: Form, problem: ServiceError | None) -> Reply:
    looks = Looks(page, *ABSENT)
    told = await looks.at("lambda", "GetPolicy", FunctionName=function.name, Qualifier=function.qualifier or None)
    policy = decoded(told.get("Policy"))
    return await show(
        page,
        "functions/permissions.html",
        "permissions",
        function,
        statements=statements_of(policy),
        policy=json.dumps(policy, indent=2, ensure_ascii=False) if policy else "",
        typed=typed,
        problem=problem,
        denied=looks.denied,
        command=both(
            page.api,
            "lambda",
            "AddPermission",
            FunctionName=function.name,
            StatementId="NAME",
            Action="lambda:InvokeFunction",
            Principal="sns.amazonaws.com",
        ),
    )


async def act(page: Page) -> Reply:
    """Add or remove a statement."""
    function, form = await function_of(page), await page.form()
    named = {"FunctionName": function.name, "Qualifier": function.qualifier or None, "StatementId": form["sid"].strip()}
    back = page.href("functions", function.name, "permissions", qualifier=function.qualifier)
    try:
        if form["action"] == "remove":
            await page.api("lambda", "RemovePermission", **named)
            return page.redirect(back, done=page.text("The statement was removed."))
        await page.api(
            "lambda",
            "AddPermission",
            **named,
            Action="lambda:InvokeFunction",
            Principal=form["principal"].strip(),
            SourceArn=form["source"].strip() or None,
            SourceAccount=form["account"].strip() or None,
        )
    except ServiceError as error:
        return await _shown(page, function, form, error)
    return page.redirect(back, done=page.text("The statement was added."))


async def tags(page: Page) -> Reply:
    """The tags."""
    function = await function_of(page)
    return await _tags(page, function, list(function.tags.items()), None)


async def _tags(
    page: Page, function: FunctionFacts, pairs: list[tuple[str, str]], problem: ServiceError | None
) -> Reply:
    command = both(page.api, "lambda", "TagResource", Resource=function.own_arn, Tags=dict(pairs))
    return await show(page, "functions/tags.html", "tags", function, pairs=pairs, problem=problem, command=command)


async def save_tags(page: Page) -> Reply:
    """The tags as the form has them."""
    function, form = await function_of(page), await page.form()
    wanted = form.pairs("tag_key", "tag_value")
    gone = [name for name in function.tags if name not in wanted]
    try:
        if gone:
            await page.api("lambda", "UntagResource", Resource=function.own_arn, TagKeys=gone)
        if wanted:
            await page.api("lambda", "TagResource", Resource=function.own_arn, Tags=wanted)
    except ServiceError as error:
        return await _tags(page, function, list(wanted.items()), error)
    return page.redirect(page.href("functions", function.name, "tags"), done=page.text("The tags were saved."))


ROUTES: Final = (
    Route("GET", "functions/{name}/permissions", tab),
    Route("POST", "functions/{name}/permissions", act),
    Route("GET", "functions/{name}/tags", tags),
    Route("POST", "functions/{name}/tags", save_tags),
)
