"""What attributes of resources hold as JSON text, read without trusting it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

RETENTION_SECONDS_MAX: Final = 1_209_600
"""As long as a queue can keep messages (API reference, SetQueueAttributes: MessageRetentionPeriod)."""


def decoded(text: str | None) -> dict[str, Any]:
    """A JSON object in an attribute; empty for none, and for what is no object."""
    try:
        found = msgspec.json.decode(text) if text else {}
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def dead_letter_arn(attributes: Mapping[str, str]) -> str:
    """Where a queue, or a subscription, puts what it gives up: an ARN, "" for none."""
    return str(decoded(attributes.get("RedrivePolicy")).get("deadLetterTargetArn", ""))
