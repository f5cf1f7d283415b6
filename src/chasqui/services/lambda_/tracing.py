"""What functions tell traces: that they ran, for which message, and how it ended. A message that came from a topic says
so in its body, by which its way can be followed from the publish to here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from chasqui.telemetry.steps import Step

if TYPE_CHECKING:
    from chasqui.fabric.sources import Received
    from chasqui.services.lambda_.functions.directory import Target
    from chasqui.services.lambda_.invoking.events import Event
    from chasqui.services.lambda_.means import Means
    from chasqui.services.lambda_.running.contract import Finished

_SNS = "sns.amazonaws.com"


class _Envelope(msgspec.Struct):
    """What a queue gets of a topic, as far as it matters here."""

    Type: str = ""
    MessageId: str = ""


class _Record(msgspec.Struct):
    Sns: _Envelope = msgspec.field(default_factory=_Envelope)


class _Records(msgspec.Struct):
    """What a function gets of a topic."""

    Records: list[_Record] = []


class _Failure(msgspec.Struct):
    """A function's error."""

    errorMessage: Any = ""
    errorType: Any = ""


_envelope = msgspec.json.Decoder(_Envelope)
_records = msgspec.json.Decoder(_Records)
_failure = msgspec.json.Decoder(_Failure)
_UNREADABLE = (msgspec.DecodeError, msgspec.ValidationError, UnicodeError, RecursionError)


def ran(
    means: Means,
    source: str,
    target: Target,
    batch: Iterable[Received],
    finished: Finished,
    request: str,
    failed: Iterable[Received] = (),
) -> None:
    """A function ran with messages of a queue; `failed` are those that it gave back."""
    steps = means.steps
    if steps is None or not steps.on:
        return
    reason, returned = failure(finished), {id(each) for each in failed}
    for each in batch:
        ok = not finished.error and id(each) not in returned
        told = reason or ("" if ok else "the function gave it back")
        step = Step("trigger", source, target.arn, ok, told, request, round(finished.duration_ms))
        step.cause = _cause(each.record.get("body", ""))
        step.number = int(each.record.get("attributes", {}).get("ApproximateReceiveCount", 1))
        steps.note(each.record["messageId"], step)


def tried(means: Means, target: Target, event: Event, finished: Finished | None, reason: str = "") -> None:
    """A function was invoked for an event, or (`finished` None) was not, for a `reason`."""
    steps = means.steps
    if steps is None or not steps.on:
        return
    ok = finished is not None and not finished.error
    step = Step("invoke", event.source, target.invoked_arn, ok, reason, event.id, number=event.failures + 1)
    if finished is not None:
        step.reason = failure(finished)
        step.duration_ms = round(finished.duration_ms)
    if event.source == _SNS:
        step.cause = _published(event.payload)
    steps.note(event.id, step)


def failure(finished: Finished) -> str:
    """Why a function failed, in a line; "" where it did not."""
    if not finished.error:
        return ""
    try:
        told = _failure.decode(finished.payload)
    except _UNREADABLE:
        return finished.error
    return f"{told.errorType}: {told.errorMessage}" if told.errorType else str(told.errorMessage or finished.error)


def _cause(body: str) -> str:
    """The id of the publish that a queue's message came from, "" where there is none or it does not say."""
    if not body.startswith("{") or '"MessageId"' not in body[:200]:
        return ""
    try:
        envelope = _envelope.decode(body)
    except _UNREADABLE:
        return ""
    return envelope.MessageId if envelope.Type == "Notification" else ""


def _published(payload: bytes) -> str:
    try:
        records = _records.decode(payload).Records
    except _UNREADABLE:
        return ""
    return records[0].Sns.MessageId if records else ""
