"""Counters in memory: a name and labels to a number. Reading them costs nothing to those who count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

Key = tuple[str, str, str]


class Counters:
    """Monotonic counts by (metric, resource, account and region); the number of distinct keys is bounded."""

    KEYS_MAX = 50_000

    def __init__(self) -> None:
        self._counts: defaultdict[Key, int] = defaultdict(int)

    def add(self, key: Key, amount: int = 1) -> None:
        """Count. Past `KEYS_MAX` distinct keys, further resources are counted together under "(other)"."""
        counts = self._counts
        if key not in counts and len(counts) >= self.KEYS_MAX:
            key = (key[0], "(other)", "")
        counts[key] += amount

    def __iter__(self) -> Iterator[tuple[Key, int]]:
        return iter(list(self._counts.items()))

    def get(self, key: Key) -> int:
        return self._counts.get(key, 0)

    def clear(self) -> None:
        self._counts.clear()
