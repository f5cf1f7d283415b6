"""What waits in a subscription's own queue before it is confirmed and after it ended, and who may use the token."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from chasqui.base.call import Call
from chasqui.base.clock import TestClock
from chasqui.base.errors import ServiceError
from chasqui.base.principal import root_of
from chasqui.base.sections import SnsQuotas
from chasqui.crypto.keyring import memory_ring
from chasqui.services.sns.documents import (
    DELETING,
    SUBSCRIPTION,
    SubscriptionDocument,
    place_of,
    read_subscription,
)
from chasqui.services.sns.publishing.notice import Notice, waiting_notice
from chasqui.services.sns.room import Room
from chasqui.services.sns.subscriptions import subscribed, subscriptions
from chasqui.services.sns.topics import topics
from chasqui.services.sns.types import (
    ConfirmSubscriptionInput,
    CreateTopicInput,
    DeleteTopicInput,
    SubscribeInput,
    UnsubscribeInput,
)
from chasqui.store.port import Claim, QueueGone
from chasqui.store.sqlite import open_store
from chasqui.telemetry.counters import Counters
from chasqui.telemetry.log_groups import LogGroups
from chasqui.telemetry.traces import Traces

ACCOUNT = "000000000000"
URL = "http://127.0.0.1:1/hook"


def call(account: str = ACCOUNT, access_key: str = "test") -> Call:
    return Call(account, "us-east-1", root_of(account, access_key), account, "http://localhost:4566")


class House:
    """A room on a database in memory, and what a test asks of it."""

    def __init__(self, room: Room, clock: TestClock, topic: str) -> None:
        self.room = room
        self.clock = clock
        self.topic = topic

    async def subscribe(self, protocol: str = "http", endpoint: str = URL) -> str:
        request = SubscribeInput(TopicArn=self.topic, Protocol=protocol, Endpoint=endpoint, ReturnSubscriptionArn=True)
        return (await subscriptions.subscribe(self.room, call(), request)).SubscriptionArn or ""

    async def document(self, arn: str) -> SubscriptionDocument | None:
        place = place_of(arn)
        assert place is not None
        found = await self.room.store.resource(SUBSCRIPTION, *place)
        return read_subscription(found) if found is not None else None

    async def waiting(self, arn: str) -> list[Notice]:
        """What waits to be delivered, claimed."""
        document = await self.document(arn)
        assert document is not None
        claimed = await self.room.store.claim_messages(document.queue, Claim(limit=10, visibility_ms=1000))
        return [waiting_notice(self.room.ring, each) for each in claimed]

    async def confirm(self, token: str) -> None:
        request = ConfirmSubscriptionInput(TopicArn=self.topic, Token=token)
        await subscriptions.confirm_subscription(self.room, call(access_key=""), request)

    async def unsubscribe(self, arn: str) -> None:
        await subscriptions.unsubscribe(self.room, call(), UnsubscribeInput(SubscriptionArn=arn))


def in_house(test: Callable[[House], Awaitable[None]], limits: SnsQuotas | None = None) -> None:
    async def run() -> None:
        clock = TestClock()
        clock.freeze(1_700_000_000_000)
        store = await open_store(None, clock=clock)

        async def demand(*_: object) -> None:
            return None

        room = Room(
            store, clock, memory_ring(), limits or SnsQuotas(), Counters(), "us-east-1", None, None, demand, None,  # type: ignore[arg-type]
            Traces(store, clock, bytes, bytes, records_max=0, hours=1), LogGroups(store, clock),
        )  # fmt: skip
        topic = (await topics.create_topic(room, call(), CreateTopicInput(Name="topic"))).TopicArn
        try:
            await test(House(room, clock, topic or ""))
        finally:
            await room.background.close()
            await store.close()

    asyncio.run(run())


def test_a_confirmation_waits_in_the_subscriptions_queue() -> None:
    async def test(house: House) -> None:
        arn = await house.subscribe()

        (notice,) = await house.waiting(arn)

        assert (notice.kind, notice.topic) == ("SubscriptionConfirmation", house.topic)
        assert notice.subscribe_url.startswith("http://localhost:4566/?Action=ConfirmSubscription&")
        await house.confirm(notice.token)
        document = await house.document(arn)
        assert document is not None
        assert (document.confirmed, document.authenticated) == (True, False)

    in_house(test)


def test_the_store_has_a_digest_of_the_token() -> None:
    async def test(house: House) -> None:
        arn = await house.subscribe()
        (notice,) = await house.waiting(arn)
        document = await house.document(arn)

        assert document is not None
        assert document.token
        assert document.token not in notice.token

    in_house(test)


def test_asking_again_makes_the_older_token_useless() -> None:
    async def test(house: House) -> None:
        arn = await house.subscribe()
        assert await house.subscribe() == arn

        older, newer = await house.waiting(arn)

        with pytest.raises(ServiceError, match="Invalid parameter: Token"):
            await house.confirm(older.token)
        await house.confirm(newer.token)

    in_house(test)


def test_what_was_not_delivered_goes_when_a_subscription_ends_and_the_end_is_told() -> None:
    async def test(house: House) -> None:
        arn = await house.subscribe()
        (notice,) = await house.waiting(arn)
        await house.confirm(notice.token)

        await house.unsubscribe(arn)

        (told,) = await house.waiting(arn)
        assert told.kind == "UnsubscribeConfirmation"
        assert arn in told.message
        await house.confirm(told.token)
        document = await house.document(arn)
        assert document is not None
        assert (document.confirmed, document.ended) == (True, False)

    in_house(test)


def test_an_end_that_nobody_undoes_is_swept_with_its_queue() -> None:
    async def test(house: House) -> None:
        arn = await house.subscribe()
        (notice,) = await house.waiting(arn)
        await house.confirm(notice.token)
        await house.unsubscribe(arn)
        document = await house.document(arn)
        assert document is not None

        house.clock.advance(49 * 3600 * 1000)
        await house.subscribe("sqs", f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue")

        assert await house.document(arn) is None
        with pytest.raises(QueueGone):
            await house.room.store.claim_messages(document.queue, Claim(limit=1, visibility_ms=1))

    in_house(test)


def test_subscribing_what_has_ended_begins_anew() -> None:
    async def test(house: House) -> None:
        arn = await house.subscribe()
        (notice,) = await house.waiting(arn)
        await house.confirm(notice.token)
        await house.unsubscribe(arn)

        again = await house.subscribe()

        assert again != arn
        assert await house.document(arn) is None
        (told,) = await house.waiting(again)
        assert told.kind == "SubscriptionConfirmation"

    in_house(test)


def test_an_account_may_have_so_many_that_wait() -> None:
    async def test(house: House) -> None:
        for number in range(3):
            await house.subscribe("email", f"{number}@example.com")
        with pytest.raises(ServiceError, match="SubscriptionLimitExceeded"):
            await house.subscribe("email", "one-more@example.com")

        house.clock.advance(49 * 3600 * 1000)

        assert await house.subscribe("email", "one-more@example.com")

    in_house(test, SnsQuotas(pending_max=3))


def test_nothing_is_left_of_a_deleted_topic() -> None:
    async def test(house: House) -> None:
        for number in range(60):
            await house.subscribe("email", f"{number}@example.com")
        store = house.room.store

        await topics.delete_topic(house.room, call(), DeleteTopicInput(TopicArn=house.topic))
        assert len(await store.resources(DELETING)) == 1
        # Whoever makes the topic again does what is left.
        await topics.create_topic(house.room, call(), CreateTopicInput(Name="topic"))

        for type_ in (SUBSCRIPTION, DELETING, subscribed.BY_ENDPOINT, subscribed.WAITING, subscribed.FOREIGN):
            assert await store.resources(type_) == []

    in_house(test)
