"""Reads what stands in a field's array: plain values, and objects with one operator.

The two dialects differ in what they allow, not in what it means. Messages are AWS' own. Positions come from how far the
reader has got, so tokens are taken, and texts asked for, in the order in which AWS does it.
"""

from __future__ import annotations

from typing import NoReturn

import msgspec

from chasqui.patterns.errors import InvalidPattern
from chasqui.patterns.matchers import (
    AnythingBut,
    Cidr,
    EqualsIgnoreCase,
    Exact,
    Exists,
    Matcher,
    Prefix,
    Range,
    Suffix,
    Wildcard,
)
from chasqui.patterns.tokens import Tokens
from chasqui.patterns.values import (
    FALSE,
    NULL,
    NUMBER_MAX,
    SCALE,
    TRUE,
    Constant,
    address_of,
    fold,
    number_of,
)
from chasqui.patterns.wildcards import wildcard_parts

VALUES_MAX = 2000
"""More values of one field cannot keep the other limits."""
CONSTANTS = {"true": TRUE, "false": FALSE, "null": NULL}
_ONE_KEY = "Only one key allowed in match expression"
_TOO_MANY = "Too many elements in numeric expression"


class Dialect(msgspec.Struct, frozen=True):
    """What one service allows."""

    number_max: int
    """In ranges and `anything-but`, before scaling."""
    number_max_text: str
    anything_but: frozenset[str]
    """The operators that may stand within `anything-but`."""
    folded_ends: bool
    """Whether `prefix` and `suffix` take an `equals-ignore-case`."""
    strict_exists: bool
    """Whether `exists` wants a value that is neither null nor empty."""


EVENTS = Dialect(
    5_000_000_000, "5.0E9", frozenset(("equals-ignore-case", "prefix", "suffix", "wildcard")), True, strict_exists=False
)
"""Comparison operators for use in event patterns, EventBridge user guide."""
SNS = Dialect(
    1_000_000_000, "1.0E9", frozenset(("equals-ignore-case", "prefix", "wildcard")), False, strict_exists=True
)
"""String, numeric and key matching, SNS developer guide. `suffix` within `anything-but` is refused, as was recorded."""


def refused(tokens: Tokens, message: str) -> NoReturn:
    """Raise InvalidPattern at the place where the tokens stand."""
    raise InvalidPattern(message + tokens.where())


def read_values(tokens: Tokens, dialect: Dialect, too_complex: str) -> tuple[tuple[Matcher, ...], int]:
    """A field's array, from behind its `[` up to its `]`: the matchers, and how many values there are.

    `too_complex` is the message for more than `VALUES_MAX`.
    """
    matchers: list[Matcher] = []
    count = 0
    while (kind := tokens.next()) != "]":
        count += 1
        if count > VALUES_MAX:
            raise InvalidPattern(too_complex)
        if kind == "{":
            matchers.append(_expression(tokens, dialect))
        elif kind == "string":
            matchers.append(Exact(tokens.text()))
        elif kind == "number":
            number = number_of(tokens.text())
            if isinstance(number, Constant):
                refused(tokens, f"Match value is out of range: {tokens.text()[:40]}")
            matchers.append(Exact(number))
        elif kind in CONSTANTS:
            matchers.append(Exact(CONSTANTS[kind]))
        else:
            refused(tokens, "Match value must be String, number, true, false, or null")
    if not count:
        refused(tokens, "Empty arrays are not allowed")
    return tuple(dict.fromkeys(matchers)), count


def _expression(tokens: Tokens, dialect: Dialect) -> Matcher:
    """An object with one operator, from behind its `{` up to its `}`."""
    if tokens.next() != "name":
        refused(tokens, "Match expression name not found")
    operator = tokens.text()
    if operator == "numeric":
        return _numeric(tokens, dialect)
    if operator == "anything-but":
        return _anything_but(tokens, dialect)
    if operator == "exists":
        return _exists(tokens, dialect)
    if operator in ("prefix", "suffix"):
        return _end(tokens, operator, dialect)
    if operator not in ("cidr", "equals-ignore-case", "wildcard", "exactly"):
        refused(tokens, f"Unrecognized match type {operator}")
    if tokens.next() != "string":
        # AWS says prefix for cidr too.
        named = {"cidr": "prefix", "exactly": "exact"}.get(operator, operator)
        refused(tokens, f"{named} match pattern must be a string")
    matcher = _of_text(tokens, operator, tokens.text())
    _only_one(tokens)
    return matcher


def _of_text(tokens: Tokens, operator: str, text: str) -> Matcher:
    if operator == "cidr":
        return cidr(text)
    if operator == "equals-ignore-case":
        return EqualsIgnoreCase(fold(text))
    return _wildcard(tokens, text) if operator == "wildcard" else Exact(text)


def _only_one(tokens: Tokens, message: str = _ONE_KEY) -> None:
    if tokens.next() != "}":
        refused(tokens, message)


def _wildcard(tokens: Tokens, text: str) -> Wildcard:
    try:
        return Wildcard(wildcard_parts(text))
    except ValueError as error:
        refused(tokens, str(error))


def _exists(tokens: Tokens, dialect: Dialect) -> Exists:
    kind = tokens.next()
    if kind not in ("true", "false"):
        refused(tokens, "exists match pattern must be either true or false.")
    _only_one(tokens)
    return Exists(kind == "true", dialect.strict_exists)


def _end(tokens: Tokens, operator: str, dialect: Dialect) -> Prefix | Suffix:
    made: type[Prefix | Suffix] = Prefix if operator == "prefix" else Suffix
    kind = tokens.next()
    if kind == "{" and dialect.folded_ends:
        return made(_folded_end(tokens, operator), True)
    if kind != "string":
        refused(tokens, f"{operator} match pattern must be a string")
    text = tokens.text()
    _only_one(tokens)
    return made(text)


def _folded_end(tokens: Tokens, operator: str) -> str:
    if tokens.next() != "name":
        refused(tokens, f"{operator.capitalize()} expression name not found")
    if tokens.text() != "equals-ignore-case":
        refused(tokens, f"Unsupported {operator} pattern: {tokens.text()}")
    if tokens.next() != "string":
        refused(tokens, "equals-ignore-case match pattern must be a string")
    text = fold(tokens.text())
    _only_one(tokens)
    _only_one(tokens)
    return text


def _anything_but(tokens: Tokens, dialect: Dialect) -> AnythingBut:
    operator = ""
    kind = tokens.next()
    if kind == "{":
        if tokens.next() != "name":
            refused(tokens, "Anything-But expression name not found")
        operator = tokens.text()
        if operator not in dialect.anything_but:
            refused(tokens, f"Unsupported anything-but pattern: {operator}")
        kind = tokens.next()
    if kind not in ("[", "string", "number"):
        refused(tokens, "Value of anything-but must be an array or single string/number value.")
    excluded = _excluded_list(tokens, operator, dialect) if kind == "[" else [_excluded(tokens, operator, dialect)]
    _only_one(tokens, _TOO_MANY)
    if operator:
        _only_one(tokens, _TOO_MANY)
    return AnythingBut(tuple(dict.fromkeys(excluded)))


_Excluded = Exact | Prefix | Suffix | EqualsIgnoreCase | Wildcard


def _excluded_list(tokens: Tokens, operator: str, dialect: Dialect) -> list[_Excluded]:
    excluded: list[_Excluded] = []
    kinds = set()
    try:
        while (kind := tokens.next()) != "]":
            kinds.add(kind)
            excluded.append(_excluded(tokens, operator, dialect))
    except InvalidPattern as error:
        # AWS catches what is wrong within a list and says where it stands a second time.
        refused(tokens, error.message)
    if not operator and len(kinds) != 1:
        refused(
            tokens,
            "Inside anything but list, either all values are number or string, mixed type is not supported",
        )
    if not excluded:
        refused(tokens, "Empty arrays are not allowed")
    return excluded


def _excluded(tokens: Tokens, operator: str, dialect: Dialect) -> _Excluded:
    """The current token as what `anything-but` leaves out."""
    if tokens.kind == "number" and not operator:
        return Exact(_number(tokens, tokens.text(), dialect))
    if tokens.kind != "string":
        refused(tokens, _NOT_A_STRING[operator])
    text = tokens.text()
    if operator in ("prefix", "suffix"):
        if not text:
            refused(tokens, "Null prefix/suffix not allowed")
        return Prefix(text) if operator == "prefix" else Suffix(text)
    if operator == "wildcard":
        return _wildcard(tokens, text)
    return EqualsIgnoreCase(fold(text)) if operator else Exact(text)


_NOT_A_STRING = {
    "": "Inside anything but list, start|null|boolean is not supported.",
    "equals-ignore-case": "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
    "prefix": "prefix/suffix match pattern must be a string",
    "suffix": "prefix/suffix match pattern must be a string",
    "wildcard": "wildcard match pattern must be a string",
}


def _numeric(tokens: Tokens, dialect: Dialect) -> Matcher:
    """`["=", n]`, `[">=", n]` and its like, or `[">", n, "<", n]` and its like."""
    if tokens.next() != "[":
        refused(tokens, "Value of numeric must be an array.")
    if tokens.next() != "string":
        refused(tokens, f"Invalid member in numeric match: {tokens.text()}")
    operator = tokens.text()
    kind = tokens.next()
    if operator not in ("=", "<", "<=", ">", ">="):
        refused(tokens, f"Unrecognized numeric range operator: {operator}")
    if kind != "number":
        refused(tokens, f"Value of {'equals' if operator == '=' else operator} must be numeric")
    operand = tokens.text()
    following = tokens.next()
    if operator in (">", ">="):
        top = None if following == "]" else _top(tokens)
        matcher: Matcher = _range(tokens, (operator, operand), top, dialect)
    else:
        if following != "]":
            refused(tokens, _TOO_MANY)
        equal = operator == "="
        number = _number(tokens, operand, dialect)
        matcher = Exact(number) if equal else _range(tokens, None, (operator, operand), dialect)
    _only_one(tokens, _TOO_MANY)
    return matcher


def _top(tokens: Tokens) -> tuple[str, str]:
    """The upper end of a range, from its operator up to the `]`."""
    if tokens.kind != "string":
        refused(tokens, f"Bad value in numeric range: {tokens.text()}")
    operator = tokens.text()
    if operator not in ("<", "<="):
        refused(tokens, f"Bad numeric range operator: {operator}")
    if tokens.next() != "number":
        refused(tokens, f"Value of {operator} must be numeric")
    operand = tokens.text()
    if tokens.next() != "]":
        refused(tokens, "Too many terms in numeric range expression")
    return operator, operand


def _range(tokens: Tokens, bottom: tuple[str, str] | None, top: tuple[str, str] | None, dialect: Dialect) -> Range:
    low = _number(tokens, bottom[1], dialect) if bottom else -NUMBER_MAX
    high = _number(tokens, top[1], dialect) if top else NUMBER_MAX
    if bottom and top and low >= high:
        refused(tokens, "Bottom must be less than top")
    enter = 2 * low + (bottom is not None and bottom[0] == ">")
    # An unbounded top lies one step beyond a closed one at the limit, so that it can be told from it.
    leave = 2 * high + (2 if top is None else int(top[0] == "<="))
    return Range(enter, leave)


def _number(tokens: Tokens, text: str, dialect: Dialect) -> int:
    number = number_of(text)
    if isinstance(number, Constant) or abs(number) > dialect.number_max * SCALE:
        limit = dialect.number_max_text
        refused(tokens, f"Value must be between -{limit} and {limit}, inclusive")
    return number


def cidr(text: str) -> Cidr:
    """A network as it is written. Raises InvalidPattern, without a position as AWS does."""
    pieces = text.rstrip("/").split("/") if text.strip("/") else []
    if len(pieces) != 2:
        raise InvalidPattern("Malformed CIDR, one '/' required")
    length = _mask_bits(pieces[1])
    address = address_of(pieces[0])
    if address is None:
        raise InvalidPattern(f"Nonstandard IP address: {pieces[0]}")
    bits, number = address
    if length >= bits:
        raise InvalidPattern(f"IPv{4 if bits == 32 else 6} mask bits must be < {bits}")
    return Cidr(bits, length, number >> (bits - length))


def _mask_bits(text: str) -> int:
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 9):
        raise InvalidPattern("Malformed CIDR, mask bits must be an integer")
    if text.startswith("-") and int(digits):
        raise InvalidPattern("Malformed CIDR, mask bits must not be negative")
    return int(digits)
