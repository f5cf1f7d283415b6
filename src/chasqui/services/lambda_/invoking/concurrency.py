"""How many invocations are under way, and whether one more may begin: pure counting, no clock, no I/O.

What counts are the invocations of this process: where several nodes serve one database, each holds its own callers to
the limits. Source: Lambda developer guide, "Understanding Lambda function scaling", "Configuring reserved concurrency",
"Configuring provisioned concurrency".
"""

from __future__ import annotations

from enum import Enum


class Pool(Enum):
    """Out of what an invocation's concurrency is taken."""

    UNRESERVED = 0
    RESERVED = 1
    PROVISIONED = 2


class Concurrency:
    """Invocations under way, by account and region, function and qualifier."""

    def __init__(self) -> None:
        self._unreserved: dict[str, int] = {}
        """By "account/region": those of functions without a reservation."""
        self._functions: dict[str, int] = {}
        """By the function's ARN: all of them."""
        self._provisioned: dict[str, int] = {}
        """By the qualified ARN: those in provisioned environments."""
        self.all = 0

    def enter(
        self, place: str, arn: str, qualified: str, room: int, reserved: int | None, provisioned: int
    ) -> Pool | None:
        """Count one more, if it may begin; None when it may not. `room` is what of the account's limit nobody has
        reserved, `reserved` the function's part, `provisioned` the qualifier's."""
        pool = Pool.UNRESERVED if reserved is None else Pool.RESERVED
        if provisioned and self._provisioned.get(qualified, 0) < provisioned:
            pool = Pool.PROVISIONED
            self._provisioned[qualified] = self._provisioned.get(qualified, 0) + 1
        elif reserved is not None:
            if self._functions.get(arn, 0) >= reserved:
                return None
        elif self._unreserved.get(place, 0) >= room:
            return None
        else:
            self._unreserved[place] = self._unreserved.get(place, 0) + 1
        self._functions[arn] = self._functions.get(arn, 0) + 1
        self.all += 1
        return pool

    def leave(self, place: str, arn: str, qualified: str, pool: Pool) -> None:
        """One that was counted has ended."""
        self.all -= 1
        _less(self._functions, arn)
        if pool is Pool.PROVISIONED:
            _less(self._provisioned, qualified)
        elif pool is Pool.UNRESERVED:
            _less(self._unreserved, place)

    def of(self, arn: str) -> int:
        """A function's invocations under way."""
        return self._functions.get(arn, 0)


def _less(counts: dict[str, int], key: str) -> None:
    if counts[key] == 1:
        del counts[key]
    else:
        counts[key] -= 1
