"""When a delivery that failed is tried again: SNS' four phases, as pure arithmetic.

Source: "Amazon SNS message delivery retries" of the SNS developer guide. Of the four back-off functions AWS shows a
picture only; what stands for each here is said at `_BACKOFF`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import msgspec

Backoff = Literal["linear", "arithmetic", "geometric", "exponential"]

SPREAD: Final = 0.2
"""Retries come up to this part of their delay early, so that what failed together does not come back together."""


class RetryPolicy(msgspec.Struct, frozen=True):
    """How often and when. Of `retries` in all, the first `no_delay` come at once, then `min_delay` after `min_delay_ms`
    each, at the end `max_delay` after `max_delay_ms` each, and those in between back off from the one to the other."""

    retries: int
    min_delay_ms: int
    max_delay_ms: int
    no_delay: int = 0
    min_delay: int = 0
    max_delay: int = 0
    backoff: Backoff = "linear"

    def delay_ms(self, attempt: int) -> int | None:
        """From the failure of this attempt, counted from 1, to the next; None when there is none."""
        if attempt > self.retries:
            return None
        if attempt <= self.no_delay:
            return 0
        at = attempt - self.no_delay - self.min_delay - 1
        if at < 0:
            return self.min_delay_ms
        steps = self.retries - self.no_delay - self.min_delay - self.max_delay
        if at >= steps:
            return self.max_delay_ms
        part = _BACKOFF[self.backoff](at, steps, self)
        return round(self.min_delay_ms + (self.max_delay_ms - self.min_delay_ms) * part)

    def spread_ms(self, attempt: int, chance: float) -> int | None:
        """`delay_ms`, up to a fifth earlier by `chance`, which is in [0, 1)."""
        delay_ms = self.delay_ms(attempt)
        return None if delay_ms is None else round(delay_ms * (1 - SPREAD * chance))

    def total_ms(self) -> int:
        """From the first failure to the last attempt, if attempts took no time."""
        return sum(self.delay_ms(attempt) or 0 for attempt in range(1, self.retries + 1))


def _linear(at: int, steps: int, _: RetryPolicy) -> float:
    return at / (steps - 1) if steps > 1 else 0.0


def _arithmetic(at: int, steps: int, _: RetryPolicy) -> float:
    return at * (at + 1) / (steps * (steps - 1)) if steps > 1 else 0.0


def _geometric(at: int, steps: int, policy: RetryPolicy) -> float:
    if steps == 1 or policy.min_delay_ms == policy.max_delay_ms:
        return 0.0
    ratio: float = (policy.max_delay_ms / policy.min_delay_ms) ** (at / (steps - 1))
    return (ratio - 1) * policy.min_delay_ms / (policy.max_delay_ms - policy.min_delay_ms)


def _exponential(at: int, steps: int, _: RetryPolicy) -> float:
    return (2.0**at - 1) / (2.0 ** (steps - 1) - 1) if steps > 1 else 0.0


_BACKOFF: Final[dict[Backoff, Callable[[int, int, RetryPolicy], float]]] = {
    # How far the delay of retry `at` of so many steps (from 0) is on its way from the least to the most.
    "linear": _linear,  # equal increments
    "arithmetic": _arithmetic,  # increments of 1, 2, 3 … parts
    "geometric": _geometric,  # equal factors
    "exponential": _exponential,  # increments of 1, 2, 4 … parts
}

AWS_MANAGED: Final = RetryPolicy(100_015, 1000, 20_000, 3, 2, 100_000, "exponential")
"""Of targets that AWS runs itself (Lambda, SQS, Firehose): over 23 days."""

CUSTOMER_MANAGED: Final = RetryPolicy(50, 10_000, 600_000, 0, 2, 38, "exponential")
"""Of SMTP, SMS and mobile push: over 6 hours."""

HTTP_DEFAULT: Final = RetryPolicy(3, 20_000, 20_000)
"""Of HTTP and HTTPS endpoints that have no delivery policy."""
