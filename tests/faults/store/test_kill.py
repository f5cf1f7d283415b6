"""The process is killed at any moment: whatever was acknowledged is there afterwards."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from pathlib import Path

from chasqui.base.clock import SystemClock
from chasqui.store.sqlite import open_store

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


async def check(data: Path, ledger: Path) -> None:
    noted: dict[str, set[bytes]] = {"a": set(), "r": set(), "s": set()}
    for line in ledger.read_bytes().splitlines():
        what, _, payload = line.partition(b" ")
        noted[what.decode()].add(payload)
    store = await open_store(data, clock=SystemClock())
    try:
        found = await store.resource("queue", "o", "q")
        assert found is not None
        queue = int(found.document)
        present: set[bytes] = set()
        after = 0
        while page := await store.peek_messages(queue, after=after, limit=10_000):
            present.update(each.payload for each in page)
            after = page[-1].sequence
        assert noted["a"] - noted["r"] <= present
        assert not noted["s"] & present
        counts = await store.counts(queue)
        assert counts.visible + counts.in_flight + counts.delayed == len(present)
    finally:
        await store.close()
