"""How bodies are shown: characters that can't be seen made visible, JSON set out on lines without changing a number in
it, bytes as hexadecimal, large ones cut. Pure functions."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import msgspec

SHOWN_BYTES_MAX: Final = 64 * 1024
"""What of a body is shown in a page; the rest is for the download."""
_SCARCE_BYTES_MAX: Final = 4 * 1024
_PAGE_BYTES_MAX: Final = 1024 * 1024
_HEX_BYTES_MAX: Final = 4 * 1024
_DEPTH_MAX: Final = 200
_PREVIEW: Final = 160

# Controls, and characters that change the direction of text, are of no width, or stand for nothing.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff]"
)
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_POLICY_MAX: Final = 131_072


class Body(msgspec.Struct, frozen=True):
    """A body as a page shows it. `bytes` is of the whole one, `cut` says that the page has only its beginning; `pretty`
    is "" for what is no JSON."""

    raw: str
    pretty: str
    hex: str
    bytes: int
    cut: bool


class Budget:
    """What a page may still show of bodies: after a MiB, only the beginnings."""

    def __init__(self) -> None:
        self._left = _PAGE_BYTES_MAX

    def take(self, size: int) -> int:
        """How many bytes of a body of this size are shown."""
        shown = min(size, SHOWN_BYTES_MAX if self._left > 0 else _SCARCE_BYTES_MAX)
        self._left -= shown
        return shown


def body_of(text: str, size: int | None = None, budget: Budget | None = None) -> Body:
    """A body as it is shown. `size` is of the whole one, where `text` is its beginning."""
    data = text.encode("utf-8", "surrogatepass")
    size = len(data) if size is None else size
    shown = (budget or Budget()).take(size)
    cut = shown < size
    if cut:
        text = data[:shown].decode("utf-8", "ignore")
    pretty = "" if cut else visible(indented(text) or "")
    return Body(visible(text), pretty, hexadecimal(data[: min(shown, _HEX_BYTES_MAX)]), size, cut)


def visible(text: str) -> str:
    """The text, with characters that nobody can see, or that would disguise others, spelt out."""
    return _UNSEEN.sub(_spelt, text)


def _spelt(found: re.Match[str]) -> str:
    code = ord(found[0])
    return chr(0x2400 + code) if code < 0x20 else f"⟨U+{code:04X}⟩"


def preview(text: str) -> str:
    """The beginning of a body, on one line."""
    shown = visible(" ".join(text[: 4 * _PREVIEW].split()))
    return shown if len(shown) <= _PREVIEW and len(text) <= 4 * _PREVIEW else f"{shown[:_PREVIEW]}…"


def indented(text: str) -> str | None:
    """JSON on lines of its own, each token as it was written; None for what is no JSON object or array."""
    start = text.lstrip()[:1]
    if start not in ("{", "[") or problem_of(text) is not None:
        return None
    parts: list[str] = []
    depth, opened = 0, False
    for token in _TOKEN.findall(text):
        if token in "}]":
            depth -= 1
            parts.append(token if opened else f"\n{'  ' * depth}{token}")
            opened = False
            continue
        if opened:
            parts.append(f"\n{'  ' * depth}")
            opened = False
        if token in "{[":
            depth += 1
            opened = True
            parts.append(token)
        else:
            parts.append({",": f",\n{'  ' * depth}", ":": ": "}.get(token, token))
    return "".join(parts)


def pretty(text: str) -> str:
    """JSON on lines of its own; any other text, and one longer than any policy, as it is."""
    return (indented(text) if len(text) <= _POLICY_MAX else None) or text


def problem_of(text: str) -> tuple[int, int] | None:
    """Where JSON goes wrong (line and column, from 1); None where it does not."""
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        return error.lineno, error.colno
    except (RecursionError, ValueError):
        return 1, 1
    return None if _depth(text) <= _DEPTH_MAX else (1, 1)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _depth(text: str) -> int:
    depth = deepest = 0
    for token in _TOKEN.findall(text):
        if token in ("{", "["):
            depth += 1
            deepest = max(deepest, depth)
        elif token in ("}", "]"):
            depth -= 1
    return deepest


def hexadecimal(data: bytes) -> str:
    """Bytes as a dump: offset, sixteen bytes, the characters that are ASCII."""
    lines = []
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        text = "".join(chr(each) if 32 <= each < 127 else "·" for each in row)
        lines.append(f"{at:06x}  {row.hex(' '):<47}  {text}")
    return "\n".join(lines)


def shape_of(text: str) -> str:
    """What a body looks like, so that alike ones can be grouped: an object's keys, else what kind of text it is."""
    try:
        value = json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return "text"
    if isinstance(value, dict):
        keys = sorted(visible(key)[:60] for key in value)
        return f"{{{', '.join(keys[:20])}{', …' if len(keys) > 20 else ''}}}"
    if isinstance(value, list):
        return "[…]"
    return "text"
