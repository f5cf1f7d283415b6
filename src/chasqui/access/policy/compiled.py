"""Policies made ready to be asked: statements with compiled patterns, found by action.

A policy remembers which of its statements are about each action that it was asked for, so that a decision looks at
those alone, however many statements there are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from chasqui.access.policy import resources
from chasqui.access.policy.conditions import Condition, condition
from chasqui.access.policy.grammar import Policy, PolicyType, Statement
from chasqui.access.policy.principals import Names, names
from chasqui.access.policy.resources import Target
from chasqui.access.policy.variables import Lookup
from chasqui.base.bounded import keep

ACTIONS_REMEMBERED_MAX: Final = 1024


class Rule(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """A compiled statement. `index` is its place in the policy, from 0. Conditions that only look at the caller come
    first: often they spare a look at the request."""

    sid: str
    index: int
    deny: bool
    about: Callable[[str], bool]
    target: Target
    names: Names | None
    conditions: tuple[Condition, ...]

    def holds(self, look_up: Lookup) -> bool:
        """Whether its conditions hold."""
        return not self.conditions or all(each.holds(look_up) for each in self.conditions)

    def applies(self, resource: str, look_up: Lookup) -> bool:
        """Whether it is about a resource and its conditions hold. The action and the caller are not looked at."""
        return self.target.covers(resource, look_up) and self.holds(look_up)

    @property
    def keys(self) -> tuple[str, ...]:
        """The context keys that it refers to, as they were written."""
        return (*self.target.names, *(name for each in self.conditions for name in each.names))


Rules = tuple[Rule, ...]


class Compiled(msgspec.Struct, frozen=True, eq=False):
    """A policy; `source` is what explanations call it."""

    kind: PolicyType
    source: str
    rules: Rules
    keys: frozenset[str]
    _remembered: dict[str, Rules]

    def about(self, action: str) -> Rules:
        """The statements about an action ("sqs:SendMessage")."""
        found = self._remembered.get(action)
        return self._find(action) if found is None else found

    def _find(self, action: str) -> Rules:
        lowered = action.lower()
        found = tuple(rule for rule in self.rules if rule.about(lowered))
        keep(self._remembered, action, found, ACTIONS_REMEMBERED_MAX)
        return found


def compile_parsed(policy: Policy, source: str) -> Compiled:
    """Make a policy ready to be asked."""
    rules = tuple(_rule(index, statement, policy.variables) for index, statement in enumerate(policy.statements))
    spelled = {name.lower(): name for rule in reversed(rules) for name in reversed(rule.keys)}
    return Compiled(policy.kind, source, rules, frozenset(spelled.values()), {})


def _rule(index: int, statement: Statement, variables: bool) -> Rule:
    conditions = [condition(clause, statement.deny, variables) for clause in statement.conditions]
    return Rule(
        sid=statement.sid,
        index=index,
        deny=statement.deny,
        about=resources.actions(statement.actions, statement.not_actions),
        target=resources.target(statement.resources, statement.not_resources, statement.deny, variables),
        names=None if statement.principals is None else names(statement.principals),
        conditions=tuple(sorted(conditions, key=lambda each: not each.constant)),
    )
