"""Couriers follow what changes, whatever happens on the way: no subscription is left without its route."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest

from chasqui.base.background import Background
from chasqui.base.clock import TestClock
from chasqui.base.pending import Pending
from chasqui.delivery.http.client import HttpClient
from chasqui.delivery.outbox import Outbox
from chasqui.delivery.route import Route
from chasqui.services.sns.documents import SUBSCRIPTION, SubscriptionDocument, subscription_resource
from chasqui.services.sns.outside import couriers
from chasqui.services.sns.room import Room
from chasqui.store.memory import MemoryStore
from chasqui.store.port import Resource, StoreError, Transaction

OWNER = "000000000000/us-east-1"
COUNT = 5


class Troubled(MemoryStore):
    """A store whose first reads of a subscription fail."""

    failures = 2

    def resource(self, type: str, owner: str, name: str) -> Pending[Resource | None]:
        if type == SUBSCRIPTION and self.failures:
            self.failures -= 1
            pending: Pending[Resource | None] = Pending()
            pending.fail(StoreError("busy"))
            return pending
        return super().resource(type, owner, name)


async def subscribe(tx: Transaction) -> None:
    for number in range(COUNT):
        document = SubscriptionDocument("http", f"http://{number}/", "000000000000", "", 1, {}, modified_ms=1)
        document.queue = await tx.create_queue(ordered=False)
        await tx.create(subscription_resource(OWNER, f"topic:{number}", document))


def test_a_store_that_fails_for_a_moment_leaves_no_subscription_without_a_route(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story() -> None:
        monkeypatch.setattr(couriers, "PAUSE_SECONDS", 0)
        opened: list[Route] = []
        all_there = asyncio.Event()

        def open_route(route: Route) -> None:
            opened.append(route)
            if len(opened) == COUNT:
                all_there.set()

        room = SimpleNamespace(store=Troubled(clock=TestClock(frozen_at_ms=1)), background=Background())
        outbox = SimpleNamespace(open=open_route, close=lambda queue: None)
        following = couriers.Couriers(cast(Room, room), cast(Outbox, outbox), cast(HttpClient, None), 1)
        await following.start()

        await room.store.transaction(subscribe)

        async with asyncio.timeout(20):
            await all_there.wait()
        await room.background.close()

    asyncio.run(story())
