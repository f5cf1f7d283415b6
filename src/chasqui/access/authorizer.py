"""Asks policies: gathers a resource's description and policy, lets `policy.decision` decide, says why not.

Services ask here too when a call of theirs needs more than its own action: a role to be passed, a key to be used, a
service acting for somebody.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from chasqui.access.described import Described
from chasqui.access.identity.directory import NOBODY, Identity
from chasqui.access.policy.compiled import Compiled
from chasqui.access.policy.decision import Decision, Grants, Question, StatementRef, Verdict, decide
from chasqui.access.policy.document import MalformedPolicy, PolicyType, compile_policy
from chasqui.access.policy.keys import is_constant
from chasqui.base.actions import Values
from chasqui.base.arn import parse_arn
from chasqui.base.errors import ServiceError
from chasqui.base.principal import Principal

Describe = Callable[[str], Awaitable[Described | None]]

_UNREADABLE = {
    PolicyType.RESOURCE: (
        '{"Version":"2012-10-17","Statement":[{"Sid":"UnreadablePolicy","Effect":"Deny","Principal":"*","Action":"*",'
        '"Resource":"*"}]}'
    ),
    PolicyType.TRUST: (
        '{"Version":"2012-10-17","Statement":[{"Sid":"UnreadablePolicy","Effect":"Deny","Principal":"*",'
        '"Action":"sts:*"}]}'
    ),
}
_GRANT = StatementRef("a grant of the resource", "grant", "", 0, "Allow")
# Longer than any resource's ARN, and than any value that an operation takes: what is compared with patterns before the
# operation refuses it must not take the event loop's time.
_RESOURCE_LENGTH_MAX = 2048
_VALUE_LENGTH_MAX = 8192
# What a grant allows, it allows this request alone: it may be about its encryption context.
_OF_SOURCES = frozenset(("aws:sourcearn", "aws:sourceaccount"))
_REQUEST = frozenset(("kms:encryptioncontextkeys",))
ASSUMING = frozenset(
    (
        "sts:AssumeRole",
        "sts:AssumeRoleWithWebIdentity",
        "sts:AssumeRoleWithSAML",
        "sts:TagSession",
        "sts:SetSourceIdentity",
    )
)
"""What a role's trust policy decides. Refusals of these say no reason, and are the same for roles that do not exist:
nobody learns from them which roles there are."""


class Explanation(msgspec.Struct, frozen=True):
    """What was asked and what decided it: all that `chasqui access explain` tells."""

    question: Question
    decision: Decision

    def log_fields(self) -> dict[str, str]:
        """The same in a log line. Context values are not in it: they are the caller's."""
        decided_by = "; ".join(str(each) for each in self.decision.decided_by)
        return {
            "action": self.question.action,
            "resource": self.question.resource,
            "verdict": self.decision.verdict.name.lower(),
            "statements": decided_by or "none",
            "lacking": self.decision.lacking,
        }


class AccessDenied(ServiceError):
    """A call that policies refuse. `explanation` is for the operator, not for the caller, who may ask for it by the
    `request_id`, where that is known already."""

    def __init__(self, message: str, explanation: Explanation) -> None:
        super().__init__("AccessDenied", message, status=403)
        self.explanation = explanation
        self.request_id = ""


class Authorizer:
    """Decides single questions."""

    def __init__(self, describe: Describe, fresh: Callable[[], bool]) -> None:
        self.describe = describe
        self.fresh = fresh
        """Whether what was decided before may still be relied on (`Store.fresh`)."""

    async def ask(
        self,
        principal: Principal,
        grants: Grants,
        action: str,
        resource: str,
        context: Mapping[str, Values],
        described: Described | None = None,
    ) -> Explanation:
        """Whether a principal with these grants may do something to a resource. `described` where the caller has it
        already."""
        resource = resource[:_RESOURCE_LENGTH_MAX]
        found = described or (await self.describe(resource) if resource != "*" else None)
        found = _as_asked(found, action, resource)
        facts = {name: _cut(value) for name, value in context.items()}
        owner = found.owner if found is not None else _account_in(resource)
        if owner:
            facts["aws:ResourceAccount"] = owner
        policy = None
        if found is not None:
            resource = found.arn or resource
            facts.update(_tags(found, resource))
            # What the request says of the resource to be is asked before what the resource is.
            facts = {**found.context, **facts}
            policy = resource_policy(found, resource)
        question = Question(principal=principal, action=action, resource=resource, owner=owner, context=facts)
        decision = decide(question, grants, policy, exclusive=found is not None and found.exclusive)
        granted = found.granted if found is not None and decision.verdict is Verdict.IMPLICIT_DENY else None
        if granted is not None and await granted(principal, action, facts):
            decision = Decision(Verdict.ALLOWED, (_GRANT,), depends_on=_REQUEST)
        return Explanation(question, decision)

    async def demand(
        self,
        identity: Identity,
        action: str,
        resource: str,
        context: Mapping[str, Values],
        *,
        told: str = "",
        described: Described | None = None,
    ) -> Decision:
        """The decision that allows it. Raises `AccessDenied` in AWS' words."""
        answer = await self.ask(identity.principal, identity.grants, action, resource, context, described)
        if not answer.decision.allowed:
            raise AccessDenied(_refusal(answer, told or action, resource), answer)
        return answer.decision

    async def service_may(
        self, principal: Principal, action: str, resource: str, context: Mapping[str, Values]
    ) -> tuple[bool, bool]:
        """Whether a service (`base.principal.service_principal`) is let in by a resource's own policy, in every mode,
        and whether that holds until the policy changes, whatever the time; the context should have aws:SourceArn and
        aws:SourceAccount, which make another question."""
        decision = (await self.ask(principal, NOBODY, action, resource, context)).decision
        lasting = all(map(is_constant, decision.depends_on - _OF_SOURCES))
        return decision.allowed, lasting


def _cut(value: Values) -> Values:
    if isinstance(value, str):
        return value if len(value) <= _VALUE_LENGTH_MAX else value[:_VALUE_LENGTH_MAX]
    return value if max(map(len, value), default=0) <= _VALUE_LENGTH_MAX else tuple(map(_cut_text, value))


def _cut_text(value: str) -> str:
    return value[:_VALUE_LENGTH_MAX]


def resource_policy(described: Described, resource: str) -> Compiled | None:
    """A resource's policy, compiled. One that today's parser refuses denies everything."""
    if not described.policy:
        return None
    try:
        return compile_policy(described.policy, described.kind, resource)
    except MalformedPolicy:
        return compile_policy(_UNREADABLE[described.kind], described.kind, resource)


def _tags(found: Described, resource: str) -> dict[str, Values]:
    """The condition keys of a resource's tags; IAM's entities have them by a second name."""
    prefixes = ("aws", "iam") if resource.startswith("arn:aws:iam:") else ("aws",)
    return {f"{prefix}:ResourceTag/{name}": value for prefix in prefixes for name, value in found.tags.items()}


def _as_asked(found: Described | None, action: str, resource: str) -> Described | None:
    """A resource as far as it matters to an action: trust policies are for those who want to assume the role, and a
    role that is not there trusts nobody."""
    if found is None:
        missing = action in ASSUMING and ":role/" in resource
        return Described(owner=_account_in(resource), exclusive=True) if missing else None
    if found.kind is PolicyType.TRUST and action not in ASSUMING:
        return msgspec.structs.replace(found, policy=None, exclusive=False)
    # Who wants to assume a role is not told how it is really called.
    return msgspec.structs.replace(found, arn="") if action in ASSUMING else found


def _refusal(answer: Explanation, told: str, resource: str) -> str:
    """AWS' words. The resource is told as the call named it: how it is really called, and so whether it is there, is
    only for those of whom the account's own policies speak."""
    question, decision = answer.question, answer.decision
    resource = resource[:_RESOURCE_LENGTH_MAX]
    if question.owner != question.principal.account or decision.verdict is not Verdict.EXPLICIT_DENY:
        question = msgspec.structs.replace(question, resource=resource)
    if question.action not in ASSUMING:
        return decision.because(question, told)
    who = question.principal.arn or "anonymous"
    return f"User: {who} is not authorized to perform: {told} on resource: {question.resource}"


def _account_in(resource: str) -> str:
    arn = parse_arn(resource)
    return arn.account if arn is not None else ""
