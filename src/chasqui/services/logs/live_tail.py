"""StartLiveTail: events as they come in, for up to three hours.

A session hears of the changes of streams' documents, which every append writes, so also of what other nodes append;
it reads those streams and no others. An update is sent every second, as CloudWatch does, also where nothing came. What
is more than an update may hold is thinned out: the update says that it is a sample.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any, Final

import msgspec

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.ids import new_uuid
from chasqui.services.logs import errors
from chasqui.services.logs.filtering import match, read_pattern
from chasqui.services.logs.filters.pattern import Pattern
from chasqui.services.logs.places import Place, group_at, place_of_arn, stream_at
from chasqui.services.logs.service import Room
from chasqui.services.logs.types import StartLiveTailRequest
from chasqui.telemetry.log_groups import STREAM, read_stream
from chasqui.telemetry.log_reading import Event

_EVENTS_MAX: Final = 500
_EVERY_SECONDS: Final = 1.0
_SESSIONS_MAX: Final = 15
_SESSION_SECONDS: Final = 3 * 3600.0
_DIRTY_MAX: Final = 10_000
_LOOKED_AT_MAX: Final = 5000

Update = tuple[str, Mapping[str, Any]]


class Wanted(msgspec.Struct, frozen=True):
    """What a session asks for: groups with the identifiers they were named by, and of one group streams."""

    groups: Mapping[Place, str]
    names: frozenset[str]
    prefixes: tuple[str, ...]
    pattern: Pattern

    def takes(self, owner: str, name: str) -> bool:
        """Whether a stream, by its resource's name, is among them."""
        group, _, stream = name.partition(":")
        if (owner, group) not in self.groups:
            return False
        if self.names:
            return stream in self.names
        return not self.prefixes or stream.startswith(self.prefixes)


class Watchers:
    """The sessions of a server: each is told of the streams that change."""

    def __init__(self) -> None:
        self.sessions: set[Session] = set()

    def changed(self, owner: str, name: str) -> None:
        """A stream's document changed."""
        for each in self.sessions:
            each.changed(owner, name)


class Session(AsyncIterator[Update]):
    """The events of one session, for the server to send."""

    def __init__(self, room: Room, watchers: Watchers, wanted: Wanted, start: Mapping[str, Any]) -> None:
        self._room = room
        self._watchers = watchers
        self._wanted = wanted
        self._loop = asyncio.get_running_loop()
        self._since_ms = room.clock.now_ms()
        self._seen: dict[tuple[str, str], tuple[int, int]] = {}
        """Of each stream, its log and the number of the event that was looked at last."""
        self._dirty: dict[tuple[str, str], None] = {}
        self._ends_at = self._loop.time() + _SESSION_SECONDS
        self._made = self._updates(start)

    def changed(self, owner: str, name: str) -> None:
        """A stream has changed, perhaps one of this session's."""
        if self._wanted.takes(owner, name) and len(self._dirty) < _DIRTY_MAX:
            self._dirty[owner, name] = None

    async def __anext__(self) -> Update:
        # Not before: a session whose client left before it began is never closed.
        self._watchers.sessions.add(self)
        return await self._made.__anext__()

    async def aclose(self) -> None:
        """The client has left."""
        self._watchers.sessions.discard(self)
        await self._made.aclose()

    async def _updates(self, start: Mapping[str, Any]) -> AsyncGenerator[Update, None]:
        try:
            yield "sessionStart", start
            while self._loop.time() < self._ends_at:
                results, sampled = await self._results()
                yield "sessionUpdate", {"sessionMetadata": {"sampled": sampled}, "sessionResults": results}
                resting = self._loop.create_future()
                self._loop.call_later(_EVERY_SECONDS, _done, resting)
                await resting
        finally:
            self._watchers.sessions.discard(self)
        raise ServiceError("SessionTimeoutException", "The Live Tail session has timed out.", status=400)

    async def _results(self) -> tuple[list[dict[str, Any]], bool]:
        dirty, self._dirty = self._dirty, {}
        found: list[tuple[Event, dict[str, Any]]] = []
        sampled = False
        for owner, name in dirty:
            events, more = await self._new(owner, name)
            group, _, stream = name.partition(":")
            identifier = self._wanted.groups[owner, group]
            matches = await match(self._wanted.pattern, [(stream, each) for each in events])
            for event, matching in zip(events, matches, strict=True):
                if matching:
                    found.append((event, _result(identifier, stream, event)))
            sampled = sampled or more or len(found) > _EVENTS_MAX
            # Every so many of them, where there are too many.
            found = found[:: -(-len(found) // _EVENTS_MAX)] if found else found
        found.sort(key=lambda pair: pair[0].at_ms)
        return [each for _, each in found], sampled

    async def _new(self, owner: str, name: str) -> tuple[list[Event], bool]:
        """What came into a stream since it was looked at, and whether there was more than is looked at."""
        resource = await self._room.store.resource(STREAM, owner, name)
        if resource is None:
            self._seen.pop((owner, name), None)
            return [], False
        held = read_stream(resource)
        # In the order they came in: `late` is of no interest.
        view = await self._room.reading.view(msgspec.structs.replace(held, late=False))
        log, seen = self._seen.get((owner, name), (0, 0))
        first = seen + 1 if log == held.log else view.first
        found: list[Event] = []
        stop = view.end
        while stop > first and len(found) < _LOOKED_AT_MAX:
            page = await view.read_back(max(first, view.first), stop)
            new = [each for each in page if log == held.log or each.ingested_ms >= self._since_ms]
            found += reversed(new)
            if len(new) < len(page) or not page:
                break
            stop = view.before(stop)
        self._seen[owner, name] = (held.log, view.end - 1)
        found.reverse()
        return found, len(found) >= _LOOKED_AT_MAX


def _done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _result(identifier: str, stream: str, event: Event) -> dict[str, Any]:
    return {
        "logStreamName": stream,
        "logGroupIdentifier": identifier,
        "message": event.message,
        "timestamp": event.at_ms,
        "ingestionTime": event.ingested_ms,
    }


async def start_live_tail(room: Room, call: Call, request: StartLiveTailRequest) -> dict[str, Any]:
    identifiers = request.logGroupIdentifiers or []
    names, prefixes = request.logStreamNames, request.logStreamNamePrefixes
    if names is not None and prefixes is not None:
        raise errors.invalid("logStreamNames and logStreamNamePrefixes are mutually exclusive parameters.")
    if (names or prefixes) and len(identifiers) > 1:
        raise errors.invalid("Log streams can only be specified for a single log group.")
    pattern = read_pattern(request.logEventFilterPattern)
    groups: dict[Place, str] = {}
    for each in identifiers:
        place = None if each.endswith("*") else place_of_arn(each)
        if place is None:
            raise errors.invalid(f"The specified log group identifier is invalid: {each}")
        await group_at(room, place)
        groups[place] = f"{place[0].partition('/')[0]}:{place[1]}"
    for name in names or ():
        await stream_at(room, next(iter(groups)), name)
    start = {
        "requestId": new_uuid(),
        "sessionId": new_uuid(),
        "logGroupIdentifiers": identifiers,
        "logStreamNames": names or [],
        "logStreamNamePrefixes": prefixes or [],
        "logEventFilterPattern": request.logEventFilterPattern or "",
    }
    watchers = _watchers(room)
    if len(watchers.sessions) >= _SESSIONS_MAX:
        raise errors.too_many_tails()
    wanted = Wanted(groups, frozenset(names or ()), tuple(prefixes or ()), pattern)
    return {"responseStream": Session(room, watchers, wanted, start)}


def _watchers(room: Room) -> Watchers:
    """The server's, made for its first session."""
    if room.watchers is None:
        room.watchers = Watchers()
        room.store.watch_resources(STREAM, room.watchers.changed)
    assert isinstance(room.watchers, Watchers)
    return room.watchers
