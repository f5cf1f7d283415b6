"""A principal's own policies, put together so that a decision looks at the few statements that can matter.

By action, and then by resource: statements that name a resource's whole ARN are found in a dictionary, those with
patterns are tried one after the other. The tables are filled as questions come.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from chasqui.access.policy.compiled import Compiled, Rule
from chasqui.access.policy.glob import Matches
from chasqui.access.policy.variables import Lookup
from chasqui.base.bounded import keep

IDENTITY: Final = "identity-based policy"
RESOURCE: Final = "resource-based policy"
TRUST: Final = "role trust policy"
BOUNDARY: Final = "permissions boundary"
SESSION: Final = "session policy"

ACTIONS_REMEMBERED_MAX: Final = 256


class StatementRef(msgspec.Struct, frozen=True):
    """A statement: the policy it stands in, of which kind (IDENTITY …), its id ("" without one) and place from 0."""

    source: str
    kind: str
    sid: str
    index: int
    effect: str


class Entry(NamedTuple):
    """A statement and what explanations call it."""

    rule: Rule
    ref: StatementRef


def entry(policy: Compiled, kind: str, rule: Rule) -> Entry:
    """A statement of a policy of a kind."""
    return Entry(rule, StatementRef(policy.source, kind, rule.sid, rule.index, "Deny" if rule.deny else "Allow"))


class Index:
    """Statements about one action, found by resource."""

    __slots__ = ("_exact", "_others", "_patterns")

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._exact: dict[str, list[Entry]] = {}
        self._patterns: list[tuple[Matches, Entry]] = []
        self._others: list[Entry] = []
        for each in entries:
            target = each.rule.target
            if target.listed:
                for resource in target.exact:
                    self._exact.setdefault(resource, []).append(each)
                self._patterns.extend((pattern, each) for pattern in target.patterns)
            else:
                self._others.append(each)

    def first(self, resource: str, look_up: Lookup) -> StatementRef | None:
        """A statement that applies to a resource, or None."""
        for rule, ref in self._exact.get(resource, ()):
            if rule.holds(look_up):
                return ref
        for matches, (rule, ref) in self._patterns:
            if matches(resource) and rule.holds(look_up):
                return ref
        for rule, ref in self._others:
            if rule.target.covers(resource, look_up) and rule.holds(look_up):
                return ref
        return None


class OnAction(NamedTuple):
    """All that a principal's policies say of one action. Without a boundary or session policies those are None."""

    denies: Index
    identity: Index
    boundary: Index | None
    session: Index | None


class Grants(msgspec.Struct, frozen=True, eq=False):
    """The principal's policies: its own and its groups', its boundary, and the session policies given when its session
    was made (None: none were given). Worth keeping as long as none of them changes."""

    identity: tuple[Compiled, ...] = ()
    boundary: Compiled | None = None
    session: tuple[Compiled, ...] | None = None
    _remembered: dict[str, OnAction] = msgspec.field(default_factory=dict)

    def on(self, action: str) -> OnAction:
        """What they say of an action ("sqs:SendMessage")."""
        found = self._remembered.get(action)
        if found is None:
            found = self._on(action)
            keep(self._remembered, action, found, ACTIONS_REMEMBERED_MAX)
        return found

    def _on(self, action: str) -> OnAction:
        every = self.entries(action)

        def allows(kind: str) -> Index:
            return Index(each for each in every if not each.rule.deny and each.ref.kind == kind)

        return OnAction(
            denies=Index(each for each in every if each.rule.deny),
            identity=allows(IDENTITY),
            boundary=None if self.boundary is None else allows(BOUNDARY),
            session=None if self.session is None else allows(SESSION),
        )

    def entries(self, action: str) -> list[Entry]:
        """Every statement about an action."""
        policies = [(policy, IDENTITY) for policy in self.identity]
        policies += [] if self.boundary is None else [(self.boundary, BOUNDARY)]
        policies += [(policy, SESSION) for policy in self.session or ()]
        return [entry(policy, kind, rule) for policy, kind in policies for rule in policy.about(action)]
