"""What workers print: line by line with a prefix to one stream, or to files that are rotated. Bounded either way: a
worker that prints faster than it can be written waits, and a line without an end is broken."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import Executor
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from chasqui.fleet.settings import Output

_LINE_BYTES_MAX = 64 * 1024


class Prefixed:
    """Lines with the worker's name before each, for a stream that many share."""

    def __init__(self, worker: str, stream: BinaryIO) -> None:
        self._prefix = f"[{worker}] ".encode()
        self._stream = stream
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
            self._stream.write(b"".join(self._prefix + line + b"\n" for line in lines))
            self._stream.flush()


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


def sink(worker: str, output: Output) -> Prefixed | Rotated:
    """Where a worker's output goes. Raises OSError when its file cannot be made."""
    if output.folder:
        return Rotated(Path(output.folder, f"{worker}.log"), output)
    return Prefixed(worker, sys.stdout.buffer)


async def pump(source: asyncio.StreamReader, target: Prefixed | Rotated, thread: Executor) -> None:
    """Carry a worker's output until its end. One thread writes for all, so that a reader of the fleet's output that
    does not read holds up neither the loop nor the looks at the queue."""
    run = asyncio.get_running_loop().run_in_executor
    try:
        while data := await source.read(_LINE_BYTES_MAX):
            # A full disk or a closed terminal must not end the worker; its output is lost.
            with suppress(OSError, ValueError):
                await run(thread, target.write, data)
    finally:
        with suppress(OSError, ValueError, RuntimeError):
            await run(thread, target.close)
