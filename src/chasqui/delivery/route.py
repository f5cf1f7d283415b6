"""What a target outside is to the outbox: a queue of its own, a way to try one message, and when to try again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from chasqui.delivery.retries import RetryPolicy
from chasqui.store.port import Claimed, Delivery


class Outcome(msgspec.Struct, frozen=True):
    """How one attempt ended.

    `retry`: it failed in a way that may pass. `reached`: the target answered, whatever it was; failures without an
    answer are what the breaker counts. `status` is an HTTP status or its like, 0 for none. `retry_after_ms` is what the
    target asked for. `dwell_ms` is how long the attempt took. `response` is the beginning of what the target said
    (`sending.shown`).
    """

    ok: bool
    retry: bool = False
    status: int = 0
    reason: str = ""
    retry_after_ms: int | None = None
    dwell_ms: int = 0
    response: str = ""
    reached: bool = True


class Attempted(msgspec.Struct, frozen=True):
    """One attempt, as it is told. `attempt` counts from 1. `next_at_ms` is when the message is tried again (None: it is
    not), `dead` says that it is given up. `stood_for`: nothing was sent, the target's silence to another message of the
    moment stands for it."""

    route: str
    id: bytes
    attempt: int
    outcome: Outcome
    at_ms: int
    next_at_ms: int | None = None
    dead: bool = False
    stood_for: bool = False


Attempt = Callable[[Claimed], Awaitable[Outcome]]
"""Tries once. It bounds its own time; what it raises counts as a failure that may pass. It runs in a task."""

Exhausted = Callable[[Claimed, Outcome], Awaitable[Sequence[Delivery]]]
"""Says where a message goes that is given up (dead-letter deliveries, or nowhere). If it raises, it is asked again."""


class Route(msgspec.Struct, frozen=True):
    """A target. `name` is for logs and traces (a subscription's ARN). At most `concurrency` of its messages are under
    way in this process, and begun at `per_second` (None: any). `longest_ms` is the longest that an attempt takes;
    where that is long, `hidden_ms` is how long a message is hidden at a time while it is held, so that it comes back
    sooner after a crash."""

    queue: int
    name: str
    attempt: Attempt
    policy: RetryPolicy
    exhausted: Exhausted
    told: Callable[[Attempted], object]
    per_second: float | None = None
    concurrency: int = 8
    longest_ms: int = 15_000
    hidden_ms: int | None = None
