"""Reading log streams in the order of their events' times, whatever order they came in.

Most streams are written in order: an event's rank is its number in the log, and a time is found by halving. A stream
that once got an event later than a younger one (`StreamDocument.late`) is read through an index of its events' times,
which is made when it is read and kept for a while. An event's place, (time, number), is the same in both.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby
from typing import Final, NamedTuple

from chasqui.base.bounded import keep
from chasqui.store.port import QueueGone, Record, Resource, Store
from chasqui.telemetry.log_groups import STREAM, LogEvent, LogGroups, StreamDocument, read_stream, stream_name

_SLICE: Final = 200
_BACK: Final = 50
"""Events of a slice that is read whole, however large they are."""
_INDEX_SLICE: Final = 2000
_BYTES: Final = 1 << 20
_INDICES_MAX: Final = 4
_NUMBERS: Final = 1 << 40
"""More than a log's numbers."""


class Event(NamedTuple):
    """An event as it is read; `sequence` is its number in its stream's log."""

    at_ms: int
    sequence: int
    ingested_ms: int
    message: str
    size: int


class Index:
    """Places of a stream's events by time, as time * 2**40 + number."""

    __slots__ = ("end", "places")

    def __init__(self) -> None:
        self.places: list[int] = []
        self.end = 1
        """The number of the first event that is not in it."""


class View:
    """A stream at a moment: its events have ranks, those in [first, end) are there."""

    def __init__(self, store: Store, log: int, bounds: tuple[int, int], index: Index | None) -> None:
        self._store = store
        self._log = log
        self._index = index
        self.first, self.end = bounds if index is None else (0, len(index.places))

    async def seek(self, at_ms: int, sequence: int = 0) -> int:
        """The rank of the first event whose place is not before (`at_ms`, `sequence`)."""
        if self._index is not None:
            return bisect_left(self._index.places, max(0, at_ms) * _NUMBERS + sequence)
        if sequence:
            return min(max(sequence, self.first), self.end)
        first, end = self.first, self.end
        if at_ms <= 0:
            return first
        while first < end:
            middle = (first + end) // 2
            found = await self._store.read_records(self._log, after=middle - 1, limit=1)
            if not found or found[0].at_ms >= at_ms:
                end = middle
            else:
                first = found[0].sequence + 1
        return min(first, self.end)

    async def read(self, start: int, stop: int, bytes_max: int = _BYTES) -> list[Event]:
        """A slice of the events of the ranks [start, stop) from its beginning; none when none is left."""
        stop = min(stop, self.end, start + _SLICE)
        if start >= stop:
            return []
        try:
            if self._index is not None:
                return await self._scattered(self._index.places[start:stop])
            found = await self._store.read_records(self._log, after=start - 1, limit=stop - start, bytes_max=bytes_max)
        except QueueGone:
            return []
        # What was trimmed meanwhile makes the store answer with later ones.
        return [_event(each) for each in found if each.sequence < stop]

    async def read_back(self, start: int, stop: int) -> list[Event]:
        """A slice of the events of the ranks [start, stop) that reaches to its end, in order of time."""
        begin, stop = max(start, self.before(stop)), min(stop, self.end)
        found: list[Event] = []
        while begin < stop:
            page = await self.read(begin, stop)
            if not page:
                break
            found += page
            begin = self.after(begin, page)
        return found

    def after(self, start: int, page: Sequence[Event]) -> int:
        """The rank that follows what `read` found at `start`."""
        return start + len(page) if self._index is not None else page[-1].sequence + 1

    def before(self, stop: int) -> int:
        """The rank at which what `read_back` finds before `stop` begins."""
        return max(self.first, min(stop, self.end) - _BACK)

    async def _scattered(self, places: Sequence[int]) -> list[Event]:
        numbers = [place % _NUMBERS for place in places]
        runs = [list(run) for _, run in groupby(enumerate(sorted(numbers)), lambda pair: pair[1] - pair[0])]
        asked = [
            self._store.read_records(self._log, after=run[0][1] - 1, limit=len(run), bytes_max=_BYTES * len(run))
            for run in runs
        ]
        wanted = frozenset(numbers)
        found = {each.sequence: each for pending in asked for each in await pending if each.sequence in wanted}
        return [_event(found[number]) for number in numbers if number in found]


class LogReading:
    """Reads the streams of a store."""

    def __init__(self, groups: LogGroups) -> None:
        self._groups = groups
        self._store = groups.store
        self._indices: dict[int, Index] = {}

    async def view(self, held: StreamDocument) -> View:
        """A stream as it is now."""
        try:
            state = await self._store.log_state(held.log) if held.log else None
            if state is None:
                return View(self._store, 0, (1, 1), None)
            index = await self._index(held.log, state.first, state.last + 1) if held.late else None
        except QueueGone:
            return View(self._store, 0, (1, 1), None)
        return View(self._store, held.log, (state.first, state.last + 1), index)

    async def _index(self, log: int, first: int, end: int) -> Index:
        known = self._indices.get(log) or Index()
        index = Index()
        index.places = [place for place in known.places if place % _NUMBERS >= first]
        index.end = max(known.end, first)
        while index.end < end:
            page = await self._store.read_records(log, after=index.end - 1, limit=_INDEX_SLICE, bytes_max=_BYTES)
            if not page:
                break
            index.places += [max(0, each.at_ms) * _NUMBERS + each.sequence for each in page]
            index.end = page[-1].sequence + 1
        index.places.sort()
        keep(self._indices, log, index, _INDICES_MAX)
        return index

    async def groups(self, owner: str, type_: str, *, prefix: str = "", after: str = "", limit: int = 50) -> list[str]:
        """Names of groups or streams' resources, those after `after`."""
        await self._groups.settled()
        found = await self._store.resources(type_, owner, prefix=prefix, after=(owner, after), limit=limit)
        return [each.name for each in found]

    async def streams(self, owner: str, group: str, *, limit: int = 50) -> list[str]:
        """Names of a group's streams."""
        prefix = stream_name(group, "")
        return [name.removeprefix(prefix) for name in await self.groups(owner, STREAM, prefix=prefix, limit=limit)]

    async def tail(self, owner: str, group: str, stream: str, limit: int = 100) -> list[LogEvent]:
        """The newest events of a stream, oldest first."""
        await self._groups.settled()
        found: Resource | None = await self._store.resource(STREAM, owner, stream_name(group, stream))
        if found is None:
            return []
        view = await self.view(read_stream(found))
        newest: list[Event] = []
        stop = view.end
        while len(newest) < limit:
            page = await view.read_back(view.first, stop)
            if not page:
                break
            newest = page + newest
            stop = view.before(stop)
        return [LogEvent(each.at_ms, each.message) for each in newest[-limit:]]


def _event(record: Record) -> Event:
    late_ms = int(record.key) if record.key else 0
    return Event(
        record.at_ms, record.sequence, record.at_ms + late_ms, record.data.decode("utf-8", "replace"), len(record.data)
    )
