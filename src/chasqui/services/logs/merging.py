"""The events of many streams, merged by their time: streams are opened when their time has come."""

from __future__ import annotations

import heapq
from collections.abc import AsyncIterator, Mapping
from typing import Final, NamedTuple

import msgspec

from chasqui.telemetry.log_groups import StreamDocument
from chasqui.telemetry.log_reading import Event, LogReading, View

_PAGE_BYTES_MAX: Final = 256 << 10
_PAGES_BYTES_MAX: Final = 8 << 20
_PAGE_BYTES_MIN: Final = 4 << 10


class Place(NamedTuple):
    """Where an event is: what comes after it follows by time, then by its stream's name, then by its number; backwards
    by time and number downwards."""

    at_ms: int
    stream: str
    sequence: int


class Span(msgspec.Struct, frozen=True):
    """What is asked for: [start, end) in time, after a place, oldest or newest first."""

    start_ms: int
    end_ms: int
    forwards: bool
    after: Place | None


class _Cursor:
    """A stream's events that are still to come, in the order they come in."""

    def __init__(self, name: str, held: StreamDocument, page_bytes: int) -> None:
        self.name = name
        self.held = held
        self._page_bytes = page_bytes
        self._view: View | None = None
        self._first = self._stop = 0
        self._page: list[Event] = []

    async def next(self, reading: LogReading, span: Span) -> Event | None:
        """The next event; it stays the next until `pass_by`."""
        view = self._view
        if view is None:
            view = self._view = await reading.view(self.held)
            self._first, self._stop = await _ranks(view, self.name, span)
        if not self._page and self._first < self._stop:
            if span.forwards:
                self._page = await view.read(self._first, self._stop, self._page_bytes)
                self._first = view.after(self._first, self._page) if self._page else self._stop
                self._page.reverse()
            else:
                self._page = await view.read_back(self._first, self._stop)
                self._stop = view.before(self._stop) if self._page else self._first
        return self._page[-1] if self._page else None

    def pass_by(self) -> None:
        """The next event was taken."""
        self._page.pop()


async def _ranks(view: View, name: str, span: Span) -> tuple[int, int]:
    first, stop = await view.seek(span.start_ms), await view.seek(span.end_ms)
    after = span.after
    if after is None:
        return first, stop
    if name == after.stream:
        edge = await view.seek(after.at_ms, after.sequence + (1 if span.forwards else 0))
    elif span.forwards:
        edge = await view.seek(after.at_ms + (1 if name < after.stream else 0))
    else:
        edge = await view.seek(after.at_ms + (0 if name < after.stream else 1))
    return (max(first, edge), stop) if span.forwards else (first, min(stop, edge))


async def merged(
    reading: LogReading, streams: Mapping[str, StreamDocument], span: Span
) -> AsyncIterator[tuple[str, Event]]:
    """(stream, event) in their order."""
    sign = 1 if span.forwards else -1
    page_bytes = max(_PAGE_BYTES_MIN, min(_PAGE_BYTES_MAX, _PAGES_BYTES_MAX // max(1, len(streams))))
    waiting: list[tuple[int, str, bool, _Cursor]] = []
    for name, held in streams.items():
        if held.first_ms < span.end_ms and held.last_ms >= span.start_ms and held.appended:
            bound = max(held.first_ms, span.start_ms) if span.forwards else -min(held.last_ms, span.end_ms)
            waiting.append((bound, name, False, _Cursor(name, held, page_bytes)))
    heapq.heapify(waiting)
    while waiting:
        _, name, known, cursor = waiting[0]
        event = await cursor.next(reading, span)
        if event is None:
            heapq.heappop(waiting)
        elif not known:
            heapq.heapreplace(waiting, (sign * event.at_ms, name, True, cursor))
        else:
            yield name, event
            cursor.pass_by()
            heapq.heapreplace(waiting, (sign * event.at_ms, name, False, cursor))
