"""`find(arn)`: what can be read from inside of this server, whichever service has it, for those who poll on behalf of
others: event-source mappings, later pipes.

A service that has something to read registers one function. What is read is claimed, and comes again unless it is
settled: a queue's visibility and redrive policy are the queue's own, as if a client had received.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import msgspec

from chasqui.base.arn import Arn, parse_arn
from chasqui.base.call import Call
from chasqui.base.pending import Pending
from chasqui.store.port import Claimed, Receipt


class Received(msgspec.Struct, frozen=True):
    """A message that was claimed. `record` is what a function's event has of it, as AWS spells it ("messageId", "body",
    "attributes", …)."""

    record: dict[str, Any]
    receipt: Receipt


class QueueSource(Protocol):
    """A queue as its poller sees it. It is thrown away when the queue behind it changes in any way."""

    arn: str
    account: str
    region: str
    fifo: bool
    visibility_ms: int
    queue: int
    """The store's."""

    def receive(self, limit: int, wait_ms: int) -> Pending[list[Claimed]]:
        """Claim up to `limit` messages (any number, other than by the API); waits for the first. What was received too
        often goes to the dead-letter queue in its place. Cancelling it takes the wait back. Raises `QueueGone`,
        `StoreError`; `InFlightLimit` when too many are under way."""
        ...

    async def prepare(self, caller: Call) -> None:
        """Before claims: look up what the next ones need (where exhausted messages go). Raises `ServiceError` when
        there are messages that `caller` may not open."""
        ...

    async def opened(self, claimed: list[Claimed], caller: Call) -> list[Received]:
        """What was claimed, as records. Raises `ServiceError` when the caller may not open it: then it is visible
        again."""
        ...

    async def settle(self, received: Sequence[Received]) -> None:
        """Delete them."""
        ...

    async def release(self, received: Sequence[Received], hide_ms: int = 0) -> None:
        """Make them visible again, after so long."""
        ...

    async def depth(self) -> int:
        """Messages that are visible now."""
        ...


Find = Callable[[Arn], Awaitable[QueueSource | None]]


class Sources:
    """The services' functions, by the service in the ARN."""

    def __init__(self) -> None:
        self._find: dict[str, Find] = {}

    def add(self, service: str, find: Find) -> None:
        assert service not in self._find, f"{service}'s sources are found by one function"
        self._find[service] = find

    async def find(self, arn_text: str) -> QueueSource | None:
        """The source; None when it does not exist or no service has such."""
        arn = parse_arn(arn_text)
        find = self._find.get(arn.service) if arn is not None else None
        return await find(arn) if arn is not None and find is not None else None
