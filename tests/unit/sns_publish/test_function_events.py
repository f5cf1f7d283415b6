"""What functions get of notifications, and how they get it."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest

from chasqui.base.clock import TestClock
from chasqui.fabric.letters import Attribute
from chasqui.services.sns.outside.functions import event, invoke
from chasqui.services.sns.publishing.notice import Notice
from chasqui.store.port import Claim, Counts, NewMessage, Transaction
from chasqui.store.sqlite import open_store
from chasqui.telemetry.counters import Counters

TOPIC = "arn:aws:sns:us-east-1:000000000000:t"
SUBSCRIPTION = f"{TOPIC}:1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f"
NOW = 1_700_000_000_123


def notice(**more: Any) -> Notice:
    return Notice("id", TOPIC, "hello", NOW, base_url="http://here", signatures={"": "signed"}, **more)


def test_an_event_has_what_aws_has() -> None:
    attributes = {"n": Attribute("Number", "1"), "b": Attribute("Binary", binary=b"\x01")}
    told = json.loads(event(notice(subject="s", attributes=attributes), SUBSCRIPTION, "http://here/cert.pem"))
    assert told == {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": SUBSCRIPTION,
                "Sns": {
                    "Type": "Notification",
                    "MessageId": "id",
                    "TopicArn": TOPIC,
                    "Subject": "s",
                    "Message": "hello",
                    "Timestamp": "2023-11-14T22:13:20.123Z",
                    "SignatureVersion": "1",
                    "Signature": "signed",
                    "SigningCertUrl": "http://here/cert.pem",
                    "UnsubscribeUrl": f"http://here/?Action=Unsubscribe&SubscriptionArn={SUBSCRIPTION}",
                    "MessageAttributes": {
                        "n": {"Type": "Number", "Value": "1"},
                        "b": {"Type": "Binary", "Value": "AQ=="},
                    },
                },
            }
        ]
    }


def test_without_subject_and_attributes_they_are_null_and_empty() -> None:
    told = json.loads(event(notice(), SUBSCRIPTION, ""))["Records"][0]["Sns"]
    assert (told["Subject"], told["MessageAttributes"]) == (None, {})


class Function:
    """A function's queue as a recipient."""

    def __init__(self, queue: int) -> None:
        self.queue = queue
        self.counted = ("AsyncEventsReceived", "arn:aws:lambda:us-east-1:000000000000:function:its")

    def draft(self, letter: Any, now_ms: int) -> NewMessage:
        return NewMessage(b"f" * 16, letter.body.encode(), now_ms, now_ms, now_ms + 10**6)


class Scene:
    """A delivery that is claimed, and where it may go."""

    async def prepare(self) -> None:
        clock = TestClock(frozen_at_ms=NOW)
        self.store = await open_store(None, clock=clock)

        async def create(tx: Transaction) -> list[int]:
            return [await tx.create_queue(ordered=False) for _ in range(2)]

        self.waiting, self.events = await self.store.transaction(create)
        self.function: Function | None = Function(self.events)
        self.allowed = True
        self.room: Any = SimpleNamespace(store=self.store, clock=clock, recipients=self, counters=Counters())
        await self.store.append_messages(self.waiting, [NewMessage(b"w" * 16, b"notice", NOW, NOW, NOW + 10**6)])
        (self.claimed,) = await self.store.claim_messages(self.waiting, Claim(1, 30_000))

    async def find(self, arn: str) -> Any:
        assert arn == FUNCTION
        return self.function

    async def admits(self, _recipient: Any, _source: Any) -> bool:
        return self.allowed

    async def invoke(self) -> Any:
        subscriber: Any = SimpleNamespace(endpoint=FUNCTION, queue=self.waiting)
        topic: Any = SimpleNamespace(arn=TOPIC)
        return await invoke(self.room, subscriber, topic, "event", self.claimed)


def tell(story: Any) -> None:
    async def main() -> None:
        scene = Scene()
        await scene.prepare()
        await story(scene)
        await scene.store.close()

    asyncio.run(main())


def test_the_event_comes_and_the_delivery_ends_in_one() -> None:
    async def story(scene: Scene) -> None:
        outcome = await scene.invoke()
        assert (outcome.ok, outcome.status) == (True, 202)
        assert await scene.store.counts(scene.waiting) == Counts(0, 0, 0)
        assert [each.payload for each in await scene.store.peek_messages(scene.events)] == [b"event"]
        assert scene.function is not None
        assert scene.room.counters[scene.function.counted] == 1

    tell(story)


@pytest.mark.parametrize(("missing", "status"), [(True, 404), (False, 403)])
def test_a_function_that_is_gone_or_lets_nobody_in_is_not_tried_again(missing: bool, status: int) -> None:
    async def story(scene: Scene) -> None:
        scene.allowed = False
        if missing:
            scene.function = None
        outcome = await scene.invoke()
        assert (outcome.ok, outcome.retry, outcome.status) == (False, False, status)
        assert await scene.store.counts(scene.waiting) == Counts(0, 1, 0)

    tell(story)


def test_a_function_deleted_this_moment_leaves_the_delivery_for_another_attempt() -> None:
    async def story(scene: Scene) -> None:
        await scene.store.transaction(lambda tx: tx.delete_queue(scene.events))
        outcome = await scene.invoke()
        assert (outcome.ok, outcome.retry) == (False, True)
        assert [each.payload for each in await scene.store.peek_messages(scene.waiting)] == [b"notice"]
        assert await scene.store.counts(scene.waiting) == Counts(1, 0, 0)

    tell(story)
