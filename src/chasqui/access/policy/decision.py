"""The decision: may this principal do this to that resource? And in AWS' words, why not.

Source: IAM user guide, "Policy evaluation logic", "Cross-account policy evaluation logic", "Troubleshoot access denied
error messages". An explicit deny in any policy wins. Then, in the resource's own account, either side may allow: the
principal's policies, within its boundary and session policies, or the resource's policy; from another account both
must.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from chasqui.access.policy.compiled import Compiled, Rule
from chasqui.access.policy.grammar import PolicyType
from chasqui.access.policy.grants import (
    BOUNDARY,
    IDENTITY,
    RESOURCE,
    SESSION,
    TRUST,
    Entry,
    Grants,
    StatementRef,
    entry,
)
from chasqui.access.policy.keys import is_constant, principal_value
from chasqui.access.policy.principals import Naming
from chasqui.base.actions import Values
from chasqui.base.principal import Principal

_IN: Final = {
    IDENTITY: "an identity-based policy",
    RESOURCE: "a resource-based policy",
    TRUST: "the role trust policy",
    BOUNDARY: "a permissions boundary",
    SESSION: "a session policy",
}


class Question(msgspec.Struct, frozen=True, eq=False):
    """What is asked. `action` is as in the service authorization reference, `resource` an ARN or "*", `owner` the
    account that the resource belongs to, "" when there is none. `context` is the request's condition keys, in any case;
    those that the principal decides are filled in where it lacks them."""

    principal: Principal
    action: str
    resource: str
    owner: str = ""
    context: Mapping[str, Values] = {}


class Verdict(enum.Enum):
    """As IAM's simulator calls them."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


class Decision(msgspec.Struct, frozen=True):
    """What was decided, by which statements (none: by default, or because the caller is the account itself), and for an
    implicit deny the kind of policy that should have allowed it.

    `depends_on` are the condition keys (lower case) that were looked at: the same question with the same values of
    these has the same answer, as long as the policies are the same.
    """

    verdict: Verdict
    decided_by: tuple[StatementRef, ...] = ()
    lacking: str = ""
    depends_on: frozenset[str] = frozenset()

    @property
    def allowed(self) -> bool:
        return self.verdict is Verdict.ALLOWED

    @property
    def cacheable(self) -> bool:
        """Whether it holds for every request of this principal for this action and resource."""
        return all(map(is_constant, self.depends_on))

    def because(self, question: Question, told_action: str = "") -> str:
        """AWS' sentence for a refusal; `told_action` is the action's spelling there, where it differs."""
        assert not self.allowed, "nothing was refused"
        action = told_action or question.action
        who = f"User: {question.principal.arn or 'anonymous'}"
        what = f"{who} is not authorized to perform: {action} on resource: {question.resource}"
        if self.verdict is Verdict.EXPLICIT_DENY:
            return f"{what} with an explicit deny in {_IN[self.decided_by[0].kind]}"
        return f"{what} because no {self.lacking} allows the {action} action"


class Simulation(msgspec.Struct, frozen=True):
    """A decision with what IAM's simulator shows of it: the statements that matched (of an explicit deny those that
    deny), and the condition keys, as written, that statements on this action and resource asked for in vain."""

    decision: Decision
    matched: tuple[StatementRef, ...]
    missing: frozenset[str]


def decide(question: Question, grants: Grants, resource_policy: Compiled | None, exclusive: bool = False) -> Decision:
    """Whether a request is allowed. `exclusive`: nothing but the resource's own policy lets anyone in, itself or by
    naming the account, whose policies then decide (KMS keys, roles)."""
    evaluation = _Evaluation(question, grants, resource_policy)
    verdict, decided_by, lacking = evaluation.outcome(exclusive)
    return Decision(verdict, decided_by, lacking, frozenset(evaluation.looked_at))


def simulate(
    question: Question, grants: Grants, resource_policy: Compiled | None, exclusive: bool = False
) -> Simulation:
    """As `decide`, with all that matched."""
    decision = decide(question, grants, resource_policy, exclusive)
    evaluation = _Evaluation(question, grants, resource_policy)
    matched = evaluation.matched()
    if decision.verdict is Verdict.EXPLICIT_DENY:
        matched = tuple(ref for ref in matched if ref.effect == "Deny")
    return Simulation(decision, matched, evaluation.missing())


def context_keys(compiled: Compiled) -> frozenset[str]:
    """The context keys that a policy refers to, as it writes them."""
    return compiled.keys


_Outcome = tuple[Verdict, tuple[StatementRef, ...], str]
_Side = tuple[tuple[StatementRef, ...], str]


class _Evaluation:
    """One question put to its policies. `looked_at` gathers the keys whose values it asked for."""

    __slots__ = ("_context", "_grants", "_on", "_principal", "_question", "_resource_policy", "looked_at")

    def __init__(self, question: Question, grants: Grants, resource_policy: Compiled | None) -> None:
        self._question = question
        self._principal = question.principal
        self._grants = grants
        self._on = grants.on(question.action)
        self._resource_policy = resource_policy
        self._context: dict[str, Values] | None = None
        self.looked_at: set[str] = set()

    def outcome(self, exclusive: bool) -> _Outcome:
        """The verdict, what decided it, and the kind of policy that is lacking."""
        denied = self._on.denies.first(self._question.resource, self.look_up) or self._resource_denial()
        if denied is not None:
            return Verdict.EXPLICIT_DENY, (denied,), ""
        naming, granted = self._resource_grant()
        by, lacking = self._judgement(naming, exclusive)
        if lacking:
            return Verdict.IMPLICIT_DENY, (), lacking
        return Verdict.ALLOWED, by if granted is None else (*by, granted), ""

    def _judgement(self, naming: Naming, exclusive: bool) -> _Side:
        """What besides the resource's policy, which allows it to a caller named like this, must allow it, and does;
        or which kind of policy is lacking."""
        principal, owner = self._principal, self._question.owner
        unnamed = "" if naming else self._resource_kind()
        if principal.kind in ("service", "anonymous") or not principal.account:
            return (), unnamed
        if owner and owner != principal.account:
            by, lacking = self._own_side()
            return by, lacking or unnamed
        if naming is Naming.DIRECT:
            return (), ""
        if naming is Naming.ROLE:
            return self._limits()
        return ((), unnamed) if exclusive and unnamed else self._own_side()

    def look_up(self, key: str) -> Values | None:
        """What the request holds for a key (lower case)."""
        self.looked_at.add(key)
        if self._context is None:
            self._context = {name.lower(): value for name, value in self._question.context.items()}
        value = self._context.get(key)
        return principal_value(self._principal, key) if value is None else value

    def _resource_entries(self, deny: bool) -> Iterator[tuple[Naming, Entry]]:
        """The statements of the resource's policy on this action that name the caller."""
        policy = self._resource_policy
        for rule in policy.about(self._question.action) if policy is not None else ():
            if rule.deny is deny and (naming := self._naming(rule)):
                assert policy is not None
                yield naming, entry(policy, self._resource_kind(), rule)

    def _naming(self, rule: Rule) -> Naming:
        """How closely a resource policy's statement names the caller. A NotPrincipal that denies, denies whoever has a
        permissions boundary, named or not (IAM user guide, "AWS JSON policy elements: NotPrincipal")."""
        if rule.names is None:
            return Naming.NOT
        if rule.names.negated and rule.deny and self._grants.boundary is not None:
            return Naming.DIRECT
        return rule.names.naming(self._principal)

    def _resource_denial(self) -> StatementRef | None:
        for _naming, (rule, ref) in self._resource_entries(deny=True):
            if rule.applies(self._question.resource, self.look_up):
                return ref
        return None

    def _resource_grant(self) -> tuple[Naming, StatementRef | None]:
        """How closely the resource's policy allows it to the caller, and by which statement."""
        best, granted = Naming.NOT, None
        for naming, (rule, ref) in self._resource_entries(deny=False):
            if naming > best and rule.applies(self._question.resource, self.look_up):
                best, granted = naming, ref
        return best, granted

    def _resource_kind(self) -> str:
        policy = self._resource_policy
        return TRUST if policy is not None and policy.kind is PolicyType.TRUST else RESOURCE

    def _own_side(self) -> _Side:
        """What of the principal's own policies allows it, or which kind of them does not."""
        principal = self._principal
        if principal.kind == "root":
            return (), ""
        if principal.kind == "federated" and principal.issuer.endswith(":root"):
            return self._limits()
        allowed = self._on.identity.first(self._question.resource, self.look_up)
        if allowed is None:
            return (), IDENTITY
        by, lacking = self._limits()
        return (allowed, *by), lacking

    def _limits(self) -> _Side:
        """As `_own_side`, of the boundary and the session policies alone. A federated user has what its session
        policies pass on; without any that is nothing."""
        by: tuple[StatementRef, ...] = ()
        for kind, index in ((BOUNDARY, self._on.boundary), (SESSION, self._on.session)):
            if index is not None:
                allowed = index.first(self._question.resource, self.look_up)
                if allowed is None:
                    return (), kind
                by = (*by, allowed)
        if self._on.session is None and self._principal.kind == "federated":
            return (), SESSION
        return by, ""

    def concerned(self) -> list[Entry]:
        """The statements on this action that are meant for the caller, in all policies."""
        of_resource = [found for deny in (True, False) for _naming, found in self._resource_entries(deny)]
        return self._grants.entries(self._question.action) + of_resource

    def matched(self) -> tuple[StatementRef, ...]:
        """Every statement that applies."""
        resource = self._question.resource
        return tuple(ref for rule, ref in self.concerned() if rule.applies(resource, self.look_up))

    def missing(self) -> frozenset[str]:
        """The keys that statements on this action and resource refer to and the request lacks."""
        target = self._question.resource
        keys = (
            key
            for rule, _ref in self.concerned()
            for key in (rule.keys if rule.target.covers(target, self.look_up) else rule.target.names)
        )
        return frozenset(key for key in keys if self.look_up(key.lower()) is None)


__all__ = [
    "Decision",
    "Grants",
    "Question",
    "Simulation",
    "StatementRef",
    "Verdict",
    "context_keys",
    "decide",
    "simulate",
]
