"""Policy variables: `${aws:username}` in a Resource or in a condition's values stands for what the request holds.

Source: IAM user guide, "IAM policy elements: Variables and tags". Only policies of Version 2012-10-17 have them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from chasqui.access.policy.glob import Token, tokens_of
from chasqui.base.actions import Values

Lookup = Callable[[str], Values | None]
"""A context key (lower case) to what the request holds for it; None when it holds nothing."""

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_SPECIAL = ("*", "?", "$")
_DEFAULT = re.compile(r"([^,]*?)\s*,\s*'([^']*)'\s*\Z")


class Variable(msgspec.Struct, frozen=True):
    """A key to be looked up, as it was written, and what to take when the request does not hold it."""

    name: str
    default: str | None = None

    @property
    def key(self) -> str:
        return self.name.lower()


class Literal(msgspec.Struct, frozen=True):
    """Text whose stars and question marks are just that: `${*}`."""

    text: str


Piece = str | Literal | Variable
"""A string is pattern text as it was written."""


def pieces_of(text: str) -> tuple[Piece, ...]:
    """A value's parts. What looks like a variable but has no name stays text."""
    pieces: list[Piece] = []
    at = 0
    for found in _VARIABLE.finditer(text):
        piece = _piece(found[1])
        if piece is not None:
            pieces += [text[at : found.start()], piece]
            at = found.end()
    pieces.append(text[at:])
    return tuple(piece for piece in pieces if piece != "")


def _piece(inner: str) -> Literal | Variable | None:
    if inner in _SPECIAL:
        return Literal(inner)
    given = _DEFAULT.match(inner)
    name, default = (given[1], given[2]) if given else (inner, None)
    return Variable(name.strip(), default) if name.strip() else None


def names_in(pieces: Sequence[Piece]) -> list[str]:
    """The keys that a value refers to, as they were written."""
    return [piece.name for piece in pieces if isinstance(piece, Variable)]


def resolved(pieces: Sequence[Piece], look_up: Lookup, wild: bool = True) -> list[Token] | None:
    """The pattern with its variables filled in, or None when the request lacks one. What is filled in is literal: a
    star in a user's name matches a star; without `wild` so are the stars as written. Keys with several values cannot be
    filled in."""
    tokens: list[Token] = []
    for piece in pieces:
        if isinstance(piece, str):
            tokens += tokens_of(piece) if wild else [piece]
        elif isinstance(piece, Literal):
            tokens.append(piece.text)
        else:
            value = look_up(piece.key)
            value = piece.default if value is None else value
            if not isinstance(value, str):
                return None
            tokens.append(value)
    return tokens
