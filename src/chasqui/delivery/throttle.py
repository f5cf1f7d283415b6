"""How often a target's deliveries may begin: a bucket of tokens in the clock's time. No timers, no I/O."""

from __future__ import annotations

_BURST_SECONDS = 0.1


class Throttle:
    """`per_second` on average; a tenth of a second's worth, and one at least, at once."""

    __slots__ = ("_at_ms", "_most", "_per_ms", "_tokens")

    def __init__(self, per_second: float, now_ms: int) -> None:
        self._per_ms = per_second / 1000
        self._most = max(1.0, per_second * _BURST_SECONDS)
        self._tokens = self._most
        self._at_ms = now_ms

    def allowed(self, now_ms: int) -> int:
        """How many may begin now."""
        passed = max(0, now_ms - self._at_ms)
        self._tokens = min(self._most, self._tokens + passed * self._per_ms)
        self._at_ms = now_ms
        return int(self._tokens)

    def take(self, count: int) -> None:
        """So many begin. They may be more than were allowed: what is owed delays the next."""
        self._tokens -= count

    def next_ms(self) -> int:
        """When one more may begin."""
        return self._at_ms + max(1, int((1 - self._tokens) / self._per_ms) + 1)
