"""Editing the policies that stand in an entity itself: inline policies, and who may take a role on."""

from __future__ import annotations

from typing import Any

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.access.common import NEW_POLICY, readable, show
from chasqui.console.access.kinds import ROLES, Kind
from chasqui.console.access.trusts import EXAMPLES
from chasqui.console.bodies import pretty
from chasqui.console.page import Page
from chasqui.console.policies import KINDS as GRAMMARS
from chasqui.console.policies import problems, wrong


async def inline(page: Page, kind: Kind) -> Reply:
    """The editor of an inline policy, `?policy`, or of a new one."""
    name, policy, text = page.places["name"], page.query["policy"], NEW_POLICY
    if policy:
        found = await page.api("iam", f"Get{kind.noun}Policy", **kind.named(name, PolicyName=policy))
        text = pretty(readable(found["PolicyDocument"]))
    return await _editor(page, kind, policy=policy, text=text, fixed=bool(policy))


async def save_inline(page: Page, kind: Kind) -> Reply:
    """Keep an inline policy."""
    form, name = await page.form(), page.places["name"]
    policy, text, fixed = form["policy"].strip(), form["document"], bool(page.query["policy"])
    found = problems(text, GRAMMARS["identity"], page.text)
    if wrong(found):
        return await _editor(page, kind, 400, policy=policy, text=text, fixed=fixed, found=found)
    try:
        put = kind.named(name, PolicyName=policy, PolicyDocument=text)
        await page.api("iam", f"Put{kind.noun}Policy", **put)
    except ServiceError as error:
        return await _editor(page, kind, 400, policy=policy, text=text, fixed=fixed, problem=str(error), found=found)
    return page.redirect(page.href("access", kind.path, name), page.text("The policy was saved."))


async def trust(page: Page) -> Reply:
    """The editor of who may take a role on."""
    found = await page.api("iam", "GetRole", RoleName=page.places["name"])
    return await _editor(page, ROLES, trust=True, text=pretty(readable(found["Role"]["AssumeRolePolicyDocument"])))


async def save_trust(page: Page) -> Reply:
    """Keep who may take a role on."""
    name, text = page.places["name"], (await page.form())["document"]
    found = problems(text, GRAMMARS["trust"], page.text)
    if wrong(found):
        return await _editor(page, ROLES, 400, trust=True, text=text, found=found)
    try:
        await page.api("iam", "UpdateAssumeRolePolicy", RoleName=name, PolicyDocument=text)
    except ServiceError as error:
        return await _editor(page, ROLES, 400, trust=True, text=text, problem=str(error), found=found)
    return page.redirect(page.href("access", "roles", name), page.text("The policy was saved."))


async def _editor(
    page: Page,
    kind: Kind,
    status: int = 200,
    *,
    text: str,
    policy: str = "",
    trust: bool = False,
    fixed: bool = False,
    problem: str = "",
    found: Any = None,
) -> Reply:
    grammar = "trust" if trust else "identity"
    return await show(
        page,
        kind.path,
        "document.html",
        status,
        kind=kind,
        name=page.places["name"],
        policy=policy,
        text=text,
        grammar=grammar,
        fixed=fixed,
        problem=problem,
        found=problems(text, GRAMMARS[grammar], page.text) if found is None else found,
        examples=[(page.text(title), each) for title, each in EXAMPLES] if trust else [],
    )
