"""Over real connections: endpoints that hang or are gone, among many that are well."""

from __future__ import annotations

import asyncio
import socket

from chasqui.base.clock import TestClock
from chasqui.delivery.http.client import HttpClient
from chasqui.delivery.http.limits import HttpLimits
from chasqui.delivery.outbox import Outbox
from chasqui.delivery.retries import HTTP_DEFAULT
from chasqui.delivery.route import Route
from chasqui.store.port import Counts, Delivery, NewMessage, Post, Transaction
from chasqui.store.sqlite import SqliteStore, open_store
from tests.unit.delivery.endpoints import Endpoint

NOW = 1_700_000_000_000


class Scene:
    """A store, an outbox and a client; a publish goes to every route."""

    def __init__(self, store: SqliteStore, clock: TestClock, attempts_max: int) -> None:
        self.store = store
        self.clock = clock
        self.client = HttpClient(clock, HttpLimits(targets="private"))
        self.outbox = Outbox(store, clock, attempts_max=attempts_max)
        self.queues: list[int] = []

    async def open(self, url: str) -> int:
        async def create(transaction: Transaction) -> int:
            return await transaction.create_queue(ordered=False)

        async def nowhere(*_: object) -> list[Delivery]:
            return []

        queue = await self.store.transaction(create)
        self.outbox.open(
            Route(queue, url, lambda each: self.client.deliver(url, {}, each.payload), HTTP_DEFAULT, nowhere, id)
        )
        self.queues.append(queue)
        return queue

    async def publish(self, payload: bytes) -> None:
        message = NewMessage(bytes(16), payload, NOW, NOW, NOW + 10**9)
        await self.store.deliver(Post([Delivery(queue, [message]) for queue in self.queues]))

    async def close(self) -> None:
        self.client.close()
        await self.outbox.close_all()
        await self.store.close()


async def scene_of(attempts_max: int) -> Scene:
    clock = TestClock(frozen_at_ms=NOW)
    return Scene(await open_store(None, clock=clock), clock, attempts_max)


async def hang(endpoint: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await endpoint.read(reader)
    await asyncio.Event().wait()


async def until_met(endpoint: Endpoint, requests: int) -> None:
    async with asyncio.timeout(20):
        while len(endpoint.requests) < requests:
            await asyncio.sleep(0.005)


def test_a_hanging_endpoint_among_a_hundred_takes_nothing_from_the_others() -> None:
    """The others have got everything while the first attempts at the hanging one still wait for their answers."""

    async def main() -> None:
        scene = await scene_of(attempts_max=32)
        async with Endpoint(serve=hang) as hanging, Endpoint() as well:
            dead = await scene.open(hanging.url)
            for _ in range(99):
                await scene.open(well.url)
            for n in range(10):
                await scene.publish(b"%d" % n)
            await until_met(well, 990)
            assert len(hanging.requests) <= 8
            assert (await scene.store.counts(dead)).in_flight >= 1
            for task in scene.outbox._slots.tasks:
                task.cancel()
            await scene.close()

    asyncio.run(main())


def test_endpoints_that_are_gone_let_their_messages_die_and_the_others_live() -> None:
    async def main() -> None:
        scene = await scene_of(attempts_max=8)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # bound and not listening: it refuses
            async with Endpoint() as well:
                gone = [await scene.open(f"http://127.0.0.1:{taken.getsockname()[1]}/{n}") for n in range(20)]
                for _ in range(5):
                    await scene.open(well.url)
                for n in range(20):
                    await scene.publish(b"%d" % n)
                await until_met(well, 100)
                async with asyncio.timeout(20):
                    while scene.outbox.statistics()["dead"] < 400:
                        scene.clock.advance(1000)
                        await asyncio.sleep(0.005)
                assert [await scene.store.counts(each) for each in gone] == [Counts(0, 0, 0)] * 20
                assert len(well.requests) == 100
                await scene.close()

    asyncio.run(main())
