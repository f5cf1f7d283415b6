"""Counters in memory: (metric, resource) to a number. Counting costs what a dictionary does."""

from __future__ import annotations

Key = tuple[str, str]


class Counters(dict[Key, int]):
    """Monotonic counts by (metric, resource's ARN): `counters[metric, arn] += 1`.

    Bounded: past `KEYS_MAX` distinct keys everything starts at 0 again, which readers of monotonic counters expect of
    a restart.
    """

    KEYS_MAX = 100_000

    def __missing__(self, key: Key) -> int:
        if len(self) >= self.KEYS_MAX:
            self.clear()
        return 0
