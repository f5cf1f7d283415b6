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


class Routes:
    """An outbox that only notes what is opened."""

    def __init__(self, wanted: int) -> None:
        self.opened: list[Route] = []
        self.all_there = asyncio.Event()
        self._wanted = wanted

    def open(self, route: Route) -> None:
        self.opened.append(route)
        if len(self.opened) == self._wanted:
            self.all_there.set()

    def close(self, queue: int) -> None:
        """Nothing is under way."""


def following(store: MemoryStore, routes: Routes) -> tuple[couriers.Couriers, Background]:
    background = Background()
    room = cast(Room, SimpleNamespace(store=store, background=background))
    return couriers.Couriers(room, cast(Outbox, routes), cast(HttpClient, None), 1), background


def test_a_store_that_fails_for_a_moment_leaves_no_subscription_without_a_route(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story() -> None:
        monkeypatch.setattr(couriers, "PAUSE_SECONDS", 0)
        store, routes = Troubled(clock=TestClock(frozen_at_ms=1)), Routes(COUNT)
        follower, background = following(store, routes)
        await follower.start()

        await store.transaction(subscribe)

        async with asyncio.timeout(20):
            await routes.all_there.wait()
        await background.close()

    asyncio.run(story())


async def subscribe_oddly(tx: Transaction) -> None:
    """The first of them has a delivery policy that nobody can read."""
    document = SubscriptionDocument("http", "http://x/", "000000000000", "", 1, {"DeliveryPolicy": "?"}, modified_ms=1)
    document.queue = await tx.create_queue(ordered=False)
    await tx.create(subscription_resource(OWNER, "topic:", document))
    await subscribe(tx)


@pytest.mark.parametrize("before", [True, False], ids=["when the server starts", "when they come"])
def test_a_subscription_that_cannot_be_read_keeps_no_other_from_its_route(before: bool) -> None:
    async def story() -> None:
        store, routes = MemoryStore(clock=TestClock(frozen_at_ms=1)), Routes(COUNT)
        follower, background = following(store, routes)
        for step in (lambda: store.transaction(subscribe_oddly), follower.start)[:: 1 if before else -1]:
            await step()

        async with asyncio.timeout(20):
            await routes.all_there.wait()
        await background.close()

    asyncio.run(story())
