"""Log groups and streams, as CloudWatch Logs has them: where services write what their users should read.

A group is a resource (`GROUP`, "account/region", its name), a stream one (`STREAM`, the same owner, "group:stream",
since neither name holds a colon) with a log of the store. Events are text with a time; streams keep a bounded number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import msgspec

from chasqui.base.bounded import keep
from chasqui.base.clock import Clock
from chasqui.base.pending import Pending
from chasqui.store.port import NewRecord, Record, Resource, Store, StoreError, Transaction, VersionConflict
from chasqui.store.rolling import Detached, RollingLog

GROUP: Final = "logs:group"
STREAM: Final = "logs:stream"
_STREAM_LOG: Final = "logs:events"
EVENTS_MAX: Final = 100_000
_STREAMS_MAX: Final = 4096
_GATHERED_MAX: Final = 20_000
_MOMENT_SECONDS: Final = 0.05


class GroupDocument(msgspec.Struct):
    """A log group."""

    created_ms: int


class StreamDocument(msgspec.Struct):
    """A log stream."""

    created_ms: int


class LogEvent(msgspec.Struct, frozen=True):
    """A line of a log."""

    at_ms: int
    message: str


class LogGroups:
    """Writes to log streams, which come into being when they are first written to, and reads them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._streams: dict[tuple[str, str, str], RollingLog] = {}
        self._gathered: dict[tuple[str, str, str], list[LogEvent]] = {}
        self._count = 0
        self._writing: set[Pending[None]] = set()
        self.dropped = 0
        """Events that nobody will read, because the store did not keep up."""
        for type_ in (GROUP, STREAM):
            store.watch_resources(type_, lambda _owner, _name: self._streams.clear())

    def note(self, owner: str, group: str, stream: str, event: LogEvent) -> None:
        """Append an event soon, together with others; nobody waits for it."""
        if self._count >= _GATHERED_MAX:
            self.dropped += 1
            return
        self._count += 1
        if not self._gathered:
            asyncio.get_running_loop().call_later(_MOMENT_SECONDS, self._write)
        self._gathered.setdefault((owner, group, stream), []).append(event)

    def _write(self) -> None:
        gathered, self._gathered = self._gathered, {}
        for where, events in gathered.items():
            writing = Detached("writing a log", self.put(*where, events))
            self._writing.add(writing.pending)
            writing.pending.add_done_callback(partial(self._written, len(events)))

    def _written(self, count: int, pending: Pending[None]) -> None:
        self._count -= count
        self._writing.discard(pending)

    async def close(self) -> None:
        """Write what was gathered."""
        if self._gathered:
            self._write()
        for pending in list(self._writing):
            with suppress(StoreError):
                await pending

    async def put(self, owner: str, group: str, stream: str, events: Sequence[LogEvent]) -> None:
        """Append events, durably when this returns. Raises `StoreError`."""
        log = self._streams.get((owner, group, stream))
        if log is None:
            await self._make(owner, group, stream)
            log = self._log(owner, group, stream)
            keep(self._streams, (owner, group, stream), log, _STREAMS_MAX)
        await log.append([NewRecord("", each.message.encode("utf-8", "replace"), each.at_ms) for each in events])

    async def _make(self, owner: str, group: str, stream: str) -> None:
        now_ms = self._clock.now_ms()

        async def make(tx: Transaction) -> None:
            if await tx.get(GROUP, owner, group) is None:
                await tx.create(Resource(GROUP, owner, group, msgspec.json.encode(GroupDocument(now_ms))))
            name = _stream_name(group, stream)
            if await tx.get(STREAM, owner, name) is None:
                document = msgspec.json.encode(StreamDocument(now_ms))
                await tx.create(Resource(STREAM, owner, name, document, _parent(owner, group)))

        try:
            await self._store.transaction(make)
        except VersionConflict:
            # Another node has just made it.
            return

    def _log(self, owner: str, group: str, stream: str) -> RollingLog:
        name = (_STREAM_LOG, owner, _stream_name(group, stream))
        return RollingLog(self._store, self._clock, name, EVENTS_MAX)

    async def groups(self, owner: str, *, prefix: str = "", after: str = "", limit: int = 50) -> list[str]:
        """Names of groups, those after `after`."""
        found = await self._store.resources(GROUP, owner, prefix=prefix, after=(owner, after), limit=limit)
        return [each.name for each in found]

    async def streams(self, owner: str, group: str, *, after: str = "", limit: int = 50) -> list[str]:
        """Names of a group's streams, those after `after`."""
        prefix = _stream_name(group, "")
        found = await self._store.resources(
            STREAM, owner, prefix=prefix, after=(owner, prefix + after if after else ""), limit=limit
        )
        return [each.name.removeprefix(prefix) for each in found]

    async def tail(self, owner: str, group: str, stream: str, limit: int = 100) -> list[LogEvent]:
        """The newest events of a stream, oldest first."""
        log = self._log(owner, group, stream)
        number, first, end = await log.bounds()
        found: list[Record] = []
        while number and len(found) < limit and end > first:
            page = await log.read_before(number, end, first)
            if not page:
                break
            found += page
            end = page[-1].sequence
        newest = found[:limit]
        newest.reverse()
        return [LogEvent(each.at_ms, each.data.decode("utf-8", "replace")) for each in newest]


def _stream_name(group: str, stream: str) -> str:
    return f"{group}:{stream}"


def _parent(owner: str, group: str) -> str:
    return f"{owner}:{group}"
