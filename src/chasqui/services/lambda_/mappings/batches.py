"""A batch's way through its function: which messages are meant, how they are split, what the answer says of each.

Pure. Source: Lambda developer guide, "Lambda event filtering", "Implementing partial batch responses" (what counts as
a complete success and as a complete failure).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from chasqui.fabric.sources import Received
from chasqui.patterns.automaton import Automaton
from chasqui.patterns.events import json_event
from chasqui.patterns.reading import read_event_pattern

PAYLOAD_BYTES_MAX: Final = 6 * 1024 * 1024
_encode = msgspec.json.Encoder().encode


class Filters:
    """The filters of a mapping: a message is meant if any of them matches, or there are none."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._automaton: Automaton[int] = Automaton()
        for number, text in enumerate(patterns):
            self._automaton.add(number, read_event_pattern(text))
        self._any = not patterns

    def split(self, received: list[Received]) -> tuple[list[Received], list[Received]]:
        """Those that are meant, and the others."""
        if self._any:
            return received, []
        meant: list[Received] = []
        others: list[Received] = []
        for each in received:
            (meant if self._means(each.record) else others).append(each)
        return meant, others

    def _means(self, record: dict[str, Any]) -> bool:
        body = record["body"]
        try:
            parsed = msgspec.json.decode(body)
        except msgspec.DecodeError:
            parsed = body
        # Only what is an object or an array is looked into; a number or a word is text, as the queue has it.
        shown = {**record, "body": parsed if isinstance(parsed, dict | list) else body}
        return bool(self._automaton.match(json_event(shown)))


def chunks(received: Sequence[Received]) -> list[tuple[bytes, list[Received]]]:
    """The events of a batch, as few as their size allows: payloads with what is in them, in order."""
    payload = _encode({"Records": [each.record for each in received]})
    if len(payload) <= PAYLOAD_BYTES_MAX or len(received) == 1:
        return [(payload, list(received))]
    half = len(received) // 2
    return chunks(received[:half]) + chunks(received[half:])


def failed_of(answer: bytes, received: Sequence[Received], *, fifo: bool) -> list[Received]:
    """Those that a function reports as failed (ReportBatchItemFailures); all of them when its answer can not be
    understood. In a FIFO queue whatever follows the first failed one counts as failed too, or it would overtake."""
    failed = _named(answer)
    if failed is None or not failed <= {each.record["messageId"] for each in received}:
        return list(received)
    if not fifo:
        return [each for each in received if each.record["messageId"] in failed]
    for number, each in enumerate(received):
        if each.record["messageId"] in failed:
            return list(received[number:])
    return []


def _named(answer: bytes) -> set[str] | None:
    """The identifiers in an answer; None when it is none of the forms that mean something."""
    try:
        told = msgspec.json.decode(answer or b"null")
    except msgspec.DecodeError:
        return None
    if told is None:
        return set()
    if not isinstance(told, dict):
        # Any other value is an answer without the member.
        return set()
    failures = told.get("batchItemFailures")
    if failures is None:
        return set()
    if not isinstance(failures, list):
        return None
    names: list[Any] = [each.get("itemIdentifier") if isinstance(each, dict) else None for each in failures]
    return set(names) if all(isinstance(each, str) and each for each in names) else None
