"""Claims that wait: in line by queue, each with a deadline in real time. It knows nothing of any database.

The engine asks for the first in line when something may have become visible, and takes it out once it was served. A
waiter costs a timer of the loop and nothing else, so thousands of them use no CPU.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from chasqui.base.clock import Clock, Timer
from chasqui.base.pending import Pending
from chasqui.store.port import Claim, Claimed


class Waiter:
    """One waiting claim."""

    __slots__ = ("claim", "deadline", "pending", "queue")

    def __init__(self, queue: int, claim: Claim, pending: Pending[list[Claimed]]) -> None:
        self.queue = queue
        self.claim = claim
        self.pending = pending
        self.deadline: asyncio.TimerHandle | None = None


class Parking:
    """The lines of waiting claims, first come first served, and one timer a line for its queue's next due row."""

    def __init__(self, clock: Clock, due: Callable[[int], object]) -> None:
        self._clock = clock
        self._due = due
        self._lines: dict[int, dict[Waiter, None]] = {}
        self._timers: dict[int, tuple[int, Timer]] = {}
        self._released = False

    def __contains__(self, queue: int) -> bool:
        return queue in self._lines

    def __len__(self) -> int:
        return sum(map(len, self._lines.values()))

    def queues(self) -> list[int]:
        return list(self._lines)

    def park(self, queue: int, claim: Claim, pending: Pending[list[Claimed]]) -> None:
        """Put a claim at the end of its queue's line, until its deadline or until it is cancelled."""
        waiter = Waiter(queue, claim, pending)
        self._lines.setdefault(queue, {})[waiter] = None
        pending.on_cancel = lambda: self.leave(waiter)
        seconds = 0 if self._released else claim.wait_ms / 1000
        waiter.deadline = asyncio.get_running_loop().call_later(seconds, self._give_up, waiter)

    def first(self, queue: int) -> Waiter | None:
        line = self._lines.get(queue)
        return next(iter(line)) if line else None

    def take(self, waiter: Waiter) -> None:
        """Take a claim out of its line while it is being served; `put_back` or `leave` follows before the loop runs."""
        line = self._lines[waiter.queue]
        del line[waiter]
        if not line:
            del self._lines[waiter.queue]

    def release_all(self) -> None:
        """Answer everyone who waits with nothing, and let nobody wait any more."""
        self._released = True
        for queue in self.queues():
            while (waiter := self.first(queue)) is not None:
                self.leave(waiter)
                waiter.pending.resolve([])

    def put_back(self, waiter: Waiter) -> None:
        """To the front of its line again: it was not served after all."""
        self._lines[waiter.queue] = {waiter: None, **self._lines.get(waiter.queue, {})}

    def leave(self, waiter: Waiter) -> None:
        """Take a claim out of its line: it is served, cancelled or out of time."""
        if waiter.deadline is not None:
            waiter.deadline.cancel()
        waiter.pending.on_cancel = None
        line = self._lines.get(waiter.queue)
        if line is not None:
            line.pop(waiter, None)
            if not line:
                del self._lines[waiter.queue]
        if not line:
            self.wake_at(waiter.queue, None)

    def _give_up(self, waiter: Waiter) -> None:
        self.leave(waiter)
        waiter.pending.resolve([])

    def wake_at(self, queue: int, when_ms: int | None) -> None:
        """Call `due(queue)` at the time its next row falls due; None: there is none."""
        standing = self._timers.get(queue)
        if standing is not None:
            if standing[0] == when_ms:
                return
            standing[1].cancel()
            del self._timers[queue]
        if when_ms is not None and queue in self._lines:
            self._timers[queue] = when_ms, self._clock.call_at(when_ms, lambda: self._fire(queue))

    def _fire(self, queue: int) -> None:
        self._timers.pop(queue, None)
        self._due(queue)
