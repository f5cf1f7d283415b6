"""A durable list of the newest messages that were not sent anywhere: the embedded mailbox and phone are such
journals.

It is a log of the store with a bounded number of records. A record's key says, in a few parts, whose the message is.
By these parts messages are asked for, and discarded: that appends a mark which hides what came before it. The
messages are sealed by the key ring, as those in queues are; the parts are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Generic, TypeVar

import msgspec

from chasqui.base.clock import Clock
from chasqui.crypto.keyring import KeyRing
from chasqui.store.port import NewRecord, Record, Store
from chasqui.store.rolling import RollingLog

T = TypeVar("T")

PAGE_BYTES_MAX: Final = 8 << 20
_TRIM_EVERY: Final = 50
_MARK: Final = "\x01"
_BETWEEN: Final = "\x02"


class Kept(msgspec.Struct, Generic[T], frozen=True):
    """An entry of a journal. `id` names it for as long as the journal has it."""

    id: str
    at_ms: int
    entry: T


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Entries, newest first, and the id to go on `after`; "" where there are no more."""

    entries: list[Kept[T]]
    after: str = ""


class Journal(Generic[T]):
    """The newest `entries_max` entries of type `entry` (some fifty more, between two looks)."""

    def __init__(self, store: Store, clock: Clock, ring: KeyRing, type_: str, entry: type[T], entries_max: int) -> None:
        self._store = store
        self._clock = clock
        self._ring = ring
        self._entry = entry
        self._log = RollingLog(store, clock, (type_, "", "journal"), entries_max)
        # A start trims soon: the setting may be lower than it was.
        self._added = _TRIM_EVERY

    async def add(self, parts: Sequence[str], entry: T) -> None:
        """Keep an entry, durably when this returns. Raises `StoreError`."""
        await self._append(_key(parts), self._ring.seal(msgspec.json.encode(entry)))

    async def discard(self, parts: Sequence[str]) -> None:
        """Hide the entries with these parts, as far as there are any by now; "" stands for any. Raises
        `StoreError`."""
        await self._append(_MARK + _key(parts), b"")

    async def _append(self, key: str, data: bytes) -> None:
        await self._log.append([NewRecord(key, data, self._clock.now_ms())])
        self._added += 1
        if self._added >= _TRIM_EVERY:
            self._added = 0
            await self._log.trim()

    async def empty(self) -> None:
        """Let go of everything. Raises `StoreError`."""
        log, first, end = await self._log.bounds()
        if end > first:
            await self._store.trim_records(log, end)

    async def page(
        self, parts: Sequence[str] = (), *, after: str = "", limit: int = 100, bytes_max: int = PAGE_BYTES_MAX
    ) -> Page[T]:
        """Up to `limit` entries with these parts ("" stands for any), newest first, those older than `after`; fewer
        when they are larger than `bytes_max` together. Raises `StoreError` and `UnreadableEnvelope`."""
        found, size = list[Kept[T]](), 0
        marks: list[Sequence[str]] = []
        oldest = int(after) if after.isascii() and after.isdigit() else 1 << 62
        log, first, before = await self._log.bounds()
        while before > first:
            records = await self._log.read_before(log, before, first)
            for record in records:
                if record.key.startswith(_MARK):
                    marks.append(record.key[1:].split(_BETWEEN))
                elif record.sequence < oldest and _shows(record.key, parts, marks):
                    if len(found) == limit or (found and size + len(record.data) > bytes_max):
                        return Page(found, found[-1].id if found else "")
                    found.append(self._kept(record))
                    size += len(record.data)
            before = records[-1].sequence if records else first
        return Page(found)

    async def find(self, id: str) -> Kept[T] | None:
        """The entry of this id; None where it is gone, or was discarded. Raises `StoreError`."""
        if not (id.isascii() and id.isdigit() and len(id) < 18):
            return None
        page = await self.page(after=str(int(id) + 1), limit=1)
        return next((each for each in page.entries if each.id == id), None)

    def _kept(self, record: Record) -> Kept[T]:
        return Kept(
            str(record.sequence), record.at_ms, msgspec.json.decode(self._ring.open(record.data), type=self._entry)
        )


def _key(parts: Sequence[str]) -> str:
    return _BETWEEN.join(part.replace(_MARK, "").replace(_BETWEEN, "") for part in parts)


def _shows(key: str, wanted: Sequence[str], marks: list[Sequence[str]]) -> bool:
    parts = key.split(_BETWEEN)
    return _matches(parts, wanted) and not any(_matches(parts, mark) for mark in marks)


def _matches(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    return all(part in ("", own) for own, part in zip(parts, wanted, strict=False))
