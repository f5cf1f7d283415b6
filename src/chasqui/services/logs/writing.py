"""PutLogEvents: which events of a batch are taken, and which batches are none."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from chasqui.base.call import Call, owner_of
from chasqui.services.logs import errors
from chasqui.services.logs.places import group_at
from chasqui.services.logs.service import Room
from chasqui.services.logs.streams import sequence_token
from chasqui.services.logs.types import (
    InputLogEvent,
    PutLogEventsRequest,
    PutLogEventsResponse,
    RejectedEntityInfo,
    RejectedLogEventsInfo,
)
from chasqui.telemetry.log_groups import DAY_MS, OVERHEAD, LogEvent, NoSuchStream, read_group, retained_from_ms

BATCH_BYTES_MAX: Final = 1 << 20
EVENT_BYTES_MAX: Final = 1 << 20
_OLD_MS: Final = 14 * DAY_MS
_NEW_MS: Final = 2 * 3600 * 1000


async def put_log_events(room: Room, call: Call, request: PutLogEventsRequest) -> PutLogEventsResponse:
    owner, group, stream = owner_of(call), request.logGroupName or "", request.logStreamName or ""
    given = request.logEvents or []
    check_batch(given)
    retained_ms = retained_from_ms(read_group(await group_at(room, (owner, group))), room.clock.now_ms())
    taken, rejected = sifted(given, room.clock.now_ms(), retained_ms)
    if taken and (taken[-1].timestamp or 0) - (taken[0].timestamp or 0) > DAY_MS:
        raise errors.invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
    # What services noted before comes before.
    await room.groups.settled()
    events = [LogEvent(each.timestamp or 0, each.message or "") for each in taken]
    try:
        appended = await room.groups.put(owner, group, stream, events, make=False)
    except NoSuchStream as error:
        raise (errors.no_stream() if error.group_exists else errors.no_group()) from error
    return PutLogEventsResponse(
        nextSequenceToken=sequence_token(appended),
        rejectedLogEventsInfo=rejected,
        # There are no entities here.
        rejectedEntityInfo=RejectedEntityInfo("InvalidEntity") if request.entity is not None else None,
    )


def check_batch(events: Sequence[InputLogEvent]) -> None:
    """Raises `InvalidParameterException` for a batch that is too large or out of order."""
    sizes = [len((each.message or "").encode("utf-8", "replace")) + OVERHEAD for each in events]
    for size in sizes:
        if size - OVERHEAD > EVENT_BYTES_MAX:
            raise errors.invalid(f"Log event too large: {size} bytes exceeds limit of {EVENT_BYTES_MAX}")
    if sum(sizes) > BATCH_BYTES_MAX:
        raise errors.invalid(f"Upload too large: {sum(sizes)} bytes exceeds limit of {BATCH_BYTES_MAX}")
    if any((after.timestamp or 0) < (before.timestamp or 0) for before, after in pairwise(events)):
        raise errors.invalid("Log events in a single PutLogEvents request must be in chronological order.")


def sifted(
    events: Sequence[InputLogEvent], now_ms: int, retained_ms: int
) -> tuple[list[InputLogEvent], RejectedLogEventsInfo | None]:
    """The events of an ordered batch that are taken, and what is told of the others."""
    times = [each.timestamp or 0 for each in events]
    old = sum(at_ms < now_ms - _OLD_MS for at_ms in times)
    expired = sum(at_ms < retained_ms for at_ms in times)
    new = sum(at_ms <= now_ms + _NEW_MS for at_ms in times)
    taken = list(events[max(old, expired) : new])
    if len(taken) == len(events):
        return taken, None
    return taken, RejectedLogEventsInfo(
        tooNewLogEventStartIndex=new if new < len(events) else None,
        tooOldLogEventEndIndex=old or None,
        expiredLogEventEndIndex=expired or None,
    )
