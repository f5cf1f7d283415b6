"""Wildcard patterns: `*` for any run of characters, `?` for one. Time is linear in the text, whatever the pattern.

A pattern is a list of tokens: literal runs and wildcards. `compiled` makes a function of it. Patterns whose only
wildcard is a `*` that matches everything are searched chunk by chunk, first place first, which needs no going back. The
others are run as a nondeterministic automaton whose set of states is one integer.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Sequence

Matches = Callable[[str], bool]


class Wild(enum.Enum):
    """What stands for characters that are not given; those `_WITHIN` stand for any but a colon."""

    STAR = enum.auto()
    ONE = enum.auto()
    STAR_WITHIN = enum.auto()
    ONE_WITHIN = enum.auto()


Token = str | Wild
_WILD = {"*": Wild.STAR, "?": Wild.ONE}
_STARS = (Wild.STAR, Wild.STAR_WITHIN)
_SPLIT = re.compile(r"(\*+|\?)")


def tokens_of(pattern: str) -> list[Token]:
    """The tokens of a pattern as it is written; stars that follow one another are one."""
    return [_WILD.get(part[0], part) for part in _SPLIT.split(pattern) if part]


def within_arn(tokens: Sequence[Token]) -> list[Token]:
    """The tokens of a Resource element's ARN: wildcards before its fifth colon stay within their segment, but a `*`
    that ends its segment goes on beyond the colon (IAM user guide, "IAM JSON policy elements: Resource")."""
    bounded: list[Token] = []
    colons = 0
    for place, token in enumerate(tokens):
        if isinstance(token, str):
            colons += token.count(":")
        elif colons < 5 and not _ends_segment(tokens, place):
            token = Wild.STAR_WITHIN if token is Wild.STAR else Wild.ONE_WITHIN
        bounded.append(token)
    return bounded


def _ends_segment(tokens: Sequence[Token], place: int) -> bool:
    if tokens[place] is not Wild.STAR:
        return False
    following = tokens[place + 1] if place + 1 < len(tokens) else ":"
    return isinstance(following, str) and following.startswith(":")


def joined(tokens: Iterable[Token]) -> list[Token]:
    """The same pattern with literals that follow one another made one, stars too; empty literals are left out."""
    merged: list[Token] = []
    for token in tokens:
        last = merged[-1] if merged else None
        if isinstance(token, str) and isinstance(last, str):
            merged[-1] = last + token
        elif token != "" and not (token is last and token in _STARS):
            merged.append(token)
    return merged


def compiled(tokens: Iterable[Token]) -> Matches:
    """A function that says whether a whole text matches."""
    merged = joined(tokens)
    wild = {token for token in merged if not isinstance(token, str)}
    if not wild:
        return "".join(map(str, merged)).__eq__
    if wild == {Wild.STAR}:
        return _chunks(merged)
    return _automaton(merged)


def glob(pattern: str) -> Matches:
    """A pattern as it is written, compiled."""
    return compiled(tokens_of(pattern))


def _chunks(tokens: list[Token]) -> Matches:
    if tokens == [Wild.STAR]:
        return lambda _text: True
    head = tokens[0] if isinstance(tokens[0], str) else ""
    tail = tokens[-1] if isinstance(tokens[-1], str) else ""
    middle = [token for token in tokens[1:-1] if isinstance(token, str)]
    if not middle and not tail:
        return lambda text: text.startswith(head)
    behind_head, of_tail = len(head), len(tail)

    def matches(text: str) -> bool:
        if not text.startswith(head) or not text.endswith(tail):
            return False
        at, end = behind_head, len(text) - of_tail
        for chunk in middle:
            at = text.find(chunk, at, end)
            if at < 0:
                return False
            at += len(chunk)
        return at <= end

    return matches


def _automaton(tokens: list[Token]) -> Matches:
    """Bit n of the set of states: the first n steps are behind. A step is one character or one wildcard."""
    steps: list[Token] = []
    for token in tokens:
        steps.extend(token if isinstance(token, str) else [token])
    fields: dict[Token, bytearray] = {step: bytearray(len(steps) // 8 + 1) for step in set(steps)}
    for place, step in enumerate(steps):
        fields[step][place >> 3] |= 1 << (place & 7)
    places = {step: int.from_bytes(field, "little") for step, field in fields.items()}
    stays, one = places.get(Wild.STAR, 0), places.get(Wild.ONE, 0)
    stars, any_one = stays | places.get(Wild.STAR_WITHIN, 0), one | places.get(Wild.ONE_WITHIN, 0)
    moves = {step: bits | any_one for step, bits in places.items() if isinstance(step, str)}
    moves[":"] = places.get(":", 0) | one
    end = 1 << len(steps)

    def matches(text: str) -> bool:
        states = 1 | (stars & 1) << 1
        for character in text:
            stay = states & (stays if character == ":" else stars)
            states = stay | (states & moves.get(character, any_one)) << 1
            states |= (states & stars) << 1
            if not states:
                return False
        return bool(states & end)

    return matches
