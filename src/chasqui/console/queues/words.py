"""A queue's access policy in words, and made of words: who may do what. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

NARROWING: Final = (
    "aws:sourcearn", "aws:sourceaccount", "aws:principalarn", "aws:principalaccount", "aws:principalorgid",
    "aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:userid", "aws:username",
)  # fmt: skip
"""Condition keys that say who calls or from where (lower case): a statement for everybody that has one is not open."""


class Told(msgspec.Struct, frozen=True):
    """A statement: whom it is about (`but`: everybody else), what they may do (`but_actions`: everything else), and
    under which conditions. `open`: whoever comes is let in."""

    sid: str
    deny: bool
    who: tuple[str, ...]
    but: bool
    actions: tuple[str, ...]
    but_actions: bool
    conditions: tuple[str, ...]
    open: bool


def told_of(text: str) -> list[Told]:
    """A policy's statements in words; none for a text that is no policy."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return []
    found = document.get("Statement") if isinstance(document, dict) else None
    return [_told(each) for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict)]


def _told(statement: dict[str, Any]) -> Told:
    but, but_actions = "NotPrincipal" in statement, "NotAction" in statement
    who = tuple(_who(statement.get("NotPrincipal" if but else "Principal")))
    conditions = statement.get("Condition")
    clauses = list(_clauses(conditions)) if isinstance(conditions, dict) else []
    deny, sid = statement.get("Effect") == "Deny", statement.get("Sid")
    return Told(
        sid if isinstance(sid, str) else "",
        deny,
        who,
        but,
        tuple(_texts(statement.get("NotAction" if but_actions else "Action"))),
        but_actions,
        tuple(f"{operator} {key} {', '.join(values)}" for operator, key, values in clauses),
        not deny and ("*" in who or but) and not any(key.lower() in NARROWING for _, key, _ in clauses),
    )


def _texts(value: object) -> list[str]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]


def _who(principal: object) -> Iterator[str]:
    if isinstance(principal, dict):
        for value in principal.values():
            yield from _texts(value)
    else:
        yield from _texts(principal)


def _clauses(conditions: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    for operator, tests in conditions.items():
        for key, values in tests.items() if isinstance(tests, dict) else ():
            yield operator, key, [str(each) for each in (values if isinstance(values, list) else [values])]


def principals_of(words: Iterable[str]) -> dict[str, list[str]] | str:
    """A Principal element for what people write: ARNs, account numbers, services ("s3.amazonaws.com"), `*`."""
    services: list[str] = []
    others: list[str] = []
    for word in words:
        if word == "*":
            return "*"
        (services if word.endswith((".amazonaws.com", ".amazonaws.com.cn")) else others).append(word)
    return {key: values for key, values in (("AWS", others), ("Service", services)) if values}


def allowing(sid: str, who: Iterable[str], actions: list[str], arn: str) -> dict[str, Any]:
    """A statement that lets them do this to the resource."""
    return {"Sid": sid, "Effect": "Allow", "Principal": principals_of(who), "Action": actions, "Resource": arn}
