"""Where the statements of a policy stand in its text, as IAM's simulator tells it. Pure.

A statement begins where its parser is before it: behind the `[` or the statement before (in front of the comma), and a
statement alone behind its own `{`. It ends behind its `}`. Lines and columns count from 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]', re.DOTALL)

Place = tuple[int, int]
"""Line and column."""


@lru_cache(maxsize=256)
def statement_places(text: str) -> tuple[tuple[Place, Place], ...]:
    """The first and the last place of each statement of a policy that parses."""
    return tuple((_place(text, start), _place(text, end)) for start, end in _spans(text))


def _place(text: str, offset: int) -> Place:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    tokens = _TOKEN.finditer(text)
    if not _go_to_statements(tokens):
        return
    depth = start = 0
    for token in tokens:
        opening, closing = token[0] in "{[", token[0] in "}]"
        if opening and depth == 0:
            start, level = token.end(), 1 if token[0] == "[" else 0
        depth += opening - closing
        if closing and depth == level:
            yield start, token.end()
            start = token.end()
        if closing and depth == 0:
            return


def _go_to_statements(tokens: Iterator[re.Match[str]]) -> bool:
    """Read up to the colon behind "Statement" in the policy itself."""
    depth, name = 0, ""
    for token in tokens:
        if token[0] in "{[":
            depth += 1
        elif token[0] in "}]":
            depth -= 1
        elif token[0] == ":" and depth == 1 and name == '"Statement"':
            return True
        name = token[0]
    return False
