"""Reads patterns: SNS filter policies and EventBridge event patterns, checked as AWS checks them, into rules.

Nested objects become paths joined by dots. `$or` forks the rules found so far, one branch each, so that a pattern is a
list of plain conjunctions. Everything here is bounded by the limits, whatever is thrown at it; a policy of 256 KB still
takes tens of milliseconds, so a service reads large ones off the event loop.
"""

from __future__ import annotations

from math import prod
from typing import Literal

import msgspec

from chasqui.patterns.errors import InvalidPattern
from chasqui.patterns.matchers import Condition, Matcher, Pattern, Rule
from chasqui.patterns.operators import EVENTS, SNS, Dialect, read_values, refused
from chasqui.patterns.tokens import Tokens, minified

Scope = Literal["MessageAttributes", "MessageBody"]
RULES_MAX = 1000
"""Combinations that `$or` may make (EventBridge user guide, "Or" matching)."""
FIELDS_MAX = 1000
"""More fields, `$or`'s branches counted each, cannot keep the other limits."""
DEPTH_MAX = 150
"""Deeper nesting is too complex: SNS multiplies by the level, and an event pattern has 2048 characters by default."""
_RESERVED = frozenset(
    (
        *("exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr"),
        *("=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after"),
        *("date-on-or-after", "date-before", "date-on-or-before", "in-date-range"),
        *("ip-address-in-range", "ip-address-not-in-range"),
    )
)


class Limits(msgspec.Struct, frozen=True):
    """SNS' limits of one filter policy ("Filter policy constraints", SNS developer guide)."""

    keys_max: int = 5
    combinations_max: int = 150
    bytes_max: int = 256 * 1024


class _Field(msgspec.Struct, frozen=True):
    matchers: tuple[Matcher, ...]
    weight: int
    """How many values there are, times the level of nesting."""


_Draft = dict[str, _Field]


def read_filter_policy(text: str, scope: Scope, limits: Limits = Limits()) -> Pattern:
    """A subscription's FilterPolicy; `{}` gives a pattern that matches everything.

    Raises InvalidPattern. Positions are those in the policy without spaces, as SNS gives them.
    """
    if len(text) > limits.bytes_max or len(text.encode("utf-8", "surrogatepass")) > limits.bytes_max:
        raise InvalidPattern(f"Filter policy can not be larger than {limits.bytes_max} bytes")
    try:
        compact = minified(text)
    except InvalidPattern as error:
        raise InvalidPattern(f"failed to parse JSON. {error.message}") from None
    if compact == "{}":
        return Pattern(((),))
    reader = _Reader(Tokens(compact), SNS, min(limits.combinations_max, RULES_MAX), "Filter policy is too complex")
    drafts = reader.read()
    if scope == "MessageAttributes" and reader.nested:
        raise InvalidPattern(
            "Filter policy scope MessageAttributes does not support nested filter policy", of_scope=True
        )
    if len({path for draft in drafts for path in draft}) > limits.keys_max:
        raise InvalidPattern(f"Filter policy can not have more than {limits.keys_max} keys")
    if sum(prod(field.weight for field in draft.values()) for draft in drafts) > limits.combinations_max:
        raise InvalidPattern("Filter policy is too complex")
    return _pattern(drafts)


def read_event_pattern(text: str, bytes_max: int = 4096) -> Pattern:
    """An event pattern of EventBridge; `bytes_max` is the quota "Event pattern size" at its largest.

    Raises InvalidPattern with the whole message.
    """
    try:
        if len(text) > bytes_max or len(text.encode("utf-8", "surrogatepass")) > bytes_max:
            raise InvalidPattern(f"Event pattern can not be larger than {bytes_max} bytes")
        return _pattern(_Reader(Tokens(text), EVENTS, RULES_MAX, "Rule is too complex").read())
    except InvalidPattern as error:
        raise InvalidPattern(f"Event pattern is not valid. Reason: {error.message}") from None


def _pattern(drafts: list[_Draft]) -> Pattern:
    return Pattern(tuple(_rule(draft) for draft in drafts))


def _rule(draft: _Draft) -> Rule:
    return tuple(Condition(path, draft[path].matchers) for path in sorted(draft))


class _Reader:
    """One pattern being read. `drafts` are the rules so far; every field goes into each of them."""

    def __init__(self, tokens: Tokens, dialect: Dialect, rules_max: int, too_complex: str) -> None:
        self.nested = False
        self._rules_max = rules_max
        self._fields = 0
        self._tokens = tokens
        self._dialect = dialect
        self._too_complex = too_complex
        self._drafts: list[_Draft] = []
        self._depth = 0

    def read(self) -> list[_Draft]:
        if self._tokens.next() != "{":
            refused(self._tokens, "Filter is not an object")
        self._object((), in_or=False)
        return self._drafts

    def _object(self, path: tuple[str, ...], *, in_or: bool) -> None:
        """The fields of an object, from behind its `{` up to its `}`."""
        self._deeper()
        tokens = self._tokens
        fields = 0
        while tokens.next() != "}":
            fields += 1
            name = tokens.text()
            if name == "$or":
                self._or(path)
                continue
            if in_or and name in _RESERVED:
                refused(tokens, f"{name} is Ruler reserved fieldName which cannot be used inside $or.")
            kind = tokens.next()
            if kind == "{":
                self.nested = True
                self._object((*path, name), in_or=in_or)
            elif kind == "[":
                self._field((*path, name))
            else:
                refused(tokens, f'"{name}" must be an object or an array')
        if not fields:
            refused(tokens, "Empty objects are not allowed")
        self._depth -= 1

    def _field(self, path: tuple[str, ...]) -> None:
        matchers, count = read_values(self._tokens, self._dialect, self._too_complex)
        field = _Field(matchers, count * len(path))
        self._fields += 1
        if self._fields > FIELDS_MAX:
            raise InvalidPattern(self._too_complex)
        if not self._drafts:
            self._drafts.append({})
        for draft in self._drafts:
            draft[".".join(path)] = field

    def _or(self, path: tuple[str, ...]) -> None:
        """The branches of `$or`: each forks the drafts there were."""
        self._deeper()
        tokens = self._tokens
        if tokens.next() != "[":
            refused(tokens, "It must be an Array followed with $or.")
        before = self._drafts or [{}]
        forked: list[_Draft] = []
        branches = 0
        while (kind := tokens.next()) != "]":
            branches += 1
            if kind != "{":
                refused(tokens, "Only JSON object is allowed in array of $or relationship.")
            self._drafts = [dict(draft) for draft in before]
            self._object(path, in_or=True)
            forked += self._drafts
            if len(forked) > self._rules_max:
                raise InvalidPattern(self._too_complex)
        if branches < 2:
            refused(tokens, "There must have at least 2 Objects in $or relationship.")
        self._drafts = forked
        self._depth -= 1

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise InvalidPattern(self._too_complex)
