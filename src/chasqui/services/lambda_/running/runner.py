"""The runner of this machine: pools of warm environments, a bound on how many there are, and lines before it."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from chasqui.base.errors import ChasquiError
from chasqui.services.lambda_.running.contract import CannotRun, Deployment, Faulty, Finished, Invocation, Stream
from chasqui.services.lambda_.running.environment import BUSY, GONE, Environment
from chasqui.services.lambda_.running.launching import Launched, Launcher
from chasqui.services.lambda_.running.report import Platform, error_json
from chasqui.services.lambda_.running.work import Work

if TYPE_CHECKING:
    from chasqui.services.lambda_.means import Means
    from chasqui.services.lambda_.running.contract import Runner

_log = logging.getLogger("chasqui.lambda")

# Environments end before the credentials do that they were given.
_AGE_MAX_SECONDS: Final = 10 * 3600
_CLOSE_SECONDS: Final = 3.0
_RETURN_SECONDS: Final = 0.02
_RESPAWN_SECONDS: Final = 1.0
_RESPAWN_SECONDS_MAX: Final = 60.0


class _Pool:
    """The environments of one deployment, and the invocations that wait for one."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.platform = Platform(deployment)
        self.idle: list[Environment] = []
        self.all: dict[Environment, None] = {}
        self.starting: set[Environment] = set()
        self.returning: set[Environment] = set()
        """Those that have answered and are about to ask for more."""
        self.waiting: deque[Work] = deque()
        self.patient = False
        self.provisioned = 0
        self.retired = False
        self.failures = 0
        """Environments that did not come up, one after the other."""
        self.error: ChasquiError | None = None
        self.watchers: list[asyncio.Future[None]] = []

    @property
    def unused(self) -> bool:
        return not (self.all or self.waiting or self.provisioned)

    def stirred(self) -> None:
        """Wake those who wait for environments to come up."""
        watchers, self.watchers = self.watchers, []
        for each in watchers:
            if not each.done():
                each.set_result(None)


class LocalRunner:
    """Runs functions in processes of this machine."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._launcher = Launcher(means)
        self._pools: dict[str, _Pool] = {}
        self._owners: dict[Environment, _Pool] = {}
        self._launched: dict[Environment, Launched] = {}
        self._idle: dict[Environment, None] = {}
        """Idle ones of all pools, those first that were used last the longest ago."""
        self._line: dict[_Pool, None] = {}
        """Pools that have no room for another environment, in the order in which they came."""
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle_timer: asyncio.TimerHandle | None = None
        self._closing = False
        self._emptied: asyncio.Future[None] | None = None
        self._cold_starts = 0
        self._kills = 0

    # What the contract says.
    async def run(self, deployment: Deployment, invocation: Invocation, stream: Stream | None = None) -> Finished:
        """See `Runner.run`."""
        pool = self._pool(deployment)
        work = Work(invocation, stream, next(self._numbers))
        if pool.idle:
            environment = pool.idle.pop()
            del self._idle[environment]
            environment.begin(work)
        elif self._closing:
            raise CannotRun("ServiceException", "The server is stopping.")
        else:
            pool.waiting.append(work)
            self._grow(pool)
        finished = await work.pending
        if stream is not None and work.flow is None and not finished.error:
            await stream.begin(finished.content_type, None)
            await stream.write(finished.payload)
        return finished

    async def provision(self, deployment: Deployment, count: int) -> int:
        """See `Runner.provision`."""
        why = self._launcher.supports(deployment.runtime)
        if why is not None:
            raise CannotRun("InvalidRuntimeException", why)
        pool = self._pool(deployment)
        pool.provisioned = count
        for environment in list(pool.idle)[: max(0, len(pool.all) - count)]:
            self._forget(environment)
            environment.end()
        while not self._closing and len(pool.all) < pool.provisioned:
            if not self._start(pool):
                break
        starting = set(pool.starting)
        while starting & pool.starting:
            watcher = asyncio.get_running_loop().create_future()
            pool.watchers.append(watcher)
            await watcher
        if isinstance(pool.error, CannotRun):
            raise pool.error
        return min(count, len(pool.all) - len(pool.starting))

    def retire(self, name: str, keep: frozenset[str]) -> None:
        """See `Runner.retire`."""
        for pool in list(self._pools.values()):
            deployment = pool.deployment
            if f"{deployment.account}/{deployment.region}/{deployment.name}" != name:
                continue
            if deployment.id in keep:
                pool.retired = False
                continue
            pool.retired, pool.provisioned = True, 0
            for environment in list(pool.idle):
                self._forget(environment)
                environment.end()
            self._drop_if_unused(pool)

    def supports(self, runtime: str) -> str | None:
        """See `Runner.supports`."""
        return self._launcher.supports(runtime)

    def statistics(self) -> Mapping[str, object]:
        """See `Runner.statistics`."""
        busy = sum(each.state == BUSY for each in self._owners)
        return {
            "environments": len(self._owners),
            "environments_max": self._means.limits.environments_max,
            "idle": len(self._idle),
            "busy": busy,
            "waiting": sum(len(pool.waiting) for pool in self._pools.values()),
            "cold_starts": self._cold_starts,
            "kills": self._kills,
        }

    async def close(self) -> None:
        """See `Runner.close`."""
        self._closing = True
        loop = asyncio.get_running_loop()
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        for environment in list(self._idle):
            self._forget(environment)
            environment.end()
        for patience in (_CLOSE_SECONDS, _CLOSE_SECONDS):
            if not self._owners:
                break
            self._emptied = loop.create_future()
            await asyncio.wait([self._emptied], timeout=patience)
            for environment in list(self._owners):
                environment.abort()
        tasks = list(self._tasks)
        for task in tasks:
            loop.call_soon(task.cancel)
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._launcher.close()

    # How environments come to be.
    def _pool(self, deployment: Deployment) -> _Pool:
        pool = self._pools.get(deployment.id)
        if pool is None:
            pool = self._pools[deployment.id] = _Pool(deployment)
        return pool

    def _drop_if_unused(self, pool: _Pool) -> None:
        if pool.unused and self._pools.get(pool.deployment.id) is pool:
            del self._pools[pool.deployment.id]
            self._line.pop(pool, None)

    def _grow(self, pool: _Pool) -> None:
        """Start environments for those who wait; where there is no room, get in line."""
        if pool.returning and not pool.patient and len(pool.waiting) > len(pool.starting):
            # A moment's patience is cheaper than a start.
            pool.patient = True
            asyncio.get_running_loop().call_later(_RETURN_SECONDS, self._look_after, pool)
        while len(pool.starting) + len(pool.returning) < len(pool.waiting):
            if not self._start(pool):
                self._line[pool] = None
                return
        self._line.pop(pool, None)

    def _look_after(self, pool: _Pool) -> None:
        """Those who were waited for a moment: who is not back by now is not waited for."""
        pool.patient = False
        if pool.waiting and pool.returning:
            pool.returning.clear()
            self._grow(pool)

    def _start(self, pool: _Pool) -> bool:
        if len(self._owners) >= self._means.limits.environments_max:
            self._make_room()
            return False
        environment = Environment(self._means, pool.deployment, pool.platform, self)
        environment.provisioned = pool.provisioned > 0
        self._owners[environment] = pool
        pool.all[environment] = None
        pool.starting.add(environment)
        self._cold_starts += 1
        task = asyncio.get_running_loop().create_task(self._prepare(environment))
        self._tasks.add(task)
        task.add_done_callback(partial(self._prepared, environment))
        return True

    def _make_room(self) -> None:
        """End the environment that was idle for longest, unless one is about to end already."""
        if any(each.state == GONE for each in self._owners):
            return
        for environment in self._idle:
            pool = self._owners[environment]
            if len(pool.all) > pool.provisioned:
                self._forget(environment)
                environment.end()
                return

    async def _prepare(self, environment: Environment) -> None:
        launched = await self._launcher.prepare(environment.deployment)
        if environment.state == GONE:
            launched.release()
            return
        self._launched[environment] = launched
        await environment.start(launched.command, launched.label, launched.note)

    def _prepared(self, environment: Environment, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is None:
            return
        work = self.claim(environment)
        if not isinstance(error, ChasquiError):
            _log.error("an execution environment could not be started", exc_info=error)
            error = CannotRun("ServiceException", f"The execution environment could not be started: {error}")
        self._owners[environment].error = error
        if work is not None and isinstance(error, Faulty):
            request_id = work.invocation.request_id
            work.pending.resolve(
                Finished(payload=error_json(error.error_type, request_id, str(error)), error="Unhandled", billed_ms=1)
            )
        elif work is not None:
            work.pending.fail(error)
        environment.end()

    # What environments say.
    def returning(self, environment: Environment) -> None:
        """It has answered, and will be ready in a moment."""
        self._owners[environment].returning.add(environment)

    def ready(self, environment: Environment) -> None:
        """It waits for an event: the next in its pool's line, or none."""
        pool = self._owners[environment]
        pool.returning.discard(environment)
        if environment in pool.starting:
            pool.starting.discard(environment)
            pool.failures, pool.error = 0, None
            pool.stirred()
        loop = asyncio.get_running_loop()
        aged = loop.time() - environment.born_at > _AGE_MAX_SECONDS
        if self._closing or aged or (pool.retired and environment.used) or self._must_yield(pool):
            environment.end()
        elif pool.waiting:
            environment.begin(pool.waiting.popleft())
        elif pool.retired:
            environment.end()
        else:
            pool.idle.append(environment)
            self._idle[environment] = None
            environment.idle_at = loop.time()
            if self._idle_timer is None:
                self._idle_timer = loop.call_later(self._means.limits.idle_s, self._end_idle)
            if self._line:
                self._make_room()

    def _must_yield(self, pool: _Pool) -> bool:
        """Whether another function, which has no environment at all, has waited for longer than this one's next."""
        if not self._line:
            return False
        other = next(iter(self._line))
        if other is pool or other.all or not other.waiting:
            return False
        return not pool.waiting or other.waiting[0].number < pool.waiting[0].number

    def claim(self, environment: Environment) -> Work | None:
        """The invocation that an environment which did not come up is tried with once more."""
        pool = self._owners[environment]
        pool.starting.discard(environment)
        pool.failures += 1
        pool.stirred()
        return pool.waiting.popleft() if pool.waiting else None

    def gone(self, environment: Environment) -> None:
        """It has ended: its room is for those who wait."""
        self._forget(environment)
        pool = self._owners.pop(environment)
        self._kills += environment.kills
        pool.all.pop(environment, None)
        pool.starting.discard(environment)
        pool.returning.discard(environment)
        pool.stirred()
        launched = self._launched.pop(environment, None)
        if launched is not None:
            launched.release()
        if not self._owners and self._emptied is not None and not self._emptied.done():
            self._emptied.set_result(None)
        if self._closing:
            for work in pool.waiting:
                work.pending.fail(CannotRun("ServiceException", "The server is stopping."))
            pool.waiting.clear()
            return
        for each in list(self._line):
            self._grow(each)
        self._grow(pool)
        if len(pool.all) < pool.provisioned:
            asyncio.get_running_loop().call_later(
                min(_RESPAWN_SECONDS_MAX, _RESPAWN_SECONDS * 2**pool.failures), self._replace, pool
            )
        self._drop_if_unused(pool)

    def _replace(self, pool: _Pool) -> None:
        while not self._closing and len(pool.all) < pool.provisioned and self._start(pool):
            pass

    def _forget(self, environment: Environment) -> None:
        """It is not idle any more."""
        if environment in self._idle:
            del self._idle[environment]
            self._owners[environment].idle.remove(environment)

    def _end_idle(self) -> None:
        """The timer: end what was not used for long, and look again when the next is due."""
        self._idle_timer = None
        loop, idle_s = asyncio.get_running_loop(), self._means.limits.idle_s
        now = loop.time()
        for environment in list(self._idle):
            left = environment.idle_at + idle_s - now
            pool = self._owners[environment]
            if left > 0:
                self._idle_timer = loop.call_later(left + 0.001, self._end_idle)
                return
            if len(pool.all) > pool.provisioned:
                self._forget(environment)
                environment.end()


def make_runner(means: Means) -> Runner:
    """The runner on these dependencies."""
    return LocalRunner(means)
