"""Patterns and events in few words, and the recorded cases."""

from __future__ import annotations

import json
from typing import Any

from chasqui.patterns.automaton import Automaton
from chasqui.patterns.errors import InvalidPattern
from chasqui.patterns.events import Event, attributes_event, body_event, json_event
from chasqui.patterns.matchers import Pattern
from chasqui.patterns.reading import Limits, Scope, read_event_pattern, read_filter_policy
from tests import support


def recorded(name: str) -> Any:
    """One file of the vectors, empty when the folder is absent."""
    path = support.VECTORS / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


def policy(document: Any, scope: Scope = "MessageBody") -> Pattern:
    return read_filter_policy(document if isinstance(document, str) else json.dumps(document), scope)


def matches(pattern: Pattern, event: Event) -> bool:
    automaton: Automaton[str] = Automaton()
    automaton.add("it", pattern)
    return automaton.match(event) == ["it"]


def body_matches(document: Any, body: Any) -> bool:
    return matches(policy(document), body_event(body if isinstance(body, str | bytes) else json.dumps(body)))


def attributes_match(document: Any, *attributes: tuple[str, str, str]) -> bool:
    return matches(policy(document, "MessageAttributes"), attributes_event(attributes))


def event_matches(document: Any, event: Any) -> bool:
    return matches(read_event_pattern(json.dumps(document)), json_event(event))


def refusal(document: Any, scope: Scope = "MessageAttributes", limits: Limits = Limits()) -> str:
    """The message a filter policy is refused with, "" if it is not."""
    text = document if isinstance(document, str) else json.dumps(document)
    try:
        read_filter_policy(text, scope, limits)
    except InvalidPattern as error:
        return ("" if error.of_scope else "FilterPolicy: ") + error.message
    return ""


def event_refusal(document: Any) -> str:
    """The message an event pattern is refused with, "" if it is not."""
    try:
        read_event_pattern(document if isinstance(document, str) else json.dumps(document))
    except InvalidPattern as error:
        return error.message
    return ""
