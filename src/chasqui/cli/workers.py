"""`serve --workers N`: a parent that keeps N processes serving one port, and the worker's end of what they say.

The parent binds a set of sockets for each worker (the system deals new connections out to them) and never lets go of
them, so a connection that comes while a worker is replaced, or has died, waits for the next one instead of being
refused. A worker is a process of its own, begun with the parent's command line: after an upgrade, SIGHUP replaces the
workers, one by one, by processes of the new version. Parent and worker hold the ends of a socket pair: a byte says that
the worker serves; the end of it, that the other has died.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from contextlib import suppress
from time import monotonic
from typing import Any

from chasqui.app import RETIRE_SECONDS, Worker, announce, bind_sockets, serve
from chasqui.base.errors import ChasquiError
from chasqui.base.settings import Settings

VARIABLE = "CHASQUI_WORKER"
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 15.0
BACK_OFF_SECONDS = 0.25
BACK_OFF_SECONDS_MAX = 15.0
STEADY_SECONDS = 30.0
"""A worker that has served for so long died of something new."""

_log = logging.getLogger("chasqui")


class WorkersFailed(ChasquiError):
    """The workers could not be started; they have said why."""


# ------------------------------------------------------------------------------------------------------ the worker


def inherited(stop: asyncio.Event) -> Worker | None:
    """What the parent gave to this process; None where it is no worker. Needs a running loop."""
    numbers = [int(each) for each in os.environ.pop(VARIABLE, "").split(",") if each]
    if not numbers:
        return None
    pair, *sockets = (socket.socket(fileno=each) for each in numbers)
    pair.setblocking(False)
    loop, retire = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGHUP, retire.set)

    def heard() -> None:
        """The parent says nothing: it has died, and whoever starts it again starts workers, too."""
        loop.remove_reader(pair)
        stop.set()

    loop.add_reader(pair, heard)
    return Worker(sockets, lambda: pair.send(b"1"), retire)


# ------------------------------------------------------------------------------------------------------ the parent


class Process:
    """A worker as the parent sees it."""

    def __init__(self, process: asyncio.subprocess.Process, pair: socket.socket) -> None:
        self._process = process
        self._pair = pair
        self.pid = process.pid
        self.began = monotonic()
        self.ended: asyncio.Future[int] = asyncio.ensure_future(self._wait())

    @classmethod
    async def start(cls, sockets: list[socket.socket]) -> Process:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            numbers = [each.fileno() for each in (theirs, *sockets)]
            environ = {**os.environ, VARIABLE: ",".join(map(str, numbers))}
            process = await asyncio.create_subprocess_exec(
                # -P: the code that is installed, whatever lies in the current folder.
                sys.executable, "-P", "-m", "chasqui", *sys.argv[1:],
                pass_fds=numbers, stdin=asyncio.subprocess.DEVNULL, env=environ,
            )  # fmt: skip
        return cls(process, ours)

    async def _wait(self) -> int:
        status = await self._process.wait()
        self._pair.close()
        return status

    async def serves(self) -> bool:
        """Wait until it serves. False when it ended instead, or took too long."""
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(START_SECONDS_MAX):
                return await asyncio.get_running_loop().sock_recv(self._pair, 1) == b"1"
        return False

    def tell(self, number: signal.Signals) -> None:
        if not self.ended.done():
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def stop(self, how: signal.Signals, seconds: float) -> None:
        """Tell it to end, and see to it that it does."""
        self.tell(how)
        done, _ = await asyncio.wait([self.ended], timeout=seconds)
        if not done:
            _log.error("a worker does not end and is killed", extra={"worker": self.pid})
            self.tell(signal.SIGKILL)
            await self.ended


class Slot:
    """A worker's place: its sockets, and whoever serves them."""

    def __init__(self, sockets: list[socket.socket]) -> None:
        self.sockets = sockets
        self.process: Process | None = None
        self.lock = asyncio.Lock()

    async def fill(self) -> bool:
        """Start a worker here; the one that was here retires when the new one serves. False when it does not."""
        process = await Process.start(self.sockets)
        try:
            serves = await process.serves()
        except asyncio.CancelledError:
            await process.stop(signal.SIGTERM, STOP_SECONDS_MAX)
            raise
        if not serves:
            await process.stop(signal.SIGKILL, STOP_SECONDS_MAX)
            return False
        self.process = process
        return True


class Parent:
    """Keeps the workers."""

    def __init__(self, slots: list[Slot]) -> None:
        self._slots = slots
        self._retiring: dict[Process, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """The first alone: it brings the database up to date and makes the keys. Raises `WorkersFailed`."""
        first, *others = self._slots
        if not await first.fill() or not all(await asyncio.gather(*(each.fill() for each in others))):
            raise WorkersFailed("a worker did not start")

    async def keep(self, slot: Slot) -> None:
        """Start a worker again whenever it dies, later each time while none stays."""
        wait = BACK_OFF_SECONDS
        while True:
            process = slot.process
            if process is None:
                await asyncio.sleep(wait)
                wait = min(2 * wait, BACK_OFF_SECONDS_MAX)
                async with slot.lock:
                    if slot.process is None:
                        await slot.fill()
                continue
            await asyncio.wait([process.ended])
            if slot.process is not process:
                continue  # it was replaced
            _log.error("a worker has died", extra={"worker": process.pid, "status": process.ended.result()})
            slot.process = None
            if monotonic() - process.began > STEADY_SECONDS:
                wait = BACK_OFF_SECONDS

    async def replace(self) -> None:
        """Put a new process in each worker's place, one by one. The first that does not serve ends it: the rest of the
        workers stay."""
        _log.info("replacing the workers")
        for slot in self._slots:
            async with slot.lock:
                old = slot.process
                if not await slot.fill():
                    _log.error("the new worker did not start: the old ones go on")
                    return
            if old is not None:
                self._retiring[old] = asyncio.ensure_future(self._retire(old))
        _log.info("the workers are replaced")

    async def _retire(self, process: Process) -> None:
        await process.stop(signal.SIGHUP, RETIRE_SECONDS + STOP_SECONDS_MAX)
        del self._retiring[process]

    async def stop(self) -> None:
        processes = [*self._retiring, *(each.process for each in self._slots if each.process is not None)]
        for task in self._retiring.values():
            task.cancel()
        await asyncio.gather(*(each.stop(signal.SIGTERM, STOP_SECONDS_MAX) for each in processes))


async def serve_with_workers(settings: Settings, stop: asyncio.Event) -> None:
    """Serve until `stop` is set, as a worker or as the parent of some. Raises `SettingsError`, `WorkersFailed` and what
    `serve` does."""
    worker = inherited(stop)
    await (_supervise(settings, stop) if worker is None else serve(settings, stop, worker))


async def _supervise(settings: Settings, stop: asyncio.Event) -> None:
    """As the parent. Raises `SettingsError` and `WorkersFailed`."""
    slots = [Slot(sockets) for sockets in bind_sockets(settings)]
    parent = Parent(slots)
    hangup = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hangup.set)
    tasks: list[asyncio.Task[None]] = []
    try:
        await _unless(stop, parent.start())
        if stop.is_set():
            return
        await announce(settings, slots[0].sockets[0].getsockname()[1])
        tasks = [asyncio.ensure_future(each) for each in (*map(parent.keep, slots), _replace_when(parent, hangup))]
        await _unless(stop, asyncio.gather(*tasks))
        _log.info("stopping")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await parent.stop()


async def _replace_when(parent: Parent, hangup: asyncio.Event) -> None:
    while True:
        await hangup.wait()
        hangup.clear()
        await parent.replace()


async def _unless(stop: asyncio.Event, work: Any) -> None:
    """Do something until it is done or `stop` is set."""
    stopped, working = asyncio.ensure_future(stop.wait()), asyncio.ensure_future(work)
    try:
        await asyncio.wait([stopped, working], return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        stopped.cancel()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
