"""Leases as the port has them, on each database: one holder at a time, and only its transactions are committed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from chasqui.store.port import Lease, LeaseLost, Resource, Transaction
from tests.unit.store.conftest import Scene

Tell = Callable[..., None]
PROGRESS = Resource("test", "owner", "progress", b"1")


def note(lease: Lease) -> Callable[[Transaction], Any]:
    """A transaction of the lease's job."""

    async def write(tx: Transaction) -> None:
        await tx.check_lease(lease)
        await tx.create(PROGRESS)

    return write


def test_one_holder_at_a_time(tell: Tell) -> None:
    async def story(scene: Scene) -> None:
        first = await scene.store.lease("job", 60_000)
        assert first is not None
        assert first.held
        assert await scene.store.lease("job", 60_000) is None
        assert await scene.store.lease("another job", 60_000) is not None

        await first.release()

        assert not first.held
        assert await scene.store.lease("job", 60_000) is not None

    tell(story)


def test_the_holders_transactions_are_committed(tell: Tell) -> None:
    async def story(scene: Scene) -> None:
        lease = await scene.store.lease("job", 60_000)
        assert lease is not None
        assert await lease.renew(60_000)

        await scene.store.transaction(note(lease))

        assert await scene.store.resource("test", "owner", "progress") is not None

    tell(story)


def test_who_has_lost_the_lease_writes_nothing(tell: Tell) -> None:
    async def story(scene: Scene) -> None:
        lost = await scene.store.lease("job", 20)
        assert lost is not None
        await asyncio.sleep(0.1)
        assert not lost.held
        next_one = await scene.store.lease("job", 60_000)
        assert next_one is not None

        with pytest.raises(LeaseLost):
            await scene.store.transaction(note(lost))

        assert await scene.store.resource("test", "owner", "progress") is None
        assert not await lost.renew(60_000)
        await lost.release()
        assert next_one.held
        assert await scene.store.lease("job", 60_000) is None

    tell(story)


def test_a_lease_that_is_over_is_renewed_while_nobody_has_taken_it(tell: Tell) -> None:
    async def story(scene: Scene) -> None:
        lease = await scene.store.lease("job", 20)
        assert lease is not None
        await asyncio.sleep(0.1)

        assert await lease.renew(60_000)

        assert lease.held
        assert await scene.store.lease("job", 60_000) is None

    tell(story)
