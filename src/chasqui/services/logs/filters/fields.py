"""Patterns of fields: `{ $.a = 1 && … }` of JSON events, `[a, b = …, ...]` of events with fields between spaces. Pure.

Source: CloudWatch Logs user guide, "Using filter patterns to match terms in JSON log events" and "… in
space-delimited log events". A comparison with a field that is not there is false, also `!=`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from chasqui.services.logs.filters.comparing import OPERATORS, Expression, Test, Tokens, read_test
from chasqui.services.logs.filters.errors import InvalidPattern

_SELECTOR: Final = re.compile(r"\$(?:\.[A-Za-z0-9_\-@:/#]+|\[\d{1,9}\]|\[\*\]|\['[^']+'\]|\.\['[^']+'\])*\Z")
_STEP: Final = re.compile(r"\.?\['([^']+)'\]|\[(\d{1,9}|\*)\]|\.([A-Za-z0-9_\-@:/#]+)")
_FIELD: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|\[([^\]]*)\]|(\S+)')
_FIELDS_MAX: Final = 10_000
_MISSING: Final = object()

Path = tuple[str | int | None, ...]
"""Names, indices; None for every element."""


def json_pattern(text: str) -> Callable[[str], bool]:
    """Of what stands between the braces. Raises `InvalidPattern`."""
    tokens = Tokens(text)
    matches = Expression(tokens, _condition).read()
    if tokens.peek()[0] != "end":
        raise InvalidPattern

    def test(message: str) -> bool:
        if message.lstrip()[:1] not in ("{", "["):
            return False
        try:
            event = msgspec.json.decode(message)
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            return False
        return matches(event)

    return test


def _condition(tokens: Tokens) -> Test:
    path = _path(tokens.word())
    kind, text = tokens.take()
    if kind == "op" and text in OPERATORS:
        holds = read_test(text, tokens)
        return lambda event: any(holds(value) for value in _found(event, path) if _is_scalar(value))
    if kind == "word" and text.upper() == "IS":
        return _is(path, tokens.word().upper())
    if kind == "word" and text.upper() == "NOT" and tokens.word().upper() == "EXISTS":
        return lambda event: not _found(event, path)
    if kind == "word" and text.upper() == "EXISTS":
        return lambda event: bool(_found(event, path))
    raise InvalidPattern


def _is(path: Path, what: str) -> Test:
    if what not in ("NULL", "TRUE", "FALSE"):
        raise InvalidPattern
    wanted = {"NULL": None, "TRUE": True, "FALSE": False}[what]
    return lambda event: any(value is wanted for value in _found(event, path))


def _is_scalar(value: Any) -> bool:
    return value is not None and not isinstance(value, dict | list)


def _path(text: str) -> Path:
    if not _SELECTOR.match(text):
        raise InvalidPattern
    steps: list[str | int | None] = []
    for quoted, index, name in _STEP.findall(text):
        steps.append(None if index == "*" else int(index) if index else quoted or name)
    return tuple(steps)


def _found(event: Any, path: Path) -> list[Any]:
    """The values at a path: one or none, but for paths that go through every element."""
    values = [event]
    for step in path:
        following: list[Any] = []
        for value in values:
            if isinstance(step, str):
                found = value.get(step, _MISSING) if isinstance(value, dict) else _MISSING
                following += [] if found is _MISSING else [found]
            elif isinstance(value, list):
                following += value if step is None else value[step : step + 1]
        values = following
    return values


def columns_pattern(text: str) -> Callable[[str], bool]:
    """Of what stands between the brackets. Raises `InvalidPattern`."""
    tests: list[Test | None] = []
    rest_at: int | None = None
    tokens = Tokens(text)
    while True:
        if tokens.peek() == ("word", "..."):
            if rest_at is not None:
                raise InvalidPattern
            tokens.take()
            rest_at = len(tests)
        elif tokens.peek() == ("op", ","):
            tests.append(None)
        else:
            tests.append(Expression(tokens, _column).read())
        if tokens.peek()[0] == "end":
            break
        if not tokens.takes(","):
            raise InvalidPattern
    return lambda message: _columns_match(fields_of(message), tests, rest_at)


def _column(tokens: Tokens) -> Test:
    tokens.word()
    kind, text = tokens.peek()
    if kind == "op" and text in OPERATORS:
        tokens.take()
        return read_test(text, tokens)
    return lambda _value: True


def fields_of(message: str) -> list[str]:
    """The fields of an event: what quotes or brackets enclose is one."""
    found: list[str] = []
    for each in _FIELD.finditer(message):
        found.append(next(group for group in each.groups() if group is not None))
        if len(found) == _FIELDS_MAX:
            break
    return found


def _columns_match(fields: Sequence[str], tests: Sequence[Test | None], rest_at: int | None) -> bool:
    if rest_at is None:
        if len(fields) != len(tests):
            return False
        pairs = list(zip(tests, fields, strict=True))
    else:
        after = len(tests) - rest_at
        if len(fields) < len(tests):
            return False
        ends = list(zip(tests[rest_at:], fields[len(fields) - after :], strict=True))
        pairs = [*zip(tests[:rest_at], fields[:rest_at], strict=True), *ends]
    return all(test is None or test(field) for test, field in pairs)
