"""LookupEvents: the audit log of the caller's account and region, newest first, filtered.

The log is read backwards in slices. A call looks at so many records at most: where few of them match, it answers with
fewer events than were asked for and a token to go on, as AWS does. Unlike AWS', data events are among them where the
server records such: there are no trails that would bring them elsewhere.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
from typing import Any, Final

import msgspec

from chasqui.access.audit.log import RETENTION_MS
from chasqui.access.audit.resources import name_of, type_of
from chasqui.access.audit.who import user_name
from chasqui.base.arn import parse_arn
from chasqui.base.call import Call
from chasqui.services.cloudtrail.errors import (
    invalid_attributes,
    invalid_category,
    invalid_max_results,
    invalid_time_range,
    invalid_token,
)
from chasqui.services.cloudtrail.service import Room
from chasqui.services.cloudtrail.types import Event, LookupEventsRequest, LookupEventsResponse, Resource
from chasqui.store.port import Record
from chasqui.store.rolling import RollingLog

_RESULTS_MAX: Final = 50
_LOOKED_AT_MAX: Final = 10_000
"""Records that one call looks at."""
_SKEW_MS: Final = 60_000
"""By so much records may be out of order."""
_VALUE_MAX: Final = 2000
_KEYS: Final = frozenset(
    ("EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName", "EventSource", "AccessKeyId")
)


class _Held(msgspec.Struct):
    """A resource in a record."""

    ARN: str = ""


class _Kept(msgspec.Struct):
    """What of a record decides whether it was asked for."""

    eventID: str
    eventName: str
    eventSource: str
    readOnly: bool
    userIdentity: dict[str, Any]
    resources: list[_Held] = []


class _Query(msgspec.Struct, frozen=True):
    """A checked request. Times are whole seconds, as events show theirs, both ends included."""

    key: str
    value: str
    start_s: int
    end_s: float
    digest: str


class _Token(msgspec.Struct, array_like=True):
    """Where to go on: the log, the number of the record that was seen last, the request's digest."""

    log: int
    before: int
    digest: str


_kept = msgspec.json.Decoder(_Kept).decode


async def lookup_events(room: Room, call: Call, request: LookupEventsRequest) -> LookupEventsResponse:
    """Events of the last 90 days. Raises what `errors` has."""
    query, limit = _checked(request, call), _limit(request)
    token = _read_token(request.NextToken, query) if request.NextToken is not None else None
    log = room.audit.of(call.account, call.region)
    id, first, end = await log.bounds()
    if token is not None:
        if token.log != id or token.before > end:
            raise invalid_token()
        end = token.before
    elif query.end_s * 1000 + _SKEW_MS < room.clock.now_ms():
        end = await log.position(id, first, end, int(query.end_s + 1) * 1000 + _SKEW_MS)
    if request.EventCategory is not None:
        # Insights are none of this server's.
        return LookupEventsResponse(Events=[])
    kept_since_s = (room.clock.now_ms() - RETENTION_MS) // 1000
    wanted = msgspec.structs.replace(query, start_s=max(query.start_s, kept_since_s))
    events, before = await _look(log, (id, first, end), wanted, limit)
    more = _write_token(_Token(id, before, query.digest)) if before > first else None
    return LookupEventsResponse(events, more)


async def _look(log: RollingLog, bounds: tuple[int, int, int], wanted: _Query, limit: int) -> tuple[list[Event], int]:
    """Events of the records in [first, end), newest first, and the number of the record before which to go on: the
    first one's when there is nothing further."""
    id, first, end = bounds
    events: list[Event] = []
    before = end
    while before > first and end - before < _LOOKED_AT_MAX:
        page = await log.read_before(id, before, first)
        if not page:
            return events, first
        for record in page:
            if record.at_ms < wanted.start_s * 1000 - _SKEW_MS:
                return events, first
            before = record.sequence
            event = _event(record, wanted)
            if event is not None:
                events.append(event)
                if len(events) == limit:
                    return events, before
    return events, before


def _checked(request: LookupEventsRequest, call: Call) -> _Query:
    attributes = request.LookupAttributes or []
    if len(attributes) > 1:
        raise invalid_attributes("You can specify only one lookup attribute.")
    key = value = ""
    for each in attributes:
        key, value = each.AttributeKey or "", each.AttributeValue or ""
        if key not in _KEYS:
            raise invalid_attributes("Lookup attribute key is not valid.")
        if not 0 < len(value) <= _VALUE_MAX:
            raise invalid_attributes("Lookup attribute value is not valid.")
    if request.EventCategory not in (None, "insight"):
        raise invalid_category(request.EventCategory or "")
    start_s = math.floor(request.StartTime) if request.StartTime is not None else 0
    end_s = request.EndTime if request.EndTime is not None else math.inf
    if request.StartTime is not None and request.StartTime > end_s:
        raise invalid_time_range()
    asked = [call.account, call.region, key, value, request.StartTime, request.EndTime, request.EventCategory]
    return _Query(key, value, start_s, end_s, hashlib.sha256(msgspec.json.encode(asked)).hexdigest()[:16])


def _limit(request: LookupEventsRequest) -> int:
    limit = _RESULTS_MAX if request.MaxResults is None else request.MaxResults
    if not 1 <= limit <= _RESULTS_MAX:
        raise invalid_max_results(limit)
    return limit


def _write_token(token: _Token) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(token)).decode()


def _read_token(text: str, query: _Query) -> _Token:
    try:
        token = msgspec.msgpack.decode(base64.urlsafe_b64decode(text.encode()), type=_Token)
    except (binascii.Error, UnicodeEncodeError, msgspec.DecodeError) as error:
        raise invalid_token() from error
    if token.digest != query.digest:
        raise invalid_token()
    return token


def _event(record: Record, wanted: _Query) -> Event | None:
    """A record as an event, if it is one of those that were asked for."""
    if not wanted.start_s <= record.at_ms // 1000 <= wanted.end_s:
        return None
    kept = _kept(record.data)
    if wanted.key and wanted.value not in _values(kept, wanted.key):
        return None
    return Event(
        EventId=kept.eventID,
        EventName=kept.eventName,
        ReadOnly=_said(kept.readOnly),
        AccessKeyId=kept.userIdentity.get("accessKeyId") or None,
        EventTime=record.at_ms // 1000,
        EventSource=kept.eventSource,
        Username=user_name(kept.userIdentity) or None,
        Resources=_resources(kept),
        CloudTrailEvent=record.data.decode(),
    )


def _values(kept: _Kept, key: str) -> tuple[str, ...]:
    """What an event has for an attribute."""
    if key in ("ResourceType", "ResourceName"):
        found = _resources(kept)
        return tuple(getattr(each, key) or "" for each in found)
    return {
        "EventId": (kept.eventID,),
        "EventName": (kept.eventName,),
        "ReadOnly": (_said(kept.readOnly),),
        "Username": (user_name(kept.userIdentity),),
        "EventSource": (kept.eventSource,),
        "AccessKeyId": (str(kept.userIdentity.get("accessKeyId", "")),),
    }[key]


def _resources(kept: _Kept) -> list[Resource]:
    """An event's resources by name and by ARN: either finds it."""
    found: list[Resource] = []
    for each in kept.resources:
        arn = parse_arn(each.ARN)
        if arn is not None:
            names = dict.fromkeys((name_of(arn), each.ARN))
            found += [Resource(ResourceType=type_of(arn) or None, ResourceName=name) for name in names]
    return found


def _said(value: bool) -> str:
    return "true" if value else "false"
