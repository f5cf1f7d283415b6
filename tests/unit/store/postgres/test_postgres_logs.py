"""Logs that several nodes write to."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chasqui.store.port import LogState, NewRecord, QueueGone, StoreError
from chasqui.store.postgres.connection import LOST


def record(data: bytes = b"x", key: str = "k", at_ms: int = 0) -> NewRecord:
    return NewRecord(key, data, at_ms)


def test_a_log_numbers_its_records_without_holes_and_is_trimmed(tell: Any) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node()
        log = await node.change("create_log")
        assert await node.logs.state(log) == LogState(1, 0)
        assert await node.logs.append(log, [record(b"%d" % n) for n in range(3)]) == [1, 2, 3]
        assert await node.logs.append(log, []) == []
        assert await node.logs.append(log, [record(b"3"), record(b"4", "key", 7)]) == [4, 5]
        await node.logs.trim(log, 3)
        await node.swept()
        read = await node.logs.read(log, 0, 2, 1 << 20)
        assert [(each.sequence, each.data) for each in read] == [(3, b"2"), (4, b"3")]
        (last,) = await node.logs.read(log, 4, 9, 1 << 20)
        assert (last.sequence, last.key, last.data, last.at_ms) == (5, "key", b"4", 7)
        assert await node.logs.read(log, 5, 9, 1 << 20) == []
        assert await node.logs.state(log) == LogState(3, 5)
        await node.logs.trim(log, 100)
        assert await node.logs.state(log) == LogState(6, 5)
        await node.swept()
        assert await node.sql("select * from chunk") == []
        assert await node.logs.append(log, [record()]) == [6]

    tell(story)


def test_a_log_that_is_not_there_fails_only_what_was_asked_of_it(tell: Any) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node()
        log, gone = await node.change("create_log"), await node.change("create_log")
        await node.logs.append(gone, [record()] * 500)
        await node.change("delete_log", gone)
        appends = [node.logs.append(each, [record()]) for each in (log, gone, log, 2**70)]
        assert (await appends[0], await appends[2]) == ([1], [2])
        with pytest.raises(QueueGone):
            await appends[1]
        with pytest.raises(StoreError):
            await appends[3]
        for asked in (node.logs.read(gone, 0, 1, 1), node.logs.state(gone), node.logs.trim(gone, 1)):
            with pytest.raises(QueueGone):
                await asked
        with pytest.raises(QueueGone):
            await node.change("delete_log", gone)
        await node.swept()
        assert await node.sql("select * from chunk where log=$1", gone) == []
        assert await node.sql("select * from log_garbage") == []

    tell(story)


def test_a_record_larger_than_the_limit_is_read_alone(tell: Any) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node()
        log = await node.change("create_log")
        await node.logs.append(log, [record(b"x" * 100), record(b"y")])
        await node.logs.append(log, [record(b"z" * 100)])
        assert [each.sequence for each in await node.logs.read(log, 0, 10, 10)] == [1]
        assert [each.sequence for each in await node.logs.read(log, 0, 10, 101)] == [1, 2]
        assert [each.sequence for each in await node.logs.read(log, 1, 10, 5)] == [2]

    tell(story)


def test_a_long_log_is_read_through_page_by_page(tell: Any) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node()
        log = await node.change("create_log")
        await asyncio.gather(*(node.logs.append(log, [record(b"%d" % n)]) for n in range(700)))
        assert len(await node.logs.read(log, 0, 1000, 1 << 20)) == 700
        seen: list[int] = []
        while page := await node.logs.read(log, len(seen), 90, 200):
            assert sum(len(each.data) for each in page) <= 200
            seen += [each.sequence for each in page]
        assert seen == list(range(1, 701))

    tell(story)


def test_appends_of_one_node_keep_the_order_in_which_they_were_given(tell: Any) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node()
        log = await node.change("create_log")
        pending = []
        for n in range(100):
            pending.append(node.logs.append(log, [record(b"%d" % n)]))
            if n % 7 == 0:
                await asyncio.sleep(0.001)
        assert [await each for each in pending] == [[n + 1] for n in range(100)]

    tell(story)


def test_nodes_that_write_to_the_same_logs_number_every_record_once(tell: Any) -> None:
    async def story(scene: Any) -> None:
        nodes = [await scene.node(), await scene.node(), await scene.node()]
        logs = [await nodes[0].change("create_log") for _ in range(3)]
        given: dict[int, list[int]] = {log: [] for log in logs}

        async def write(node: Any, turn: int) -> None:
            for n in range(40):
                # In whatever order of logs: none waits for another in a circle.
                for log in logs if (n + turn) % 2 else reversed(logs):
                    given[log] += await node.logs.append(log, [record()] * (n % 3 + 1))

        await asyncio.gather(*(write(node, turn) for turn, node in enumerate(nodes) for _ in range(3)))
        for log in logs:
            assert sorted(given[log]) == list(range(1, len(given[log]) + 1))
            assert (await nodes[1].logs.state(log)).last == len(given[log])

    tell(story)


def test_a_reader_never_passes_a_record_whose_commit_is_held_open_on_another_node(tell: Any) -> None:
    async def story(scene: Any) -> None:
        one, other, reader = await scene.node(), await scene.node(), await scene.node()
        log = await one.change("create_log")
        held = await one.pool.acquire()
        await held.execute("begin")
        assert await one.logs.write(held, [(log, [record(b"first")])]) == [[1]]

        higher = asyncio.ensure_future(_await(other.logs.append(log, [record(b"second")])))
        await asyncio.sleep(0.3)
        assert not higher.done()
        assert await reader.logs.read(log, 0, 10, 1 << 20) == []

        await held.execute("commit")
        assert await higher == [2]
        read = await reader.logs.read(log, 0, 10, 1 << 20)
        assert [(each.sequence, each.data) for each in read] == [(1, b"first"), (2, b"second")]
        await one.pool.release(held)

    tell(story)


def test_a_node_that_is_paused_in_the_middle_of_an_append_holds_the_others_up_for_seconds_only(tell: Any) -> None:
    async def story(scene: Any) -> None:
        paused, other = await scene.node(), await scene.node()
        log = await paused.change("create_log")
        held = await paused.pool.acquire()
        await held.execute("begin")
        await paused.logs.write(held, [(log, [record(b"lost")])])

        assert await other.logs.append(log, [record(b"kept")]) == [1]

        with pytest.raises(LOST):
            await held.execute("commit")
        assert [each.data for each in await other.logs.read(log, 0, 10, 1000)] == [b"kept"]
        await paused.pool.release(held)

    tell(story)


async def _await(pending: Any) -> Any:
    return await pending
