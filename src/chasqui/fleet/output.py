"""What workers print: line by line with a prefix to one stream, or to files that are rotated. Bounded either way: a
worker that prints faster than it can be written waits, and a line without an end is broken."""

from __future__ import annotations

import asyncio
import os
import select
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from chasqui.fleet.settings import Output

_LINE_BYTES_MAX = 64 * 1024
_PIECE_BYTES = 4096
"""A pipe that can be written to takes so much without blocking (pipe(7), PIPE_BUF)."""
_LOOK_SECONDS = 0.5


class Writing:
    """The thread that writes for all workers: whoever does not read the fleet's output holds up the workers that print,
    but neither the loop, nor the looks at the queue, nor the fleet's end."""

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="output")
        self._ending = threading.Event()

    def put(self, file: int, data: bytes) -> None:
        """Write to a descriptor; what nobody takes is lost when the fleet ends. On the thread only."""
        while data and not self._ending.is_set():
            if select.select([], [file], [], _LOOK_SECONDS)[1]:
                data = data[os.write(file, data[:_PIECE_BYTES]) :]

    def close(self) -> None:
        self._ending.set()
        self.thread.shutdown(wait=False, cancel_futures=True)


class Prefixed:
    """Lines with the worker's name before each, for a stream that many share."""

    def __init__(self, worker: str, file: int, writing: Writing) -> None:
        self._prefix = f"[{worker}] ".encode()
        self._file = file
        self._writing = writing
        self._rest = b""

    def write(self, data: bytes) -> None:
        """Write the lines that are whole."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LINE_BYTES_MAX:
            lines, self._rest = [*lines, self._rest], b""
        self._put(lines)

    def close(self) -> None:
        """Write what has no end of line."""
        self._put([self._rest] if self._rest else [])
        self._rest = b""

    def _put(self, lines: list[bytes]) -> None:
        if lines:
            self._writing.put(self._file, b"".join(self._prefix + line + b"\n" for line in lines))


class Rotated:
    """A file that becomes `.1` when it is full, `.1` becoming `.2`, and so on; the oldest goes."""

    def __init__(self, path: Path, limits: Output) -> None:
        self._path = path
        self._limits = limits
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab")

    def write(self, data: bytes) -> None:
        """Append, in a new file when this one would grow too large."""
        if self._file.tell() and self._file.tell() + len(data) > self._limits.file_bytes_max:
            self._rotate()
        self._file.write(data)
        self._file.flush()

    def _rotate(self) -> None:
        self._file.close()
        kept = [self._path, *(self._path.with_name(f"{self._path.name}.{n}") for n in range(1, self._limits.files_max))]
        for older, newer in zip(reversed(kept[1:]), reversed(kept[:-1]), strict=True):
            with suppress(FileNotFoundError):
                newer.replace(older)
        self._file = self._path.open("wb")

    def close(self) -> None:
        self._file.close()


def sink(worker: str, output: Output, writing: Writing) -> Prefixed | Rotated:
    """Where a worker's output goes. Raises OSError when its file cannot be made."""
    if output.folder:
        return Rotated(Path(output.folder, f"{worker}.log"), output)
    return Prefixed(worker, sys.stdout.fileno(), writing)


async def pump(source: asyncio.StreamReader, target: Prefixed | Rotated, writing: Writing) -> None:
    """Carry a worker's output until its end."""
    run, thread = asyncio.get_running_loop().run_in_executor, writing.thread
    try:
        while data := await source.read(_LINE_BYTES_MAX):
            # A full disk or a closed terminal must not end the worker; its output is lost.
            with suppress(OSError, ValueError):
                await run(thread, target.write, data)
    finally:
        with suppress(OSError, ValueError, RuntimeError):
            await run(thread, target.close)
