"""The wildcard operator: `*` for any run of characters, `\\*` and `\\\\` for themselves. Time is linear in the text.

Between two stars stands a literal part. Parts are looked for from the left, each at the first place behind the one
before it, which needs no going back because a star takes whatever is left over.
"""

from __future__ import annotations

from collections.abc import Iterator


def wildcard_parts(pattern: str) -> tuple[str, ...]:
    """The literal parts around the stars: one more than there are stars.

    Raises ValueError in EventBridge's words, whose positions count bytes and an opening quotation mark.
    """
    parts: list[str] = []
    part: list[str] = []
    for position, character in _characters(pattern):
        if character != "*":
            part.append(character[-1])
            continue
        if parts and not part and position > 1:
            raise ValueError(f"Consecutive wildcard characters at pos {position - 1}")
        parts.append("".join(part))
        part.clear()
    return (*parts, "".join(part))


def _characters(pattern: str) -> Iterator[tuple[int, str]]:
    """Characters with their positions; an escaped one has its backslash before it."""
    position, escaped = 1, False
    for at, character in enumerate(pattern):
        if escaped:
            yield position, "\\" + character
            escaped = False
        elif character == "\\":
            if pattern[at + 1 : at + 2] not in ("*", "\\"):
                raise ValueError(f"Invalid escape character at pos {position}")
            escaped = True
        else:
            yield position, character
        position += len(character.encode("utf-8", "surrogatepass"))


def wildcard_matches(parts: tuple[str, ...], text: str) -> bool:
    """Whether a whole text is the parts, in their order, with anything between them."""
    head, tail = parts[0], parts[-1]
    if len(parts) == 1:
        return text == head
    if not text.startswith(head) or not text.endswith(tail):
        return False
    at, end = len(head), len(text) - len(tail)
    for part in parts[1:-1]:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return at <= end
