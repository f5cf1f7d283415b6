"""The process is killed at any moment while it delivers: each endpoint gets everything that was acknowledged, at least
once, and what is given up is in its dead-letter queue exactly once."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

from chasqui.base.clock import TestClock
from chasqui.delivery.http.client import HttpClient
from chasqui.delivery.http.limits import HttpLimits
from chasqui.delivery.outbox import Outbox
from chasqui.store.sqlite import SqliteStore, open_store
from tests.faults.deliverer import open_routes, queues_of
from tests.support import ROOT
from tests.unit.delivery.endpoints import OK, Endpoint

ROUNDS = int(os.environ.get("CHASQUI_FAULT_ROUNDS", "3"))
DELIVERER = Path(__file__).with_name("deliverer.py")
REFUSED = b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"


class Endpoints:
    """One server that is all three endpoints: `/refusing` refuses, one in ten requests of the others fails."""

    def __init__(self) -> None:
        self.got: dict[str, Counter[bytes]] = {"one": Counter(), "two": Counter(), "refusing": Counter()}
        self._chance = random.Random(ROUNDS)

    async def serve(self, endpoint: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await endpoint.read(reader)
            endpoint.requests.clear()
            name = request.split(b" ", 2)[1][1:].decode()
            if name != "refusing" and self._chance.random() < 0.1:
                writer.write(b"HTTP/1.1 500 Later\r\nContent-Length: 0\r\n\r\n")
                continue
            self.got[name][request.rpartition(b"\r\n\r\n")[2]] += 1
            writer.write(REFUSED if name == "refusing" else OK)


async def kill_in_the_middle(data: Path, ledger: Path, start: int, port: int, chance: random.Random) -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, str(DELIVERER), str(data), str(ledger), str(start), str(port)]
    process = subprocess.Popen(command, env=environ)
    try:
        async with asyncio.timeout(20):
            while not ledger.exists() or b"a %d\n" % (start + 20) not in ledger.read_bytes():
                assert process.poll() is None
                await asyncio.sleep(0.01)
        await asyncio.sleep(chance.uniform(0.01, 0.3))
    finally:
        process.kill()
        process.wait()


async def empty(store: SqliteStore, queue: int) -> bool:
    counts = await store.counts(queue)
    return counts.visible + counts.in_flight + counts.delayed == 0


async def work_off(data: Path, port: int) -> Counter[bytes]:
    """Deliver what is left, when nothing is hidden any more. Returns what is in the dead-letter queue."""
    clock = TestClock(offset_ms=3_600_000)
    store = await open_store(data, clock=clock)
    client = HttpClient(clock, HttpLimits(targets="private"))
    outbox = Outbox(store, clock)
    queues = await queues_of(store)
    open_routes(store, clock, client, outbox, queues, port)
    async with asyncio.timeout(60):
        while not all([await empty(store, queues[each]) for each in ("one", "two", "refusing")]):
            await asyncio.sleep(0.02)
    await outbox.close_all()
    client.close()
    dead: Counter[bytes] = Counter()
    after = 0
    while page := await store.peek_messages(queues["dead"], after=after, limit=1000):
        dead.update(each.payload for each in page)
        after = page[-1].sequence
    await store.close()
    return dead


def test_deliveries_survive_kills(tmp_path: Path) -> None:
    async def main() -> None:
        chance = random.Random(ROUNDS)
        data, ledger = tmp_path / "data", tmp_path / "ledger"
        endpoints = Endpoints()
        async with Endpoint(serve=endpoints.serve) as endpoint:
            for each in range(ROUNDS):
                await kill_in_the_middle(data, ledger, each * 1_000_000, endpoint.port, chance)
            dead = await work_off(data, endpoint.port)
        acknowledged = {line[2:] for line in ledger.read_bytes().splitlines()}
        assert len(acknowledged) >= 20 * ROUNDS
        assert acknowledged <= set(endpoints.got["one"])
        assert acknowledged <= set(endpoints.got["two"])
        assert acknowledged <= set(dead)
        assert set(dead.values()) == {1}

    asyncio.run(main())
