"""What functions print: read from their pipe, split into events, held to what a log can take.

A function's standard output, its standard error and its runtime's own framed messages come through one pipe, so that
their order is kept. Frames (Lambda's contract with its runtimes, `_LAMBDA_TELEMETRY_LOG_FD`) are a type beginning
A55A 00, a length, for most types a time, and a message that may have many lines; everything else is lines.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Final

EVENT_BYTES_MAX: Final = 262_118
"""The longest event of CloudWatch Logs; longer lines are cut into several."""
_MAGIC: Final = b"\xa5\x5a\x00"
_TIMELESS: Final = b"\xa5\x5a\x00\x01"
_READ_BYTES: Final = 8192
_DROP_BYTES: Final = 1 << 20
# What a function may print: this at once, and so much a second. A line counts as bytes too, for each becomes a row.
_BURST_BYTES: Final = 8 * 1024 * 1024
_BYTES_PER_SECOND: Final = 4 * 1024 * 1024
_LINE_BYTES: Final = 400
_PAUSE_SECONDS: Final = 0.001


class Splitter:
    """Makes events of bytes. Holds at most one unfinished event."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> list[str]:
        """The events that these bytes complete."""
        data = self._held + data if self._held else data
        if _MAGIC[:1] not in data:
            return self._lines(data)
        events: list[str] = []
        while data:
            start = data.find(_MAGIC)
            if start < 0:
                # A frame's first bytes may be all that is here of it.
                return events + self._lines(data)
            if start > 0:
                events += self._lines(data[:start])
                events += self.flush()
                data = data[start:]
            framed = _frame(data)
            if framed is None:
                self._held = data
                return events
            message, data = framed
            events.append(message)
            self._held = b""
        return events

    def _lines(self, data: bytes) -> list[str]:
        *lines, self._held = data.split(b"\n")
        if len(self._held) > EVENT_BYTES_MAX:
            *pieces, self._held = _pieces(self._held)
        else:
            pieces = []
        events = [_text(piece) for line in lines for piece in _pieces(line + b"\n")]
        return events + [_text(piece) for piece in pieces]

    def flush(self) -> list[str]:
        """What is held, as an event."""
        held, self._held = self._held, b""
        return [_text(held)] if held else []


def _frame(data: bytes) -> tuple[str, bytes] | None:
    """The message of the frame that the bytes begin with, and what follows; None when there is not all of it yet."""
    head = 8 if data.startswith(_TIMELESS) else 16
    if len(data) < head:
        return None
    length = int.from_bytes(data[4:8], "big")
    if length > EVENT_BYTES_MAX:
        # Not a frame that any log takes: as text, beginning after the mark so that this ends.
        return _text(data[: len(_MAGIC)]), data[len(_MAGIC) :]
    if len(data) < head + length:
        return None
    return _text(data[head : head + length]), data[head + length :]


def _pieces(line: bytes) -> list[bytes]:
    if len(line) <= EVENT_BYTES_MAX:
        return [line]
    return [line[at : at + EVENT_BYTES_MAX] for at in range(0, len(line), EVENT_BYTES_MAX)]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


class Output:
    """Reads a function's pipe. `emit` is given one event after the other."""

    def __init__(self, emit: Callable[[str], object]) -> None:
        self._emit = emit
        self._splitter = Splitter()
        self._reader, self.writer = os.pipe()
        os.set_blocking(self._reader, False)
        self._loop = asyncio.get_running_loop()
        self._room = float(_BURST_BYTES)
        self._at = self._loop.time()
        self._dropped = 0
        self._paused: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._reader, self._readable)

    def started(self) -> None:
        """The function has the other end now."""
        os.close(self.writer)
        self.writer = -1

    def _readable(self) -> None:
        self._read()
        if self._dropped:
            # A flood is let through at a pace that leaves the loop to others; the function waits for the pipe.
            self._loop.remove_reader(self._reader)
            self._paused = self._loop.call_later(_PAUSE_SECONDS, self._resume)

    def _resume(self) -> None:
        self._paused = None
        self._loop.add_reader(self._reader, self._readable)

    def _read(self) -> int:
        try:
            data = os.read(self._reader, _DROP_BYTES if self._dropped else _READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return 0
        if not data:
            # Every process that could print has ended.
            self.close()
            return 0
        now = self._loop.time()
        self._room = min(_BURST_BYTES, self._room + (now - self._at) * _BYTES_PER_SECOND)
        self._at = now
        if self._room < 0 or (self._dropped and self._room < _BURST_BYTES / 8):
            if not self._dropped:
                self._pass(self._splitter.flush())
                with suppress(OSError, AttributeError):
                    fcntl.fcntl(self._reader, fcntl.F_SETPIPE_SZ, _DROP_BYTES)
            self._dropped += len(data)
            return len(data)
        self._tell_dropped()
        self._room -= len(data) + _LINE_BYTES * data.count(b"\n")
        self._pass(self._splitter.feed(data))
        return len(data)

    def _pass(self, events: list[str]) -> None:
        for event in events:
            self._emit(event)

    def _tell_dropped(self) -> None:
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            self._emit(f"[chasqui] {dropped} bytes of output were dropped: the function prints faster than logs take\n")

    def settle(self) -> None:
        """Take what has been printed by now, unfinished lines too: an invocation has ended."""
        if self._reader < 0:
            return
        left = _DROP_BYTES
        while left > 0:
            count = self._read()
            if not count:
                break
            left -= count
        self._tell_dropped()
        self._pass(self._splitter.flush())
        # What one invocation printed too much the next does not pay for.
        self._room = max(self._room, _BURST_BYTES / 8)

    def close(self) -> None:
        """Read no more."""
        for end in (self._reader, self.writer):
            if end >= 0:
                if end == self._reader:
                    self._loop.remove_reader(end)
                with suppress(OSError):
                    os.close(end)
        self._reader = self.writer = -1
        if self._paused is not None:
            self._paused.cancel()
            self._paused = None
        self._tell_dropped()
        self._pass(self._splitter.flush())
