"""A statement's Condition: which operators there are, and what each says of a request.

Source: IAM user guide, "IAM JSON policy elements: Condition operators" and "Single-valued vs. multivalued context
keys". A key that the request lacks makes a condition false, and a negated one true; IfExists makes both true. Of an
absent or empty set, ForAllValues says true and ForAnyValue false. An operator without either asks whether any of the
values matches, a negated one whether none does.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

import msgspec

from chasqui.access.policy import readings
from chasqui.access.policy.glob import Token, compiled
from chasqui.access.policy.keys import is_constant
from chasqui.access.policy.variables import Lookup, Piece, names_in, pieces_of, resolved

Comparison = Callable[[str], bool]
"""Whether a value in the request matches one of the policy's."""


class Clause(msgspec.Struct, frozen=True):
    """One operator on one key, as written."""

    operator: str
    key: str
    values: tuple[str, ...]


class Family(msgspec.Struct, frozen=True):
    """How operators compare. `wild`: stars and question marks stand for other characters. `variables`: policy variables
    are known. `reader`: what each of the policy's values must be readable by; None: any text will do."""

    compare: Callable[[list[Token]], Comparison]
    wild: bool = False
    variables: bool = False
    reader: Callable[[str], object] | None = None


def _text(tokens: list[Token]) -> str:
    return "".join(token for token in tokens if isinstance(token, str))


def _ignoring_case(tokens: list[Token]) -> Comparison:
    wanted = _text(tokens).lower()
    return lambda value: value.lower() == wanted


def _typed(reader: Callable[[str], Any], holds: Callable[[Any, Any], bool] = operator.eq) -> Callable[..., Comparison]:
    def compare(tokens: list[Token]) -> Comparison:
        wanted = reader(_text(tokens))

        def matches(value: str) -> bool:
            given = reader(value)
            return given is not None and wanted is not None and holds(given, wanted)

        return matches

    return compare


def _in_network(tokens: list[Token]) -> Comparison:
    network = readings.network(_text(tokens))

    def matches(value: str) -> bool:
        given = readings.address(value)
        return given is not None and network is not None and given in network

    return matches


def _arn(tokens: list[Token]) -> Comparison:
    """Each of the six parts by itself."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        first, *others = token.split(":", 6 - len(parts)) if isinstance(token, str) else [token]
        parts[-1].append(first)
        parts.extend([other] for other in others)
    patterns = [compiled(part) for part in parts]

    def matches(value: str) -> bool:
        given = readings.segments(value)
        if given is None or len(patterns) != 6:
            return False
        return all(pattern(part) for pattern, part in zip(patterns, given, strict=True))

    return matches


_EQUALS = Family(compiled, variables=True)
_LIKE = Family(compiled, wild=True, variables=True)
_IGNORING_CASE = Family(_ignoring_case, variables=True)
_ARN = Family(_arn, wild=True, variables=True)
_IP = Family(_in_network, reader=readings.network)
_NULL = Family(_typed(readings.boolean))


def _ordered(prefix: str, reader: Callable[[str], Any]) -> dict[str, tuple[Family, bool]]:
    holds = {
        "LessThan": operator.lt,
        "LessThanEquals": operator.le,
        "GreaterThan": operator.gt,
        "GreaterThanEquals": operator.ge,
    }
    equals = Family(_typed(reader), reader=reader)
    found = {f"{prefix}Equals": (equals, False), f"{prefix}NotEquals": (equals, True)}
    return found | {f"{prefix}{name}": (Family(_typed(reader, op), reader=reader), False) for name, op in holds.items()}


OPERATORS: Final[dict[str, tuple[Family, bool]]] = {
    "StringEquals": (_EQUALS, False),
    "StringNotEquals": (_EQUALS, True),
    "StringEqualsIgnoreCase": (_IGNORING_CASE, False),
    "StringNotEqualsIgnoreCase": (_IGNORING_CASE, True),
    "StringLike": (_LIKE, False),
    "StringNotLike": (_LIKE, True),
    **_ordered("Numeric", readings.number),
    **_ordered("Date", readings.date),
    "Bool": (Family(_typed(readings.boolean), variables=True), False),
    "BinaryEquals": (Family(_typed(readings.data)), False),
    "IpAddress": (_IP, False),
    "NotIpAddress": (_IP, True),
    "ArnEquals": (_ARN, False),
    "ArnLike": (_ARN, False),
    "ArnNotEquals": (_ARN, True),
    "ArnNotLike": (_ARN, True),
    "Null": (_NULL, False),
}
"""Name to how it compares and whether it is negated."""

Quantifier = Literal["", "ForAnyValue", "ForAllValues"]
_QUANTIFIERS: Final[tuple[Quantifier, ...]] = ("ForAnyValue", "ForAllValues")


class Named(msgspec.Struct, frozen=True):
    """An operator's name, taken apart."""

    base: str
    quantifier: Quantifier
    if_exists: bool


def named(text: str) -> Named:
    """ "ForAnyValue:StringLikeIfExists" taken apart; whether there is such an operator is for `is_operator`."""
    head, colon, rest = text.partition(":")
    quantifier: Quantifier = next((each for each in _QUANTIFIERS if colon and each == head), "")
    base = rest if quantifier else text
    return Named(base.removesuffix("IfExists"), quantifier, base.endswith("IfExists"))


def is_operator(text: str) -> bool:
    """Whether there is such an operator, whatever stands before and behind it."""
    found = named(text)
    return found.base in OPERATORS and not (found.base == "Null" and (found.if_exists or found.quantifier))


def well_formed(clause: Clause) -> bool:
    """Whether each value is one of the operator's type."""
    reader = OPERATORS[named(clause.operator).base][0].reader
    return reader is None or all(reader(value) is not None for value in clause.values)


class Condition(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """A clause, compiled. `void`: what a value counts as whose variable the request cannot fill in; it matches nothing,
    but a negated condition must not let an Allow through for that."""

    key: str
    names: tuple[str, ...]
    negated: bool
    quantifier: Quantifier
    if_exists: bool
    fixed: tuple[Comparison, ...]
    templates: tuple[tuple[Piece, ...], ...]
    family: Family
    void: bool

    @property
    def constant(self) -> bool:
        """Whether it says the same of every request of a principal."""
        return all(is_constant(name.lower()) for name in self.names)

    def holds(self, look_up: Lookup) -> bool:
        """Whether a request fulfils it."""
        values = look_up(self.key)
        if self.family is _NULL:
            return any(matches("true" if values is None or values == () else "false") for matches in self.fixed)
        if values is None or values == ():
            return self.if_exists or self.quantifier == "ForAllValues" or (self.negated and not self.quantifier)
        if self.quantifier:
            return self._holds_of_set((values,) if isinstance(values, str) else values, look_up)
        if isinstance(values, str):
            return self._matches(values, look_up) != self.negated
        return any(self._matches(value, look_up) for value in values) != self.negated

    def _holds_of_set(self, values: tuple[str, ...], look_up: Lookup) -> bool:
        found = (self._matches(value, look_up) != self.negated for value in values if value)
        return any(found) if self.quantifier == "ForAnyValue" else all(found)

    def _matches(self, value: str, look_up: Lookup) -> bool:
        for matches in self.fixed:
            if matches(value):
                return True
        for pieces in self.templates:
            tokens = resolved(pieces, look_up, self.family.wild)
            if self.void if tokens is None else self.family.compare(tokens)(value):
                return True
        return False


def condition(clause: Clause, deny: bool, variables: bool) -> Condition:
    """Compile a clause of a statement that denies or allows, in a policy with or without variables."""
    taken = named(clause.operator)
    family, negated = OPERATORS[taken.base]
    split = [pieces_of(text) if variables and family.variables else (text,) for text in clause.values]
    templates = tuple(pieces for pieces in split if not all(isinstance(piece, str) for piece in pieces))
    plain = [pieces for pieces in split if pieces not in templates]
    return Condition(
        key=clause.key.lower(),
        names=(clause.key, *(name for pieces in templates for name in names_in(pieces))),
        negated=negated,
        quantifier=taken.quantifier,
        if_exists=taken.if_exists,
        fixed=tuple(family.compare(_tokens(pieces, family)) for pieces in plain),
        templates=templates,
        family=family,
        void=negated and not deny,
    )


def _tokens(pieces: Sequence[Piece], family: Family) -> list[Token]:
    tokens = resolved(pieces, lambda _key: None, family.wild)
    assert tokens is not None, "only values without variables"
    return tokens
