"""Counters in memory: (metric, resource) to a number. Counting costs what a dictionary does."""

from __future__ import annotations

Key = tuple[str, str]


class Flows(dict[str, int]):
    """Messages that went from one resource to another, by what connects the two: a subscription's or a mapping's ARN, a
    queue's for what goes to its dead-letter queue, or two ARNs with a blank between them.

    Bounded apart from the counters, because a topic may have very many subscriptions.
    """

    KEYS_MAX = 100_000

    def __missing__(self, key: str) -> int:
        if len(self) >= self.KEYS_MAX:
            self.clear()
        return 0

    def add(self, key: str, messages: int) -> None:
        """So many more."""
        self[key] += messages


class Counters(dict[Key, int]):
    """Monotonic counts by (metric, resource's ARN): `counters[metric, arn] += 1`.

    Bounded: past `KEYS_MAX` distinct keys everything starts at 0 again, which readers of monotonic counters expect of
    a restart. `flows` are the same between two resources.
    """

    KEYS_MAX = 100_000

    def __init__(self) -> None:
        super().__init__()
        self.flows = Flows()

    def __missing__(self, key: Key) -> int:
        if len(self) >= self.KEYS_MAX:
            super().clear()
        return 0

    def clear(self) -> None:
        """Begin at 0 again, flows as well."""
        super().clear()
        self.flows.clear()
