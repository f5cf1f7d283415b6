"""How many batches of a mapping run at a time: a few at first, then more while there is a backlog and the machine has
processors to spare.

AWS begins with five and adds up to 300 a minute. Functions here share the server's own machine, where more of them than
it has processors for only get in each other's way, unless they wait for something.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

FIRST: Final = 5
STEP: Final = 5
STEP_SECONDS: Final = 1.0
_SPARE: Final = 0.15
"""The part of the processors' time that must have been idle before more are added."""

_STAT: Final = Path("/proc/stat")


def idle_and_total() -> tuple[float, float]:
    """Seconds that the machine's processors were idle, and all of their seconds; (0, 0) where nothing tells."""
    try:
        with _STAT.open("rb") as file:
            numbers = [int(each) for each in file.readline().split()[1:9]]
    except (OSError, ValueError):
        return 0.0, 0.0
    ticks = os.sysconf("SC_CLK_TCK")
    return (numbers[3] + numbers[4]) / ticks, sum(numbers) / ticks


class Growth:
    """The allowance of one mapping. `now` is monotonic, in seconds."""

    def __init__(self, now: Callable[[], float], measure: Callable[[], tuple[float, float]] = idle_and_total) -> None:
        self._now = now
        self._measure = measure
        self._allowed = min(FIRST, max(2, 2 * (os.cpu_count() or 1)))
        self._since = now()
        self._before = measure()

    def may_add(self, lanes: int, most: int) -> bool:
        """Whether one more lane may be added to these."""
        if lanes >= most:
            return False
        if lanes >= self._allowed:
            self._look()
        return lanes < self._allowed

    def _look(self) -> None:
        now = self._now()
        if now - self._since < STEP_SECONDS:
            return
        idle, total = self._measure()
        spent = total - self._before[1]
        spare = (idle - self._before[0]) / spent if spent > 0 else 1.0
        self._since, self._before = now, (idle, total)
        if spare > _SPARE:
            self._allowed += STEP

    def throttled(self) -> None:
        """The function's concurrency was used up: fewer of these."""
        self._allowed = max(1, self._allowed // 2)
        self._since = self._now()
