"""The texts of policies as IAM's simulator calls them: "user_bob_inline", a managed policy's name."""

from __future__ import annotations

from chasqui.base.errors import ServiceError
from chasqui.console.access.common import readable
from chasqui.console.access.kinds import KINDS
from chasqui.console.page import Page


async def source_text(page: Page, source: str, type_: str, principal: str, resource_policy: str) -> str | None:
    """A policy's text; None where it can't be found, or may not be seen."""
    if type_ == "Resource Policy":
        return resource_policy
    try:
        return await _inline(page, source, principal) or await _attached(page, source, principal)
    except ServiceError:
        return None


async def _inline(page: Page, source: str, principal: str) -> str | None:
    """An inline policy of the principal's, or of one of its groups."""
    for kind in KINDS:
        prefix = f"{kind.noun.lower()}_"
        if not source.startswith(prefix):
            continue
        for holder in await _holders(page, kind.noun, principal):
            begin = f"{prefix}{holder}_"
            if source.startswith(begin):
                given = kind.named(holder, PolicyName=source.removeprefix(begin))
                return readable((await page.api("iam", f"Get{kind.noun}Policy", **given))["PolicyDocument"])
    return None


async def _holders(page: Page, noun: str, principal: str) -> list[str]:
    name = principal.rpartition("/")[2]
    if noun != "Group":
        return [name]
    if ":user/" not in principal:
        return []
    return [each["GroupName"] for each in (await page.api("iam", "ListGroupsForUser", UserName=name))["Groups"]]


async def _attached(page: Page, source: str, principal: str) -> str | None:
    """A managed policy that the principal or one of its groups has, by its name."""
    for kind in KINDS:
        if kind.noun != "Group" and f":{kind.noun.lower()}/" not in principal:
            continue
        for holder in await _holders(page, kind.noun, principal):
            found = await page.api("iam", f"ListAttached{kind.noun}Policies", **kind.named(holder))
            for each in found["AttachedPolicies"]:
                if each["PolicyName"] == source:
                    return await _version(page, each["PolicyArn"])
    return None


async def _version(page: Page, arn: str) -> str:
    policy = (await page.api("iam", "GetPolicy", PolicyArn=arn))["Policy"]
    found = await page.api("iam", "GetPolicyVersion", PolicyArn=arn, VersionId=policy["DefaultVersionId"])
    return readable(found["PolicyVersion"]["Document"])
