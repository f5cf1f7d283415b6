"""Users, groups and roles: their lists, their pages, and how they are made."""

from __future__ import annotations

from typing import Any

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.access.common import listed, readable, show, tags_of
from chasqui.console.access.kinds import GROUPS, ROLES, USERS, Kind, permissions
from chasqui.console.access.trusts import EXAMPLES
from chasqui.console.bodies import pretty
from chasqui.console.looks import all_of, ask
from chasqui.console.page import Page
from chasqui.console.policies import KINDS as GRAMMARS
from chasqui.console.policies import problems, wrong


async def index(page: Page, kind: Kind) -> Reply:
    """A page of the list, of those whose name has `?search` where that is given."""
    search = page.query["search"].strip()
    rows, following = await listed(page, f"List{kind.noun}s", f"{kind.noun}s", kind.member, search)
    return await show(page, kind.path, "entities.html", kind=kind, rows=rows, search=search, following=following)


async def details(page: Page, kind: Kind) -> Reply:
    """An entity's page."""
    name = page.places["name"]
    found = await page.api("iam", f"Get{kind.noun}", **kind.named(name))
    entity = found[kind.noun]
    values: dict[str, Any] = {"policies_of": await permissions(page, kind, name)}
    if kind is USERS:
        values["keys"] = await ask(page, "iam", "ListAccessKeys", UserName=name)
        values["groups"] = await all_of(page, "iam", "ListGroupsForUser", "Groups", UserName=name)
        values["used"] = await _uses(page, values["keys"].found.get("AccessKeyMetadata", ()))
    elif kind is GROUPS:
        members = await all_of(page, "iam", "GetGroup", "Users", GroupName=name) if found.get("IsTruncated") else None
        values["members"] = (members.found if members else found).get("Users", [])
    else:
        values["trust"] = pretty(readable(entity.get("AssumeRolePolicyDocument")))
    choices = await all_of(page, "iam", "ListPolicies", "Policies", offered=True, MaxItems=1000)
    return await show(page, kind.path, "entity.html", kind=kind, entity=entity, name=name, choices=choices, **values)


async def _uses(page: Page, keys: Any) -> dict[str, dict[str, Any]]:
    """When each key was used last, as far as that may be known."""
    found = {}
    for each in keys:
        used = await ask(page, "iam", "GetAccessKeyLastUsed", AccessKeyId=each["AccessKeyId"])
        found[each["AccessKeyId"]] = used.found.get("AccessKeyLastUsed", {})
    return found


async def new(page: Page, kind: Kind) -> Reply:
    """The form for another."""
    return await _form(page, kind, name=page.query["name"], trust=EXAMPLES[0][1])


async def create(page: Page, kind: Kind) -> Reply:
    """Make one."""
    form = await page.form()
    name, trust = form["name"].strip(), form["trust"]
    typed = {"name": name, "trust": trust, "tags": form["tags"], "description": form["description"]}
    given: dict[str, Any] = kind.named(name)
    if kind.bounded:
        given["Tags"] = tags_of(form["tags"]) or None
    if kind is ROLES:
        given |= {"AssumeRolePolicyDocument": trust, "Description": form["description"] or None}
        found = problems(trust, GRAMMARS["trust"], page.text)
        if wrong(found):
            return await _form(page, kind, 400, **typed, found=found)
    try:
        await page.api("iam", f"Create{kind.noun}", **given)
    except ServiceError as error:
        return await _form(page, kind, 400, **typed, problem=str(error))
    return page.redirect(page.href("access", kind.path, name), page.text("“%(name)s” was created.", name=name))


async def _form(page: Page, kind: Kind, status: int = 200, **typed: Any) -> Reply:
    """The form as it was typed."""
    given: dict[str, Any] = {"problem": "", "tags": "", "description": "", "found": None, **typed}
    examples = [(page.text(title), text) for title, text in EXAMPLES]
    return await show(page, kind.path, "entity_new.html", status, kind=kind, examples=examples, **given)
