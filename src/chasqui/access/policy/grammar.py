"""Reading a policy document: what IAM accepts, and in AWS' words what it refuses.

Source: IAM user guide, "Grammar of the IAM JSON policy language". IAM checks in this order: the form, the version,
what it calls legacy parsing, statement ids, resources, actions; the first fault is the answer.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterable
from typing import Any, Final, NoReturn

import msgspec

from chasqui.access.policy import resources
from chasqui.access.policy.conditions import Clause, is_operator, well_formed
from chasqui.base.errors import ChasquiError


class PolicyType(enum.Enum):
    """Which grammar applies. IDENTITY: for users, groups, roles, boundaries and sessions: no Principal, but resources.
    RESOURCE: Principal; a statement without Resource is about the resource that has the policy, and an ARN's form is
    left to the service. TRUST: Principal, no Resource, STS actions."""

    IDENTITY = enum.auto()
    RESOURCE = enum.auto()
    TRUST = enum.auto()


class MalformedPolicy(ChasquiError):
    """A policy that AWS refuses; `str()` of it is the message of IAM's MalformedPolicyDocument."""


class Principals(msgspec.Struct, frozen=True):
    """A Principal or NotPrincipal element: `everyone` is `*`, `named` the others by type (AWS, Service, …)."""

    everyone: bool
    named: dict[str, tuple[str, ...]]
    negated: bool = False


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement as it was written. `resources` is None where there is neither Resource nor NotResource."""

    sid: str
    deny: bool
    actions: tuple[str, ...]
    not_actions: bool
    resources: tuple[str, ...] | None
    not_resources: bool
    principals: Principals | None
    conditions: tuple[Clause, ...]


class Policy(msgspec.Struct, frozen=True):
    """A document: `variables` says whether its version knows policy variables."""

    kind: PolicyType
    variables: bool
    statements: tuple[Statement, ...]


VERSION: Final = "2012-10-17"
_OLD_VERSION = "2008-10-17"
_ELEMENTS = {"Version", "Id", "Statement"}
_STATEMENT_ELEMENTS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip
_PRINCIPAL_TYPES = {"AWS", "Service", "Federated", "CanonicalUser"}
_SID = re.compile(r"[0-9A-Za-z]*\Z")
_VENDOR = re.compile(r"[A-Za-z0-9.-]+\Z")
_LEGACY = "The policy failed legacy parsing"


def parse_policy(text: str, kind: PolicyType) -> Policy:
    """A document's meaning. Raises `MalformedPolicy`. How long it may be is for the caller to check."""
    document = _document(text, kind)
    statements = document["Statement"]
    found = statements if isinstance(statements, list) else [statements]
    parsed = tuple(_statement(each) for each in found)
    version = document.get("Version")
    if kind is PolicyType.IDENTITY and version != VERSION:
        raise MalformedPolicy("Policy document must be version 2012-10-17 or greater.")
    _check_legacy(found, parsed)
    _check_sids(kind, parsed)
    _check_principals(kind, parsed)
    if kind is PolicyType.IDENTITY:
        _check_resources(parsed)
    _check_actions(kind, parsed)
    if kind is PolicyType.IDENTITY and not all(each.resources for each in parsed):
        raise MalformedPolicy("Policy statement must contain resources.")
    return Policy(kind, version == VERSION, parsed)


def _syntax() -> MalformedPolicy:
    return MalformedPolicy("Syntax errors in policy.")


def _document(text: str, kind: PolicyType) -> dict[str, Any]:
    try:
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        broken = "This policy contains invalid Json" if kind is PolicyType.TRUST else "Syntax errors in policy."
        raise MalformedPolicy(broken) from error
    if not isinstance(document, dict) or not document.keys() <= _ELEMENTS or not document.get("Statement"):
        raise _syntax()
    if not isinstance(document.get("Id", ""), str) or document.get("Version", VERSION) not in (VERSION, _OLD_VERSION):
        raise _syntax()
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _syntax()
    return found


def _refuse(_constant: str) -> NoReturn:
    raise _syntax()


def _statement(value: object) -> Statement:
    if not isinstance(value, dict) or not value.keys() <= _STATEMENT_ELEMENTS:
        raise _syntax()
    for name in ("Action", "Resource", "Principal"):
        if name in value and f"Not{name}" in value:
            raise _syntax()
    effect, sid = value.get("Effect"), value.get("Sid", "")
    if not isinstance(effect, str) or effect.lower() not in ("allow", "deny") or not isinstance(sid, str):
        raise _syntax()
    actions, resource = (_strings(value, name) for name in ("Action", "Resource"))
    return Statement(
        sid=sid,
        deny=effect.lower() == "deny",
        actions=actions or (),
        not_actions="NotAction" in value,
        resources=resource,
        not_resources="NotResource" in value,
        principals=_principals(value),
        conditions=tuple(_conditions(value.get("Condition", {}))),
    )


def _strings(element: dict[str, Any], name: str) -> tuple[str, ...] | None:
    """What an element, or its Not form, has: a string or a list of strings; None when it is not there."""
    name = name if name in element else f"Not{name}"
    if name not in element:
        return None
    found = [element[name]] if isinstance(element[name], str) else element[name]
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise _syntax()
    return tuple(found)


def _principals(statement: dict[str, Any]) -> Principals | None:
    negated = "NotPrincipal" in statement
    if "Principal" not in statement and not negated:
        return None
    value = statement["NotPrincipal" if negated else "Principal"]
    if value == "*":
        return Principals(True, {}, negated)
    if not isinstance(value, dict) or not value or not value.keys() <= _PRINCIPAL_TYPES:
        raise _syntax()
    named = {name: _strings(value, name) or () for name in value}
    return Principals("*" in named.get("AWS", ()), named, negated)


def _conditions(value: object) -> Iterable[Clause]:
    if not isinstance(value, dict):
        raise _syntax()
    for operator, tests in value.items():
        if not isinstance(tests, dict) or (tests and not is_operator(operator)):
            raise _syntax()
        for key, given in tests.items():
            yield Clause(
                operator, key, tuple(_scalar(each) for each in (given if isinstance(given, list) else [given]))
            )


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if not isinstance(value, str):
        raise _syntax()
    return value


def _check_legacy(written: list[dict[str, Any]], statements: tuple[Statement, ...]) -> None:
    if any(each["Effect"] not in ("Allow", "Deny") for each in written):
        raise MalformedPolicy(_LEGACY)
    if not all(well_formed(clause) for each in statements for clause in each.conditions):
        raise MalformedPolicy(_LEGACY)


def _check_sids(kind: PolicyType, statements: tuple[Statement, ...]) -> None:
    sids = [each.sid for each in statements if each.sid]
    if len(set(sids)) != len(sids):
        raise MalformedPolicy("Statement IDs (SID) in a single policy must be unique.")
    if kind is PolicyType.IDENTITY and not all(map(_SID.match, sids)):
        pattern = "Check that your input satisfies the regular expression [0-9A-Za-z]*"
        raise MalformedPolicy(f"Statement IDs (SID) must be alpha-numeric. {pattern}")


def _check_principals(kind: PolicyType, statements: tuple[Statement, ...]) -> None:
    if kind is PolicyType.IDENTITY:
        if any(each.principals is not None for each in statements):
            raise MalformedPolicy("Policy document should not specify a principal.")
        return
    for each in statements:
        if each.principals is None:
            raise MalformedPolicy("Missing required field Principal")
        if kind is PolicyType.TRUST and each.resources is not None:
            raise MalformedPolicy(f"Has prohibited field {'NotResource' if each.not_resources else 'Resource'}")
        for name, values in each.principals.named.items():
            for value in values:
                if not resources.is_principal(name, value):
                    raise MalformedPolicy(f'Invalid principal in policy: "{_shown(name)}":"{value}"')


def _shown(principal_type: str) -> str:
    return "AWS" if principal_type == "AWS" else principal_type.upper()


def _check_resources(statements: tuple[Statement, ...]) -> None:
    named = [resource for each in statements for resource in each.resources or ()]
    for resource in named:
        fault = resources.fault(resource)
        if fault:
            raise MalformedPolicy(fault)
    if not all(map(resources.parses, named)):
        raise MalformedPolicy(_LEGACY)


def _check_actions(kind: PolicyType, statements: tuple[Statement, ...]) -> None:
    if not all(each.actions for each in statements):
        raise MalformedPolicy("Policy statement must contain actions.")
    for action in (action for each in statements for action in each.actions):
        if kind is PolicyType.TRUST and not action.lower().startswith("sts:"):
            raise MalformedPolicy("AssumeRole policy may only specify STS AssumeRole actions.")
        if action == "*":
            continue
        vendor, colon, name = action.partition(":")
        if not colon:
            raise MalformedPolicy("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
        if ":" in name:
            raise MalformedPolicy("Actions/Condition can contain only one colon.")
        if vendor != "*" and not _VENDOR.match(vendor):
            raise MalformedPolicy(f"Vendor {vendor} is not valid")
