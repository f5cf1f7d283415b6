"""Why one pattern does not match an event: for `chasqui trace`."""

from __future__ import annotations

import msgspec

from chasqui.patterns.automaton import Automaton
from chasqui.patterns.events import Event
from chasqui.patterns.matchers import Condition, Pattern, Rule
from chasqui.patterns.values import written

_SHOWN = 5
_TOGETHER = "no single element of an array satisfies all of the keys together"


class Reason(msgspec.Struct, frozen=True):
    """The first key that is not satisfied, of the rule that comes closest.

    `path` is "" where it is no one key's doing, and `note` says what it is. `found` are the key's values as JSON
    writes them, None where the event has no such key; `wanted` are the policy's values. Both are cut short.
    """

    path: str
    found: tuple[str, ...] | None = None
    wanted: tuple[str, ...] = ()
    note: str = ""

    def __str__(self) -> str:
        if self.note:
            return self.note
        found = "is absent" if self.found is None else f"is {', '.join(self.found)}"
        return f"{self.path} {found}; wanted {' or '.join(self.wanted)}"


def explain(pattern: Pattern, event: Event) -> Reason | None:
    """Why an event does not match a pattern, None where it does."""
    alone: Automaton[int] = Automaton()
    alone.add(0, pattern)
    if alone.match(event):
        return None
    if event.nothing:
        return Reason("", note=event.nothing)
    if not pattern.rules:
        return Reason("", note="the policy cannot be read, so it lets nothing through")
    missed = [_missed(rule, event) for rule in pattern.rules]
    nearest = min(missed, key=len)
    return _reason(nearest[0], event) if nearest else Reason("", note=_TOGETHER)


def _missed(rule: Rule, event: Event) -> list[Condition]:
    return [condition for condition in rule if not _satisfied(condition, event)]


def _satisfied(condition: Condition, event: Event) -> bool:
    values = event.fields.get(condition.path)
    return condition.may_be_absent() if not values else condition.matches(values)


def _reason(condition: Condition, event: Event) -> Reason:
    values = event.fields.get(condition.path)
    found = None if not values else _short([written(value) for value in values[:_SHOWN]], len(values))
    wanted = [matcher.written() for matcher in condition.matchers[:_SHOWN]]
    return Reason(condition.path, found, _short(wanted, len(condition.matchers)))


def _short(shown: list[str], count: int) -> tuple[str, ...]:
    return (*shown, f"{count - _SHOWN} more") if count > _SHOWN else tuple(shown)
