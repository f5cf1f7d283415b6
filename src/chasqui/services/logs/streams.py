"""Log streams: making, deleting and describing them."""

from __future__ import annotations

import base64
import binascii
import heapq
from typing import Final

import msgspec

from chasqui.base.call import Call, owner_of
from chasqui.services.logs import errors
from chasqui.services.logs.places import Place, group_at, place_of, stream_arn, streams_of
from chasqui.services.logs.service import Room
from chasqui.services.logs.types import (
    CreateLogStreamRequest,
    DeleteLogStreamRequest,
    DescribeLogStreamsRequest,
    DescribeLogStreamsResponse,
    LogStream,
)
from chasqui.store.port import Resource, Transaction
from chasqui.telemetry.log_groups import (
    GROUP,
    STREAM,
    delete_stream,
    make_stream,
    read_stream,
    stream_name,
    use,
)

_PAGE_MAX: Final = 50


class _Token(msgspec.Struct, array_like=True):
    """Where a list goes on: its order, the last stream's time (by name: 0) and name."""

    order: str
    at_ms: int
    name: str


async def create_log_stream(room: Room, call: Call, request: CreateLogStreamRequest) -> None:
    owner, group, stream = owner_of(call), request.logGroupName or "", request.logStreamName or ""
    if "\0" in stream:
        raise errors.invalid("The log stream name is invalid.")

    async def create(tx: Transaction) -> None:
        if await tx.get(GROUP, owner, group) is None:
            raise errors.no_group()
        if await tx.get(STREAM, owner, stream_name(group, stream)) is not None:
            raise errors.stream_exists()
        await make_stream(tx, owner, group, stream, room.clock.now_ms())

    await room.store.transaction(create)


async def delete_log_stream(room: Room, call: Call, request: DeleteLogStreamRequest) -> None:
    owner, group, stream = owner_of(call), request.logGroupName or "", request.logStreamName or ""
    await room.groups.settled()

    async def delete(tx: Transaction) -> None:
        if await tx.get(GROUP, owner, group) is None:
            raise errors.no_group()
        found = await tx.get(STREAM, owner, stream_name(group, stream))
        if found is None:
            raise errors.no_stream()
        await use(tx, (owner, group), -await delete_stream(tx, found))

    await room.store.transaction(delete)


async def describe_log_streams(
    room: Room, call: Call, request: DescribeLogStreamsRequest
) -> DescribeLogStreamsResponse:
    place = place_of(call, request.logGroupName, request.logGroupIdentifier)
    by_time, descending = request.orderBy == "LastEventTime", bool(request.descending)
    if by_time and request.logStreamNamePrefix is not None:
        raise errors.invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
    order = f"{'time' if by_time else 'name'}{'-' if descending else ''}"
    token = _read_token(request.nextToken, order) if request.nextToken is not None else None
    await room.groups.settled()
    await group_at(room, place)
    limit = request.limit or _PAGE_MAX
    prefix = request.logStreamNamePrefix or ""
    if order == "name":
        found = await _first(room, place, prefix, token.name if token is not None else "", limit + 1)
    else:
        found = await _best(room, place, prefix, token, limit + 1, by_time=by_time, descending=descending)
    more = _write_token(found[limit - 1], order, by_time=by_time) if len(found) > limit else None
    return DescribeLogStreamsResponse([_shown(each, place) for each in found[:limit]], more)


async def _first(room: Room, place: Place, prefix: str, after: str, limit: int) -> list[Resource]:
    owner, group = place
    return await room.store.resources(
        STREAM,
        owner,
        prefix=stream_name(group, prefix),
        after=(owner, stream_name(group, after) if after else ""),
        limit=limit,
    )


async def _best(
    room: Room, place: Place, prefix: str, token: _Token | None, limit: int, *, by_time: bool, descending: bool
) -> list[Resource]:
    """The first streams after the token in an order that the store does not have: all are looked at, few are kept."""
    best: list[tuple[tuple[int, str], Resource]] = []
    after = (token.at_ms, stream_name(place[1], token.name)) if token is not None else None
    pick = heapq.nlargest if descending else heapq.nsmallest
    gathered: list[tuple[tuple[int, str], Resource]] = []
    async for each in streams_of(room, place, prefix):
        key = (read_stream(each).last_ms if by_time else 0, each.name)
        if after is None or (key < after if descending else key > after):
            gathered.append((key, each))
        if len(gathered) >= 1000:
            best = pick(limit, best + gathered, key=lambda pair: pair[0])
            gathered = []
    best = pick(limit, best + gathered, key=lambda pair: pair[0])
    return [each for _, each in best]


def _read_token(text: str, order: str) -> _Token:
    try:
        token = msgspec.msgpack.decode(base64.urlsafe_b64decode(text.encode()), type=_Token)
    except (binascii.Error, UnicodeEncodeError, msgspec.DecodeError) as error:
        raise errors.invalid_token() from error
    if token.order != order or "\0" in token.name:
        raise errors.invalid_token()
    return token


def _write_token(last: Resource, order: str, *, by_time: bool) -> str:
    name = last.name.partition(":")[2]
    token = _Token(order, read_stream(last).last_ms if by_time else 0, name)
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(token)).decode()


def _shown(stream: Resource, place: Place) -> LogStream:
    held, name = read_stream(stream), stream.name.partition(":")[2]
    return LogStream(
        logStreamName=name,
        creationTime=held.created_ms,
        firstEventTimestamp=held.first_ms or None,
        lastEventTimestamp=held.last_ms or None,
        lastIngestionTime=held.ingested_ms or None,
        uploadSequenceToken=sequence_token(held.appended),
        arn=stream_arn(*place, name),
        # CloudWatch tells it of groups only, since 2019.
        storedBytes=0,
    )


def sequence_token(appended: int) -> str:
    """What PutLogEvents answers and nobody asks for any more."""
    return f"{appended + 49_000_000_000_000:056d}"
