"""Asynchronous invocations: retries, age, throttling, destinations, dead-letter queues."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chasqui.services.lambda_.functions.documents import EventInvokeDocument, FunctionDocument
from chasqui.services.lambda_.running.contract import Deployment, Finished, Invocation
from tests.unit.lambda_invoking.conftest import ACCOUNT, NOW, REGION, Scene, echo, fail


def configured(**how: Any) -> FunctionDocument:
    """A function with a configuration of its events."""
    return FunctionDocument(created_ms=NOW, event_invokes={"$LATEST": EventInvokeDocument(modified_ms=NOW, **how)})


async def post(scene: Scene, payload: Any = None, name: str = "f") -> None:
    answer = await scene.invoke(name, {} if payload is None else payload, InvocationType="Event")
    assert answer.StatusCode == 202
    await scene.rest()


def test_an_event_is_run_once(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        arn = await scene.function()
        await post(scene, {"n": 1})
        await scene.pass_(7 * 3600)
        assert [each.payload for each in scene.runner.met] == [b'{"n": 1}']
        assert scene.room.counters["AsyncEventsReceived", arn] == 1

    tell(story)


def test_an_event_whose_function_fails_is_tried_again_after_one_and_two_minutes(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await scene.function()
        scene.runner.answer = fail
        await post(scene)
        met = scene.runner.met
        for seconds, tries in ((59, 1), (1, 2), (119, 2), (1, 3), (3600, 3)):
            await scene.pass_(seconds)
            assert len(met) == tries, seconds
        assert len({each.request_id for each in met}) == 1

    tell(story)


def test_a_retry_that_succeeds_is_the_last(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        arn = await scene.function()
        scene.runner.answer = fail
        await post(scene)
        scene.runner.answer = echo
        await scene.pass_(3600)
        assert len(scene.runner.met) == 2
        assert scene.room.counters["AsyncEventsDropped", arn] == 0

    tell(story)


@pytest.mark.parametrize("retries", [0, 1])
def test_retries_are_as_many_as_configured(tell: Any, retries: int) -> None:
    async def story(scene: Scene) -> None:
        arn = await scene.function(document=configured(retries_max=retries))
        scene.runner.answer = fail
        await post(scene)
        await scene.pass_(60)
        await scene.pass_(3600)
        assert len(scene.runner.met) == retries + 1
        assert scene.room.counters["AsyncEventsDropped", arn] == 1

    tell(story)


def test_a_throttled_event_waits_longer_and_longer_and_is_no_failure(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        arn = await scene.function(reserved=1)
        scene.room.outbox._slots.chance = lambda: 0.0
        enter = scene.room.invoker.concurrency.enter
        scene.room.invoker.concurrency.enter = lambda *_: None  # type: ignore[method-assign]
        await post(scene)
        throttles = []
        for _ in range(4):
            throttles.append(scene.room.counters["Throttles", arn])
            await scene.pass_(1.1)
        assert throttles == [1, 2, 3, 3]
        scene.room.invoker.concurrency.enter = enter  # type: ignore[method-assign]
        scene.runner.answer = fail
        await scene.pass_(300)
        assert len(scene.runner.met) == 1
        await scene.pass_(60)
        assert len(scene.runner.met) == 2

    tell(story)


def test_an_event_that_is_throttled_for_too_long_is_given_up(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        url, queue = await scene.queue()
        await scene.function(document=configured(age_max_s=60, on_failure=queue), reserved=1)
        scene.room.invoker.concurrency.enter = lambda *_: None  # type: ignore[method-assign]
        await post(scene)
        for _ in range(8):
            await scene.pass_(30)
        [message] = await scene.received(url)
        record = json.loads(message.Body)
        assert record["requestContext"]["condition"] == "EventAgeExceeded"
        assert record["requestContext"]["approximateInvokeCount"] == 0
        assert "responseContext" not in record
        assert not scene.runner.met

    tell(story)


def test_a_function_with_no_concurrency_at_all_gives_its_events_up_at_once(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        url, queue = await scene.queue()
        await scene.function(document=configured(on_failure=queue), reserved=0)
        await post(scene)
        [message] = await scene.received(url)
        assert json.loads(message.Body)["requestContext"]["condition"] == "ZeroReservedConcurrency"

    tell(story)


def test_the_record_of_a_success_is_as_on_aws(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        url, queue = await scene.queue()
        arn = await scene.function(document=configured(on_success=queue))
        await post(scene, {"a": [1, None]})
        [message] = await scene.received(url)
        record = json.loads(message.Body)
        assert record == {
            "version": "1.0",
            "timestamp": "2023-11-14T22:13:20.000Z",
            "requestContext": {
                "requestId": scene.runner.met[0].request_id,
                "functionArn": f"{arn}:$LATEST",
                "condition": "Success",
                "approximateInvokeCount": 1,
            },
            "requestPayload": {"a": [1, None]},
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
            "responsePayload": {"a": [1, None]},
        }

    tell(story)


def test_the_record_of_a_failure_comes_after_the_last_retry(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        url, queue = await scene.queue()
        await scene.function(document=configured(on_failure=queue))
        scene.runner.answer = fail
        await post(scene)
        await scene.pass_(60)
        assert await scene.received(url) == []
        await scene.pass_(120)
        [message] = await scene.received(url)
        record = json.loads(message.Body)
        assert record["requestContext"]["condition"] == "RetriesExhausted"
        assert record["requestContext"]["approximateInvokeCount"] == 3
        assert record["responseContext"] == {
            "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"
        }  # fmt: skip
        assert record["responsePayload"] == {"errorMessage": "it broke", "errorType": "ValueError"}

    tell(story)


def test_a_dead_letter_queue_gets_the_event_and_why(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        url, queue = await scene.queue()
        await scene.function(document=configured(retries_max=0), dead_letter=queue)
        scene.runner.answer = fail
        await post(scene, {"a": 1})
        [message] = await scene.received(url)
        assert json.loads(message.Body) == {"a": 1}
        found = {name: (each.DataType, each.StringValue) for name, each in message.MessageAttributes.items()}
        assert found == {
            "RequestID": ("String", scene.runner.met[0].request_id),
            "ErrorCode": ("Number", "200"),
            "ErrorMessage": ("String", "it broke"),
        }

    tell(story)


def test_a_destination_may_be_another_function(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        other = await scene.function("other")
        await scene.function(document=configured(on_success=other))
        await post(scene, {"a": 1})
        await scene.rest()
        first, second = scene.runner.met
        assert json.loads(second.payload)["requestContext"]["requestId"] == first.request_id
        assert second.function_arn == other

    tell(story)


@pytest.mark.parametrize("to", ["arn:aws:sqs:us-east-1:000000000000:nobody", "arn:aws:events:us-east-1:0:event-bus/x"])
def test_a_destination_that_is_not_there_is_counted_and_the_function_not_run_again(tell: Any, to: str) -> None:
    async def story(scene: Scene) -> None:
        arn = await scene.function(document=configured(on_success=to))
        await post(scene)
        await scene.pass_(3600)
        assert len(scene.runner.met) == 1
        assert scene.room.counters["DestinationDeliveryFailures", arn] == 1

    tell(story)


def test_events_of_a_function_that_is_deleted_are_gone(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await scene.function()
        scene.runner.answer = fail
        await post(scene)
        await scene.ask("lambda", "DeleteFunction", FunctionName="f")
        await scene.pass_(60)
        assert len(scene.runner.met) == 1
        assert scene.room.outbox.statistics()["routes"] == 0

    tell(story)


def test_no_more_events_are_tried_at_a_time_than_are_reserved(tell: Any) -> None:
    most = [0]

    async def story(scene: Scene) -> None:
        arn = await scene.function(reserved=2)

        def look(_deployment: Deployment, invocation: Invocation) -> Finished:
            most[0] = max(most[0], scene.room.invoker.concurrency.of(arn))
            return Finished(payload=invocation.payload)

        scene.runner.answer = look
        for _ in range(20):
            await scene.invoke("f", {}, InvocationType="Event")
        await scene.rest()
        assert len(scene.runner.met) == 20
        assert scene.room.counters["Throttles", arn] == 0
        assert most[0] <= 2

    tell(story)


def test_the_waiting_event_is_not_readable_in_the_store(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await scene.function(reserved=1)
        scene.room.invoker.concurrency.enter = lambda *_: None  # type: ignore[method-assign]
        await post(scene, {"secret": "hidden words"})
        target = await scene.room.functions.target(ACCOUNT, REGION, "f")
        assert target is not None
        [message] = await scene.store.peek_messages(target.queue)
        assert b"hidden" not in message.payload

    tell(story)


TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


@pytest.mark.parametrize(("action", "sent"), [("sns:Publish", 1), ("sns:Subscribe", 0)])
def test_a_topic_is_published_to_when_the_role_may(tell: Any, action: str, sent: int) -> None:
    async def story(scene: Scene) -> None:
        await role(scene, action)
        topic = (await scene.ask("sns", "CreateTopic", Name="t")).TopicArn
        arn = await scene.function(document=configured(on_success=topic))
        await post(scene)
        assert scene.room.counters["NumberOfMessagesPublished", topic] == sent
        assert scene.room.counters["DestinationDeliveryFailures", arn] == 1 - sent

    tell(story, auth="strict")


def test_a_dead_letter_topic_gets_the_event_and_its_attributes(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        url, queue = await scene.queue()
        topic = (await scene.ask("sns", "CreateTopic", Name="t")).TopicArn
        raw = {"RawMessageDelivery": "true"}
        await scene.ask("sns", "Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=raw)
        await scene.function(document=configured(retries_max=0), dead_letter=topic)
        scene.runner.answer = fail
        await post(scene, {"a": 1})
        [message] = await scene.received(url)
        assert json.loads(message.Body) == {"a": 1}
        assert message.MessageAttributes["ErrorMessage"].StringValue == "it broke"

    tell(story)


async def role(scene: Scene, action: str) -> None:
    """The functions' role, which may do this."""
    await scene.ask("iam", "CreateRole", RoleName="worker", AssumeRolePolicyDocument=TRUST)
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}
    await scene.ask("iam", "PutRolePolicy", RoleName="worker", PolicyName="p", PolicyDocument=json.dumps(allowed))


@pytest.mark.parametrize("action", ["sqs:SendMessage", "sqs:ReceiveMessage"])
def test_a_strict_server_asks_whether_the_function_s_role_may_send_to_the_destination(tell: Any, action: str) -> None:
    async def story(scene: Scene) -> None:
        await role(scene, action)
        _, queue = await scene.queue()
        arn = await scene.function(document=configured(on_success=queue))
        await post(scene)
        sent = scene.room.counters["NumberOfMessagesSent", queue]
        failures = scene.room.counters["DestinationDeliveryFailures", arn]
        assert (sent, failures) == ((1, 0) if action == "sqs:SendMessage" else (0, 1))

    tell(story, auth="strict")
