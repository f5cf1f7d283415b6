"""One worker's place in the fleet: its process started, watched, and started again until the place is given up."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
import time
from asyncio.subprocess import Process
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from chasqui.fleet import launching
from chasqui.fleet.health import Checked, Unwell, is_checked, watch
from chasqui.fleet.output import Writing, pump, sink
from chasqui.fleet.policy import Restarts
from chasqui.fleet.settings import FleetSettings

_OUTPUT_SECONDS_MAX = 2
_log = logging.getLogger("chasqui.fleet")

State = Literal["starting", "running", "stopping", "waiting", "failed", "stopped"]


class Surroundings(msgspec.Struct, frozen=True):
    """What workers share: variables, a folder for heartbeats, who kills them, who writes their output."""

    variables: dict[str, str]
    folder: Path
    guard: launching.Guard
    writing: Writing


class WorkerStatus(msgspec.Struct, frozen=True, rename="camel"):
    """A worker as its fleet's status tells of it."""

    id: str
    state: State
    pid: int | None
    uptime_seconds: float
    restarts: int
    last_exit: str


class Worker:
    """A place. `run` is its life; `retire` ends it, `renew` puts a new process of other settings into it."""

    def __init__(self, number: int, settings: FleetSettings, around: Surroundings) -> None:
        self.number = number
        self.id = f"{settings.name}-{number}"
        self.state: State = "starting"
        self.restarts = 0
        self.settled = asyncio.Event()
        """Set once a process of the current settings runs, or the place is given up or has ended."""
        self._around = around
        self._last_exit = ""
        self._began = time.monotonic()
        self._process: Process | None = None
        self._retiring = False
        self._called = asyncio.Event()
        self._adopt(settings)

    def _adopt(self, settings: FleetSettings) -> None:
        self._settings = settings
        self._restarting = Restarts(settings.restart, random.random)
        self._heartbeat = self._around.folder / self.id
        own = {"WORKER_ID": self.id, **settings.env}
        if settings.port_base:
            own["WORKER_PORT"] = str(settings.port_base + self.number)
        if settings.health.heartbeat_seconds:
            own["HEARTBEAT_FILE"] = str(self._heartbeat)
        self._variables = {**self._around.variables, **own}

    def status(self) -> WorkerStatus:
        """What it does now."""
        pid = self._process.pid if self._process else None
        uptime = round(time.monotonic() - self._began, 1) if self._process else 0.0
        return WorkerStatus(self.id, self.state, pid, uptime, self.restarts, self._last_exit)

    def retire(self) -> None:
        """End it: its process is asked to, and killed after its grace."""
        self._retiring = True
        self._called.set()

    def renew(self, settings: FleetSettings) -> None:
        """End its process and start one of these settings."""
        self.settled.clear()
        self._adopt(settings)
        self._called.set()

    async def run(self) -> None:
        """Keep a process here until retired."""
        while not self._retiring:
            self._called.clear()
            began = time.monotonic()
            well = await self._live()
            if self._called.is_set():
                continue
            now = time.monotonic()
            delay = self._restarting.delay(now, now - began, well=well)
            known = {"worker": self.id, "exit": self._last_exit, "seconds": round(now - began, 1)}
            if delay is None:
                self.state = "failed"
                self.settled.set()
                _log.error("a worker crashes again and again and is given up until SIGHUP", extra=known)
            else:
                self.state = "waiting"
                _log.warning("a worker has ended", extra={**known, "again_in": round(delay, 2)})
            self.restarts += 1
            with suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._called.wait()
        self.state = "stopped"
        self.settled.set()

    async def _live(self) -> bool:
        """A process from its start to its end; whether it ended by itself, and well."""
        self.state = "starting"
        try:
            self._heartbeat.unlink(missing_ok=True)
            target = sink(self.id, self._settings.output, self._around.writing)
        except OSError as error:
            self._last_exit = str(error)
            return False
        try:
            process = await self._start()
        except OSError as error:
            target.close()
            self._last_exit = str(error)
            return False
        self._began, self._process = time.monotonic(), process
        self._around.guard.watch(process.pid)
        assert process.stdout is not None
        output = asyncio.ensure_future(pump(process.stdout, target, self._around.writing))
        ended = asyncio.ensure_future(process.wait())
        try:
            unwell = await self._watch(ended)
            if not ended.done():
                await self._stop(process, ended)
        finally:
            # Whatever happens to this task, nothing of the worker stays.
            self._kill(process.pid)
            status = await ended
            self._around.guard.forget(process.pid)
            await asyncio.wait([output], timeout=_OUTPUT_SECONDS_MAX)
            output.cancel()
            if self._settings.image:
                await launching.remove_container(self.id)
            self._process = None
        self._last_exit = "unhealthy" if unwell else _exit(status)
        return not unwell and status == 0

    async def _start(self) -> Process:
        variables = {**os.environ, **self._variables}
        process = await asyncio.create_subprocess_exec(
            # By the loop's own thread, the main one: what dies with its parent dies with the thread that started it.
            *launching.argv(self._settings, self.id, self._variables),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self._settings.directory,
            env=variables,
            start_new_session=True,
        )
        _log.info("a worker has started", extra={"worker": self.id, "pid": process.pid})
        return process

    async def _watch(self, ended: asyncio.Future[int]) -> bool:
        """Wait until it ends, is unwell or is called; whether it is unwell."""
        settings = self._settings
        called = asyncio.ensure_future(self._called.wait())
        waited: list[asyncio.Future[object]] = [ended, called]  # type: ignore[list-item]  # futures are invariant
        if is_checked(settings.health):
            checked = Checked({**os.environ, **self._variables}, settings.directory, self._heartbeat)
            waited.append(
                asyncio.ensure_future(watch(settings.health, checked, settings.restart.start_grace_seconds, self._well))
            )
        else:
            self._well()
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        for each in waited[1:]:
            each.cancel()
        results = await asyncio.gather(*waited[1:], return_exceptions=True)
        return any(isinstance(each, Unwell) for each in results)

    def _well(self) -> None:
        self.state = "running"
        self.settled.set()

    async def _stop(self, process: Process, ended: asyncio.Future[int]) -> None:
        self.state = "stopping"
        with suppress(ProcessLookupError, PermissionError):
            # All of it, as systemd does: `sh -c` and `npm run` pass no signal on. A container's client does.
            os.killpg(process.pid, self._settings.signal)
        done, _ = await asyncio.wait([ended], timeout=self._settings.stop_grace_seconds)
        if not done:
            _log.warning("a worker does not end and is killed", extra={"worker": self.id, "pid": process.pid})

    @staticmethod
    def _kill(group: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def _exit(status: int) -> str:
    """An exit status as people read it."""
    if status >= 0:
        return f"status {status}"
    with suppress(ValueError):
        return signal.Signals(-status).name
    return f"signal {-status}"
