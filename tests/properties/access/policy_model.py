"""The policy evaluation logic as plainly as the documentation tells it: nothing is compiled, indexed or remembered.

Slow and simple on purpose; the engine is held to it. Sources: IAM user guide, "Policy evaluation logic",
"Cross-account policy evaluation logic", "IAM JSON policy elements: Condition operators", "… Variables and tags",
"AWS JSON policy elements: Principal". A policy here is a document as `json.loads` gives it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any

from chasqui.base.principal import Principal

Document = dict[str, Any]
ALLOWED, EXPLICIT_DENY, IMPLICIT_DENY = "allowed", "explicitDeny", "implicitDeny"
LITERAL = {"*": "\ue000", "?": "\ue001"}
"""What stands for stars and question marks that are no wildcards."""


def like(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern; a table of which beginnings match which."""
    table = [[False] * (len(text) + 1) for _ in range(len(pattern) + 1)]
    table[0][0] = True
    for row, symbol in enumerate(pattern, 1):
        for column in range(len(text) + 1):
            if symbol == "*":
                table[row][column] = table[row - 1][column] or (column > 0 and table[row][column - 1])
            elif column > 0:
                table[row][column] = table[row - 1][column - 1] and symbol in ("?", text[column - 1])
    return table[-1][-1]


def arn_like(pattern: str, text: str) -> bool:
    """Each of six components checked separately."""
    patterns, parts = pattern.split(":", 5), text.split(":", 5)
    return len(patterns) == len(parts) == 6 and all(map(like, patterns, parts))


def resource_like(pattern: str, text: str) -> bool:
    """Wildcards within the segments; a star that ends one may go on beyond the colon."""
    segments = pattern.split(":")
    expression = []
    for place, segment in enumerate(segments):
        any_character = "." if place >= 5 else "[^:]"
        for at, symbol in enumerate(segment):
            ends = at == len(segment) - 1
            if symbol == "*":
                expression.append(".*" if ends else f"{any_character}*")
            else:
                expression.append(any_character if symbol == "?" else re.escape(symbol))
        expression.append(":")
    return re.fullmatch("".join(expression[:-1]), text, re.DOTALL) is not None


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class Request:
    """A question, and the values of its keys."""

    def __init__(
        self, principal: Principal, action: str, resource: str, owner: str, context: Mapping[str, Any]
    ) -> None:
        self.principal, self.action, self.resource, self.owner = principal, action, resource, owner
        self.values = {**self.of_principal(), **{name.lower(): value for name, value in context.items()}}

    def of_principal(self) -> dict[str, Any]:
        principal = self.principal
        found: dict[str, Any] = {f"aws:principaltag/{name.lower()}": value for name, value in principal.tags.items()}
        if principal.account:
            found["aws:principalaccount"] = principal.account
        if principal.kind == "user":
            found["aws:username"] = principal.name
        if principal.kind not in ("anonymous", "service"):
            found["aws:principalarn"] = principal.issuer if principal.kind == "role" else principal.arn
            found["aws:userid"] = principal.id
        return found

    def fill_in(self, text: str) -> str | None:
        """A text with its variables replaced, literally; None when the request lacks one of them."""
        lacking = False

        def value(found: re.Match[str]) -> str:
            nonlocal lacking
            if found[1] in ("*", "?", "$"):
                return LITERAL.get(found[1], found[1])
            name, _comma, default = found[1].partition(", ")
            given = self.values.get(name.lower(), default.strip("'") if default else None)
            lacking = lacking or not isinstance(given, str)
            return "".join(LITERAL.get(each, each) for each in given) if isinstance(given, str) else ""

        filled = re.sub(r"\$\{([^{}]+)\}", value, text)
        return None if lacking else filled


def literal_marks(text: str) -> str:
    return "".join(LITERAL.get(each, each) for each in text)


def plain(text: str) -> str:
    for mark, stand_in in LITERAL.items():
        text = text.replace(stand_in, mark)
    return text


def covers(request: Request, pattern: str) -> bool | None:
    """Whether a resource pattern covers the request's resource; None when it cannot be told."""
    parts = pattern.split(":", 5)
    if len(parts) == 6:
        filled = request.fill_in(parts[5])
        if filled is None:
            return None
        pattern = ":".join([*parts[:5], filled])
    # The resource's own marks are literal too: they stand against the pattern's wildcards or its stand-ins.
    return resource_like(pattern, literal_marks(request.resource)) or pattern == "*"


def about_resource(request: Request, statement: Document) -> bool:
    if "NotResource" in statement:
        found = [covers(request, pattern) for pattern in as_list(statement["NotResource"])]
        if True in found:
            return False
        return None not in found or statement["Effect"] == "Deny"
    return any(covers(request, pattern) for pattern in as_list(statement.get("Resource", "*")))


def about_action(request: Request, statement: Document) -> bool:
    negated = "NotAction" in statement
    patterns = as_list(statement["NotAction" if negated else "Action"])
    return any(like(pattern.lower(), request.action.lower()) for pattern in patterns) != negated


def moment(text: str) -> float:
    return float(text) if text.isdigit() else datetime.fromisoformat(text).timestamp()


def compare(base: str, given: str, wanted: str) -> bool:
    """One value of the request with one of the policy, wildcards' stand-ins in it."""
    if base == "StringEquals":
        return given == plain(wanted)
    if base == "StringEqualsIgnoreCase":
        return given.lower() == plain(wanted).lower()
    if base == "StringLike":
        return like(wanted, literal_marks(given))
    if base in ("ArnLike", "ArnEquals"):
        return arn_like(wanted, literal_marks(given))
    if base == "Bool":
        return given.lower() == wanted.lower()
    if base == "IpAddress":
        return ip_address(given) in ip_network(wanted, strict=False)
    kind, order = re.fullmatch("(Numeric|Date)(.*)", base).groups()  # type: ignore[union-attr]
    one, other = (float(given), float(wanted)) if kind == "Numeric" else (moment(given), moment(wanted))
    return {
        "Equals": one == other,
        "LessThan": one < other,
        "LessThanEquals": one <= other,
        "GreaterThan": one > other,
        "GreaterThanEquals": one >= other,
    }[order]


def holds(request: Request, operator: str, key: str, wanted: list[str], effect: str) -> bool:
    values = request.values.get(key.lower())
    if operator == "Null":
        return str(values in (None, ())).lower() in wanted
    quantifier, _colon, rest = operator.rpartition(":")
    base = rest.removesuffix("IfExists")
    negated = "Not" in base
    if values in (None, ()):
        return rest.endswith("IfExists") or quantifier == "ForAllValues" or (negated and not quantifier)
    base = base.replace("Not", "")
    variables = base.startswith(("String", "Arn"))
    wild = base in ("StringLike", "ArnLike", "ArnEquals")

    def matches(given: str) -> bool:
        for text in wanted:
            filled = request.fill_in(text if wild else protect(text)) if variables else text
            if filled is None:
                if negated and effect == "Allow":
                    return True
            elif compare(base, given, filled):
                return True
        return False

    if quantifier == "ForAllValues":
        return all(matches(each) != negated for each in as_values(values) if each)
    if quantifier == "ForAnyValue":
        return any(matches(each) != negated for each in as_values(values) if each)
    return any(map(matches, as_values(values))) != negated


def protect(text: str) -> str:
    """Stars and question marks outside variables as literal ones."""
    return re.sub(r"(\$\{[^{}]+\})|([*?])", lambda found: found[1] or LITERAL[found[2]], text)


def as_values(values: Any) -> tuple[str, ...]:
    return values if isinstance(values, tuple) else (values,)


def fulfils(request: Request, statement: Document) -> bool:
    return all(
        holds(request, operator, key, as_list(wanted), statement["Effect"])
        for operator, tests in statement.get("Condition", {}).items()
        for key, wanted in tests.items()
    )


def named(principal: Principal, element: Any) -> str:
    """How a Principal element names a caller: "", "account", "role" or "direct"."""
    if element == "*" or "*" in as_list(element.get("AWS", [])):
        return "direct"
    if principal.kind == "service":
        return "direct" if principal.name in as_list(element.get("Service", [])) else ""
    if principal.kind == "anonymous":
        return ""
    listed = as_list(element.get("AWS", []))
    if principal.kind != "root" and (principal.arn in listed or principal.id in listed):
        return "direct"
    if principal.issuer in listed or (principal.kind == "role" and principal.id.split(":")[0] in listed):
        return "role"
    account = principal.account
    return "account" if {account, f"arn:aws:iam::{account}:root"} & set(listed) else ""


class Model:
    """One question put to documents."""

    def __init__(
        self,
        request: Request,
        identity: list[Document],
        boundary: Document | None,
        session: list[Document] | None,
        resource: Document | None,
    ) -> None:
        self.request, self.principal = request, request.principal
        self.identity, self.boundary, self.session, self.resource = identity, boundary, session, resource

    def found(self, document: Document | None, effect: str) -> list[Document]:
        """The statements of an effect that apply, whomever they name."""
        statements = as_list(document["Statement"]) if document else []
        return [
            each
            for each in statements
            if each["Effect"] == effect
            and about_action(self.request, each)
            and about_resource(self.request, each)
            and fulfils(self.request, each)
        ]

    def naming(self, statement: Document) -> str:
        if "NotPrincipal" in statement:
            if statement["Effect"] == "Deny" and self.boundary:
                return "direct"
            return "" if named(self.principal, statement["NotPrincipal"]) else "direct"
        return named(self.principal, statement["Principal"])

    def denied(self) -> bool:
        own = [*self.identity, self.boundary, *(self.session or [])]
        return any(self.found(each, "Deny") for each in own) or any(map(self.naming, self.found(self.resource, "Deny")))

    def limits_allow(self) -> bool:
        boundary = self.boundary is None or bool(self.found(self.boundary, "Allow"))
        if self.session is None:
            return boundary and self.principal.kind != "federated"
        return boundary and any(self.found(each, "Allow") for each in self.session)

    def own_side_allows(self) -> bool:
        if self.principal.kind == "root":
            return True
        return any(self.found(each, "Allow") for each in self.identity) and self.limits_allow()

    def verdict(self, exclusive: bool) -> str:
        if self.denied():
            return EXPLICIT_DENY
        return ALLOWED if self.allowed(exclusive) else IMPLICIT_DENY

    def allowed(self, exclusive: bool) -> bool:
        grants = set(map(self.naming, self.found(self.resource, "Allow"))) - {""}
        if self.principal.kind in ("service", "anonymous"):
            return bool(grants)
        if self.request.owner != self.principal.account:
            return bool(grants) and self.own_side_allows()
        if "direct" in grants or ("role" in grants and self.limits_allow()):
            return True
        if exclusive:
            return bool(grants) and self.own_side_allows()
        return self.own_side_allows()
