"""What is told of an asynchronous event that has come to its end: invocation records for destinations, attributes for
dead-letter queues. Pure.

Source: Lambda developer guide, "Capturing records of Lambda asynchronous invocations", "Adding a dead-letter queue".
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from chasqui.base.times import iso_ms
from chasqui.fabric.letters import Attribute
from chasqui.services.lambda_.documents import LATEST
from chasqui.services.lambda_.functions.directory import Target
from chasqui.services.lambda_.invoking.events import Event
from chasqui.services.lambda_.running.contract import Finished

Condition = Literal["Success", "RetriesExhausted", "EventAgeExceeded", "ZeroReservedConcurrency"]

_MESSAGE_BYTES_MAX: Final = 1024
_DONE: Final = 200
_THROTTLED: Final = 429

_encode = msgspec.json.Encoder().encode
_read_through = msgspec.json.Decoder(msgspec.Raw).decode


def invocation_record(
    event: Event, target: Target, condition: Condition, finished: Finished | None, now_ms: int
) -> str:
    """The record's JSON. `finished` is the last invocation's end; None when there was none."""
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": iso_ms(now_ms),
        "requestContext": {
            "requestId": event.id,
            "functionArn": f"{target.arn}:{event.qualifier or LATEST}",
            "condition": condition,
            "approximateInvokeCount": event.failures + (finished is not None),
        },
        "requestPayload": _json(event.payload),
    }
    if finished is not None:
        context: dict[str, Any] = {"statusCode": _DONE, "executedVersion": target.deployment.version}
        if finished.error:
            context["functionError"] = finished.error
        record["responseContext"] = context
        record["responsePayload"] = _json(finished.payload)
    return _encode(record).decode("utf-8", "replace")


def dead_letter_attributes(event: Event, condition: Condition, finished: Finished | None) -> dict[str, Attribute]:
    """The attributes of the message that an event becomes in a dead-letter queue."""
    code, message = (_DONE, _error_message(finished.payload)) if finished is not None else (_THROTTLED, condition)
    return {
        "RequestID": Attribute("String", event.id),
        "ErrorCode": Attribute("Number", str(code)),
        "ErrorMessage": Attribute("String", message),
    }


def _error_message(payload: bytes) -> str:
    """The first KB of an error's message."""
    try:
        decoded = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        decoded = None
    message = decoded.get("errorMessage") if isinstance(decoded, dict) else None
    text = message if isinstance(message, str) and message else payload.decode("utf-8", "replace")
    return text.encode()[:_MESSAGE_BYTES_MAX].decode("utf-8", "ignore") or "Unknown error"


def _json(payload: bytes) -> Any:
    """A payload as a part of JSON; as text where it is none."""
    try:
        if payload:
            return _read_through(payload)
    except (msgspec.DecodeError, RecursionError):
        return payload.decode("utf-8", "replace")
    return None
