"""The power goes at any write: whatever was acknowledged is there afterwards."""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path
from typing import Any

import apsw
import pytest

from chasqui.base.clock import SystemClock
from chasqui.store.port import Claim, Delivery, NewMessage, Post, Receipt, Shared, Transaction
from chasqui.store.sqlite import open_store
from tests.faults.store.forgetful_disk import ForgetfulDisk, ForgetfulSyncer

ROUNDS = int(os.environ.get("CHASQUI_FAULT_ROUNDS", "8"))


class Ledger:
    """What was acknowledged, and what was asked for and may or may not have happened."""

    def __init__(self) -> None:
        self.sent: set[bytes] = set()
        self.settling: set[bytes] = set()
        self.settled: set[bytes] = set()
        self.forwarded: dict[bytes, set[bytes]] = {}
        """What was to be delivered while its source was settled, by the source."""

    def copy(self) -> Ledger:
        other = Ledger()
        other.sent, other.settling, other.settled = set(self.sent), set(self.settling), set(self.settled)
        other.forwarded = dict(self.forwarded)
        return other


async def work(store: Any, queues: list[int], ledger: Ledger, chance: random.Random) -> None:
    clock = SystemClock()
    for n in range(120):
        queue = chance.choice(queues)
        now = clock.now_ms()
        payloads = [b"%d-%d-" % (n, k) + bytes(chance.choice([20, 3000])) for k in range(3)]
        sends = [
            store.append_messages(queue, [NewMessage(os.urandom(16), each, now, now, now + 10**8, f"g{n % 4}")])
            for each in payloads
        ]
        for payload, pending in zip(payloads, sends, strict=True):
            await pending
            ledger.sent.add(payload)
        claimed = await store.claim_messages(queue, Claim(2, 60_000))
        ledger.settling.update(each.payload for each in claimed)
        receipts = [Receipt(m.sequence, m.id[:8], m.receives, m.hidden_until_ms) for m in claimed]
        if n % 2:
            await forward(store, queues, ledger, claimed[0].payload, (queue, receipts[:1]))
            receipts = receipts[1:]
        await store.settle_messages(queue, receipts)
        ledger.settled.update(each.payload for each in claimed)


async def forward(
    store: Any, queues: list[int], ledger: Ledger, source: bytes, settle: tuple[int, list[Receipt]]
) -> None:
    """Deliver a message's successors to all queues in its place."""
    now = SystemClock().now_ms()
    shared = Shared(bytes(6000))
    payloads = {queue: b"%s from %s" % (str(queue).encode(), source.partition(b"\0")[0]) for queue in queues}
    ledger.forwarded[source] = set(payloads.values())
    ways = [
        Delivery(queue, [NewMessage(os.urandom(16), payload, now, now, now + 10**8, "g", None, shared)])
        for queue, payload in payloads.items()
    ]
    await store.deliver(Post(ways), settle=settle)
    ledger.sent.update(payloads.values())


async def cut_once(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    disk = ForgetfulDisk(f"forgetful-{seed}")
    data, after = folder / "data", folder / "after"
    store = await open_store(data, clock=SystemClock(), vfs=disk.name_, syncer=ForgetfulSyncer(disk))
    store.engine.db.execute("pragma wal_autocheckpoint=20").fetchall()

    async def create(transaction: Transaction) -> list[int]:
        return [await transaction.create_queue(ordered=n == 1) for n in range(2)]

    queues = await store.transaction(create)
    ledger = Ledger()
    found: list[Ledger] = []

    def cut() -> None:
        found.append(ledger.copy())
        after.mkdir()
        for path, image in disk.images.items():
            if "chasqui.db" in path and not path.endswith("-shm"):
                (after / Path(path).name).write_bytes(image.after_cut(chance))

    disk.cut, disk.cut_at = cut, disk.writes + chance.randrange(1, 2500)
    await work(store, queues, ledger, chance)
    if not found:
        cut()
    await store.close()
    await check(after, queues, found[0])


async def check(folder: Path, queues: list[int], ledger: Ledger) -> None:
    store = await open_store(folder, clock=SystemClock())
    try:
        assert store.engine.db.execute("pragma integrity_check").get == "ok"
        present = set()
        for queue in queues:
            held = await store.peek_messages(queue, limit=10_000)
            counts = await store.counts(queue)
            assert counts.visible + counts.in_flight + counts.delayed == len(held)
            present.update(each.payload for each in held)
            assert {each.shared.data for each in held if each.shared} <= {bytes(6000)}
        for source, successors in ledger.forwarded.items():
            assert not successors & present if source in present else successors - ledger.settling <= present
        assert not ledger.settled & present
        assert ledger.sent - ledger.settling <= present
    finally:
        await store.close()


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_what_was_acknowledged_survives_a_power_cut(tmp_path: Path, seed: int) -> None:
    asyncio.run(cut_once(tmp_path, seed))


def test_the_simulation_itself_loses_what_was_not_synced(tmp_path: Path) -> None:
    disk = ForgetfulDisk("forgetful-itself")
    db = apsw.Connection(str(tmp_path / "x.db"), vfs=disk.name_)
    db.execute(
        "pragma journal_mode=wal; pragma synchronous=off; create table t(x); insert into t values (1)"
    ).fetchall()
    images = {path: image for path, image in disk.images.items() if path.endswith("-wal")}
    assert images
    assert all(not image.safe and image.loose for image in images.values())
    db.close()
