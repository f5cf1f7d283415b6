"""Waiting for the disk elsewhere: a helper process that syncs the write-ahead log while the loop goes on.

One byte through a pipe asks, one byte back answers; the log's descriptor is inherited. A failed sync is never tried
again (the kernel may have dropped the pages and would answer that all is well), so it is final: the engine refuses
everything after it. Only what makes the log durable lives here.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

# F_FULLFSYNC (51): on macOS an fsync alone leaves the drive's cache unwritten. Signals are the parent's affair: the
# helper ends when its pipe closes, so that a Ctrl-C or a stop of the whole process group drains first.
# Only built-in modules: each imported file would cost memory for as long as the server runs.
HELPER = """import posix as os, _signal as signal, sys
for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(each, signal.SIG_IGN)
ask, answer, log = map(int, sys.argv[1:])
if sys.platform == "darwin":
    import fcntl
    sync = lambda log: fcntl.fcntl(log, 51)
else:
    sync = os.fdatasync
while os.read(ask, 1):
    try:
        sync(log)
    except OSError as error:
        os.write(answer, bytes([error.errno & 255 or 5]))
        break
    os.write(answer, b"\\0")
"""


class Syncer(Protocol):
    """Makes what is in the log durable."""

    def start(self, log: Path, done: Callable[[OSError | None], object]) -> None:
        """Get ready on the running loop; call `done` at the end of each sync."""
        ...

    def sync(self) -> None:
        """Begin a sync of all that was written so far. There is never more than one under way."""
        ...

    def close(self) -> None: ...


class HelperSyncer:
    """The helper process."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._ask = self._answer = -1
        self._loop: asyncio.AbstractEventLoop | None = None
        self._done: Callable[[OSError | None], object] = lambda error: None

    def start(self, log: Path, done: Callable[[OSError | None], object]) -> None:
        """Raises `NotImplementedError` where the loop cannot watch a pipe."""
        self._done, self._loop = done, asyncio.get_running_loop()
        descriptor = os.open(log, os.O_RDWR)
        ask, self._ask = os.pipe()
        self._answer, answer = os.pipe()
        try:
            self._loop.add_reader(self._answer, self._answered)
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", HELPER, str(ask), str(answer), str(descriptor)],
                pass_fds=(ask, answer, descriptor),
                stdin=subprocess.DEVNULL,
            )
        finally:
            for each in (ask, answer, descriptor):
                os.close(each)

    def sync(self) -> None:
        try:
            os.write(self._ask, b"s")
        except BrokenPipeError as error:
            assert self._loop is not None
            self._loop.call_soon(self._done, error)

    def _answered(self) -> None:
        answer = os.read(self._answer, 1)
        if answer == b"\0":
            self._done(None)
            return
        assert self._loop is not None
        self._loop.remove_reader(self._answer)
        code = answer[0] if answer else 0
        self._done(OSError(code, os.strerror(code) if code else "the sync helper has died"))

    def close(self) -> None:
        if self._process is None:
            return
        assert self._loop is not None
        self._loop.remove_reader(self._answer)
        os.close(self._ask)
        os.close(self._answer)
        self._process.wait()
        self._process = None


def helper_possible() -> bool:
    """Whether a helper can be had here; if not, SQLite syncs by itself (`synchronous=FULL`) on the loop."""
    return sys.platform != "win32"
