"""A function's process: started, watched, measured and ended, with everything that it has started itself."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_MEGABYTE: Final = 1024 * 1024
_DESCENDANTS_MAX: Final = 1024
ARGUMENTS: Final = "{arguments}"
"""Stands in a command for the descriptor of its `arguments`."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What is started. `files` are descriptors that it inherits under their own numbers. `arguments` are words that it
    reads from a descriptor of their own, where nobody else sees them; none may have a NUL."""

    argv: Sequence[str]
    environment: Mapping[str, str]
    folder: str
    files: Sequence[int] = ()
    arguments: Sequence[str] = ()


class Process:
    """One that was started. `ended` is called once, with its exit status (a signal's number negated)."""

    def __init__(self, command: Command, output: int, ended: Callable[[int], object]) -> None:
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self.status: int | None = None
        words = _sealed(command.arguments) if command.arguments else -1
        try:
            # By the loop's own thread: a process that is to die with its parent dies with the thread that started it.
            self._popen = subprocess.Popen(
                [str(words) if each == ARGUMENTS else each for each in command.argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=command.environment,
                cwd=command.folder,
                pass_fds=(*command.files, words) if words >= 0 else command.files,
                start_new_session=True,
            )
        finally:
            if words >= 0:
                os.close(words)
        self.pid = self._popen.pid
        self._watch = -1
        try:
            self._watch = os.pidfd_open(self.pid)
        except (AttributeError, OSError):
            self._waiting = self._loop.run_in_executor(None, self._popen.wait)
            self._waiting.add_done_callback(lambda _done: self._gone())
        else:
            self._loop.add_reader(self._watch, self._gone)

    def _gone(self) -> None:
        if self.status is not None:
            return
        status = self._popen.poll()
        if status is None:
            return
        self.status = status
        if self._watch >= 0:
            self._loop.remove_reader(self._watch)
            os.close(self._watch)
            self._watch = -1
        # What it has left behind.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._ended(status)

    def kill(self) -> None:
        """End it and what it has started; `ended` comes later."""
        if self.status is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)


def _sealed(words: Sequence[str]) -> int:
    """A descriptor to read words from, each ended by a NUL. Raises `ValueError` for a NUL in a word."""
    if any("\0" in each for each in words):
        raise ValueError("embedded null byte")
    descriptor = os.memfd_create("arguments")
    os.write(descriptor, b"".join(os.fsencode(each) + b"\0" for each in words))
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def descendants(pid: int) -> list[int]:
    """A process and those it has started, as far as they are seen from here; no more than so many."""
    found = [pid]
    for each in found:
        if len(found) >= _DESCENDANTS_MAX:
            break
        with suppress(OSError, ValueError):
            for thread in os.listdir(f"/proc/{each}/task"):
                children = Path(f"/proc/{each}/task/{thread}/children").read_bytes()
                found += [int(child) for child in children.split()]
    return found


def memory_mb(pids: Sequence[int]) -> int:
    """What these processes hold in memory, in megabytes."""
    pages = 0
    for pid in pids:
        with suppress(OSError, ValueError, IndexError):
            fields = Path(f"/proc/{pid}/statm").read_bytes().split()
            # What is shared with files (code, libraries) is nobody's own.
            pages += int(fields[1]) - int(fields[2])
    return -(-pages * _PAGE_BYTES // _MEGABYTE)
