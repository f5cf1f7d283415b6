"""The fleet: looks at the queue once a period, decides, and sees to it that so many workers are there."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import signal
import sys
import tempfile
from collections import deque
from contextlib import suppress
from pathlib import Path

from chasqui.base.clock import SystemClock
from chasqui.base.errors import ChasquiError, SettingsError
from chasqui.base.times import iso_time
from chasqui.fleet.launching import Guard, sweep_containers
from chasqui.fleet.output import Writing
from chasqui.fleet.policy import Decision, Policy
from chasqui.fleet.queue import Queue, QueueUnreachable
from chasqui.fleet.settings import FleetSettings, load_fleet
from chasqui.fleet.status import FleetStatus, Made, serve_status, write_file
from chasqui.fleet.worker import Surroundings, Worker

_DECISIONS_KEPT = 20
_FIXED = ("queue", "name", "endpoint", "region", "listen", "image")
"""What a reload does not change."""
_log = logging.getLogger("chasqui.fleet")


class Fleet:
    """One queue's workers."""

    def __init__(self, settings: FleetSettings, queue: Queue, around: Surroundings) -> None:
        self._settings = settings
        self._queue = queue
        self._around = around
        self._policy = Policy(settings.scaling)
        self._clock = SystemClock()
        self._workers: dict[int, Worker] = {}
        self._lives: dict[int, asyncio.Task[None]] = {}
        self._leaving: set[Worker] = set()
        self._renewing: asyncio.Task[None] | None = None
        self._ending = False
        self._desired = settings.scaling.min
        self._backlog: int | None = None
        self._reason = "the fleet has started"
        self._failed = 0
        self._restarts = 0
        self._scaled = {"out": 0, "in": 0}
        self._decisions: deque[Made] = deque(maxlen=_DECISIONS_KEPT)

    async def keep(self, stop: asyncio.Event) -> None:
        """Look, decide, act, until `stop`; then end all workers."""
        try:
            self._fill()
            while not stop.is_set():
                await self._look()
                self._fill()
                await self._tell()
                with suppress(TimeoutError):
                    # The metric is a sample a period, as CloudWatch's is: a queue says nothing by itself.
                    async with asyncio.timeout(self._settings.scaling.period_seconds):
                        await stop.wait()
        finally:
            await self._drain()

    async def _look(self) -> None:
        try:
            depth = await self._queue.depth()
        except ChasquiError as error:
            self._failed += 1
            self._backlog = None
            _log.warning("the queue cannot be asked", extra={"error": str(error)})
        else:
            self._backlog = depth.visible + (depth.in_flight if self._settings.scaling.count_in_flight else 0)
        self._decide(self._backlog)

    def _decide(self, backlog: int | None) -> None:
        before = self._desired
        decision = self._policy.decide(asyncio.get_running_loop().time(), backlog, before)
        self._reason = decision.reason
        extra = {"backlog": self._backlog, "running": self._running(), "workers": decision.desired}
        if decision.action == "hold":
            _log.debug("the fleet stays as it is", extra={**extra, "reason": decision.reason})
            return
        self._made(decision, before)
        direction = "grows" if decision.action == "out" else "shrinks"
        _log.info(f"the fleet {direction}", extra={**extra, "before": before, "reason": decision.reason})

    def _made(self, decision: Decision, before: int) -> None:
        at = iso_time(self._clock.now_ms())
        self._decisions.append(Made(at, decision.action, before, decision.desired, self._backlog, decision.reason))
        self._scaled[decision.action] += 1
        self._desired = decision.desired

    def _running(self) -> int:
        return sum(each.state == "running" for each in self._workers.values())

    def _fill(self) -> None:
        """Start or retire workers, until as many as desired are staying."""
        staying = [each for each in self._workers.values() if each not in self._leaving]
        # Those that do no work go first, then those that came last.
        staying.sort(key=lambda each: (each.state != "running", each.number))
        for worker in staying[self._desired :]:
            self._leaving.add(worker)
            worker.retire()
        for _ in range(self._desired - len(staying)):
            number = next(number for number in range(len(self._workers) + 1) if number not in self._workers)
            worker = self._workers[number] = Worker(number, self._settings, self._around)
            self._lives[number] = asyncio.create_task(worker.run())
            self._lives[number].add_done_callback(functools.partial(self._gone, worker))

    def _gone(self, worker: Worker, task: asyncio.Task[None]) -> None:
        del self._workers[worker.number], self._lives[worker.number]
        self._restarts += worker.restarts
        self._leaving.discard(worker)
        if not task.cancelled() and task.exception():
            _log.error("a worker's keeper has failed", exc_info=task.exception())

    async def _drain(self) -> None:
        self._ending = True
        if self._renewing:
            self._renewing.cancel()
        for worker in self._workers.values():
            worker.retire()
        if self._lives:
            _log.info("the fleet ends its workers", extra={"workers": len(self._lives)})
            await asyncio.wait(list(self._lives.values()))
        self._desired, self._reason = 0, "the fleet has ended"
        await self._tell()

    def reload(self, path: Path) -> None:
        """Take what the file says now. Bounds hold at once, other rules from the next sample on; workers get new
        processes, one after the other, those that were given up too. A file that is wrong changes nothing."""
        if self._ending:
            return
        try:
            settings = load_fleet(path)
        except ChasquiError as error:
            _log.error("the fleet goes on with its old settings", extra={"error": str(error)})
            return
        kept = {name: getattr(self._settings, name) for name in _FIXED}
        changed = [name for name in _FIXED if getattr(settings, name) != kept[name]]
        if changed:
            _log.error("this takes a new start of the fleet, and stays", extra={"settings": ", ".join(changed)})
            return
        _log.info("the fleet has new settings")
        self._settings, self._policy.rules = settings, settings.scaling
        # New bounds hold now, not a period later; for all else there is no new sample.
        self._decide(None)
        self._fill()
        if self._renewing:
            self._renewing.cancel()
        self._renewing = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        for worker in list(self._workers.values()):
            if worker not in self._leaving:
                worker.renew(self._settings)
                with suppress(TimeoutError):
                    async with asyncio.timeout(
                        self._settings.stop_grace_seconds + self._settings.restart.start_grace_seconds + 1
                    ):
                        await worker.settled.wait()

    def status(self) -> FleetStatus:
        """What the fleet is doing."""
        rules, running = self._settings.scaling, self._running()
        return FleetStatus(
            name=self._settings.name,
            queue=self._queue.url,
            pid=os.getpid(),
            backlog=self._backlog,
            # None runs, yet: all of it waits for the first.
            backlog_per_worker=None if self._backlog is None else round(self._backlog / max(1, running), 2),
            target=rules.backlog_per_worker,
            min=rules.min,
            max=rules.max,
            desired=self._desired,
            running=running,
            reason=self._reason,
            samples_failed=self._failed,
            restarts=self._restarts + sum(each.restarts for each in self._workers.values()),
            scaled=dict(self._scaled),
            decisions=list(self._decisions),
            workers=[self._workers[number].status() for number in sorted(self._workers)],
        )

    async def _tell(self) -> None:
        if self._settings.status_file:
            try:
                await asyncio.to_thread(write_file, self._settings.status_file, self.status())
            except OSError as error:
                _log.warning("the status cannot be written", extra={"error": str(error)})


async def run_fleet(path: Path, stop: asyncio.Event) -> None:
    """Keep the fleet of a file until `stop`. SIGHUP reads the file again. Raises `SettingsError`, `QueueMissing`."""
    if sys.platform == "win32":
        raise SettingsError("chasqui workers takes Linux or macOS: Windows has no process groups to end workers by")
    loop, settings = asyncio.get_running_loop(), load_fleet(path)
    # There is nothing to reload yet, and the signal would end the fleet.
    loop.add_signal_handler(signal.SIGHUP, lambda: None)
    queue = Queue(settings)
    if not await _found(queue, settings, stop):
        return
    if settings.image:
        await sweep_containers(settings)
    guard, writing = Guard(), Writing()
    server = None
    try:
        with tempfile.TemporaryDirectory(prefix="chasqui-fleet-") as folder:
            around = Surroundings(await _variables(queue, settings), Path(folder), guard, writing)
            fleet = Fleet(settings, queue, around)
            if settings.address:
                server = await serve_status(settings.address, fleet.status)
                port = server.sockets[0].getsockname()[1]
                _log.info("the fleet's status is served", extra={"url": f"http://{settings.address[0]}:{port}/status"})
            loop.add_signal_handler(signal.SIGHUP, fleet.reload, path)
            await fleet.keep(stop)
    finally:
        if server:
            server.close()
        guard.close()
        writing.close()


async def _found(queue: Queue, settings: FleetSettings, stop: asyncio.Event) -> bool:
    """Wait until the queue's server answers; False when stopped before. Raises `QueueMissing`."""
    while not stop.is_set():
        try:
            await queue.depth()
            return True
        except QueueUnreachable as error:
            _log.warning("the fleet waits for its queue", extra={"error": str(error)})
        with suppress(TimeoutError):
            async with asyncio.timeout(min(5, settings.scaling.period_seconds)):
                await stop.wait()
    return False


async def _variables(queue: Queue, settings: FleetSettings) -> dict[str, str]:
    """The variables that every worker has beside the fleet's own."""
    found = {"QUEUE_URL": queue.url, "AWS_REGION": queue.region, "AWS_DEFAULT_REGION": queue.region}
    if settings.endpoint:
        found["AWS_ENDPOINT_URL"] = settings.endpoint
    # A process finds credentials as the fleet did, and again when they expire; a container has not its files.
    return {**found, **(await queue.variables() if settings.image else {})}
