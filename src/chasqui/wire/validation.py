"""A service's constraints on its parameters, checked against the model: required members, ranges, lengths,
patterns, enums. What they say is AWS' own message, with every violation that was found (up to ten).

Services that check their parameters themselves, in their own words (SQS), use `require` alone, or nothing of
this.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from chasqui.base.errors import ServiceError
from chasqui.wire.model import Operation, Shape

VIOLATIONS_MAX = 10
# AWS shows a value as Java writes it; what a client sent is cut here so that no answer grows with it.
VALUE_LENGTH_MAX = 2048
# A pattern is matched against no more than this: Python's engine backtracks, and AWS bounds such members far
# lower.
PATTERN_TEXT_MAX = 65536

# Patterns that can be matched in exponentially many ways, by the part that makes them so; a test looks for
# more. Texts longer than a few words are not held to them.
AMBIGUOUS = (r"]+([ \t]+[",)
AMBIGUOUS_TEXT_MAX = 20

# Java's classes of Unicode categories, and what Python has in their place.
JAVA_CLASSES = {
    "L": r"\W\d_",
    "Z": r"\s",
    "S": r"$+<=>^`|~\u00a2-\u00a9\u00ac\u00ae-\u00b1\u00b4\u00d7\u00f7\u2044-\u2bff",
    "N": r"\d",
    "P": r"!-#%-*,-/:;?@\[-\]_{}\u00a1\u00a7\u00ab\u00b6\u00b7\u00bb\u00bf\u2010-\u2027\u3001-\u3003",
    "M": r"\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff",
    "C": r"\x00-\x1f\x7f-\x9f",
    "ASCII": r"\x00-\x7f",
    "Alnum": r"a-zA-Z0-9",
    "Alpha": r"a-zA-Z",
    "Digit": r"0-9",
    "Print": r"\x20-\x7e",
    "Graph": r"\x21-\x7e",
    "Punct": r"!-/:-@\[-`{-~",
    "Space": r"\s",
    "Blank": r" \t",
    "Cntrl": r"\x00-\x1f\x7f",
    "Upper": r"A-Z",
    "Lower": r"a-z",
}
JAVA_ALIASES = {"IsL": "L", "Lu": "Upper", "Ll": "Lower", "Nd": "N", "Zs": "Z", "IsAlphabetic": "L", "IsDigit": "N"}

# What Java means by its shorthands: ASCII alone.
JAVA_SHORTHANDS = {"w": "a-zA-Z_0-9", "d": "0-9", "s": r" \t\n\x0b\f\r"}

# Spellings that Java reads and Python does not: characters beyond the first plane, a hyphen after a class.
SPELLINGS = ((r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF"), (r"[\w-", r"[\w\-"))


def validate(operation: Operation, params: Mapping[str, Any]) -> None:
    """Refuse parameters that break a constraint of the model, naming every one they break."""
    if operation.input is None:
        return
    found = []
    for violation in violations(operation.input, params):
        found.append(violation)
        if len(found) == VIOLATIONS_MAX:
            break
    if found:
        raise validation_error(operation, found)


def require(operation: Operation, params: Mapping[str, Any]) -> None:
    """Refuse parameters that lack a required member, at any depth; no other constraint is looked at."""
    if operation.input is None:
        return
    found = [text for text in violations(operation.input, params) if text.endswith("Member must not be null")]
    if found:
        raise validation_error(operation, found[:VIOLATIONS_MAX])


def validation_error(operation: Operation, found: list[str]) -> ServiceError:
    """The error of this service for such parameters."""
    plural = "" if len(found) == 1 else "s"
    message = f"{len(found)} validation error{plural} detected: {'; '.join(found)}"
    return ServiceError(error_code(operation), message, status=400)


def error_code(operation: Operation) -> str:
    """What a service calls the error: `ValidationException`, unless its model has another name for it."""
    overlay = operation.service.overlay.get("validationError")
    if overlay:
        code: str = overlay
        return code
    if operation.service.protocol == "query":
        return "ValidationError"
    known = operation.service.errors
    for name in ("ValidationException", "InvalidParameterValueException", "InvalidRequestException"):
        if name in known:
            return name
    return "ValidationException"


# ------------------------------------------------------------------------------------------------------
# violations


def violations(shape: Shape, params: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Every constraint of a structure that is broken, in the model's order, in AWS' words."""
    for name, member in shape.members.items():
        value = params.get(name)
        at = f"{path}.{_lower_first(name)}" if path else _lower_first(name)
        if value is not None:
            yield from _of_value(member, value, at)
        elif name in shape.required:
            yield f"Value null at '{at}' failed to satisfy constraint: Member must not be null"


def _of_value(shape: Shape, value: Any, at: str) -> Iterator[str]:
    for constraint in _broken(shape, value):
        yield f"Value{_shown(shape, value)} at '{at}' failed to satisfy constraint: {constraint}"
    match shape.type:
        case "structure" if not shape.is_document:
            yield from violations(shape, value, at)
        case "list":
            yield from _of_items(shape, value, at)
        case "map":
            yield from _of_entries(shape, value, at)


def _of_items(shape: Shape, items: list[Any], at: str) -> Iterator[str]:
    member = shape.member
    if member.type in ("structure", "list", "map"):
        for number, item in enumerate(items, 1):
            yield from _of_value(member, item, f"{at}.{number}.member")
    elif any(next(_broken(member, item), None) for item in items):
        constraints = ", ".join(_all_constraints(member))
        yield (
            f"Value{_shown(shape, items)} at '{at}' failed to satisfy constraint: "
            f"Member must satisfy constraint: [{constraints}]"
        )


def _of_entries(shape: Shape, entries: Mapping[str, Any], at: str) -> Iterator[str]:
    key, value = shape.key, shape.value
    if any(next(_broken(key, name), None) for name in entries):
        constraints = ", ".join(_all_constraints(key))
        yield (
            f"Value{_shown(shape, entries)} at '{at}' failed to satisfy constraint: "
            f"Map keys must satisfy constraint: [{constraints}]"
        )
    if value.type in ("structure", "list", "map"):
        for name, item in entries.items():
            yield from _of_value(value, item, f"{at}.{name}.member")
    elif any(next(_broken(value, item), None) for item in entries.values()):
        constraints = ", ".join(_all_constraints(value))
        yield (
            f"Value{_shown(shape, entries)} at '{at}' failed to satisfy constraint: "
            f"Map value must satisfy constraint: [{constraints}]"
        )


def _broken(shape: Shape, value: Any) -> Iterator[str]:
    """The constraints of this shape itself, not of what it holds, that a value breaks."""
    measured = _measure(shape, value)
    if measured is not None:
        kind = "length" if shape.type in ("string", "blob", "list", "map") else "value"
        minimum, maximum = shape.facts.get("min"), shape.facts.get("max")
        if maximum is not None and measured > maximum:
            yield _bound(kind, "less", maximum)
        if minimum is not None and measured < minimum:
            yield _bound(kind, "greater", minimum)
    if shape.type == "string":
        pattern = shape.facts.get("pattern")
        if pattern is not None and not matches(pattern, value):
            yield f"Member must satisfy regular expression pattern: {pattern}"
        if shape.enum and value not in shape.enum:
            yield f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"


def _all_constraints(shape: Shape) -> Iterator[str]:
    """Every constraint of a list's or a map's scalars, which AWS names together."""
    kind = "length" if shape.type in ("string", "blob") else "value"
    if shape.facts.get("max") is not None:
        yield _bound(kind, "less", shape.facts["max"])
    if shape.facts.get("min") is not None:
        yield _bound(kind, "greater", shape.facts["min"])
    if shape.facts.get("pattern") is not None:
        yield f"Member must satisfy regular expression pattern: {shape.facts['pattern']}"
    if shape.enum:
        yield f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"


def _bound(kind: str, side: str, bound: float) -> str:
    return f"Member must have {kind} {side} than or equal to {bound}"


def _measure(shape: Shape, value: Any) -> float | None:
    """What the bounds of a shape are about: a length, or the number itself."""
    measured: float | None = None
    match shape.type:
        case "string":
            # Java counts UTF-16's units.
            measured = len(value) + sum(character > "\uffff" for character in value)
        case "blob" if isinstance(value, bytes | bytearray):
            measured = len(value)
        case "list" | "map":
            measured = len(value)
        case "integer" | "long" | "short" | "byte" | "float" | "double":
            measured = value
    return measured


def _shown(shape: Shape, value: Any) -> str:
    """A value as AWS shows it in the message; one of a sensitive member is not shown."""
    if shape.facts.get("sensitive"):
        return ""
    text = _java(shape, value)
    return f" '{text[:VALUE_LENGTH_MAX]}'"


def _java(shape: Shape, value: Any) -> str:
    match shape.type:
        case "blob":
            size = len(value) if isinstance(value, bytes | bytearray) else 0
            return f"java.nio.HeapByteBuffer[pos=0 lim={size} cap={size}]"
        case "list":
            return f"[{', '.join(_java(shape.member, item) for item in value)}]"
        case "map":
            return "{" + ", ".join(f"{key}={_java(shape.value, item)}" for key, item in value.items()) + "}"
        case "structure":
            members = shape.members
            shown = (f"{name}={_java(members[name], item)}" for name, item in value.items() if name in members)
            return f"{shape.name}({', '.join(shown)})"
        case "boolean":
            return "true" if value else "false"
    return str(value)


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


# --------------------------------------------------------------------------------------------------------
# patterns


def matches(pattern: str, text: str) -> bool:
    """Whether a text is what a model's (Java) pattern asks for; a pattern that Python cannot have matches
    everything."""
    if len(text) > AMBIGUOUS_TEXT_MAX and any(part in pattern for part in AMBIGUOUS):
        return True
    compiled = _compile(pattern)
    return compiled is None or compiled.fullmatch(text[:PATTERN_TEXT_MAX]) is not None


@functools.lru_cache(maxsize=4096)
def _compile(pattern: str) -> re.Pattern[str] | None:
    translated = translate(pattern)
    try:
        return re.compile(translated) if translated is not None else None
    except (re.error, OverflowError, RecursionError):
        return None


def translate(pattern: str) -> str | None:
    """A Java pattern in Python's syntax; None when it asks for something that Python has no words for."""
    for written, meant in SPELLINGS:
        pattern = pattern.replace(written, meant)
    out = []
    inside = False
    position = 0
    while position < len(pattern):
        character = pattern[position]
        if character == "\\" and position + 1 < len(pattern):
            piece, position = _escape(pattern, position, inside)
            if piece is None:
                return None
            out.append(piece)
            continue
        if inside and character == "&" and pattern[position : position + 2] == "&&":
            return None
        if character == "[":
            # Java takes a class in a class for a union, Python for a bracket.
            out.append(r"\[" if inside else "[")
            inside = True
        elif character == "]" and inside:
            out.append("]")
            inside = False
        else:
            out.append(character)
        position += 1
    return "".join(out)


def _escape(pattern: str, position: int, inside: bool) -> tuple[str | None, int]:
    """The escape at a position: what it is in Python, and where it ends."""
    kind = pattern[position + 1]
    if kind in "zZ":
        return (None if inside else r"\Z"), position + 2
    if kind == "h":
        return (r" \t" if inside else r"[ \t]"), position + 2
    if kind in JAVA_SHORTHANDS:
        content = JAVA_SHORTHANDS[kind]
        return (content if inside else f"[{content}]"), position + 2
    if kind not in "pP":
        return (None if kind == "R" else pattern[position : position + 2]), position + 2
    match = re.compile(r"\{(\w+)\}|(\w)").match(pattern, position + 2)
    if match is None:
        return None, position
    return _category(match[1] or match[2], kind == "P", inside), match.end()


def _category(name: str, negated: bool, inside: bool) -> str | None:
    """Java's `\\p{name}` (or `\\P`) as a class of Python's, or as a part of one."""
    name = JAVA_ALIASES.get(name, name)
    content = JAVA_CLASSES.get(name)
    if content is None:
        return None
    if name == "L":
        # Letters can only be written as what is not; inside another class, word characters are the nearest.
        if inside:
            return None if negated else r"\w"
        negated = not negated
    if inside:
        return None if negated else content
    return f"[{'^' if negated else ''}{content}]"
