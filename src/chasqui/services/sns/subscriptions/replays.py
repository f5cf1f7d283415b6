"""The ReplayPolicy of a subscription as text: what values it takes. Pure; replaying is `replay.py`'s.

Source: SNS developer guide, "Amazon SNS message replay for FIFO topic subscribers".
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from chasqui.services.sns.errors import Unacceptable


class ReplayPolicy(msgspec.Struct, forbid_unknown_fields=True):
    """From when on, and until when, messages of the archive are delivered again."""

    PointType: str = "Timestamp"
    StartingPoint: str | None = None
    EndingPoint: str | None = None


def accept(text: str, *, fifo: bool) -> str:
    """A policy as it is kept. Raises `Unacceptable`."""
    if not fifo:
        raise Unacceptable("ReplayPolicy: Only subscriptions of FIFO topics have this attribute.")
    try:
        policy = msgspec.json.decode(text, type=ReplayPolicy)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise Unacceptable(f"ReplayPolicy: failed to parse JSON. {error}") from None
    if policy.PointType != "Timestamp":
        raise Unacceptable(f"ReplayPolicy: Invalid value [{policy.PointType}]. PointType must be Timestamp.")
    if policy.StartingPoint is None:
        raise Unacceptable("ReplayPolicy: Missing StartingPoint attribute")
    starting = _time("StartingPoint", policy.StartingPoint)
    if policy.EndingPoint is not None and _time("EndingPoint", policy.EndingPoint) < starting:
        raise Unacceptable("ReplayPolicy: EndingPoint must not be before StartingPoint")
    return text


def _time(name: str, text: str) -> float:
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=at.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError, OSError):
        raise Unacceptable(f"ReplayPolicy: Invalid value [{text}]. {name} must be a timestamp.") from None
