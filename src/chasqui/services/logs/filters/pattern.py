"""Filter patterns: which messages they match. Terms here, fields in `fields.py`. Pure.

Source: CloudWatch Logs user guide, "Filter pattern syntax for metric filters, subscription filters, filter log events,
and Live Tail". Where a pattern has required or excluded terms, its optional ones (`?TERM`) are ignored, as there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import msgspec

from chasqui.services.logs.filters.errors import InvalidPattern
from chasqui.services.logs.filters.fields import columns_pattern, json_pattern
from chasqui.services.logs.filters.regex import compile_regex

_TERM: Final = re.compile(r'\s*(?P<sign>[-?]?)(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|%(?P<regex>[^%]*)%|(?P<word>[^\s"%]+))')
_WORD: Final = re.compile(r"\w+\Z")
_ESCAPED: Final = re.compile(r'\\(["\\])')
_REGEXES_MAX: Final = 2


class Pattern(msgspec.Struct, frozen=True):
    """A pattern; `everything` matches all messages. Matching is work for a thread where it is `slow`."""

    matches: Callable[[str], bool]
    everything: bool = False
    slow: bool = False


def compile_pattern(text: str) -> Pattern:
    """Raises `InvalidPattern`."""
    text = text.strip()
    slow = text.count("%") > 1
    if not text:
        return Pattern(lambda _message: True, everything=True)
    if text.count("%") > 2 * _REGEXES_MAX:
        raise InvalidPattern
    if text.startswith("{"):
        if not text.endswith("}"):
            raise InvalidPattern("If a filter pattern starts with '{' it must end with '}'")
        return Pattern(json_pattern(text[1:-1]), slow=slow)
    if text.startswith("["):
        if not text.endswith("]"):
            raise InvalidPattern("If a filter pattern starts with '[' it must end with ']'")
        return Pattern(columns_pattern(text[1:-1]), slow=slow)
    return Pattern(_terms(text), slow=slow)


def _terms(text: str) -> Callable[[str], bool]:
    by_sign: dict[str, list[Callable[[str], bool]]] = {"": [], "-": [], "?": []}
    at = 0
    while at < len(text):
        found = _TERM.match(text, at)
        if found is None or (found.end() < len(text) and not text[found.end()].isspace()):
            raise InvalidPattern
        by_sign[found["sign"]].append(_term(found))
        at = found.end()
    required, excluded, optional = by_sign[""], by_sign["-"], by_sign["?"]
    if required or excluded:
        return lambda message: all(term(message) for term in required) and not any(term(message) for term in excluded)
    return lambda message: any(term(message) for term in optional)


def _term(found: re.Match[str]) -> Callable[[str], bool]:
    if found["regex"] is not None:
        return compile_regex(found["regex"])
    if found["quoted"] is not None:
        phrase = _ESCAPED.sub(r"\1", found["quoted"])
    else:
        phrase = found["word"]
        if not _WORD.match(phrase):
            raise InvalidPattern(f"Invalid character(s) in term '{phrase}'")
    return lambda message: phrase in message
