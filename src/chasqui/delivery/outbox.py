"""The outbox: what works off the queues of targets outside the store, on every node. Read `route.py` first.

It opens and closes routes, and from time to time looks at what is under way. What happens to a route's messages is
`worker.py`'s; what routes share is `slots.py`'s.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any, Final

from chasqui.base.clock import Clock
from chasqui.base.pending import Pending
from chasqui.delivery.route import Route
from chasqui.delivery.slots import Slots
from chasqui.delivery.worker import Worker
from chasqui.store.port import Store

SWEEP_SECONDS: Final = 5.0
SLICE: Final = 100
"""So many routes are swept in one turn of the loop."""

GRACE_SECONDS: Final = 3.0
"""So long attempts may go on when the outbox closes."""


class Outbox:
    """The routes of one process. `attempts_max` attempts are under way at a time; routes take turns. `chance` spreads
    retries."""

    def __init__(
        self, store: Store, clock: Clock, *, attempts_max: int = 256, chance: Callable[[], float] = random.random
    ) -> None:
        self._slots = Slots(store, clock, attempts_max, chance)
        self._slots.gone = self.close
        self._workers: dict[int, Worker] = {}
        self._holding: set[Worker] = set()
        """Workers that have claimed something."""
        self._sweeping: asyncio.TimerHandle | None = None

    def open(self, route: Route) -> None:
        """Work a route off from now on. It replaces the one that is open for its queue; what is under way goes on."""
        worker = self._workers.get(route.queue)
        if worker is not None:
            worker.replace(route)
        elif not self._slots.closing:
            worker = self._workers[route.queue] = Worker(self._slots, route, self._hold)
            worker.look()

    def close(self, queue: int) -> None:
        """Work it off no more. Attempts under way go on."""
        worker = self._workers.pop(queue, None)
        if worker is not None:
            worker.stop()

    async def close_all(self) -> None:
        """End. Attempts may go on for `GRACE_SECONDS`; what is not delivered by then is another node's at once, or the
        next start's."""
        slots = self._slots
        slots.closing = True
        for worker in self._workers.values():
            worker.stop()
        if slots.tasks:
            _, late = await asyncio.wait(slots.tasks, timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await asyncio.sleep(0)  # what ended in this turn of the loop is put into the store in the next
        while slots.noting:
            await _end_of(next(iter(slots.noting)))
        self._workers.clear()
        if self._sweeping is not None:
            self._sweeping.cancel()

    def statistics(self) -> dict[str, int]:
        """Figures for metrics and health. `silent`: routes whose targets do not answer."""
        slots = self._slots
        return {
            "routes": len(self._workers),
            "silent": sum(worker.silent for worker in self._workers.values()),
            "under_way": sum(len(worker.running) for worker in self._holding),
            "waiting": sum(len(worker.waiting) for worker in self._holding),
            "held_bytes": slots.bytes,
            "delivered": slots.delivered,
            "failed": slots.failed,
            "dead": slots.dead,
        }

    # ------------------------------------------------------------------------------------------- the sweep

    def _hold(self, worker: Worker, holds: bool) -> None:
        if not holds:
            self._holding.discard(worker)
            return
        self._holding.add(worker)
        if self._sweeping is None:
            self._sweep_later()

    def _sweep_later(self) -> None:
        self._sweeping = self._slots.loop.call_later(SWEEP_SECONDS, lambda: self._sweep(list(self._holding)))

    def _sweep(self, workers: list[Worker]) -> None:
        """A slice of the workers in one turn of the loop, the others in the next ones."""
        now, now_ms = self._slots.loop.time(), self._slots.clock.now_ms()
        for worker in workers[-SLICE:]:
            worker.sweep(now, now_ms)
        del workers[-SLICE:]
        if workers:
            self._slots.loop.call_soon(self._sweep, workers)
        elif self._holding and not self._slots.closing:
            self._sweep_later()
        else:
            self._sweeping = None


async def _end_of(pending: Pending[Any]) -> None:
    """Waits for the end, whatever it is."""
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    pending.add_done_callback(lambda _: None if future.done() else future.set_result(None))
    await future
