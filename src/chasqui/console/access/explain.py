"""Why a request was refused; and who may do what, with the statement that decides."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.access.common import show
from chasqui.console.access.held import policy_of
from chasqui.console.access.sources import source_text
from chasqui.console.api import REFUSED
from chasqui.console.looks import all_of
from chasqui.console.page import Page

_REFUSALS_SHOWN: Final = 20


class Statement(msgspec.Struct, frozen=True):
    """A statement that decided: the policy that has it, of which kind, where in its text, and what it says (None where
    the text can't be read)."""

    policy: str
    kind: str
    lines: tuple[int, int]
    text: str | None


class Verdict(msgspec.Struct, frozen=True):
    """What IAM's simulator says: "allowed", "explicitDeny" or "implicitDeny"."""

    decision: str
    statements: list[Statement]
    missing: list[str]
    bounded: bool
    """Whether the permissions boundary alone keeps it from being allowed."""


async def index(page: Page) -> Reply:
    """Both questions, and what was answered to the one that was asked."""
    values: dict[str, Any] = {"refusal": None, "verdict": None, "problem": "", "recent": [], "resource_policy": ""}
    if page.query["request"]:
        values |= await _refused(page, page.query["request"].strip())
    elif page.query["principal"] and page.query["action"]:
        values |= await _simulated(page)
    try:
        values["recent"] = await page.api.control("GET", "/_chasqui/access/refusals", limit=_REFUSALS_SHOWN)
        values["denied"] = ""
    except ServiceError as error:
        values["denied"] = str(error)
    principals = await _principals(page)
    return await show(page, "explain", "explain.html", principals=principals, **values)


async def _refused(page: Page, request_id: str) -> dict[str, Any]:
    try:
        found = await page.api.control("GET", "/_chasqui/access/explain", request=request_id)
    except ServiceError as error:
        return {"problem": error.message if error.code == REFUSED else str(error)}
    statement = found.get("statement")
    return {"refusal": found, "suggested": json.dumps(statement, indent=2) if statement else ""}


async def _principals(page: Page) -> list[tuple[str, str]]:
    """Users and roles to choose from: ARN and name."""
    users = await all_of(page, "iam", "ListUsers", "Users", offered=True, MaxItems=1000)
    roles = await all_of(page, "iam", "ListRoles", "Roles", offered=True, MaxItems=1000)
    found = [(each["Arn"], each["UserName"]) for each in users.found.get("Users", ())]
    return found + [(each["Arn"], each["RoleName"]) for each in roles.found.get("Roles", ())]


async def _simulated(page: Page) -> dict[str, Any]:
    principal, action = page.query["principal"].strip(), page.query["action"].strip()
    resource = page.query["resource"].strip() or "*"
    policy = await policy_of(page, resource)
    asked = {"PolicySourceArn": principal, "ActionNames": [action], "ResourceArns": [resource]}
    if policy:
        asked |= {"ResourcePolicy": policy, "CallerArn": principal}
    try:
        answer = await page.api("iam", "SimulatePrincipalPolicy", **asked)
    except ServiceError as error:
        return {"problem": str(error)}
    result = answer["EvaluationResults"][0]
    details = (result.get("ResourceSpecificResults") or [{}])[0]
    matched = result.get("MatchedStatements") or details.get("MatchedStatements") or []
    bounded = result.get("PermissionsBoundaryDecisionDetail") or details.get("PermissionsBoundaryDecisionDetail") or {}
    verdict = Verdict(
        result["EvalDecision"],
        [await _statement(page, each, principal, policy) for each in matched],
        [*result.get("MissingContextValues", ()), *details.get("MissingContextValues", ())],
        bounded.get("AllowedByPermissionsBoundary") is False,
    )
    return {"verdict": verdict, "resource_policy": policy}


async def _statement(page: Page, found: dict[str, Any], principal: str, policy: str) -> Statement:
    text = await source_text(page, found["SourcePolicyId"], found["SourcePolicyType"], principal, policy)
    start, end = found["StartPosition"], found["EndPosition"]
    return Statement(
        found["SourcePolicyId"],
        found["SourcePolicyType"],
        (start["Line"], end["Line"]),
        None if text is None else _between(text, start, end),
    )


def _between(text: str, start: dict[str, int], end: dict[str, int]) -> str:
    """The part of a text between two places, lines and columns from 1."""
    lines = text.split("\n")
    at = [sum(len(line) + 1 for line in lines[: each["Line"] - 1]) + each["Column"] - 1 for each in (start, end)]
    return text[at[0] : at[1]].strip().lstrip(",").strip()
