"""Comparisons of fields, as JSON and space-delimited patterns have them: texts with wildcards, numbers, regular
expressions, and what joins them. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from chasqui.services.logs.filters.errors import InvalidPattern
from chasqui.services.logs.filters.regex import compile_regex

T = TypeVar("T")

Test = Callable[[Any], bool]
"""Of a field's value: a text, a number, a boolean."""

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<op>&&|\|\||!=|<=|>=|=|<|>|\(|\)|,)
    |"(?P<quoted>(?:[^"\\]|\\.)*)"
    |%(?P<regex>(?:[^%\\]|\\.)*)%
    |(?P<word>[^\s"%&|!<>=(),]+))""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?\Z")
OPERATORS: Final = frozenset(("=", "!=", "<", ">", "<=", ">="))
_DEPTH_MAX: Final = 50


class Tokens:
    """The tokens of a pattern: (kind, text), kind "op", "quoted", "regex", "word", or "end"."""

    def __init__(self, text: str) -> None:
        self._found: list[tuple[str, str]] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            token = _TOKEN.match(text, at, end)
            if token is None or token.lastgroup is None:
                raise InvalidPattern
            self._found.append((token.lastgroup, token[token.lastgroup]))
            at = token.end()
        self._at = 0

    def peek(self) -> tuple[str, str]:
        return self._found[self._at] if self._at < len(self._found) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self._at += 1
        return token

    def takes(self, operator: str) -> bool:
        """Take it if it comes next."""
        if self.peek() != ("op", operator):
            return False
        self._at += 1
        return True

    def word(self) -> str:
        """The next token, which must be a word."""
        kind, text = self.take()
        if kind != "word":
            raise InvalidPattern
        return text


class Expression(Generic[T]):
    """Reads conditions joined by && and ||, with parentheses; `condition` reads one of them."""

    def __init__(self, tokens: Tokens, condition: Callable[[Tokens], Callable[[T], bool]]) -> None:
        self._tokens = tokens
        self._condition = condition
        self._depth = 0

    def read(self) -> Callable[[T], bool]:
        """An expression's beginning, up to what does not belong to it."""
        parts = [self._all()]
        while self._tokens.takes("||"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda value: any(part(value) for part in parts)

    def _all(self) -> Callable[[T], bool]:
        parts = [self._one()]
        while self._tokens.takes("&&"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda value: all(part(value) for part in parts)

    def _one(self) -> Callable[[T], bool]:
        if not self._tokens.takes("("):
            return self._condition(self._tokens)
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise InvalidPattern
        inner = self.read()
        if not self._tokens.takes(")"):
            raise InvalidPattern
        self._depth -= 1
        return inner


def read_test(operator: str, tokens: Tokens) -> Test:
    """What follows an operator, as a test of a field that is there."""
    kind, text = tokens.take()
    if kind not in ("quoted", "regex", "word"):
        raise InvalidPattern
    if operator in ("=", "!="):
        equal = _equality(kind, text)
        return equal if operator == "=" else lambda value: not equal(value)
    if kind != "word" or not _NUMBER.match(text):
        raise InvalidPattern
    return _ordering(operator, float(text))


def _equality(kind: str, text: str) -> Test:
    if kind == "regex":
        matches = compile_regex(text)
        return lambda value: matches(text_of(value))
    if kind == "word" and _NUMBER.match(text):
        number = float(text)
        return lambda value: number_of(value) == number
    if kind == "quoted":
        text = _ESCAPED.sub(r"\1", text)
    if "*" not in text:
        return lambda value: text_of(value) == text
    return _wildcard(text.split("*"))


def _wildcard(parts: list[str]) -> Test:
    """Parts in their order: the first begins the text, the last ends it."""
    first, *middle, last = parts

    def matches(value: Any) -> bool:
        text = text_of(value)
        end = len(text) - len(last)
        if not text.startswith(first) or not text.endswith(last) or end < len(first):
            return False
        at = len(first)
        for part in middle:
            found = text.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True

    return matches


def _ordering(operator: str, number: float) -> Test:
    def holds(value: Any) -> bool:
        found = number_of(value)
        if math.isnan(found):
            return False
        if operator == "<":
            return found < number
        if operator == ">":
            return found > number
        return found <= number if operator == "<=" else found >= number

    return holds


def text_of(value: Any) -> str:
    """A field as a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def number_of(value: Any) -> float:
    """A field as a number; NaN where it is none."""
    if isinstance(value, bool):
        return math.nan
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return math.nan
    return float(value) if isinstance(value, str) and _NUMBER.match(value) else math.nan
