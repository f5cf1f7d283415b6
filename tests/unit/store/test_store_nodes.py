"""Two nodes on one database: order, locks and deduplication hold across them, and each wakes the other's claims."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from chasqui.base.clock import TestClock
from chasqui.base.pending import Pending
from chasqui.store.port import Claim, Counts, QueueGone, Settled, StoreError
from chasqui.store.postgres import PostgresStore, open_postgres
from chasqui.store.postgres.engine import Command
from tests.postgres import Postgres
from tests.unit.store.conftest import NOW, Scene

Story = Callable[[Scene, Scene], Awaitable[None]]


@pytest.fixture
def tell(postgres: Postgres) -> Callable[..., None]:
    """Runs a story of two nodes on an empty database."""

    def tell(story: Story, **how: Any) -> None:
        async def main() -> None:
            clock, dsn = TestClock(frozen_at_ms=NOW), postgres.fresh_database()
            nodes = [Scene(await open_postgres(dsn, clock=clock, **how), clock) for _ in range(2)]
            await nodes[0].prepare()
            for name in ("standard", "other", "fifo", "other_fifo"):
                setattr(nodes[1], name, getattr(nodes[0], name))
            try:
                await story(*nodes)
            finally:
                for each in nodes:
                    await each.store.close()

        asyncio.run(main())

    return tell


@asynccontextmanager
async def held_open(scene: Any, queue: int, *messages: Any) -> AsyncIterator[Pending[Any]]:
    """An append that has done everything but commit, until the block ends."""
    store: PostgresStore = scene.store
    verbs = store.queues._appends
    ordered = queue in (scene.fifo, scene.other_fifo)
    lane = store.engine._idle.pop()
    pending: Pending[Any] = Pending()
    async with lane.transaction():
        answers = await verbs[ordered].run(lane, [Command(pending, queue, list(messages))])
        yield pending
    store.engine._idle.append(lane)
    assert answers[0].error is None
    pending.resolve(answers[0].value)


async def until(condition: Callable[[], Any], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0.005)


async def swept(*nodes: Any) -> None:
    """By whichever node holds the lease."""
    while not any([await node.store.sweeper._sweep(rarely=True) for node in nodes]):
        await asyncio.sleep(0.01)


# ----------------------------------------------------------------------------------------------------- FIFO


def test_a_higher_number_of_a_group_never_lands_before_a_lower_one_that_is_held_open(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        async with held_open(a, a.fifo, a.message(b"first", group="g")) as first:
            second = b.store.append_messages(b.fifo, [b.message(b"second", group="g")])
            await asyncio.sleep(0.2)
            assert not second.done()
            assert await b.payloads(b.fifo) == []
        await until(second.done)
        assert first.result()[0].sequence < second.result()[0].sequence
        assert await b.payloads(b.fifo) == [b"first", b"second"]

    tell(story)


def test_a_held_open_append_does_not_hold_up_other_groups_and_queues(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        async with held_open(a, a.fifo, a.message(b"held", group="g")):
            await b.send(b.fifo, b"free", group="h")
            await b.send(b.other_fifo, b"elsewhere", group="g")
            assert await b.payloads(b.fifo) == [b"free"]
            assert await b.payloads(b.other_fifo) == [b"elsewhere"]

    tell(story)


def test_a_message_sent_on_both_nodes_at_once_with_one_key_is_there_once(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        for n in range(20):
            sent = [
                node.store.append_messages(node.fifo, [node.message(b"m", group=f"g{index}", key=b"k%d" % n)])
                for index, node in enumerate((a, b, a, b))
            ]
            outcomes = [(await each)[0] for each in sent]
            assert sorted(each.duplicate for each in outcomes) == [False, True, True, True]
            assert len({(each.id, each.sequence) for each in outcomes}) == 1
        assert (await b.store.counts(b.fifo)) == Counts(20, 0, 0)

    tell(story)


def test_a_duplicate_of_an_append_that_is_held_open_waits_for_what_becomes_of_it(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        async with held_open(a, a.fifo, a.message(b"1", group="g", key=b"k")) as first:
            second = b.store.append_messages(b.fifo, [b.message(b"1", group="other", key=b"k")])
            await asyncio.sleep(0.2)
            assert not second.done()
        await until(second.done)
        assert second.result()[0].duplicate
        assert second.result()[0].id == first.result()[0].id
        assert await b.rows("grp") == 1

    tell(story)


def test_a_group_in_flight_on_one_node_is_locked_on_the_other(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        await a.send(a.fifo, b"1", b"2", group="g")
        (head,) = await a.claim(a.fifo, limit=1)
        assert await b.payloads(b.fifo) == []
        assert await b.settle(b.fifo, head) == [Settled.DONE]
        assert await a.settle(a.fifo, head) == [Settled.MISSING]
        assert await b.payloads(b.fifo) == [b"2"]

    tell(story)


def test_order_holds_whatever_two_nodes_do_at_once(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        numbers = dict.fromkeys("xyz", 0)
        received: dict[str, list[int]] = {group: [] for group in numbers}
        flying: set[str] = set()

        async def send(node: Any, group: str) -> None:
            # One sender a group, from one node and then the other, as a client behind a load balancer.
            for _ in range(40):
                numbers[group] += 1
                await node.send(
                    node.fifo, b"%d" % numbers[group], group=group, key=b"%s%d" % (group.encode(), numbers[group])
                )
                node = b if node is a else a

        async def receive(node: Any) -> None:
            while sum(map(len, received.values())) < 120:
                claimed = await node.claim(node.fifo, limit=3, wait_ms=50)
                groups = {each.group for each in claimed}
                assert not groups & flying, "two claims hold a group"
                flying.update(groups)
                for each in claimed:
                    received[each.group].append(int(each.payload))
                flying.difference_update(groups)
                assert await node.settle(node.fifo, *claimed) == [Settled.DONE] * len(claimed)

        await asyncio.wait_for(
            asyncio.gather(*[send(node, group) for node, group in zip((a, b, a), "xyz", strict=True)],
                *[receive(node) for node in (a, b, a, b)]), 60
        )  # fmt: skip
        assert all(each == list(range(1, 41)) for each in received.values())
        assert await a.store.counts(a.fifo) == Counts(0, 0, 0)
        assert await a.rows("grp") == 0

    tell(story)


# ------------------------------------------------------------------------------------------------- standard


def test_no_message_is_given_to_both_nodes_and_all_are_given(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        await a.send(a.standard, *[b"%d" % n for n in range(300)])
        await b.send(b.standard, *[b"%d" % n for n in range(300, 600)])
        found: list[int] = []

        async def receive(node: Any) -> None:
            while len(found) < 600:
                found.extend(map(int, await node.payloads(node.standard)))

        await asyncio.wait_for(asyncio.gather(*[receive(node) for node in (a, b, a, b)]), 30)
        assert sorted(found) == list(range(600))
        assert await a.store.counts(a.standard) == await b.store.counts(b.standard) == Counts(0, 600, 0)

    tell(story)


def test_the_in_flight_limit_counts_what_other_nodes_hold(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        await a.send(a.standard, *[b"x"] * 10)
        assert len(await a.claim(a.standard, limit=4, in_flight_max=6)) == 4
        assert len(await b.claim(b.standard, limit=4, in_flight_max=6)) == 2

    tell(story)


def test_what_a_node_gave_back_is_found_by_the_other_within_a_second(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        await a.send(a.standard, b"old")
        a.clock.advance(60_000)
        (held,) = await a.claim(a.standard)
        await a.send(a.standard, b"new")
        assert await b.payloads(b.standard) == [b"new"]  # from now on it begins to look where that was
        assert await a.extend(a.standard, held, 0) is Settled.DONE
        begun = time.monotonic()
        found: list[bytes] = []
        while not found:
            found = await b.payloads(b.standard)
            assert time.monotonic() - begun < 1.5

    tell(story)


# ------------------------------------------------------------------------------------------------- waking


@pytest.mark.parametrize(("notify", "seconds"), [(True, 0.3), (False, 1.5)])
def test_a_send_on_one_node_wakes_a_long_poll_on_the_other(tell: Any, notify: bool, seconds: float) -> None:
    async def story(a: Any, b: Any) -> None:
        for queue in (a.standard, a.fifo):
            waiting = b.store.claim_messages(queue, Claim(1, 30_000, wait_ms=20_000))
            await asyncio.sleep(0.4)  # it has looked, and said so
            begun = time.monotonic()
            await a.send(queue, b"news", group="g")
            assert [each.payload for each in await waiting] == [b"news"]
            assert time.monotonic() - begun < seconds

    tell(story, notify=notify)


def test_nothing_is_told_of_queues_that_nobody_waits_on(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        await asyncio.sleep(0.1)
        sent = a.store.statistics()["notifications_sent"]
        await a.send(a.standard, b"x")
        await a.send(a.fifo, b"x", group="g")
        await asyncio.sleep(0.1)
        assert a.store.statistics()["notifications_sent"] == sent
        assert a.store.statistics()["looks"] == b.store.statistics()["looks"] == 0

    tell(story)


def test_waiting_costs_one_look_a_second_for_all_queues_together(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        queues = (b.standard, b.other, b.fifo)
        waiting = [
            b.store.claim_messages(queue, Claim(1, 30_000, wait_ms=20_000)) for queue in queues for _ in range(3)
        ]
        await asyncio.sleep(3.3)
        assert 2 <= b.store.statistics()["looks"] <= 4
        assert a.store.statistics()["looks"] == 0
        b.store.release_waiting()
        assert [await each for each in waiting] == [[]] * 9

    tell(story)


def test_a_settle_on_one_node_frees_the_group_for_a_long_poll_on_the_other(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        await a.send(a.fifo, b"1", b"2", group="g")
        (head,) = await a.claim(a.fifo, limit=1)
        waiting = b.store.claim_messages(b.fifo, Claim(1, 30_000, wait_ms=20_000))
        await asyncio.sleep(0.4)
        begun = time.monotonic()
        await a.settle(a.fifo, head)
        assert [each.payload for each in await waiting] == [b"2"]
        assert time.monotonic() - begun < 0.3

    tell(story)


# ------------------------------------------------------------------------------------------- purge and delete


@pytest.mark.parametrize("queue", ["standard", "fifo"])
def test_an_append_that_a_purge_overtakes_is_purged_with_the_rest(tell: Any, queue: str) -> None:
    async def story(a: Any, b: Any) -> None:
        id = getattr(a, queue)
        await a.send(id, b"before", group="g")
        async with held_open(a, id, a.message(b"held", group="h")):
            await asyncio.wait_for(b.change("purge_queue", id), 1)  # it waits for nobody
            await b.send(id, b"after", group="g")
        assert await a.payloads(id) == [b"after"]
        assert await b.store.counts(id) == Counts(0, 1, 0)
        await swept(a, b)
        a.clock.advance(16_000)  # the sweeper looks once more when all that had begun is over
        await swept(a, b)
        assert await a.rows("message") + await a.rows("fifo") == 1

    tell(story)


@pytest.mark.parametrize("queue", ["standard", "fifo"])
def test_a_queue_deleted_on_one_node_is_gone_on_the_other(tell: Any, queue: str) -> None:
    async def story(a: Any, b: Any) -> None:
        id = getattr(a, queue)
        await a.send(id, b"x", group="g")
        (held,) = await a.claim(id)
        waiting = a.store.claim_messages(id, Claim(1, 1000, wait_ms=20_000))
        await asyncio.sleep(0.1)
        await b.change("delete_queue", id)
        for verb in (a.send(id, b"y", group="g"), a.settle(id, held), a.extend(id, held, 0), a.claim(id)):
            with pytest.raises(QueueGone):
                await verb
        begun = time.monotonic()
        with pytest.raises(QueueGone):
            await waiting
        assert time.monotonic() - begun < 1.5

    tell(story)


# ------------------------------------------------------------------------------------------- trouble


def test_cut_connections_fail_no_more_than_what_was_under_way(tell: Any) -> None:
    async def story(a: Any, b: Any) -> None:
        await a.send(a.standard, b"before")
        async with b.store._pool._pool.acquire() as connection:
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname=current_database()"
                " and pid<>pg_backend_pid()"
            )
        acknowledged = 1
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and acknowledged < 6:
            try:
                await a.send(a.standard, b"after")
                await b.store.counts(b.standard)
                acknowledged += 1
            except StoreError:
                await asyncio.sleep(0.05)
        assert (await b.store.counts(b.standard)).visible >= acknowledged == 6

    tell(story)


def test_commands_do_not_wait_for_long_for_a_database_that_is_away(postgres: Postgres) -> None:
    async def main() -> None:
        dsn = postgres.fresh_database()
        proxy = Proxy(postgres.port)
        clock = TestClock(frozen_at_ms=NOW)
        scene = Scene(await open_postgres(postgres.tcp_dsn(dsn, await proxy.start()), clock=clock), clock)
        await scene.prepare()
        try:
            await scene.send(scene.standard, b"a")
            proxy.passing.clear()
            begun = time.monotonic()
            pendings = [scene.store.append_messages(scene.standard, [scene.message()]) for _ in range(50)]
            for each in pendings:
                with pytest.raises(StoreError):
                    await each
            assert time.monotonic() - begun < 14
            with pytest.raises(StoreError):
                await scene.send(scene.standard, b"b")
            proxy.passing.set()
            deadline = time.monotonic() + 15
            while time.monotonic() < deadline:
                try:
                    await scene.send(scene.standard, b"c")
                    break
                except StoreError:
                    await asyncio.sleep(0.1)
            else:
                pytest.fail("it did not come back")
        finally:
            proxy.passing.set()
            await scene.store.close()
            await proxy.close()

    asyncio.run(main())


class Proxy:
    """Passes bytes to PostgreSQL's port, or, while `passing` is not set, swallows time without a word."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.passing = asyncio.Event()
        self.passing.set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.passing.wait()
        back, forth = await asyncio.open_connection("127.0.0.1", self._port)
        for source, sink in ((reader, forth), (back, writer)):
            task = asyncio.ensure_future(self._pass(source, sink))
            self._tasks.add(task)

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                await self.passing.wait()
                sink.write(data)
                await sink.drain()
        except OSError:
            pass
        finally:
            sink.close()

    async def close(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
