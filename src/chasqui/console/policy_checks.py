"""Access policies of resources, for the pages that edit them: what is wrong and where, what they allow in words, whether
they are open to the world, and policies made of a few choices. Pure.

A policy is read by the grammar that the server itself uses (`access/policy`). What that says of a whole document is asked
of each statement alone, so that a fault has a place.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase
from typing import Any, Final

import msgspec

from chasqui.access.policy.grammar import MalformedPolicy, PolicyType, parse_policy
from chasqui.console.language import N_

VERSION: Final = "2012-10-17"
NARROWING: Final = (
    "aws:sourcearn", "aws:sourceaccount", "aws:principalarn", "aws:principalaccount", "aws:principalorgid",
    "aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:userid", "aws:username",
)  # fmt: skip
"""Condition keys that say who calls or from where (lower case): a statement for everybody that has one is not open."""


class Remark(msgspec.Struct, frozen=True):
    """Something about a policy. `kind` is "failed" (it is refused) or "warning"; `text` is a message id with its
    `values`; `statement` counts from 1, `line` and `column` too; 0 where there is no such place."""

    kind: str
    text: str
    values: dict[str, str | int] = {}
    statement: int = 0
    sid: str = ""
    line: int = 0
    column: int = 0


class Told(msgspec.Struct, frozen=True):
    """A statement in words: whom it is about, what they may do, on what, and under which conditions."""

    sid: str
    deny: bool
    who: tuple[str, ...]
    but: bool
    actions: tuple[str, ...]
    but_actions: bool
    resources: tuple[str, ...]
    conditions: tuple[str, ...]
    open: bool


def remarks(text: str, prefix: str, actions: Collection[str], arn: str) -> list[Remark]:
    """What is to be said of a policy for the resource `arn`, whose service's actions begin with `prefix` ("sqs") and are
    named `actions`. Those that make it refused come first."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        values: dict[str, str | int] = {"reason": error.msg}
        return [Remark("failed", N_("This is not JSON: %(reason)s"), values, line=error.lineno, column=error.colno)]
    except RecursionError:
        return [Remark("failed", N_("This is nested too deeply."))]
    if not isinstance(document, dict):
        return [Remark("failed", N_("A policy is an object, with Version and Statement."))]
    statements = _statements(document)
    found = [
        each
        for place, statement in enumerate(statements, 1)
        for each in _of_statement(text, place, statement, prefix, actions, arn)
    ]
    if not any(each.kind == "failed" for each in found):
        found += _of_whole(text)
    return sorted(found, key=lambda each: each.kind == "warning")


def statements_of(text: str) -> list[Told]:
    """A policy's statements in words; none for a text that is no policy."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return []
    written = _statements(document) if isinstance(document, dict) else []
    return [_told(each) for each in written if isinstance(each, dict)]


def is_open(text: str) -> bool:
    """Whether a policy lets in whoever comes."""
    return any(each.open for each in statements_of(text))


def pretty(text: str) -> str:
    """A policy with indents; as it is where it is no JSON."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def with_statement(text: str, statement: dict[str, Any]) -> str:
    """A policy with one statement more. One with the same Sid is replaced. Raises `ValueError` for what is no policy."""
    document = json.loads(text) if text.strip() else {"Version": VERSION, "Statement": []}
    if not isinstance(document, dict):
        raise ValueError("not a policy")
    kept = [each for each in _statements(document) if not _has_sid(each, statement["Sid"])]
    return json.dumps({**document, "Statement": [*kept, statement]}, indent=2, ensure_ascii=False)


def _has_sid(statement: object, sid: str) -> bool:
    return isinstance(statement, dict) and statement.get("Sid") == sid


def principals_of(words: Iterable[str], partition: str = "aws") -> dict[str, list[str]] | str:
    """A Principal element for what people write: ARNs, account numbers, names of services ("s3.amazonaws.com"), `*`."""
    services, others = [], []
    for word in words:
        if word == "*":
            return "*"
        if word.isdigit() and len(word) == 12:
            others.append(f"arn:{partition}:iam::{word}:root")
        elif word.endswith((".amazonaws.com", ".amazonaws.com.cn")):
            services.append(word)
        else:
            others.append(word)
    return {key: values for key, values in (("AWS", others), ("Service", services)) if values}


def allowing(sid: str, who: Iterable[str], actions: list[str], arn: str) -> dict[str, Any]:
    """A statement that lets them do this to the resource."""
    return {"Sid": sid, "Effect": "Allow", "Principal": principals_of(who), "Action": actions, "Resource": arn}


# ------------------------------------------------------------------------------------------------------- what is wrong


def _statements(document: dict[str, Any]) -> list[Any]:
    found = document.get("Statement")
    return found if isinstance(found, list) else [found] if isinstance(found, dict) else []


def _of_statement(
    text: str, place: int, statement: Any, prefix: str, actions: Collection[str], arn: str
) -> Iterable[Remark]:
    if not isinstance(statement, dict):
        yield Remark("failed", N_("A statement is an object."), statement=place)
        return
    sid = statement["Sid"] if isinstance(statement.get("Sid"), str) else ""
    line = _line_of(text, sid)
    try:
        parse_policy(json.dumps({"Version": VERSION, "Statement": [statement]}), PolicyType.RESOURCE)
    except MalformedPolicy as error:
        reason = _reason(statement) or str(error)
        yield Remark("failed", N_("%(reason)s"), {"reason": reason}, place, sid, line)
        return
    told = _told(statement)
    if told.open:
        yield Remark(
            "warning", N_("Open to the world: everybody may do this, without any condition."), {}, place, sid, line
        )
    for action in told.actions:
        vendor, _, name = action.lower().partition(":")
        if vendor == prefix and not any(fnmatchcase(each.lower(), name) for each in actions):
            yield Remark("warning", N_("There is no action %(action)s."), {"action": action}, place, sid, line)
        elif vendor not in (prefix, "*"):
            yield Remark(
                "warning", N_("%(action)s is an action of another service."), {"action": action}, place, sid, line
            )
    for resource in told.resources:
        if "NotResource" not in statement and not fnmatchcase(arn, resource):
            yield Remark("warning", N_("%(resource)s is not this resource."), {"resource": resource}, place, sid, line)


_ELEMENTS: Final = frozenset(
    ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")
)


def _reason(statement: dict[str, Any]) -> str:
    """What the grammar calls a syntax error, as precisely as can be told."""
    unknown = [each for each in statement if each not in _ELEMENTS]
    if unknown:
        return f"Unknown element {unknown[0]}"
    if statement.get("Effect") not in ("Allow", "Deny"):
        return "Effect must be Allow or Deny"
    for name in ("Principal", "Action"):
        if name not in statement and f"Not{name}" not in statement:
            return f"Missing required field {name}"
    return ""


def _of_whole(text: str) -> Iterable[Remark]:
    try:
        parse_policy(text, PolicyType.RESOURCE)
    except MalformedPolicy as error:
        yield Remark("failed", N_("%(reason)s"), {"reason": str(error)})


def _line_of(text: str, sid: str) -> int:
    at = text.find(json.dumps(sid)) if sid else -1
    return text.count("\n", 0, at) + 1 if at >= 0 else 0


# ------------------------------------------------------------------------------------------------------------ in words


def _told(statement: dict[str, Any]) -> Told:
    but, but_actions = "NotPrincipal" in statement, "NotAction" in statement
    who = _who(statement.get("NotPrincipal" if but else "Principal"))
    conditions = statement.get("Condition")
    clauses = tuple(_clauses(conditions if isinstance(conditions, dict) else {}))
    deny = statement.get("Effect") == "Deny"
    keys = {key.lower() for each in _dicts(conditions) for key in each}
    sid = statement.get("Sid")
    return Told(
        sid if isinstance(sid, str) else "",
        deny,
        who,
        but,
        _texts(statement.get("NotAction" if but_actions else "Action")),
        but_actions,
        _texts(statement.get("Resource", statement.get("NotResource"))),
        clauses,
        not deny and ("*" in who or but) and not keys & set(NARROWING),
    )


def _dicts(conditions: object) -> list[dict[str, Any]]:
    return [each for each in conditions.values() if isinstance(each, dict)] if isinstance(conditions, dict) else []


def _texts(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(each for each in values if isinstance(each, str))


def _who(principal: object) -> tuple[str, ...]:
    if isinstance(principal, dict):
        return tuple(each for value in principal.values() for each in _texts(value))
    return _texts(principal)


def _clauses(conditions: dict[str, Any]) -> Iterable[str]:
    for operator, tests in conditions.items():
        for key, values in (tests if isinstance(tests, dict) else {}).items():
            listed = values if isinstance(values, list) else [values]
            yield f"{operator} {key}: {', '.join(map(str, listed))}"
