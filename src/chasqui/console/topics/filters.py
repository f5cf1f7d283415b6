"""Filter policies in their editor: what is wrong with one, and where; whether a message would match; which of a topic's
subscriptions would get it. Pure, by the same rules as publishing (`patterns/`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from chasqui.console.language import N_
from chasqui.patterns.errors import InvalidPattern
from chasqui.patterns.events import Event, attributes_event, body_event
from chasqui.patterns.explaining import Reason, explain
from chasqui.patterns.matchers import Pattern
from chasqui.patterns.reading import Scope, read_filter_policy

SCOPES: Final = ("MessageAttributes", "MessageBody")
LARGE: Final = 4096
"""Longer policies and bodies are looked at beside the event loop."""
_PLACE: Final = re.compile(r"\s+at \[Source:.*; line: (\d+), column: (\d+)\]\s*\Z", re.DOTALL)
_TOKEN: Final = re.compile(r'[ \t\r\n]+|"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)

#: What `Reason.note` may say.
NOTES: Final = (
    N_("the message has no attributes"),
    N_("the body is not a JSON object"),
    N_("no single element of an array satisfies all of the keys together"),
    N_("the policy cannot be read, so it lets nothing through"),
)


class Message(msgspec.Struct, frozen=True):
    """A message to be tried: its body as the protocol gets it, and (name, data type, value) of its attributes."""

    body: str
    attributes: tuple[tuple[str, str, str], ...] = ()


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with a policy, in AWS' words. `line` and `column` count from 1 in the text as it was typed, 0 where
    no place is known; `before`, `at` and `after` are that line, around the character."""

    message: str
    line: int = 0
    column: int = 0
    before: str = ""
    at: str = ""
    after: str = ""


class Verdict(msgspec.Struct, frozen=True):
    """What is to be said of a policy and a message. `matches` is None where that can't be said, or was not asked."""

    problem: Problem | None = None
    matches: bool | None = None
    reason: Reason | None = None


def scope_of(text: str) -> Scope:
    """A scope; the default for any other text."""
    scope: Literal["MessageAttributes", "MessageBody"] = "MessageBody" if text == SCOPES[1] else "MessageAttributes"
    return scope


def read(text: str, scope: Scope) -> Pattern | Problem | None:
    """A policy; None where there is none, so that everything matches."""
    if not text.strip():
        return None
    try:
        return read_filter_policy(text, scope)
    except InvalidPattern as error:
        return _located(text, error.message)


def _located(text: str, message: str) -> Problem:
    found = _PLACE.search(message)
    if found is None:
        return Problem(message)
    said = message[: found.start()]
    place = _place_in(text, int(found[1]), int(found[2]))
    if place is None:
        return Problem(said)
    line = text.count("\n", 0, place)
    start = text.rfind("\n", 0, place) + 1
    whole = text[start:].split("\n", 1)[0]
    column = place - start
    return Problem(
        said, line + 1, column + 1, whole[max(0, column - 60) : column], whole[column : column + 1] or " ",
        whole[column + 1 : column + 60],
    )  # fmt: skip


def _place_in(text: str, line: int, column: int) -> int | None:
    """The index in a text of the last character that AWS' parser had read: it stands behind it. AWS reads the text
    without spaces, where it is JSON."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        lines = text.split("\n")
        return None if line > len(lines) else sum(len(each) + 1 for each in lines[: line - 1]) + max(0, column - 2)
    left = max(0, column - 2)
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        end = found.end() if found else at + 1
        if not (found and text[at] != '"'):
            length = _compact_length(text[at:end])
            if left < length:
                return min(at + left, end - 1)
            left -= length
        at = end
    return None


def _compact_length(token: str) -> int:
    if "\\" not in token:
        return len(token)
    return len(json.dumps(json.loads(token), ensure_ascii=False))


def event_of(message: Message, scope: Scope) -> Event:
    """A message as policies of a scope see it."""
    return body_event(message.body) if scope == SCOPES[1] else attributes_event(message.attributes)


def judge(text: str, scope: Scope, message: Message | None) -> Verdict:
    """A policy as somebody types it, and whether a message would match."""
    pattern = read(text, scope)
    if isinstance(pattern, Problem):
        return Verdict(pattern)
    if message is None:
        return Verdict()
    reason = None if pattern is None else explain(pattern, event_of(message, scope))
    return Verdict(None, reason is None, reason)


class Line(msgspec.Struct, frozen=True):
    """What would become of a message at one subscription."""

    arn: str
    protocol: str
    endpoint: str
    gets: bool
    reason: Reason | None = None
    pending: bool = False
    filtered: bool = False


def who_gets(
    subscriptions: Iterable[Mapping[str, Any]], message: Message, bodies: Mapping[str, str] | None = None
) -> list[Line]:
    """What would become of a message at each subscription, given as ListSubscriptionsByTopic does, with its
    "Attributes". `bodies` are the texts of protocols that get one of their own."""
    events: dict[tuple[Scope, str], Event] = {}
    lines: list[Line] = []
    for each in subscriptions:
        attributes: Mapping[str, str] = each.get("Attributes", {})
        arn, protocol, endpoint = each["SubscriptionArn"], each["Protocol"], each.get("Endpoint", "")
        if not arn.startswith("arn:"):
            lines.append(Line(arn, protocol, endpoint, gets=False, pending=True))
            continue
        scope = scope_of(attributes.get("FilterPolicyScope", ""))
        pattern = read(attributes.get("FilterPolicy", ""), scope)
        if pattern is None or isinstance(pattern, Problem):
            lines.append(Line(arn, protocol, endpoint, gets=pattern is None))
            continue
        body = (bodies or {}).get(protocol, message.body) if scope == SCOPES[1] else ""
        if (scope, body) not in events:
            events[scope, body] = event_of(Message(body, message.attributes), scope)
        reason = explain(pattern, events[scope, body])
        lines.append(Line(arn, protocol, endpoint, gets=reason is None, reason=reason, filtered=True))
    return lines


def attribute_rows(names: Sequence[str], types: Sequence[str], values: Sequence[str]) -> list[tuple[str, str, str]]:
    """Rows of a form as message attributes, without those that have no name."""
    return [row for row in zip(names, types, values, strict=False) if row[0]]


def weight(*texts: str) -> int:
    """The characters that have to be looked at."""
    return sum(map(len, texts))
