"""Managed policies: the account's own and AWS', their versions, who has them."""

from __future__ import annotations

from typing import Any, Final

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.access.common import NEW_POLICY, back, listed, readable, show
from chasqui.console.bodies import pretty
from chasqui.console.looks import ask, tell_cut
from chasqui.console.page import Page
from chasqui.console.policies import KINDS as GRAMMARS
from chasqui.console.policies import problems, wrong

_SCOPES: Final = ("All", "Local", "AWS")


async def index(page: Page) -> Reply:
    """A page of the list: those of a `?scope`, those whose name has `?search`."""
    search, scope = page.query["search"].strip(), page.query["scope"]
    scope = scope if scope in _SCOPES else "All"
    rows, following = await listed(page, "ListPolicies", "Policies", "PolicyName", search, Scope=scope)
    return await show(page, "policies", "policies.html", rows=rows, search=search, scope=scope, following=following)


async def details(page: Page) -> Reply:
    """A policy's page; of the version `?version`, else of the one that is in force."""
    arn = page.places["arn"]
    policy = (await page.api("iam", "GetPolicy", PolicyArn=arn))["Policy"]
    shown = page.query["version"] or policy["DefaultVersionId"]
    version = await ask(page, "iam", "GetPolicyVersion", PolicyArn=arn, VersionId=shown)
    versions = await ask(page, "iam", "ListPolicyVersions", PolicyArn=arn)
    holders = await ask(page, "iam", "ListEntitiesForPolicy", PolicyArn=arn, MaxItems=1000)
    if holders.found.get("IsTruncated"):
        tell_cut(page, 1000)
    document = pretty(readable(version.found.get("PolicyVersion", {}).get("Document")))
    return await show(
        page,
        "policies",
        "policy.html",
        policy=policy,
        arn=arn,
        shown=shown,
        version=version,
        document=document,
        versions=versions,
        holders=holders,
        own_policy=not arn.startswith("arn:aws:iam::aws:"),
    )


async def new(page: Page) -> Reply:
    """The form for another policy."""
    return await _form(page, name="", text=NEW_POLICY)


async def create(page: Page) -> Reply:
    """Make one."""
    form = await page.form()
    name, text, description = form["name"].strip(), form["document"], form["description"]
    found = problems(text, GRAMMARS["identity"], page.text)
    if wrong(found):
        return await _form(page, 400, name=name, text=text, description=description, found=found)
    try:
        made = await page.api(
            "iam", "CreatePolicy", PolicyName=name, PolicyDocument=text, Description=description or None
        )
    except ServiceError as error:
        return await _form(page, 400, name=name, text=text, description=description, problem=str(error), found=found)
    address = page.href("access", "policies", made["Policy"]["Arn"])
    return page.redirect(address, page.text("“%(name)s” was created.", name=name))


async def edit(page: Page) -> Reply:
    """The editor of a policy's next version."""
    arn = page.places["arn"]
    policy = (await page.api("iam", "GetPolicy", PolicyArn=arn))["Policy"]
    version = await page.api("iam", "GetPolicyVersion", PolicyArn=arn, VersionId=policy["DefaultVersionId"])
    return await _form(
        page, arn=arn, name=policy["PolicyName"], text=pretty(readable(version["PolicyVersion"]["Document"]))
    )


async def save(page: Page) -> Reply:
    """Keep another version, which is in force from now on; of five the oldest goes where that was wanted."""
    form, arn = await page.form(), page.places["arn"]
    text, name = form["document"], arn.rpartition("/")[2]
    found = problems(text, GRAMMARS["identity"], page.text)
    if wrong(found):
        return await _form(page, 400, arn=arn, name=name, text=text, found=found)
    try:
        if form.flag("oldest"):
            await _drop_oldest(page, arn)
        await page.api("iam", "CreatePolicyVersion", PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)
    except ServiceError as error:
        return await _form(page, 400, arn=arn, name=name, text=text, problem=str(error), found=found)
    return page.redirect(page.href("access", "policies", arn), page.text("The policy was saved."))


async def _drop_oldest(page: Page, arn: str) -> None:
    versions = (await page.api("iam", "ListPolicyVersions", PolicyArn=arn))["Versions"]
    old = [each for each in versions if not each["IsDefaultVersion"]]
    if len(versions) >= 5:
        oldest = min(old, key=lambda each: float(each["CreateDate"]))
        await page.api("iam", "DeletePolicyVersion", PolicyArn=arn, VersionId=oldest["VersionId"])


async def act(page: Page) -> Reply:
    """Put a version in force, or delete one."""
    form, arn = await page.form(), page.places["arn"]
    address, version = page.href("access", "policies", arn), form["version"]
    try:
        if form["do"] == "delete":
            await page.api("iam", "DeletePolicyVersion", PolicyArn=arn, VersionId=version)
            return back(page, address, page.text("The version was deleted."))
        await page.api("iam", "SetDefaultPolicyVersion", PolicyArn=arn, VersionId=version)
        return back(page, address, page.text("The version is in force."))
    except ServiceError as error:
        return back(page, address, "", error)


async def delete(page: Page) -> Reply:
    """Delete a policy with its versions."""
    arn = page.places["arn"]
    address, name = page.href("access", "policies", arn), arn.rpartition("/")[2]
    if not await page.confirmed(name):
        return page.redirect(address, failed=page.text("The name was not typed as it is: nothing was deleted."))
    try:
        for each in (await page.api("iam", "ListPolicyVersions", PolicyArn=arn))["Versions"]:
            if not each["IsDefaultVersion"]:
                await page.api("iam", "DeletePolicyVersion", PolicyArn=arn, VersionId=each["VersionId"])
        await page.api("iam", "DeletePolicy", PolicyArn=arn)
    except ServiceError as error:
        return back(page, address, "", error)
    return page.redirect(page.href("access", "policies"), page.text("“%(name)s” was deleted.", name=name))


async def _form(page: Page, status: int = 200, *, text: str, found: Any = None, **typed: Any) -> Reply:
    """The form as it was typed, with what is to be said of the policy."""
    given = {"arn": "", "description": "", "problem": "", **typed}
    found = problems(text, GRAMMARS["identity"], page.text) if found is None else found
    return await show(page, "policies", "policy_form.html", status, text=text, found=found, **given)
