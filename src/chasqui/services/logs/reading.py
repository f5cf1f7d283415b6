"""GetLogEvents: a stream's events, forwards and backwards. A token names a place between events, so what comes later is
found with the token of before; where nothing more is there, the answer has the token that was given."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from chasqui.base.call import Call
from chasqui.services.logs import errors
from chasqui.services.logs.places import group_at, place_of, stream_at
from chasqui.services.logs.service import Room
from chasqui.services.logs.types import GetLogEventsRequest, GetLogEventsResponse, OutputLogEvent
from chasqui.telemetry.log_groups import OVERHEAD, read_group, read_stream, retained_from_ms
from chasqui.telemetry.log_reading import Event, View

EVENTS_MAX: Final = 10_000
ANSWER_BYTES_MAX: Final = 1 << 20
_TOKEN: Final = re.compile(r"(f|b)/(\d{14})(\d{42})/s\Z")
_FAR_MS: Final = 10**14 - 1


class Position(NamedTuple):
    """A place that is excluded itself: what follows it, or what comes before it."""

    forwards: bool
    at_ms: int
    sequence: int

    def text(self) -> str:
        """As clients are given it."""
        return f"{'f' if self.forwards else 'b'}/{self.at_ms:014d}{max(0, self.sequence):042d}/s"


def read_token(text: str) -> Position:
    """Raises `InvalidParameterException`."""
    found = _TOKEN.match(text)
    if found is None:
        raise errors.invalid_token()
    return Position(found[1] == "f", int(found[2]), int(found[3]))


async def get_log_events(room: Room, call: Call, request: GetLogEventsRequest) -> GetLogEventsResponse:
    place = place_of(call, request.logGroupName, request.logGroupIdentifier)
    token = read_token(request.nextToken) if request.nextToken is not None else None
    start_ms, end_ms = request.startTime or 0, request.endTime if request.endTime is not None else _FAR_MS
    if end_ms < start_ms:
        raise errors.invalid("endTime must not be before startTime.")
    await room.groups.settled()
    group = read_group(await group_at(room, place))
    held = read_stream(await stream_at(room, place, request.logStreamName or ""))
    start_ms = max(start_ms, retained_from_ms(group, room.clock.now_ms()))
    view = await room.reading.view(held)
    first, end = await view.seek(start_ms), await view.seek(end_ms)
    limit = request.limit or EVENTS_MAX
    forwards = token.forwards if token is not None else bool(request.startFromHead)
    if token is not None and forwards:
        first = max(first, await view.seek(token.at_ms, token.sequence + 1))
    elif token is not None:
        end = min(end, await view.seek(token.at_ms, token.sequence))
    events = await (_forwards(view, first, end, limit) if forwards else _backwards(view, first, end, limit))
    backward, forward = _tokens(events, token, start_ms)
    return GetLogEventsResponse(
        [OutputLogEvent(each.at_ms, each.message, each.ingested_ms) for each in events],
        forward.text(),
        backward.text(),
    )


def _tokens(events: list[Event], token: Position | None, start_ms: int) -> tuple[Position, Position]:
    """Where to go on backwards and forwards."""
    if events:
        return (
            Position(False, events[0].at_ms, events[0].sequence),
            Position(True, events[-1].at_ms, events[-1].sequence),
        )
    if token is None:
        return Position(False, start_ms, 0), Position(True, start_ms, 0)
    if token.forwards:
        return Position(False, token.at_ms, token.sequence + 1), token
    return token, Position(True, token.at_ms, token.sequence - 1)


async def _forwards(view: View, first: int, end: int, limit: int) -> list[Event]:
    found: list[Event] = []
    size = 0
    while True:
        page = await view.read(first, end)
        if not page:
            return found
        for each in page:
            size += each.size + OVERHEAD
            if len(found) == limit or (found and size > ANSWER_BYTES_MAX):
                return found
            found.append(each)
        first = view.after(first, page)


async def _backwards(view: View, first: int, end: int, limit: int) -> list[Event]:
    found: list[Event] = []
    size = 0
    while True:
        page = await view.read_back(first, end)
        if not page:
            return found[::-1]
        for each in reversed(page):
            size += each.size + OVERHEAD
            if len(found) == limit or (found and size > ANSWER_BYTES_MAX):
                return found[::-1]
            found.append(each)
        end = view.before(end)
