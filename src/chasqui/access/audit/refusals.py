"""What is told of a refused call: who wanted what, which statements decided it, what would allow it. Pure.

It is for whoever runs the server, not for the caller: it names policies and shows the request's context, though no
value that may be a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from chasqui.access.audit.redaction import HIDDEN, cut
from chasqui.access.authorizer import Explanation
from chasqui.access.policy.decision import Question, Verdict
from chasqui.access.policy.grants import BOUNDARY, RESOURCE, SESSION, TRUST, StatementRef
from chasqui.access.policy.keys import principal_value
from chasqui.base.actions import Values
from chasqui.base.arn import parse_arn
from chasqui.base.principal import Principal

_SECRET_KEYS: Final = ("externalid", "password", "secret", "sessiontoken")
_VALUES_MAX: Final = 20
# Services whose resources have policies that can let in whom they name.
_WITH_POLICIES: Final = frozenset(("events", "kms", "lambda", "s3", "sns", "sqs"))


class Who(msgspec.Struct, frozen=True, rename="camel"):
    """The caller. `arn` is "" for an anonymous one, and a service's name."""

    kind: str
    arn: str
    account: str
    access_key: str


class Deciding(msgspec.Struct, frozen=True, rename="camel"):
    """A statement that decided: `policy` is where it stands, `index` its place there, from 0."""

    effect: str
    policy: str
    kind: str
    sid: str
    index: int


class Refusal(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A refused call, as it is kept and told.

    `verdict` is "explicitDeny" or "implicitDeny". `context` has the condition keys that policies looked at, `missing`
    those of them that the request had no value for. `statement` is one that would allow it, where one would.
    """

    request: str
    at_ms: int
    who: Who
    action: str
    resource: str
    verdict: str
    statements: list[Deciding] = []
    lacking: str = ""
    context: dict[str, Values] = {}
    missing: list[str] = []
    advice: str = ""
    statement: dict[str, Any] | None = None


def refusal_of(request_id: str, explanation: Explanation, at_ms: int) -> Refusal:
    """What is kept of a refused call."""
    question, decision = explanation.question, explanation.decision
    principal = question.principal
    context, missing = _context(question, sorted(decision.depends_on))
    advice, statement = _advice(explanation)
    return Refusal(
        request=request_id,
        at_ms=at_ms,
        who=Who(principal.kind, principal.arn, principal.account, principal.access_key),
        action=question.action,
        resource=cut(question.resource),
        verdict=decision.verdict.value,
        statements=[
            Deciding(each.effect, each.source, each.kind, each.sid, each.index) for each in decision.decided_by
        ],
        lacking=decision.lacking,
        context=context,
        missing=missing,
        advice=advice,
        statement=statement,
    )


def _context(question: Question, keys: list[str]) -> tuple[dict[str, Values], list[str]]:
    """The values of these keys (lower case) as the policies saw them, and the keys without one."""
    given = {name.lower(): (name, value) for name, value in question.context.items()}
    context: dict[str, Values] = {}
    missing = []
    for key in keys:
        name, value = given.get(key) or (key, principal_value(question.principal, key))
        if value is None:
            missing.append(key)
        else:
            context[name] = HIDDEN if any(word in key for word in _SECRET_KEYS) else _shown(value)
    if "aws:Referer" in context:  # a page's address may hold a secret after the path
        context["aws:Referer"] = str(context["aws:Referer"]).partition("?")[0]
    return context, missing


def _shown(value: Values) -> Values:
    return cut(value) if isinstance(value, str) else tuple(cut(each) for each in value[:_VALUES_MAX])


def _advice(explanation: Explanation) -> tuple[str, dict[str, Any] | None]:
    """What to do for the call to be allowed, and a statement that would allow it."""
    question, decision = explanation.question, explanation.decision
    if decision.verdict is Verdict.EXPLICIT_DENY:
        return _lift(decision.decided_by), None
    resource = cut(question.resource)
    allow: dict[str, Any] = {"Effect": "Allow", "Action": question.action, "Resource": resource}
    what = f"{question.action} on {resource}"
    if decision.lacking == TRUST:
        allow.pop("Resource")
        return f"Let the trust policy of {resource} name the caller", {**allow, "Principal": _named(question)}
    if decision.lacking == RESOURCE:
        advice = f"Add a statement to the policy of {resource} that allows {question.action} to the caller"
        return advice, {**allow, "Principal": _named(question)}
    if decision.lacking == BOUNDARY:
        return f"Allow {what} in the permissions boundary of {_short(question.principal)}", allow
    if decision.lacking == SESSION:
        return f"Begin the session with a session policy that allows {what}, or with none", allow
    advice = f"Attach a policy that allows {what} to {_short(question.principal)}"
    if question.owner == question.principal.account and question.action.partition(":")[0] in _WITH_POLICIES:
        advice += ", or name the caller in the resource's own policy"
    return advice, allow


def _lift(decided_by: tuple[StatementRef, ...]) -> str:
    """No Allow helps against a Deny."""
    named = " and ".join(f"statement {each.index + 1} of {each.source} ({each.kind})" for each in decided_by)
    return f"Remove or narrow {named}: no Allow overrides a Deny"


def _named(question: Question) -> Mapping[str, str]:
    """The caller as a resource policy's Principal names it: of a session, its role."""
    principal = question.principal
    if principal.kind == "service":
        return {"Service": principal.name}
    return {"AWS": (principal.issuer if principal.kind == "role" else "") or principal.arn or "*"}


def _short(principal: Principal) -> str:
    """The entity that policies are attached to: "user/bob", "role/deployer"."""
    arn = parse_arn(principal.issuer or principal.arn)
    return arn.resource if arn is not None else principal.arn or "the caller"
