#!/usr/bin/env python3
"""A server whose event loop is watched: `held.py HOLDS.jsonl serve …` is `chasqui serve …`, and each callback that used
more than a millisecond of processor time is a line of HOLDS.jsonl, with what the loop's thread was doing.

asyncio's own loop runs in uvloop's place, since its callbacks can be wrapped. Processor time of the thread, not the
clock's: what other programs and threads take is not ours. The stacks are a sample taken by a second thread, so they
name the place for callbacks of several milliseconds only.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, TextIO

NOTED_SECONDS = 0.001
SAMPLE_SECONDS = 0.002
FRAMES = 14


class Watch:
    """Times the callbacks of the loop in the calling thread."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._thread = threading.get_ident()
        self._began = 0.0
        self._stacks: list[list[str]] = []

    def around(self, run: Callable[[Any], None]) -> Callable[[Any], None]:
        """`asyncio.Handle._run`, timed."""

        def timed(handle: Any) -> None:
            self._stacks, cpu, self._began = [], time.thread_time(), time.monotonic()
            try:
                run(handle)
            finally:
                began, self._began = self._began, 0.0
                cpu = time.thread_time() - cpu
                if cpu > NOTED_SECONDS:
                    self._note(began, cpu)

        return timed

    def _note(self, began: float, cpu: float) -> None:
        now = time.monotonic()
        told = {"at": began, "cpu_ms": cpu * 1000, "wall_ms": (now - began) * 1000, "stacks": self._stacks[:8]}
        self._out.write(json.dumps(told) + "\n")
        self._out.flush()

    def sample(self) -> None:
        """Look at what a long callback does, for ever."""
        while True:
            time.sleep(SAMPLE_SECONDS)
            began, stacks = self._began, self._stacks
            if began and time.monotonic() - began > SAMPLE_SECONDS:
                frame = sys._current_frames().get(self._thread)
                if frame is not None:
                    stacks.append(list(_told(frame)))


def _told(frame: FrameType | None) -> Iterator[str]:
    for _ in range(FRAMES):
        if frame is None:
            return
        file = frame.f_code.co_filename.rpartition("/src/")[2].rpartition("site-packages/")[2]
        yield f"{file}:{frame.f_lineno} {frame.f_code.co_name}"
        frame = frame.f_back


def main() -> None:
    from chasqui.base import loops
    from chasqui.cli import main as command

    factory = asyncio.SelectorEventLoop
    loops.loop_factory = lambda: factory  # type: ignore[assignment]
    command.loop_factory = loops.loop_factory
    out = open(sys.argv[1], "a", encoding="utf-8")  # noqa: SIM115 - as long as the process
    watch = Watch(out)
    asyncio.Handle._run = watch.around(asyncio.Handle._run)  # type: ignore[method-assign]
    threading.Thread(target=watch.sample, daemon=True).start()
    sys.argv = ["chasqui", *sys.argv[2:]]
    with contextlib.closing(out):
        command.main()


if __name__ == "__main__":
    main()
