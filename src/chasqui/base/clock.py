"""Time as the product sees it. Nothing else asks the machine what time it is.

`SystemClock` is the machine's; `TestClock` can be frozen, advanced and resumed, and fires its timers as it moves, so
that tests and users of a test server run hours in milliseconds. All times are integer milliseconds since the epoch.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A call to come."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """What the store and the services know of time."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        ...

    def call_at(self, when_ms: int, callback: Callable[[], object]) -> Timer:
        """Call back once, when `now_ms()` has reached `when_ms`, or at once if it has; needs a running loop."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def call_at(self, when_ms: int, callback: Callable[[], object]) -> Timer:
        # One millisecond more, so that the loop's rounding never fires before the due time.
        delay_ms = max(0, when_ms - self.now_ms() + 1)
        return asyncio.get_running_loop().call_later(delay_ms / 1000, callback)


class TestTimer:
    """A timer of a `TestClock`."""

    __slots__ = ("callback", "cancelled")
    __test__ = False

    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class TestClock:
    """A clock that a test moves. It starts running; `freeze` stops it, `advance` moves it either way, `resume` lets
    it run on from where it stands."""

    __test__ = False

    def __init__(self, offset_ms: int = 0, frozen_at_ms: int | None = None) -> None:
        self._offset_ms = offset_ms
        self._frozen_at_ms = frozen_at_ms
        self._timers: list[tuple[int, int, TestTimer]] = []
        self._numbers = itertools.count()
        self._armed: asyncio.TimerHandle | None = None

    def now_ms(self) -> int:
        if self._frozen_at_ms is not None:
            return self._frozen_at_ms
        return time.time_ns() // 1_000_000 + self._offset_ms

    @property
    def frozen(self) -> bool:
        return self._frozen_at_ms is not None

    @property
    def offset_ms(self) -> int:
        """How far this clock is ahead of the machine's."""
        return self.now_ms() - time.time_ns() // 1_000_000 if self.frozen else self._offset_ms

    def freeze(self, at_ms: int | None = None) -> None:
        """Stop the clock, now or at a given time."""
        self._frozen_at_ms = self.now_ms() if at_ms is None else at_ms
        self._fire()

    def advance(self, by_ms: int) -> None:
        """Move the clock forward and fire, in order, every timer that falls due on the way."""
        if by_ms < 0:
            raise ValueError("a clock is only advanced")
        if self._frozen_at_ms is not None:
            self._frozen_at_ms += by_ms
        else:
            self._offset_ms += by_ms
        self._fire()

    def resume(self) -> None:
        """Let a frozen clock run on from the time it shows."""
        if self._frozen_at_ms is not None:
            self._offset_ms = self._frozen_at_ms - time.time_ns() // 1_000_000
            self._frozen_at_ms = None
        self._arm()

    def reset(self) -> None:
        """Show real time again. For an emptied store only: time goes back."""
        self._frozen_at_ms, self._offset_ms = None, 0
        self._arm()

    def call_at(self, when_ms: int, callback: Callable[[], object]) -> Timer:
        timer = TestTimer(callback)
        heapq.heappush(self._timers, (when_ms, next(self._numbers), timer))
        self._arm()
        return timer

    def _fire(self) -> None:
        while self._timers and (self._timers[0][2].cancelled or self._timers[0][0] <= self.now_ms()):
            timer = heapq.heappop(self._timers)[2]
            if not timer.cancelled:
                timer.callback()
        self._arm()

    def _arm(self) -> None:
        if self._armed is not None:
            self._armed.cancel()
            self._armed = None
        while self._timers and self._timers[0][2].cancelled:
            heapq.heappop(self._timers)
        if self._timers and (self._frozen_at_ms is None or self._timers[0][0] <= self._frozen_at_ms):
            delay_ms = max(0, self._timers[0][0] - self.now_ms() + 1)
            self._armed = asyncio.get_running_loop().call_later(delay_ms / 1000, self._fire)
