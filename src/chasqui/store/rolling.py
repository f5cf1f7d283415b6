"""A log of the store that is made when it is first written to, keeps a bounded number of records and is read backwards.

The audit log, the explanations and the traces are such logs. Nothing here knows what the records hold.
"""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Sequence
from typing import Any, Final, TypeVar

import msgspec

from chasqui.base.clock import Clock
from chasqui.base.pending import Drive, Pending
from chasqui.store.port import NewRecord, QueueGone, Record, Resource, Store, StoreError, Transaction, VersionConflict

_log = logging.getLogger("chasqui.store")

T = TypeVar("T")

TRIM_EVERY: Final = 1000
"""Appends between two looks at what may go."""
TRIM_EVERY_MS: Final = 24 * 3600 * 1000
_SLICE: Final = 200
_SLICE_BYTES: Final = 4 << 20


class LogDocument(msgspec.Struct):
    """What the store's resource of a rolling log says: the log's id."""

    log: int


class Detached(Drive[T]):
    """A coroutine that goes on whether or not anybody waits for its outcome, which is `pending`'s."""

    __slots__ = ("_name", "pending")

    def __init__(self, name: str, work: Coroutine[Any, Any, T]) -> None:
        super().__init__(work)
        self._name = name
        self.pending: Pending[T] = Pending()
        self.step()

    def finish(self, value: T | None, error: BaseException | None) -> None:
        if error is not None:
            _log.error("%s failed", self._name, exc_info=error)
            self.pending.fail(error)
        else:
            self.pending.resolve(value)  # type: ignore[arg-type]


class RollingLog:
    """One such log, named by a resource (`type`, `owner`, `name`) whose document is a `LogDocument`.

    `records_max` and `age_max_ms` say what is kept; a few records more may be there, between two looks.
    """

    def __init__(
        self, store: Store, clock: Clock, name: tuple[str, str, str], records_max: int, age_max_ms: int = 0
    ) -> None:
        self._store = store
        self._clock = clock
        self._name = name
        self._records_max = records_max
        self._age_max_ms = age_max_ms
        self._id: int | None = None
        self._appends = 0
        self._trimmed_at_ms = -TRIM_EVERY_MS

    async def append(self, records: Sequence[NewRecord]) -> None:
        """Append, durably when this returns. Makes the log if there is none. Raises `StoreError`."""
        try:
            await self._store.append_records(await self._made(), records)
        except QueueGone:
            # The server was emptied since the id was learnt.
            self._id = None
            await self._store.append_records(await self._made(), records)
        self._appends += len(records)
        if self._appends >= TRIM_EVERY or self._clock.now_ms() - self._trimmed_at_ms >= TRIM_EVERY_MS:
            self._appends, self._trimmed_at_ms = 0, self._clock.now_ms()
            Detached("trimming a log", self.trim())

    async def _made(self) -> int:
        if self._id is None:
            try:
                self._id = await self._store.transaction(self._find_or_make)
            except VersionConflict as conflict:
                # Another node has just made it.
                if conflict.existing is None:
                    raise
                self._id = _log_of(conflict.existing)
        return self._id

    async def _find_or_make(self, tx: Transaction) -> int:
        found = await tx.get(*self._name)
        if found is not None:
            return _log_of(found)
        log = await tx.create_log()
        await tx.create(Resource(*self._name, msgspec.json.encode(LogDocument(log))))
        return log

    async def bounds(self) -> tuple[int, int, int]:
        """The log's id, the first record's number, and the number that the next one gets; (0, 1, 1) where there is no
        log."""
        for _ in range(2):
            if self._id is None:
                found = await self._store.resource(*self._name)
                if found is None:
                    break
                self._id = _log_of(found)
            try:
                state = await self._store.log_state(self._id)
                return self._id, state.first, state.last + 1
            except QueueGone:
                self._id = None
        return 0, 1, 1

    async def read_before(self, log: int, before: int, first: int) -> list[Record]:
        """Up to 200 records that come before number `before`, newest first; those before `first` are left out, and
        none are found in a log that has gone."""
        after = max(first, before - _SLICE) - 1
        found: list[Record] = []
        try:
            while after < before - 1:
                page = await self._store.read_records(
                    log, after=after, limit=before - 1 - after, bytes_max=_SLICE_BYTES
                )
                if not page:
                    break
                found += page
                after = page[-1].sequence
        except QueueGone:
            return []
        found.reverse()
        # What was trimmed while this was on its way makes the store answer with later records.
        return [each for each in found if each.sequence < before]

    async def position(self, log: int, first: int, end: int, at_ms: int) -> int:
        """The number of the first record in [first, end) that is not older than `at_ms`; `end` when all are. Records
        are in order of time, but for what nodes' clocks differ by."""
        while first < end:
            middle = (first + end) // 2
            found = await self._store.read_records(log, after=middle - 1, limit=1)
            if not found or found[0].at_ms >= at_ms:
                end = middle
            else:
                first = found[0].sequence + 1
        return first

    async def trim(self) -> None:
        """Let go of what is too old or too much; where the store does not answer, another time."""
        try:
            log, first, end = await self.bounds()
            keep_from = max(first, end - self._records_max)
            if self._age_max_ms:
                keep_from = await self.position(log, keep_from, end, self._clock.now_ms() - self._age_max_ms)
            if keep_from > first:
                await self._store.trim_records(log, keep_from)
        except StoreError:
            return


def _log_of(resource: Resource) -> int:
    return msgspec.json.decode(resource.document, type=LogDocument).log
