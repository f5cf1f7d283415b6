"""Would this message match? Filters of a mapping, tried on a message as Lambda sees those of a queue. Pure.

Source: Lambda developer guide, "Lambda event filtering" (a body that is JSON is looked into, another is text).
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chasqui.patterns.errors import InvalidPattern
from chasqui.patterns.events import json_event
from chasqui.patterns.explaining import Reason, explain
from chasqui.patterns.reading import read_event_pattern

_BODY_CHARS_MAX: Final = 256 * 1024


class Verdict(msgspec.Struct, frozen=True):
    """What a filter says of a message. `invalid` is why the filter can't be read, `reason` why it doesn't match."""

    pattern: str
    reason: Reason | None = None
    invalid: str = ""

    @property
    def matches(self) -> bool:
        """Whether the message is meant."""
        return self.reason is None and not self.invalid


def verdicts(patterns: list[str], body: str, attributes: str = "") -> list[Verdict]:
    """Each filter that is not empty, tried on a message. `attributes` are lines of name=value."""
    event = json_event(record(body[:_BODY_CHARS_MAX], attributes))
    found: list[Verdict] = []
    for text in patterns:
        if not text.strip():
            continue
        try:
            found.append(Verdict(text, explain(read_event_pattern(text), event)))
        except InvalidPattern as error:
            found.append(Verdict(text, invalid=str(error)))
    return found


def record(body: str, attributes: str) -> dict[str, Any]:
    """A message as filters see it."""
    try:
        parsed = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        parsed = body
    pairs = (each.partition("=") for each in attributes.split("\n") if "=" in each)
    return {
        "messageId": "00000000-0000-0000-0000-000000000000",
        "body": parsed if isinstance(parsed, dict | list) else body,
        "attributes": {},
        "messageAttributes": {
            name.strip(): {"stringValue": value.strip(), "dataType": "String"} for name, _, value in pairs
        },
        "eventSource": "aws:sqs",
    }
