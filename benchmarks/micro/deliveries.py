"""What HTTP deliveries cost: the client alone, aiohttp where that is installed, and the outbox on a durable store.

    python benchmarks/micro/deliveries.py [DELIVERIES]

Ten endpoints in a process of their own answer 200 at once. `client`: POSTs over kept connections, a task each, 20 at a
time. `outbox`: each publish goes to ten queues; it is counted when every message was delivered and settled on disk.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import httptools
import uvloop

from chasqui.base.clock import SystemClock
from chasqui.delivery.http.client import HttpClient
from chasqui.delivery.http.limits import HttpLimits
from chasqui.delivery.outbox import Outbox
from chasqui.delivery.retries import HTTP_DEFAULT
from chasqui.delivery.route import Attempted, Outcome, Route
from chasqui.store.port import Claimed, Delivery, NewMessage, Post, Shared, Transaction
from chasqui.store.sqlite import open_store

ENDPOINTS = 10
AT_A_TIME = 20
TOPIC = "arn:aws:sns:us-east-1:000000000000:topic"
FIELDS = {
    "x-amz-sns-message-type": "Notification",
    "x-amz-sns-message-id": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
    "x-amz-sns-topic-arn": TOPIC,
    "x-amz-sns-subscription-arn": f"{TOPIC}:2bcfbf39-05c3-41de-beaa-fcfcc21c8f55",
    "Content-Type": "text/plain; charset=UTF-8",
}
BODY = b"x" * 1200


class Fast(asyncio.Protocol):
    """An endpoint's connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")  # type: ignore[attr-defined]


async def be_endpoints() -> None:
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(Fast, "127.0.0.1", 0) for _ in range(ENDPOINTS)]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await asyncio.Event().wait()


async def post_all(name: str, urls: Sequence[str], count: int, post: Callable[[str], Awaitable[int]]) -> None:
    async def one(url: str, left: list[int]) -> None:
        while left:
            left.pop()
            assert await asyncio.ensure_future(post(url)) == 200

    for round_ in (count // 10, count):
        left, begun, used = [0] * round_, time.perf_counter(), time.process_time()
        await asyncio.gather(*(one(urls[each % len(urls)], left) for each in range(AT_A_TIME)))
        wall, cpu = time.perf_counter() - begun, time.process_time() - used
    print(f"{name:8} {count / wall:6.0f}/s  {cpu / count * 1e6:4.0f} µs of CPU each")


async def measure_client(urls: Sequence[str], count: int) -> None:
    client = HttpClient(SystemClock(), HttpLimits(targets="private"))

    async def post(url: str) -> int:
        return (await client.deliver(url, FIELDS, BODY)).status

    await post_all("client", urls, count, post)
    client.close()


async def measure_aiohttp(urls: Sequence[str], count: int) -> None:
    try:
        import aiohttp
    except ImportError:
        print("aiohttp  is not installed")
        return
    limits = aiohttp.ClientTimeout(total=15, connect=5)
    connector = aiohttp.TCPConnector(limit=0, limit_per_host=32)
    async with aiohttp.ClientSession(connector=connector, timeout=limits) as session:

        async def post(url: str) -> int:
            async with session.post(url, data=BODY, headers=FIELDS, allow_redirects=False) as response:
                await response.content.read(65_536)
                return int(response.status)

        await post_all("aiohttp", urls, count, post)


async def measure_outbox(urls: Sequence[str], count: int) -> None:
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        store = await open_store(Path(folder), clock=clock)

        async def create(transaction: Transaction) -> list[int]:
            return [await transaction.create_queue(ordered=False) for _ in urls]

        queues = await store.transaction(create)
        client, outbox = HttpClient(clock, HttpLimits(targets="private")), Outbox(store, clock)
        left, all_done = count, asyncio.Event()

        def told(attempted: Attempted) -> None:
            nonlocal left
            assert attempted.outcome.ok, attempted
            left -= 1
            if left == 0:
                all_done.set()

        async def exhausted(_: Claimed, outcome: Outcome) -> Sequence[Delivery]:
            raise AssertionError(outcome)

        for queue, url in zip(queues, urls, strict=True):

            async def attempt(claimed: Claimed, url: str = url) -> Outcome:
                assert claimed.shared is not None
                return await client.deliver(url, FIELDS, claimed.shared.data)

            outbox.open(Route(queue, url, attempt, HTTP_DEFAULT, exhausted, told, concurrency=16))

        async def publish(times: int) -> None:
            for _ in range(times):
                now, body = clock.now_ms(), Shared(BODY)
                message = NewMessage(os.urandom(16), b"", now, now, now + 10**9, shared=body)
                await store.deliver(Post([Delivery(queue, [message]) for queue in queues]))

        begun, used = time.perf_counter(), time.process_time()
        await asyncio.gather(*(publish(count // ENDPOINTS // 16) for _ in range(16)), all_done.wait())
        await outbox.close_all()
        wall, cpu = time.perf_counter() - begun, time.process_time() - used
        for queue in queues:
            assert (await store.counts(queue)).in_flight == 0
        print(f"outbox   {count / wall:6.0f}/s  {cpu / count * 1e6:4.0f} µs of CPU each, publishing included")
        client.close()
        await store.close()


async def main(count: int) -> None:
    count -= count % (16 * ENDPOINTS)
    command = [sys.executable, __file__, "--endpoints"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as endpoints:
        assert endpoints.stdout is not None
        urls = [f"http://127.0.0.1:{port}/hook" for port in endpoints.stdout.readline().split()]
        try:
            await measure_client(urls, count)
            await measure_aiohttp(urls, count)
            await measure_outbox(urls, count)
        finally:
            endpoints.kill()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if sys.argv[1:] == ["--endpoints"]:
            runner.run(be_endpoints())
        else:
            runner.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
