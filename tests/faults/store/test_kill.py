"""The process is killed at any moment: whatever was acknowledged is there afterwards."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from chasqui.base.clock import SystemClock
from chasqui.store.sqlite import SqliteStore, open_store

ROUNDS = int(os.environ.get("CHASQUI_FAULT_ROUNDS", "3"))
WRITER = Path(__file__).with_name("writer.py")


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    chance = random.Random(ROUNDS)
    data, ledger = tmp_path / "data", tmp_path / "ledger"
    for each in range(ROUNDS):
        process = subprocess.Popen([sys.executable, str(WRITER), str(data), str(ledger), str(each * 1_000_000)])
        begun = time.monotonic()
        while (
            not ledger.exists() or b"a %d\n" % (each * 1_000_000) not in ledger.read_bytes()
        ) and process.poll() is None:
            assert time.monotonic() - begun < 20
            time.sleep(0.01)
        time.sleep(chance.uniform(0.01, 0.3))
        process.kill()
        process.wait()
        asyncio.run(check(data, ledger))


async def queue_named(store: SqliteStore, name: str) -> int:
    found = await store.resource("queue", "o", name)
    assert found is not None
    return int(found.document)


async def payloads(store: SqliteStore, queue: int) -> list[bytes]:
    found: list[bytes] = []
    after = 0
    while page := await store.peek_messages(queue, after=after, limit=10_000):
        found += [each.payload for each in page]
        after = page[-1].sequence
    return found


async def check(data: Path, ledger: Path) -> None:
    noted: dict[str, set[bytes]] = {each: set() for each in "arsfdw"}
    for line in ledger.read_bytes().splitlines():
        what, _, payload = line.partition(b" ")
        noted[what.decode()].add(payload)
    store = await open_store(data, clock=SystemClock())
    try:
        queue = await queue_named(store, "q")
        present = set(await payloads(store, queue))
        copies = Counter(await payloads(store, await queue_named(store, "copies")))
        for each in noted["f"]:
            assert copies[each] == (0 if each in present else 2)
        assert noted["a"] - noted["r"] <= present
        assert not noted["s"] & present
        events = await payloads(store, await queue_named(store, "events"))
        written = [each.name.encode() for each in await store.resources("document", "o", limit=100_000)]
        assert sorted(events) == sorted(written)
        assert noted["w"] <= set(written) <= noted["d"]
        counts = await store.counts(queue)
        assert counts.visible + counts.in_flight + counts.delayed == len(present)
    finally:
        await store.close()
