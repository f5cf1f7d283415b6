"""How many workers there should be, and when one that ended is started again: time and figures in, decisions out.

Target tracking as AWS describes it for queues ("Scaling policy based on Amazon SQS", EC2 Auto Scaling user guide): the
metric is the backlog per running worker, the target what one may have waiting. As its two alarms do, adding takes a
few samples above the target, removing many samples well below it. Nothing here asks what time it is.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Literal

import msgspec

from chasqui.fleet.settings import Restart, Scaling

_SLACK = 0.9
"""Workers are removed below this part of the target only, as AWS' lower alarm has it."""


class Decision(msgspec.Struct, frozen=True):
    """What to do: have `desired` workers."""

    action: Literal["hold", "out", "in"]
    desired: int
    reason: str


class Policy:
    """Decides, sample after sample."""

    def __init__(self, rules: Scaling) -> None:
        self.rules = rules
        self._high = 0
        self._low: list[int] = []
        self._out_until = -math.inf
        self._in_until = -math.inf

    def wanted(self, backlog: int) -> int:
        """The workers that a backlog asks for."""
        rules = self.rules
        return min(rules.max, max(rules.min, math.ceil(backlog / rules.backlog_per_worker)))

    def decide(self, now: float, backlog: int | None, capacity: int) -> Decision:
        """What a sample at `now` (seconds, of any clock that does not go back) leads to. `capacity` is what was last
        decided, whether or not all of it runs yet; `backlog` is None when the queue could not be asked, which, as
        missing data does to an alarm, begins the count of samples anew."""
        rules = self.rules
        bounded = min(rules.max, max(rules.min, capacity))
        if bounded != capacity:
            return self._scale(now, "out" if bounded > capacity else "in", bounded, "the bounds have changed")
        if backlog is None:
            self._high, self._low = 0, []
            return Decision("hold", capacity, "the queue could not be asked")
        wanted, target = self.wanted(backlog), rules.backlog_per_worker * capacity
        self._high = self._high + 1 if backlog > target else 0
        low = wanted < capacity and backlog < _SLACK * target
        self._low = [*self._low, wanted][-rules.scale_in_periods :] if low else []
        if wanted > capacity:
            return self._out(now, wanted, capacity)
        if low:
            return self._in(now, capacity)
        return Decision("hold", capacity, "at its maximum" if backlog > target else "near the target")

    def _out(self, now: float, wanted: int, capacity: int) -> Decision:
        if self._high < self.rules.scale_out_periods:
            return Decision("hold", capacity, f"above the target, {self._high} of {self.rules.scale_out_periods}")
        if now < self._out_until:
            return Decision("hold", capacity, "above the target, in the scale-out cooldown")
        # A scale-out does not wait for the scale-in cooldown: availability goes before thrift.
        return self._scale(now, "out", wanted, "above the target")

    def _in(self, now: float, capacity: int) -> Decision:
        if len(self._low) < self.rules.scale_in_periods:
            return Decision("hold", capacity, f"below the target, {len(self._low)} of {self.rules.scale_in_periods}")
        if now < max(self._in_until, self._out_until):
            return Decision("hold", capacity, "below the target, in a cooldown")
        # The most that any of these samples asked for.
        return self._scale(now, "in", max(self._low), "below the target")

    def _scale(self, now: float, action: Literal["out", "in"], desired: int, reason: str) -> Decision:
        self._high, self._low = 0, []
        if action == "out":
            self._out_until = now + self.rules.scale_out_cooldown_seconds
        else:
            self._in_until = now + self.rules.scale_in_cooldown_seconds
        return Decision(action, desired, reason)


class Restarts:
    """When a worker that ended is started again. `chance` gives numbers from 0 to 1."""

    def __init__(self, rules: Restart, chance: Callable[[], float]) -> None:
        self._rules = rules
        self._chance = chance
        self._crashes: deque[float] = deque(maxlen=rules.crashes_max)

    def delay(self, now: float, lived: float, *, well: bool) -> float | None:
        """Seconds to wait, or None: it is given up. `lived` are the seconds that it ran, `well` that it ended with 0,
        which is no crash unless it came too soon for work to have been done."""
        rules = self._rules
        if well and lived >= rules.start_grace_seconds:
            return 0
        self._crashes.append(now)
        while self._crashes[0] <= now - rules.crash_window_seconds:
            self._crashes.popleft()
        if len(self._crashes) >= rules.crashes_max:
            return None
        longest = min(rules.delay_max_seconds, rules.delay_seconds * 2.0 ** min(len(self._crashes) - 1, 30))
        # Half of it by chance, so that workers that died together do not come back together.
        return longest * (0.5 + 0.5 * self._chance())
