"""FilterLogEvents: events of a group's streams, by time, that match a pattern. A call looks at so much at most: where
little of it matches it answers with few events, or none, and a token to go on, as CloudWatch does."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from collections.abc import AsyncIterator
from typing import Final

import msgspec

from chasqui.base.call import Call
from chasqui.services.logs import errors
from chasqui.services.logs.filters.errors import InvalidPattern
from chasqui.services.logs.filters.pattern import Pattern, compile_pattern
from chasqui.services.logs.merging import Place, Span, merged
from chasqui.services.logs.places import Place as GroupPlace
from chasqui.services.logs.places import group_at, place_of, stream_at, streams_of
from chasqui.services.logs.reading import ANSWER_BYTES_MAX, EVENTS_MAX
from chasqui.services.logs.service import Room
from chasqui.services.logs.types import FilteredLogEvent, FilterLogEventsRequest, FilterLogEventsResponse
from chasqui.telemetry.log_groups import OVERHEAD, StreamDocument, read_group, read_stream, retained_from_ms
from chasqui.telemetry.log_reading import Event

_LOOKED_AT_MAX: Final = 50_000
_LOOKED_AT_BYTES_MAX: Final = 16 << 20
_BATCH: Final = 500
_BATCH_BYTES: Final = 1 << 20
_FAR_MS: Final = 10**14


class _Token(msgspec.Struct, array_like=True):
    """Where to go on: after which event, in which direction; what was asked."""

    at_ms: int
    stream: str
    sequence: int
    forwards: bool
    digest: bytes


Batch = list[tuple[str, Event]]


async def filter_log_events(room: Room, call: Call, request: FilterLogEventsRequest) -> FilterLogEventsResponse:
    place = place_of(call, request.logGroupName, request.logGroupIdentifier)
    if request.logStreamNames is not None and request.logStreamNamePrefix is not None:
        raise errors.invalid("logStreamNames and logStreamNamePrefix are mutually exclusive parameters.")
    pattern = read_pattern(request.filterPattern)
    digest = _digest(place, request)
    token = _read_token(request.nextToken, digest) if request.nextToken is not None else None
    await room.groups.settled()
    retained_ms = retained_from_ms(read_group(await group_at(room, place)), room.clock.now_ms())
    streams = await _streams(room, place, request)
    span = Span(
        max(request.startTime or 0, retained_ms),
        request.endTime + 1 if request.endTime is not None else _FAR_MS,
        token.forwards if token is not None else request.startFromHead is not False,
        Place(token.at_ms, token.stream, token.sequence) if token is not None else None,
    )
    limit = request.limit or EVENTS_MAX
    found, last = await _look(merged(room.reading, streams, span), pattern, limit)
    more = _write_token(_Token(*last, span.forwards, digest)) if last is not None else None
    shown = [_shown(name, event, streams[name]) for name, event in found]
    return FilterLogEventsResponse(shown, [], more)


def read_pattern(text: str | None) -> Pattern:
    """Raises `InvalidParameterException`."""
    try:
        return compile_pattern(text or "")
    except InvalidPattern as error:
        raise errors.invalid(str(error)) from error


async def _streams(room: Room, place: GroupPlace, request: FilterLogEventsRequest) -> dict[str, StreamDocument]:
    """The streams that are asked for. Raises `ResourceNotFoundException`."""
    if request.logStreamNames is not None:
        return {name: read_stream(await stream_at(room, place, name)) for name in request.logStreamNames}
    found: dict[str, StreamDocument] = {}
    start_ms, end_ms = request.startTime or 0, request.endTime if request.endTime is not None else _FAR_MS
    async for each in streams_of(room, place, request.logStreamNamePrefix or ""):
        held = read_stream(each)
        if held.appended and held.last_ms >= start_ms and held.first_ms <= end_ms:
            found[each.name.partition(":")[2]] = held
    return found


async def _look(events: AsyncIterator[tuple[str, Event]], pattern: Pattern, limit: int) -> tuple[Batch, Place | None]:
    """What matches, and after which event to go on; None when there is nothing further."""
    found: Batch = []
    last: Place | None = None
    looked_at = looked_at_bytes = size = 0
    async for batch in _batches(events, 1 + limit if pattern.everything else _BATCH):
        matches = await match(pattern, batch)
        for (name, event), matching in zip(batch, matches, strict=True):
            if matching:
                size += event.size + OVERHEAD
                if len(found) == limit or (found and size > ANSWER_BYTES_MAX):
                    return found, last
                found.append((name, event))
            last = Place(event.at_ms, name, event.sequence)
            looked_at_bytes += event.size
        looked_at += len(batch)
        if looked_at >= _LOOKED_AT_MAX or looked_at_bytes >= _LOOKED_AT_BYTES_MAX:
            return found, last
    return found, None


async def _batches(events: AsyncIterator[tuple[str, Event]], most: int) -> AsyncIterator[Batch]:
    batch: Batch = []
    size = 0
    async for each in events:
        batch.append(each)
        size += each[1].size
        if len(batch) >= min(most, _BATCH) or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


async def match(pattern: Pattern, batch: Batch) -> list[bool]:
    """Of each event, whether it matches."""
    if pattern.everything:
        return [True] * len(batch)
    messages = [event.message for _, event in batch]
    if pattern.slow or sum(map(len, messages)) > _BATCH_BYTES // 4:
        return await asyncio.to_thread(lambda: [pattern.matches(each) for each in messages])
    return [pattern.matches(each) for each in messages]


def _shown(name: str, event: Event, held: StreamDocument) -> FilteredLogEvent:
    return FilteredLogEvent(name, event.at_ms, event.message, event.ingested_ms, event_id(event, held))


def event_id(event: Event, held: StreamDocument) -> str:
    """56 digits, as CloudWatch's: the time, the log, the number."""
    return f"{event.at_ms:014d}{held.log:020d}{event.sequence:022d}"


def _digest(place: GroupPlace, request: FilterLogEventsRequest) -> bytes:
    asked = [
        *place, request.logStreamNames, request.logStreamNamePrefix, request.startTime, request.endTime,
        request.filterPattern,
    ]  # fmt: skip
    return hashlib.sha256(msgspec.json.encode(asked)).digest()[:12]


def _read_token(text: str, digest: bytes) -> _Token:
    try:
        token = msgspec.msgpack.decode(base64.urlsafe_b64decode(text.encode()), type=_Token)
    except (binascii.Error, UnicodeEncodeError, msgspec.DecodeError) as error:
        raise errors.invalid_token() from error
    if token.digest != digest or not 0 <= token.at_ms < _FAR_MS or not 0 <= token.sequence < 1 << 40:
        raise errors.invalid_token()
    return token


def _write_token(token: _Token) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(token)).decode()
