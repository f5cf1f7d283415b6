"""What was published lately, and how it went: the list from which a trace is chosen.

The log of traces is read backwards. Attempts and drops are written after their publish, so they have been met when it
is; a publish without any went into queues, or its deliveries wait for their first attempt.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chasqui.base.control import Answer, ControlRequest, Refusal
from chasqui.base.times import iso_ms
from chasqui.services.sns.publishing.notice import Notice, unpack_notice
from chasqui.services.sns.room import Room
from chasqui.services.sns.traces import tracing
from chasqui.telemetry.traces import Entry

_ROWS: Final = 50
_ROWS_MAX: Final = 200
_LOOKED: Final = 50_000
_LOOKED_MAX: Final = 1_000_000
"""Lines of the log that one request looks at."""
_TEXT_MAX: Final = 120
STATES: Final = ("sent", "waiting", "failed")
_FAR_MS: Final = 1 << 53


class Wanted(msgspec.Struct, frozen=True):
    """Which publishes: those of an account and region, of a `topic` (ARN), with lines about deliveries to a
    `subscription`, in a `state`, between two moments. "" and 0 are any."""

    account: str
    region: str
    topic: str
    subscription: str
    state: str
    since_ms: int
    before_ms: int


class Way(msgspec.Struct):
    """What is known of one message's deliveries."""

    seen: dict[str, str] = {}
    """By subscription, how its last attempt ended: one of `STATES`."""

    @property
    def state(self) -> str:
        """Of all of them: the worst."""
        states = set(self.seen.values())
        return "failed" if "failed" in states else "waiting" if "waiting" in states else "sent"


async def answer(room: Room, request: ControlRequest) -> Answer:
    """`GET /_chasqui/traces?account=&region=&topic=&subscription=&state=&since=&before=&limit=&look=`: newest first;
    `since` and `before` are milliseconds, `look` how many lines of the log may be looked at. Raises `Refusal`."""
    if not room.traces.on:
        raise Refusal(409, "no traces are kept: the setting trace_records_max is 0")
    state = request.parameter("state")
    if state and state not in STATES:
        raise Refusal(400, f"state must be one of {', '.join(STATES)}")
    wanted = Wanted(
        request.parameter("account"),
        request.parameter("region"),
        request.parameter("topic"),
        request.parameter("subscription"),
        state,
        request.number("since", 0, _FAR_MS),
        request.number("before", 0, _FAR_MS),
    )
    look = request.number("look", _LOOKED, _LOOKED_MAX)
    rows, before, whole = await recent(room, wanted, request.number("limit", _ROWS, _ROWS_MAX), look)
    return Answer({"publishes": rows, "before": before, "whole": whole})


async def recent(room: Room, wanted: Wanted, limit: int, look: int) -> tuple[list[dict[str, Any]], int | None, bool]:
    """The rows, the moment before which the next ones are (None after the last), and whether all of the log was looked
    at that was asked for."""
    ways: dict[str, Way] = {}
    rows: list[dict[str, Any]] = []
    looked, last_ms = 0, 0
    async for entry in room.traces.backwards(wanted.since_ms):
        looked += 1
        if looked > look:
            return rows, entry.at_ms + 1, False
        if entry.kind in (tracing.PUBLISHED, tracing.MATCHED_LATER):
            # Of one moment all are told, so that the next page can begin before it.
            if len(rows) >= limit and entry.at_ms < last_ms:
                return rows, last_ms, True
            row = _row(wanted, entry, ways.pop(entry.key, Way(seen={})))
            if row is not None:
                rows.append(row)
                last_ms = entry.at_ms
        else:
            _take(ways, entry)
    return rows, None, True


def _take(ways: dict[str, Way], entry: Entry) -> None:
    """A line about a delivery; the last of each is met first."""
    if entry.kind == tracing.DROPPED:
        subscription, state = tracing.read_drop(entry.data).subscription, "failed"
    elif entry.kind == tracing.ATTEMPTED:
        attempt = tracing.read_attempt(entry.data)
        subscription = attempt.subscription
        state = "sent" if attempt.ok else "failed" if attempt.dead else "waiting"
    else:
        return
    ways.setdefault(entry.key, Way(seen={})).seen.setdefault(subscription, state)


def _row(wanted: Wanted, entry: Entry, way: Way) -> dict[str, Any] | None:
    """A publish as it is listed; None for one that is not wanted."""
    if wanted.before_ms and entry.at_ms >= wanted.before_ms:
        return None
    notice = unpack_notice(entry.data)
    region, account = notice.topic.split(":")[3:5]
    if wanted.account not in ("", account) or wanted.region not in ("", region):
        return None
    if wanted.topic not in ("", notice.topic) or wanted.state not in ("", way.state):
        return None
    if wanted.subscription and wanted.subscription not in way.seen:
        return None
    return _told(notice, way)


def _told(notice: Notice, way: Way) -> dict[str, Any]:
    return {
        "message": notice.id,
        "topic": notice.topic,
        "published": iso_ms(notice.at_ms),
        "publisher": notice.publisher,
        "subject": notice.subject,
        "text": notice.message[:_TEXT_MAX],
        "state": way.state,
        "failed": sum(state == "failed" for state in way.seen.values()),
    }
