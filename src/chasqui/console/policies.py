"""Access policies of resources (queues, topics, buckets, functions), as their editors need them: what is wrong with one
and where, what is open to the world, and one statement more. Pure, but for the answer to an editor that asks while
somebody types."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import msgspec

from chasqui.access.policy.document import MalformedPolicy, PolicyType, parse_policy
from chasqui.base.fronts import Reply
from chasqui.console.language import N_
from chasqui.console.page import Page

_ELEMENTS: Final = frozenset(("Version", "Id", "Statement"))
_STATEMENT: Final = frozenset(
    ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")
)
_SID_FOREIGN: Final = re.compile(r"[^A-Za-z0-9]")


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a policy: `message` is to be translated, with `values` in it. `statement` counts from 1, 0 for
    the whole; `line` and `column` count from 1 too, 0 where no place is known."""

    message: str
    values: dict[str, str] = {}
    statement: int = 0
    line: int = 0
    column: int = 0


def fault_of(text: str) -> Fault | None:
    """What is wrong with a resource's policy; None where nothing is, or where there is none."""
    if not text.strip():
        return None
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        return Fault(N_("This is not JSON: %(problem)s."), {"problem": error.msg}, 0, error.lineno, error.colno)
    except RecursionError:
        return Fault(N_("This is nested too deeply."))
    if not isinstance(document, dict):
        return Fault(N_("A policy is a JSON object."))
    unknown = sorted(document.keys() - _ELEMENTS)
    if unknown:
        return Fault(N_("There is no element %(name)s in a policy."), {"name": unknown[0]})
    statements = _statements(document)
    if not statements:
        return Fault(N_("A policy needs at least one statement."))
    for number, statement in enumerate(statements, 1):
        problem = _statement_fault(document, statement, number)
        if problem is not None:
            return problem
    return _refused(text, 0)


def _statements(document: dict[str, Any]) -> list[Any]:
    found = document.get("Statement")
    return found if isinstance(found, list) else [] if found is None else [found]


def _statement_fault(document: dict[str, Any], statement: Any, number: int) -> Fault | None:
    if not isinstance(statement, dict):
        return Fault(N_("A statement is a JSON object."), statement=number)
    unknown = sorted(statement.keys() - _STATEMENT)
    if unknown:
        return Fault(N_("There is no element %(name)s in a statement."), {"name": unknown[0]}, number)
    if statement.get("Effect") not in ("Allow", "Deny"):
        return Fault(N_("Effect must be Allow or Deny."), statement=number)
    if not statement.keys() & {"Principal", "NotPrincipal"}:
        return Fault(N_("A resource's policy says who in Principal."), statement=number)
    if not statement.keys() & {"Action", "NotAction"}:
        return Fault(N_("The statement names no Action."), statement=number)
    return _refused(json.dumps({**document, "Statement": [statement]}), number)


def _refused(text: str, number: int) -> Fault | None:
    """What the policy engine says."""
    try:
        parse_policy(text, PolicyType.RESOURCE)
    except MalformedPolicy as error:
        return Fault(N_("The policy is refused: %(problem)s"), {"problem": str(error)}, number)
    return None


def open_statements(text: str) -> list[str]:
    """The statements that let anybody in, without a condition: their Sids, or numbers."""
    if fault_of(text) is not None or not text.strip():
        return []
    policy = parse_policy(text, PolicyType.RESOURCE)
    return [
        each.sid or str(number)
        for number, each in enumerate(policy.statements, 1)
        if not each.deny and each.principals is not None and each.principals.everyone and not each.conditions
    ]


def pretty(text: str) -> str:
    """JSON with indentation; any other text as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def with_statement(text: str, statement: dict[str, Any]) -> str:
    """A policy ("" for none) with one statement more, in the place of one with its Sid if there is one. Raises
    `ValueError` for what is no policy."""
    document = json.loads(text) if text.strip() else {"Version": "2012-10-17", "Statement": []}
    if not isinstance(document, dict):
        raise ValueError("a policy is a JSON object")
    kept = [each for each in _statements(document) if not isinstance(each, dict) or each.get("Sid") != statement["Sid"]]
    return json.dumps({**document, "Statement": [*kept, statement]})


def service_statement(service: str, action: str, resource: str, source: str) -> dict[str, Any]:
    """The statement that lets a service ("sns") do something to a resource on behalf of one source (its ARN)."""
    return {
        "Sid": _SID_FOREIGN.sub("", f"{service}To{source.rpartition(':')[2].title()}")[:64],
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": action,
        "Resource": resource,
        "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }


async def answer_check(page: Page) -> Reply:
    """What an editor of a policy is told while somebody types: the form's field "Policy". For a section's route."""
    text = (await page.form()).get("Policy")
    return await page.render("policy_verdict.html", **verdict_of(text))


def verdict_of(text: str) -> dict[str, Any]:
    """The values of `policy_verdict.html`."""
    return {"policy_fault": fault_of(text), "policy_open": open_statements(text), "policy_given": bool(text.strip())}
