"""A publish that reaches more queues than one transaction takes."""

from __future__ import annotations

import asyncio
import json

import pytest

from chasqui.app import build
from chasqui.base.settings import load_settings
from chasqui.services.sns.publishing import expansion, sending
from tests.unit.sns_publish.conftest import World
from tests.unit.sns_publish.endpoint import listening
from tests.unit.sns_publish.test_signatures import verify


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sending, expansion):
        monkeypatch.setattr(module, "ROWS_MAX", 3)


@pytest.mark.parametrize("text", ["small", "x" * 50_000])
def test_every_queue_gets_it_once(world: World, text: str) -> None:
    topic = world.topic()
    queues = world.subscribed(topic, 10)

    world.sns.publish(TopicArn=topic, Message=text)

    for queue in queues:
        assert world.wait_for(queue, 1) == [text]
    assert [world.bodies(each) for each in queues] == [[]] * 10


def test_envelopes_are_signed_and_filters_apply(world: World) -> None:
    topic = world.topic()
    enveloped = world.subscribed(topic, 4, raw=False)
    matching = world.subscribed(topic, 4, FilterPolicy=json.dumps({"a": ["1"]}))
    others = world.subscribed(topic, 2, FilterPolicy=json.dumps({"a": ["2"]}))
    attributes = {"a": {"DataType": "String", "StringValue": "1"}}

    world.sns.publish(TopicArn=topic, Message="m", MessageAttributes=attributes)

    for queue in matching:
        assert world.wait_for(queue, 1) == ["m"]
    for queue in enveloped:
        (body,) = world.wait_for(queue, 1)
        assert json.loads(body)["Signature"]
    assert [world.bodies(each) for each in others] == [[]] * 2


def test_a_topic_that_is_deleted_meanwhile_ends_its_jobs(world: World) -> None:
    topic = world.topic()
    world.subscribed(topic, 10)
    world.sns.publish(TopicArn=topic, Message="m")
    world.sns.delete_topic(TopicArn=topic)

    other = world.topic()
    queues = world.subscribed(other, 10)
    world.sns.publish(TopicArn=other, Message="next")

    for queue in queues:
        assert world.wait_for(queue, 1) == ["next"]


def test_a_server_whose_worker_waits_for_jobs_closes() -> None:
    async def run() -> None:
        app = await build(load_settings(None, {}, {"database": "memory", "port": 0}))
        await app.start()
        service = next(each for each in app.services if each.name == "sns")
        await expansion.jobs.queues(service.room)
        worker = expansion.Expander(service.room)
        await worker.start()
        for _ in range(20):
            await asyncio.sleep(0)  # until it waits
        await app.close()

    asyncio.run(run())


def test_endpoints_get_what_the_job_has_stored(world: World) -> None:
    topic, text = world.topic(), "x" * 50_000
    with listening() as endpoint:
        for number in range(7):
            world.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"{endpoint.url}/{number}")
            world.sns.confirm_subscription(TopicArn=topic, Token=json.loads(endpoint.next().body)["Token"])

        world.sns.publish(TopicArn=topic, Message=text)
        posted = [endpoint.next() for _ in range(7)]

    assert sorted(each.path for each in posted) == [f"/hook/{number}" for number in range(7)]
    for each in posted:
        assert json.loads(each.body)["Message"] == text
        verify(json.loads(each.body))
