"""Leases: one holder at a time, and what an earlier one still does is refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chasqui.store.postgres import leases
from chasqui.store.postgres.connection import borrowed
from chasqui.store.postgres.leases import LeaseLost


def test_one_node_at_a_time_holds_a_lease(tell: Any) -> None:
    async def story(scene: Any) -> None:
        nodes = [await scene.node(), await scene.node()]
        for _ in range(5):
            got = await asyncio.gather(*(node.leases.acquire("sweep", 60_000) for node in nodes for _ in range(3)))
            (lease,) = filter(None, got)
            holder = next(node for node in nodes if node.leases.holder == lease.holder)
            await holder.leases.release(lease)
            assert not lease.held

    tell(story)


def test_a_lease_ends_by_the_database_clock_and_the_next_holder_has_a_higher_number(tell: Any) -> None:
    async def story(scene: Any) -> None:
        one, other = await scene.node(), await scene.node()
        first = await one.leases.acquire("sweep", 200)
        assert first.held
        assert await other.leases.acquire("sweep", 60_000) is None
        await asyncio.sleep(0.25)
        assert not first.held
        second = await other.leases.acquire("sweep", 60_000)
        assert second.fence == first.fence + 1
        assert not await one.leases.renew(first, 60_000)
        await one.leases.release(first)
        assert await one.leases.acquire("sweep", 60_000) is None

    tell(story)


def test_a_lease_is_renewed_also_late_while_nobody_took_it(tell: Any) -> None:
    async def story(scene: Any) -> None:
        one, other = await scene.node(), await scene.node()
        lease = await one.leases.acquire("sweep", 50)
        await asyncio.sleep(0.1)
        assert await one.leases.renew(lease, 60_000)
        assert lease.held
        assert await other.leases.acquire("sweep", 60_000) is None

    tell(story)


def test_the_job_of_an_earlier_holder_is_fenced_off(tell: Any) -> None:
    async def story(scene: Any) -> None:
        one, other = await scene.node(), await scene.node()
        paused = await one.leases.acquire("sweep", 1)
        await asyncio.sleep(0.05)
        assert await other.leases.acquire("sweep", 60_000) is not None
        async with borrowed(one.pool) as connection:
            with pytest.raises(LeaseLost):
                await one.leases.check(connection, paused)

    tell(story)


def test_nobody_takes_a_lease_over_while_a_job_that_checked_it_is_not_committed(tell: Any) -> None:
    async def story(scene: Any) -> None:
        one, other = await scene.node(), await scene.node()
        lease = await one.leases.acquire("sweep", 1)
        await asyncio.sleep(0.05)
        async with borrowed(one.pool) as connection:
            await connection.execute("begin")
            await one.leases.check(connection, lease)
            assert await other.leases.acquire("sweep", 60_000) is None
            await connection.execute("commit")
        assert await other.leases.acquire("sweep", 60_000) is not None

    tell(story)


def test_leases_of_jobs_that_are_long_done_are_forgotten(tell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node()
        await (await node.leases.acquire("done", 60_000)).release()
        held = await node.leases.acquire("held", 60_000)
        await asyncio.sleep(0.02)

        async with borrowed(node.pool) as connection:
            kept_a_day = not await node.leases.sweep(connection)
            before = await connection.fetchval("select count(*) from lease")
            monkeypatch.setattr(leases, "KEPT_MS", 1)
            await node.leases.sweep(connection)

        assert kept_a_day
        assert before == 2
        assert [row[0] for row in await node.sql("select name from lease")] == ["held"]
        assert await node.leases.renew(held, 60_000)

    tell(story)
