"""Log groups and streams, as CloudWatch Logs has them: where services write what their users should read.

A group is a resource (`GROUP`, "account/region", its name), a stream one (`STREAM`, the same owner, "group:stream",
since neither name holds a colon) with a log of the store. An event is a record: its time is the record's, its key says
how much later it came in. Each append writes the stream's document too, in the same transaction, so that on every node
the documents tell what a stream holds, and their changes that something was appended. Reading is `log_reading.py`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import msgspec

from chasqui.base.clock import Clock
from chasqui.base.pending import Pending
from chasqui.store.port import NewRecord, Post, QueueGone, Resource, Store, StoreError, Transaction, VersionConflict
from chasqui.store.rolling import Detached, LogDocument

GROUP: Final = "logs:group"
STREAM: Final = "logs:stream"
USAGE: Final = "logs:usage"
"""By the group's name: `UsageDocument`."""
_OLD_LOG: Final = "logs:events"
"""Where streams of older versions have the number of their log."""
EVENTS_MAX: Final = 100_000
"""What a stream keeps; a thousand more may be there."""
OVERHEAD: Final = 26
"""Bytes that CloudWatch counts for an event beside its message."""
DAY_MS: Final = 24 * 3600 * 1000
_TRIM_EVERY: Final = 1000
_GATHERED_MAX: Final = 20_000
_MOMENT_SECONDS: Final = 0.05
_TELL_BYTES: Final = 256 << 10
_TELL_MS: Final = 60_000
_SLICE: Final = 1000


class GroupDocument(msgspec.Struct):
    """A log group."""

    created_ms: int
    retention_days: int = 0
    tags: dict[str, str] = {}
    kind: str = "STANDARD"


class UsageDocument(msgspec.Struct):
    """What a group's streams have told of the bytes they hold, some time ago. Not in the group's own document, on which
    decisions about callers rest: it changes too often."""

    bytes: int = 0


class StreamDocument(msgspec.Struct):
    """A log stream. `late`: it has events that are older than ones before them in the log. `appended` counts all that
    ever came, `bytes` is what is there, `told_bytes` as much of it as its group knows."""

    created_ms: int
    log: int = 0
    first_ms: int = 0
    last_ms: int = 0
    ingested_ms: int = 0
    late: bool = False
    appended: int = 0
    bytes: int = 0
    told_bytes: int = 0
    told_at_ms: int = 0


class LogEvent(msgspec.Struct, frozen=True):
    """A line of a log."""

    at_ms: int
    message: str


class NoSuchStream(StoreError):
    """There is no such stream, or not even its group."""

    def __init__(self, *, group_exists: bool) -> None:
        super().__init__("the log stream does not exist")
        self.group_exists = group_exists


def read_group(resource: Resource) -> GroupDocument:
    """A group's document."""
    return msgspec.json.decode(resource.document, type=GroupDocument)


def read_stream(resource: Resource) -> StreamDocument:
    """A stream's document."""
    return msgspec.json.decode(resource.document, type=StreamDocument)


def changed(resource: Resource, document: GroupDocument | StreamDocument) -> Resource:
    """A resource with another document."""
    return msgspec.structs.replace(resource, document=msgspec.json.encode(document))


def stream_name(group: str, stream: str) -> str:
    """The name of a stream's resource."""
    return f"{group}:{stream}"


def retained_from_ms(group: GroupDocument, now_ms: int) -> int:
    """The time of the oldest events that are kept; 0 where all are."""
    return now_ms - group.retention_days * DAY_MS if group.retention_days else 0


class LogGroups:
    """Writes to log streams, which come into being when they are first written to."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self._gathered: dict[tuple[str, str, str], list[LogEvent]] = {}
        self._count = 0
        self._writing: Pending[None] | None = None
        """The write that is under way, and the one that will be for what is gathered now."""
        self._next: Pending[None] = Pending()
        self.dropped = 0
        """Events that nobody will read, because the store did not keep up."""

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
        """Write what is gathered. One write follows another, so that a stream's events keep their order."""
        if self._writing is not None or not self._gathered:
            return
        gathered, self._gathered = self._gathered, {}
        self._writing, self._next = self._next, Pending()
        Detached("writing logs", self._write_all(gathered))

    async def _write_all(self, gathered: dict[tuple[str, str, str], list[LogEvent]]) -> None:
        try:
            written = [
                Detached("writing a log", self.put(*where, events)).pending for where, events in gathered.items()
            ]
            for each in written:
                with suppress(StoreError):
                    await each
        finally:
            self._count -= sum(map(len, gathered.values()))
            done, self._writing = self._writing, None
            if self._gathered:
                asyncio.get_running_loop().call_soon(self._write)
            if done is not None:
                done.resolve(None)

    async def settled(self) -> None:
        """Wait until what was noted before is there to be read."""
        if self._gathered:
            waited = self._next
            # Not from here: who waits may be a task, in whose step no `Pending` may be resolved.
            asyncio.get_running_loop().call_soon(self._write)
        elif self._writing is not None:
            waited = self._writing
        else:
            return
        # Others wait for it too: one that gives up must not cancel it for them.
        own: Pending[None] = Pending()
        waited.add_done_callback(lambda _waited: own.resolve(None))
        await own

    async def close(self) -> None:
        """Write what was gathered."""
        while self._gathered or self._writing is not None:
            await self.settled()

    async def put(self, owner: str, group: str, stream: str, events: Sequence[LogEvent], *, make: bool = True) -> int:
        """Append events, durably when this returns; `make` the stream where there is none. Returns how many it ever
        got. Raises `StoreError` (`NoSuchStream`)."""
        ordered = sorted(events, key=_time_of)
        for _ in range(3):
            try:
                before, after = await self.store.transaction(
                    lambda tx: self._append(tx, (owner, group, stream), ordered, make=make)
                )
            except VersionConflict:
                # Another node has just made it.
                continue
            if before // _TRIM_EVERY != after // _TRIM_EVERY and after > EVENTS_MAX:
                Detached("trimming a log", self.trim(owner, stream_name(group, stream), 0))
            return after
        raise StoreError("a log stream was changed by others again and again")

    async def _append(
        self, tx: Transaction, where: tuple[str, str, str], events: Sequence[LogEvent], *, make: bool
    ) -> tuple[int, int]:
        """How many events the stream had got before and has got now."""
        owner, group, stream = where
        now_ms = self.clock.now_ms()
        parent = await tx.get(GROUP, owner, group)
        found = await tx.get(STREAM, owner, stream_name(group, stream))
        if found is None or parent is None:
            if not make:
                raise NoSuchStream(group_exists=parent is not None)
            if parent is None:
                document = msgspec.json.encode(GroupDocument(now_ms))
                parent = await tx.create(Resource(GROUP, owner, group, document))
            found = found or await make_stream(tx, owner, group, stream, now_ms)
        held = read_stream(found)
        if not held.log:
            await _adopt(tx, found, held)
        before = held.appended
        if events:
            records, size = _records(events, max(now_ms, held.ingested_ms))
            _count_in(held, events, size, max(now_ms, held.ingested_ms))
            await tx.deliver(Post((), [(held.log, records)]))
            if held.bytes - held.told_bytes >= _TELL_BYTES or now_ms - held.told_at_ms >= _TELL_MS:
                await _tell(tx, (owner, group), held, now_ms)
            await tx.replace(changed(found, held))
        return before, held.appended

    async def trim(self, owner: str, name: str, before_ms: int) -> bool:
        """Let go of a slice of a stream: of what is older than that, or too much. Whether there may be more."""
        found = await self.store.resource(STREAM, owner, name)
        log = read_stream(found).log if found is not None else 0
        if not log:
            return False
        try:
            state = await self.store.log_state(log)
            surplus = state.last + 1 - EVENTS_MAX
            page = await self.store.read_records(log, after=state.first - 1, limit=_SLICE)
            gone = 0
            while gone < len(page) and (page[gone].sequence < surplus or page[gone].at_ms < before_ms):
                gone += 1
            if not gone:
                return False
            await self.store.trim_records(log, page[gone - 1].sequence + 1)
            following = page[gone:] or await self.store.read_records(log, after=page[gone - 1].sequence, limit=1)
        except QueueGone:
            return False
        size = sum(len(each.data) + OVERHEAD for each in page[:gone])
        first_ms = following[0].at_ms if following else 0
        await self.store.transaction(lambda tx: self._count_out(tx, (owner, name), size, first_ms))
        return gone == len(page) and bool(following)

    async def _count_out(self, tx: Transaction, where: tuple[str, str], size: int, first_ms: int) -> None:
        found = await tx.get(STREAM, *where)
        if found is None:
            return
        held = read_stream(found)
        held.bytes = max(0, held.bytes - size)
        held.first_ms = first_ms if first_ms or not held.bytes else held.first_ms
        await _tell(tx, (where[0], where[1].partition(":")[0]), held, self.clock.now_ms())
        await tx.replace(changed(found, held))


def _time_of(event: LogEvent) -> int:
    return event.at_ms


def _records(events: Sequence[LogEvent], now_ms: int) -> tuple[list[NewRecord], int]:
    """Records of events that come in now, and their bytes as CloudWatch counts them."""
    records = [NewRecord(str(now_ms - at.at_ms), at.message.encode("utf-8", "replace"), at.at_ms) for at in events]
    return records, sum(len(each.data) + OVERHEAD for each in records)


def _count_in(held: StreamDocument, events: Sequence[LogEvent], size: int, now_ms: int) -> None:
    first_ms, last_ms = events[0].at_ms, events[-1].at_ms
    held.late = held.late or first_ms < held.last_ms
    held.first_ms = min(held.first_ms or first_ms, first_ms)
    held.last_ms = max(held.last_ms, last_ms)
    held.ingested_ms = now_ms
    held.appended += len(events)
    held.bytes += size


async def _tell(tx: Transaction, group: tuple[str, str], held: StreamDocument, now_ms: int) -> None:
    """Tell a group how much its stream holds. Not with each append: a group's streams would wait for each other."""
    await use(tx, group, held.bytes - held.told_bytes)
    held.told_bytes, held.told_at_ms = held.bytes, now_ms


async def use(tx: Transaction, group: tuple[str, str], added: int) -> None:
    """Change what is told of a group's bytes."""
    found = await tx.get(USAGE, *group)
    if found is None:
        await tx.create(Resource(USAGE, *group, msgspec.json.encode(UsageDocument(max(0, added)))))
    elif added:
        document = UsageDocument(max(0, used_bytes(found) + added))
        await tx.replace(msgspec.structs.replace(found, document=msgspec.json.encode(document)))


def used_bytes(usage: Resource) -> int:
    """The bytes that a group's streams hold, about."""
    return msgspec.json.decode(usage.document, type=UsageDocument).bytes


async def make_stream(tx: Transaction, owner: str, group: str, stream: str, now_ms: int) -> Resource:
    """Make a stream with its log. Raises `VersionConflict`."""
    document = msgspec.json.encode(StreamDocument(now_ms, await tx.create_log()))
    return await tx.create(Resource(STREAM, owner, stream_name(group, stream), document, f"{owner}:{group}"))


async def _adopt(tx: Transaction, found: Resource, held: StreamDocument) -> None:
    """Take over the log of a stream that an older version made; nothing is known of what is in it."""
    old = await tx.get(_OLD_LOG, found.owner, found.name)
    if old is None:
        held.log = await tx.create_log()
        return
    held.log = msgspec.json.decode(old.document, type=LogDocument).log
    held.late, held.first_ms, held.last_ms = True, held.created_ms, held.created_ms
    await tx.delete(old)


async def delete_stream(tx: Transaction, found: Resource) -> int:
    """Delete a stream and what it holds. Returns the bytes that its group knows of."""
    held = read_stream(found)
    await tx.delete(found)
    if held.log:
        await tx.delete_log(held.log)
    old = await tx.get(_OLD_LOG, found.owner, found.name)
    if old is not None:
        await tx.delete_log(msgspec.json.decode(old.document, type=LogDocument).log)
        await tx.delete(old)
    return held.told_bytes
