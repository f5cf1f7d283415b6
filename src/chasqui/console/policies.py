"""A policy's text as somebody writes it in the browser: what is wrong with it, and where.

Faults that people make every day are found one by one, each at its own place, and said in the reader's language. What
is left is for the engine's own grammar, whose words are AWS'. Pure functions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

import msgspec

from chasqui.access.policy.conditions import is_operator
from chasqui.access.policy.document import MalformedPolicy, PolicyType, parse_policy
from chasqui.console.language import N_

KINDS: Final = {"identity": PolicyType.IDENTITY, "resource": PolicyType.RESOURCE, "trust": PolicyType.TRUST}
"""By name: for users, groups and roles; of a queue, topic, bucket, key; who may take a role on."""

Text = Callable[..., str]
"""`page.text`."""

_CHARACTERS_MAX: Final = 131_072
_PROBLEMS_MAX: Final = 50
_FAULTS_MAX: Final = 200
"""So many are placed: each costs a look at the whole text."""
_DEPTH_MAX: Final = 6
_ELEMENTS: Final = ("Version", "Id", "Statement")
_STATEMENT: Final = (
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
)  # fmt: skip
_decoder: Final = json.JSONDecoder()
_SPACE: Final = " \t\r\n"
_JSON_FAULTS: Final = (
    ("Expecting ',' delimiter", N_("A comma or a closing bracket is missing here.")),
    ("Expecting ':' delimiter", N_("A colon is missing here.")),
    ("Expecting property name", N_("A name in double quotes is missing here, or there is a comma too many before.")),
    ("Expecting value", N_("A value is missing here, or there is a comma too many before.")),
    ("Extra data", N_("The policy ends before this.")),
    ("Unterminated string", N_("The text that begins here has no closing quote.")),
    ("Invalid control character", N_("A text must not have a line end or another control character in it.")),
    ("Invalid \\escape", N_("A backslash must be written twice.")),
)
Path = tuple[str | int, ...]


class Problem(msgspec.Struct, frozen=True):
    """What is wrong, or with `warning` only remarkable, at a line and a column (from 1)."""

    line: int
    column: int
    text: str
    warning: bool = False


def problems(written: str, kind: PolicyType, text: Text, own: str = "") -> list[Problem]:
    """What is wrong with a policy, in the order of its text. `own` is the ARN of the resource that has it, if any."""
    if not written.strip() or len(written) > _CHARACTERS_MAX:
        said = text("The policy is too long.") if written.strip() else text("The policy is empty.")
        return [Problem(1, 1, said)]
    try:
        document = json.loads(written)
    except json.JSONDecodeError as error:
        said = next((text(each) for begins, each in _JSON_FAULTS if error.msg.startswith(begins)), error.msg)
        return [Problem(error.lineno, error.colno, said)]
    except ValueError as error:  # a number of more digits than Python reads
        return [Problem(1, 1, str(error))]
    except RecursionError:
        return [Problem(1, 1, text("The policy is nested too deeply."))]
    places = Places(written)
    faults = islice(_faults(document, kind, text, own, places), _FAULTS_MAX)
    found = [places.problem(path, said, warning) for path, said, warning in faults]
    if not any(not each.warning for each in found):
        found += _grammar(written, document, kind, places)
    return sorted(found, key=lambda each: (each.line, each.column))[:_PROBLEMS_MAX]


def wrong(found: list[Problem]) -> bool:
    """Whether any of these keeps the policy from being saved."""
    return any(not each.warning for each in found)


class Places:
    """Where the members and elements of a JSON text stand that is known to be right."""

    def __init__(self, written: str) -> None:
        self._written = written
        self._at: dict[Path, int] = {}
        self.twice: list[Path] = []
        """Names that an object has more than once, where they stand for the second time."""
        self._walk((), 0)

    def problem(self, path: Path, said: str, warning: bool = False) -> Problem:
        """A problem at what a path leads to, or at the nearest thing around it."""
        while path and path not in self._at:
            path = path[:-1]
        at = self._at[path]
        written = self._written
        return Problem(written.count("\n", 0, at) + 1, at - written.rfind("\n", 0, at), said, warning)

    def _skip(self, at: int) -> int:
        while at < len(self._written) and self._written[at] in _SPACE:
            at += 1
        return at

    def _walk(self, path: Path, at: int) -> int:
        """Note a value and what is in it; where it ends."""
        written, at = self._written, self._skip(at)
        self._at.setdefault(path, at)
        if written[at] not in "{[" or len(path) >= _DEPTH_MAX:
            return _decoder.raw_decode(written, at)[1]
        return self._members(path, at) if written[at] == "{" else self._values(path, at)

    def _members(self, path: Path, at: int) -> int:
        written, names, at = self._written, set[str](), self._skip(at + 1)
        while written[at] != "}":
            name, end = _decoder.raw_decode(written, at)
            inner = (*path, name)
            if name in names:
                inner = (*path, name, "again")
                self.twice.append(inner)
            names.add(name)
            self._at[inner] = at
            at = self._skip(self._walk(inner, self._skip(end) + 1))
            at = self._skip(at + 1) if written[at] == "," else at
        return at + 1

    def _values(self, path: Path, at: int) -> int:
        written, index, at = self._written, 0, self._skip(at + 1)
        while written[at] != "]":
            at = self._skip(self._walk((*path, index), at))
            at, index = (self._skip(at + 1) if written[at] == "," else at), index + 1
        return at + 1


_Fault = tuple[Path, str, bool]


def _faults(document: Any, kind: PolicyType, text: Text, own: str, places: Places) -> Iterator[_Fault]:
    for again in places.twice:
        yield again, text("“%(name)s” is there twice.", name=again[-2]), False
    if not isinstance(document, dict):
        yield (), text("A policy is an object: it begins with { and ends with }."), False
        return
    yield from _unknown(document, (), _ELEMENTS, text)
    version = document.get("Version")
    if version is None and kind is not PolicyType.IDENTITY:
        yield (), text('Without "Version": "2012-10-17" variables such as ${aws:username} are not filled in.'), True
    elif version != "2012-10-17" and not (version == "2008-10-17" and kind is not PolicyType.IDENTITY):
        yield ("Version",), text('The version must be "2012-10-17".'), False
    statements = document.get("Statement")
    if not statements or not isinstance(statements, dict | list):
        yield ("Statement",), text("A policy needs statements: “Statement” with one or a list of them."), False
        return
    several = isinstance(statements, list)
    for index, statement in enumerate(statements if several else [statements]):
        path: Path = ("Statement", index) if several else ("Statement",)
        if isinstance(statement, dict):
            yield from _statement_faults(statement, path, kind, text, own)
        else:
            yield path, text("A statement is an object: it begins with { and ends with }."), False


def _unknown(found: dict[str, Any], path: Path, known: tuple[str, ...], text: Text) -> Iterator[_Fault]:
    for name in found:
        if name not in known:
            meant = next(
                (each for each in known if each.lower() == name.lower() or name.lower() == f"{each}s".lower()), ""
            )
            said = text("There is no element “%(name)s” in policies.", name=name[:100])
            if meant:
                said = text("There is no element “%(name)s”; write “%(meant)s”.", name=name[:100], meant=meant)
            yield (*path, name), said, False


def _statement_faults(found: dict[str, Any], path: Path, kind: PolicyType, text: Text, own: str) -> Iterator[_Fault]:
    yield from _unknown(found, path, _STATEMENT, text)
    if found.get("Effect") not in ("Allow", "Deny"):
        yield (*path, "Effect"), text("“Effect” must be “Allow” or “Deny”."), False
    for name in ("Action", "Resource", "Principal"):
        if name in found and f"Not{name}" in found:
            yield (*path, f"Not{name}"), text("Either “%(name)s” or “Not%(name)s”, not both.", name=name), False
    yield from _action_faults(found, path, kind, text)
    yield from _principal_faults(found, path, kind, text)
    yield from _resource_faults(found, path, kind, text, own)
    conditions = found.get("Condition", {})
    if not isinstance(conditions, dict):
        yield (*path, "Condition"), text("“Condition” is an object of operators."), False
    else:
        for operator, keys in conditions.items():
            if not is_operator(operator):
                said = text("There is no condition operator “%(name)s”.", name=operator[:100])
                yield (*path, "Condition", operator), said, False
            elif not isinstance(keys, dict):
                said = text("An operator has an object of condition keys with their values.")
                yield (*path, "Condition", operator), said, False


def _action_faults(found: dict[str, Any], path: Path, kind: PolicyType, text: Text) -> Iterator[_Fault]:
    name = "Action" if "Action" in found else "NotAction"
    if name not in found:
        yield path, text("The statement says no action: “Action” is missing."), False
        return
    for at, action in _listed(found[name], (*path, name)):
        if not isinstance(action, str) or (action != "*" and action.count(":") != 1):
            yield at, text("An action is a service and a name, as “sqs:SendMessage”."), False
        elif kind is PolicyType.TRUST and not action.lower().startswith("sts:"):
            yield at, text("Who may take a role on is about actions of STS alone, as “sts:AssumeRole”."), False


def _principal_faults(found: dict[str, Any], path: Path, kind: PolicyType, text: Text) -> Iterator[_Fault]:
    name = "Principal" if "Principal" in found else "NotPrincipal"
    if kind is PolicyType.IDENTITY:
        if name in found:
            said = text("A policy of users, groups and roles has no “%(name)s”: it is about who has it.", name=name)
            yield (*path, name), said, False
        return
    if name not in found:
        yield path, text("The statement says nobody: “Principal” is missing."), False
    elif name == "Principal" and found.get("Effect") == "Allow" and not found.get("Condition") and _all(found[name]):
        yield (*path, name), text("This lets in everybody, from every account, without a condition."), True


def _resource_faults(found: dict[str, Any], path: Path, kind: PolicyType, text: Text, own: str) -> Iterator[_Fault]:
    name = "Resource" if "Resource" in found else "NotResource"
    if name not in found:
        if kind is PolicyType.IDENTITY:
            yield path, text("The statement says no resource: “Resource” is missing."), False
        return
    if kind is PolicyType.TRUST:
        yield (*path, name), text("Who may take a role on has no “%(name)s”: it is about the role.", name=name), False
    for at, resource in _listed(found[name], (*path, name)):
        if not isinstance(resource, str) or not (resource == "*" or resource.startswith("arn:")):
            yield at, text("A resource is an ARN, as “arn:aws:sqs:us-east-1:000000000000:name”, or “*”."), False
        elif own and name == "Resource" and not _may_be(resource, own):
            yield at, text("This is not about “%(arn)s”, which has this policy.", arn=own), True


def _may_be(resource: str, own: str) -> bool:
    """Whether a statement on `resource` may be about what has the policy, or something in it."""
    return bool(set(resource) & set("*?$")) or resource == own or resource.startswith(f"{own}/")


def _listed(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """A value alone, or each of a list, with its place."""
    if isinstance(value, list):
        yield from (((*path, index), each) for index, each in enumerate(value))
    else:
        yield path, value


def _all(principal: Any) -> bool:
    named = principal.get("AWS") if isinstance(principal, dict) else principal
    return named == "*" or (isinstance(named, list) and "*" in named)


def _grammar(written: str, document: Any, kind: PolicyType, places: Places) -> Iterator[Problem]:
    """What the engine refuses, at the first statement that it refuses alone as well."""
    try:
        parse_policy(written, kind)
    except MalformedPolicy as refused:
        yield places.problem(_culprit(document, kind), str(refused))


def _culprit(document: Any, kind: PolicyType) -> Path:
    statements = document["Statement"]
    for index, statement in enumerate(statements if isinstance(statements, list) else ()):
        try:
            parse_policy(json.dumps({**document, "Statement": statement}), kind)
        except MalformedPolicy:
            return "Statement", index
    return ("Statement",)
