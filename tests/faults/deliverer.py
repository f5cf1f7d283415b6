"""A process to be killed: publishes to three targets for ever, works their queues off, and notes in a ledger what was
acknowledged ("a N"). Two targets are HTTP endpoints; the third refuses everything, so that all of it is given up.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from chasqui.base.clock import Clock, SystemClock
from chasqui.delivery.http.client import HttpClient
from chasqui.delivery.http.limits import HttpLimits
from chasqui.delivery.outbox import Outbox
from chasqui.delivery.retries import RetryPolicy
from chasqui.delivery.route import Outcome, Route
from chasqui.store.port import Claimed, Delivery, NewMessage, Post, Resource, Shared, Store, Transaction
from chasqui.store.sqlite import open_store

KEPT_MS = 10**9
NAMES = ("one", "two", "refusing", "dead")


async def queues_of(store: Store) -> dict[str, int]:
    """The queues by name, made when they are not there."""

    async def find(transaction: Transaction) -> dict[str, int]:
        found = {}
        for name in NAMES:
            resource = await transaction.get("queue", "o", name)
            if resource is None:
                document = b"%d" % await transaction.create_queue(ordered=False)
                resource = await transaction.create(Resource("queue", "o", name, document))
            found[name] = int(resource.document)
        return found

    return await store.transaction(find)


def open_routes(
    store: Store, clock: Clock, client: HttpClient, outbox: Outbox, queues: dict[str, int], port: int
) -> None:
    """The three routes, on an outbox."""

    def message(payload: bytes) -> NewMessage:
        now = clock.now_ms()
        return NewMessage(os.urandom(16), payload, now, now, now + KEPT_MS)

    async def exhausted(claimed: Claimed, _: Outcome) -> Sequence[Delivery]:
        return [Delivery(queues["dead"], [message(claimed.payload)])]

    def route(name: str, policy: RetryPolicy) -> Route:
        url = f"http://127.0.0.1:{port}/{name}"
        return Route(
            queues[name], name, lambda claimed: client.deliver(url, {}, claimed.payload), policy, exhausted, id,
            longest_ms=1000,
        )  # fmt: skip

    outbox.open(route("one", RetryPolicy(100, 10, 10)))
    outbox.open(route("two", RetryPolicy(100, 10, 10)))
    outbox.open(route("refusing", RetryPolicy(1, 10, 10)))


async def main(folder: Path, ledger: int, start: int, port: int) -> None:
    clock = SystemClock()
    store = await open_store(folder, clock=clock)
    queues = await queues_of(store)
    client = HttpClient(clock, HttpLimits(targets="private"))
    open_routes(store, clock, client, Outbox(store, clock), queues, port)
    n = start
    while True:
        payload, now = b"%d" % n, clock.now_ms()
        n += 1
        shared = Shared(b"in common")
        deliveries = [
            Delivery(queues[name], [NewMessage(os.urandom(16), payload, now, now, now + KEPT_MS, shared=shared)])
            for name in ("one", "two", "refusing")
        ]
        await store.deliver(Post(deliveries))
        os.write(ledger, b"a %s\n" % payload)


if __name__ == "__main__":
    file = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    asyncio.run(main(Path(sys.argv[1]), file, int(sys.argv[3]), int(sys.argv[4])))
