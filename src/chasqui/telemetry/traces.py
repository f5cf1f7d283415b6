"""Traces: what became of messages, in one bounded log of the store.

An entry is a line about one message or one resource: a kind, a key to find it by, and bytes that only its writer can
read. Entries are gathered for a moment and appended together, as one sealed record; nobody waits for them, and a killed
process may lose the last moment's. They are read backwards, newest first.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Final

import msgspec

from chasqui.base.clock import Clock
from chasqui.base.pending import Pending
from chasqui.store.port import NewRecord, Store, StoreError
from chasqui.store.rolling import Detached, RollingLog

_NAME: Final = ("telemetry:log", "", "traces")
_GATHERED_MAX: Final = 20_000
_RECORD_BYTES: Final = 64 * 1024
_RECORD_ENTRIES: Final = 128
_HOUR_MS: Final = 3_600_000
_MOMENT_SECONDS: Final = 0.05
"""A transaction of its own for every publish would double what a publish syncs to the disk."""

Transform = Callable[[bytes], bytes]


class Entry(msgspec.Struct, array_like=True, gc=False):
    """A line. `kind` is one character, which the writer chooses."""

    kind: str
    key: str
    at_ms: int
    data: bytes


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[Entry]).decode


class Traces:
    """Writes traces and reads them back; records are sealed with `seal` and opened with `open`."""

    def __init__(
        self, store: Store, clock: Clock, seal: Transform, open: Transform, *, records_max: int, hours: int
    ) -> None:
        """`records_max` 0: nothing is written. A record has up to 128 entries and 64 KB, or one larger entry."""
        self.on = records_max > 0
        self.dropped = 0
        """Entries that nobody will read, because the store did not keep up."""
        self._clock = clock
        self._seal = seal
        self._open = open
        self._log = RollingLog(store, clock, _NAME, records_max, hours * _HOUR_MS)
        self._gathered: list[Entry] = []
        self._timer: asyncio.TimerHandle | None = None
        self._writing: Pending[None] | None = None

    def note(self, kind: str, key: str, data: bytes) -> None:
        """Keep an entry, soon."""
        gathered = self._gathered
        if len(gathered) >= _GATHERED_MAX:
            self.dropped += 1
            return
        gathered.append(Entry(kind, key, self._clock.now_ms(), data))
        if self._writing is None and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_MOMENT_SECONDS, self._write)

    def _write(self) -> None:
        self._timer = None
        gathered, self._gathered = self._gathered, []
        records = [NewRecord("", self._seal(_pack(each)), each[-1].at_ms) for each in _parted(gathered)]
        self._writing = Detached("writing traces", self._log.append(records)).pending
        self._writing.add_done_callback(lambda _: self._written())

    def _written(self) -> None:
        self._writing = None
        if self._gathered and self.on:
            self._timer = asyncio.get_running_loop().call_later(_MOMENT_SECONDS, self._write)

    async def close(self) -> None:
        """Write what was gathered; nothing is kept after that."""
        self.on = False
        if self._timer is not None:
            self._timer.cancel()
            self._write()
        if self._writing is not None:
            with suppress(StoreError):
                await self._writing

    async def backwards(self, until_ms: int = 0) -> AsyncIterator[Entry]:
        """What is kept, newest first, back to a time."""
        log, first, end = await self._log.bounds()
        while log and end > first:
            page = await self._log.read_before(log, end, first)
            if not page:
                return
            for record in page:
                for entry in reversed(_unpack(self._open(record.data))):
                    if entry.at_ms < until_ms:
                        return
                    yield entry
            end = page[-1].sequence


def _parted(entries: list[Entry]) -> list[list[Entry]]:
    """Entries by the record that they go into."""
    parts: list[list[Entry]] = []
    size = 0
    for entry in entries:
        if not parts or size + len(entry.data) > _RECORD_BYTES or len(parts[-1]) >= _RECORD_ENTRIES:
            parts.append([])
            size = 0
        parts[-1].append(entry)
        size += len(entry.data)
    return parts
