"""Traces: what became of messages, in one bounded log of the store.

A record is a line about one message or one resource: a key to find it by, a kind, and bytes that only its writer can
read. Records are gathered through a pass of the loop and appended together, in the same tick as what they tell of;
nobody waits for them. They are read backwards, newest first.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from chasqui.base.clock import Clock
from chasqui.store.port import NewRecord, Record, Store
from chasqui.store.rolling import Detached, RollingLog

_NAME: Final = ("telemetry:log", "", "traces")
_GATHERED_MAX: Final = 20_000
_HOUR_MS: Final = 3_600_000


class Traces:
    """Writes traces and reads them back. `kind` is one character, which the writer chooses."""

    def __init__(self, store: Store, clock: Clock, records_max: int, hours: int) -> None:
        """`records_max` 0: nothing is written."""
        self.on = records_max > 0
        self.dropped = 0
        """Records that nobody will read, because the store did not keep up."""
        self._clock = clock
        self._log = RollingLog(store, clock, _NAME, records_max, hours * _HOUR_MS)
        self._gathered: list[NewRecord] = []
        self._writing = False

    def note(self, kind: str, key: str, data: bytes) -> None:
        """Keep a record, soon."""
        if not self.on:
            return
        gathered = self._gathered
        if len(gathered) >= _GATHERED_MAX:
            self.dropped += 1
            return
        gathered.append(NewRecord(kind + key, data, self._clock.now_ms()))
        if not self._writing:
            self._writing = True
            asyncio.get_running_loop().call_soon(self._write)

    def _write(self) -> None:
        gathered, self._gathered = self._gathered, []
        writing = Detached("writing traces", self._log.append(gathered))
        writing.pending.add_done_callback(lambda _: self._written())

    def _written(self) -> None:
        if self._gathered:
            asyncio.get_running_loop().call_soon(self._write)
        else:
            self._writing = False

    async def backwards(self, until_ms: int = 0) -> AsyncIterator[tuple[str, str, Record]]:
        """(kind, key, record) of what is kept, newest first, back to a time."""
        log, first, end = await self._log.bounds()
        while log and end > first:
            page = await self._log.read_before(log, end, first)
            if not page:
                return
            for record in page:
                if record.at_ms < until_ms:
                    return
                yield record.key[:1], record.key[1:], record
            end = page[-1].sequence
