"""A process to be killed: appends, claims, settles and forwards for ever, and notes in a ledger what was acknowledged.

A line is written by one `write` right after the acknowledgement, so the page cache keeps it whatever happens to us:
"a N" appended, "r N" about to settle, "s N" settled. What is forwarded is settled while two copies of it go to another
queue: "f N" about to.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from chasqui.base.clock import SystemClock
from chasqui.store.port import Claim, Delivery, NewMessage, Post, Receipt, Resource, Shared, Transaction
from chasqui.store.sqlite import open_store


async def main(folder: Path, ledger: int, start: int) -> None:
    clock = SystemClock()
    store = await open_store(folder, clock=clock)

    async def queue_of(transaction: Transaction, name: str) -> int:
        found = await transaction.get("queue", "o", name)
        if found is not None:
            return int(found.document)
        queue = await transaction.create_queue(ordered=False)
        await transaction.create(Resource("queue", "o", name, b"%d" % queue))
        return queue

    queue = await store.transaction(lambda transaction: queue_of(transaction, "q"))
    copies = await store.transaction(lambda transaction: queue_of(transaction, "copies"))
    events = await store.transaction(lambda transaction: queue_of(transaction, "events"))
    n = start
    while True:
        now = clock.now_ms()
        batch = [NewMessage(os.urandom(16), b"%d" % (n + k), now, now, now + 10**8) for k in range(5)]
        n += 5
        await store.append_messages(queue, batch)
        os.write(ledger, b"".join(b"a %s\n" % each.payload for each in batch))
        claimed = await store.claim_messages(queue, Claim(3, 0))
        os.write(ledger, b"".join(b"r %s\n" % each.payload for each in claimed))
        receipts = [Receipt(m.sequence, m.id[:8], m.receives, m.hidden_until_ms) for m in claimed]
        os.write(ledger, b"f %s\n" % claimed[0].payload)
        shared = Shared(b"in common")
        copied = [
            NewMessage(os.urandom(16), claimed[0].payload, now, now, now + 10**8, shared=shared) for _ in range(2)
        ]
        await store.deliver(Post([Delivery(copies, copied)]), settle=(queue, receipts[:1]))
        await store.settle_messages(queue, receipts[1:])
        os.write(ledger, b"d %d\n" % n)
        told = NewMessage(os.urandom(16), b"%d" % n, now, now, now + 10**8)

        async def write(transaction: Transaction, name: str = f"{n}", told: NewMessage = told) -> None:
            await transaction.deliver(Post([Delivery(events, [told])]))
            await transaction.create(Resource("document", "o", name, b""))

        await store.transaction(write)
        os.write(ledger, b"w %d\n" % n)
        os.write(ledger, b"".join(b"s %s\n" % each.payload for each in claimed))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND), int(sys.argv[3])))
