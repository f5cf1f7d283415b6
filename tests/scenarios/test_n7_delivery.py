"""N7: raw delivery, retries with a back-off policy, a dead-letter queue per subscription, delivery-status logs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.engines import Engine
from tests.scenarios.notifying import OPEN, World, text_attribute
from tests.support import Server, eventually
from tests.unit.sns_publish.endpoint import Endpoint

ROLE = "arn:aws:iam::000000000000:role/feedback"


@pytest.fixture(scope="module")
def timed_server(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("timed"), "--test-clock", *engine.options()) as running:
        yield running


@pytest.fixture
def timed(timed_server: Server) -> Iterator[World]:
    """A server whose clock stands still until a test moves it."""
    made = World(timed_server)
    made.control("/_chasqui/clock", {"freeze": True})
    yield made
    made.control("/_chasqui/clock", {"resume": True})


def advance(world: World, seconds: float) -> None:
    world.control("/_chasqui/clock", {"advance_seconds": seconds})


def seconds_until_next(line: dict[str, Any]) -> float:
    """From the last attempt to the next, as the trace says ("…, due TIME; …")."""
    due = datetime.fromisoformat(line["now"].partition(", due ")[2].partition(";")[0])
    return (due - datetime.fromisoformat(line["attempts"][-1]["at"])).total_seconds()


# -------------------------------------------------------------------------------------------------------------- raw


def test_n7_raw_delivery_is_the_message_and_its_attributes_and_nothing_else(world: World) -> None:
    topic = world.topic()
    raw, enveloped = world.subscribed(topic), world.queue()
    world.subscribe_queue(topic, enveloped, raw=False)
    attributes = {
        "kind": text_attribute("parcel"),
        "weight": {"DataType": "Number", "StringValue": "12.5"},
        "data": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }

    world.publish(topic, "<raw & all>", Subject="not seen", MessageAttributes=attributes)

    (message,) = world.take(raw, 1)
    assert message["Body"] == "<raw & all>"
    assert message["MessageAttributes"] == attributes
    (other,) = world.take(enveloped, 1)
    assert "MessageAttributes" not in other
    assert json.loads(other["Body"])["MessageAttributes"]["weight"] == {"Type": "Number", "Value": "12.5"}


# ---------------------------------------------------------------------------------------------------------- retries


def test_n7_retries_back_off_as_the_policy_says_and_end_in_the_dead_letter_queue(
    timed: World, endpoint: Endpoint
) -> None:
    topic, dead = timed.topic(), timed.queue()
    policy = {
        "healthyRetryPolicy": {
            "numRetries": 6,
            "numNoDelayRetries": 1,
            "numMinDelayRetries": 1,
            "numMaxDelayRetries": 1,
            "minDelayTarget": 10,
            "maxDelayTarget": 70,
            "backoffFunction": "linear",
        }
    }
    timed.confirmed(topic, endpoint, DeliveryPolicy=json.dumps(policy), RedrivePolicy=timed.redrive(dead))
    for _ in range(7):
        endpoint.statuses.put(503)

    sent = timed.publish(topic, "m")

    # At once, without delay; then 10; then from 10 to 70 in three; then 70. Each may come a fifth early.
    for number, longest in ((2, 10), (3, 10), (4, 40), (5, 70), (6, 70)):
        line = timed.attempted(sent, "http", number)
        assert len(line["attempts"]) == number
        assert longest * 0.8 <= seconds_until_next(line) <= longest
        advance(timed, longest)
    line = timed.attempted(sent, "http", 7)
    assert {each["status"] for each in line["attempts"]} == {503}
    assert line["now"] == f"given up after attempt 7: in the dead-letter queue {timed.arn(dead)}"
    assert json.loads(timed.bodies(dead, 1)[0])["MessageId"] == sent
    posted = [endpoint.next() for _ in range(7)]
    assert {each.fields["x-amz-sns-message-id"] for each in posted} == {sent}
    assert len({each.body for each in posted}) == 1


def test_n7_a_default_policy_tries_three_times_more_twenty_seconds_apart(timed: World, endpoint: Endpoint) -> None:
    topic = timed.topic()
    timed.confirmed(topic, endpoint)
    for _ in range(3):
        endpoint.statuses.put(500)

    sent = timed.publish(topic, "m")

    for number in (1, 2, 3):
        line = timed.attempted(sent, "http", number)
        assert 16 <= seconds_until_next(line) <= 20
        advance(timed, 20)
    line = timed.attempted(sent, "http", 4)
    assert [each["ok"] for each in line["attempts"]] == [False, False, False, True]
    assert line["now"] == "delivered, at attempt 4"


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_n7_a_client_error_is_not_tried_again(world: World, endpoint: Endpoint, status: int) -> None:
    topic, dead = world.topic(), world.queue()
    world.confirmed(topic, endpoint, RawMessageDelivery="true", RedrivePolicy=world.redrive(dead))
    endpoint.statuses.put(status)

    sent = world.publish(topic, "m", MessageAttributes={"kind": text_attribute("parcel")})

    (lost,) = world.take(dead, 1)
    assert lost["Body"] == "m"
    assert lost["MessageAttributes"] == {"kind": text_attribute("parcel")}
    assert [each["status"] for each in world.attempted(sent, "http", 1)["attempts"]] == [status]


def test_n7_what_waits_for_its_retry_survives_a_kill(engine: Engine, tmp_path: Path, endpoint: Endpoint) -> None:
    options = ("--test-clock", *engine.options())
    with Server(tmp_path, *options) as server:
        world = World(server)
        topic = world.topic()
        world.confirmed(topic, endpoint)
        endpoint.statuses.put(500)
        sent = world.publish(topic, "m")
        endpoint.next()
        server.kill()

    with Server(tmp_path, *options) as server:
        World(server).control("/_chasqui/clock", {"advance_seconds": 600})
        assert endpoint.next().fields["x-amz-sns-message-id"] == sent


# ---------------------------------------------------------------------------------------------------- dead letters


def test_n7_each_subscription_has_a_dead_letter_queue_of_its_own(world: World) -> None:
    topic = world.topic()
    dead = [world.queue(), world.queue()]
    deleted, closed, open_ = world.queue(), world.queue(), world.subscribed(topic)
    world.subscribe_queue(topic, deleted, RedrivePolicy=world.redrive(dead[0]))
    world.subscribe_queue(topic, closed, raw=False, RedrivePolicy=world.redrive(dead[1]))
    world.sqs.delete_queue(QueueUrl=deleted)
    world.set_policy(closed, {**OPEN, "Effect": "Deny", "Principal": "*"})

    sent = world.publish(topic, "m", MessageAttributes={"a": text_attribute("b")})

    assert world.bodies(open_, 1) == ["m"]
    (first,) = world.take(dead[0], 1)
    assert (first["Body"], first["MessageAttributes"]) == ("m", {"a": text_attribute("b")})
    (second,) = world.take(dead[1], 1)
    envelope = json.loads(second["Body"])
    assert (envelope["MessageId"], envelope["Message"]) == (sent, "m")
    assert envelope["MessageAttributes"] == {"a": {"Type": "String", "Value": "b"}}


# ------------------------------------------------------------------------------------------------------------- logs


def log_lines(world: World, topic: str, suffix: str, count: int) -> list[dict[str, Any]]:
    """The lines of a topic's log group, when so many are there."""
    group = f"sns/us-east-1/000000000000/{topic.rpartition(':')[2]}{suffix}"

    def there() -> list[dict[str, Any]] | None:
        events = world.control(f"/_chasqui/logs?group={group}")["events"]
        return [json.loads(each["message"]) for each in events] if len(events) >= count else None

    return list(eventually(there, 20))


def test_n7_deliveries_are_logged_as_the_topic_asks(world: World, endpoint: Endpoint) -> None:
    feedback = {}
    for protocol in ("HTTP", "SQS"):
        feedback[f"{protocol}SuccessFeedbackRoleArn"] = feedback[f"{protocol}FailureFeedbackRoleArn"] = ROLE
        feedback[f"{protocol}SuccessFeedbackSampleRate"] = "100"
    topic, deleted = world.topic(), world.queue()
    world.confirmed(topic, endpoint)
    for name, value in feedback.items():
        world.sns.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue=value)
    queue = world.subscribed(topic)
    arn, lost = world.arn(queue), world.arn(deleted)
    world.subscribe_queue(topic, deleted)
    world.sqs.delete_queue(QueueUrl=deleted)

    sent = world.publish(topic, "m")
    endpoint.next()
    endpoint.statuses.put(404)
    refused = world.publish(topic, "n")

    successes = log_lines(world, topic, "", 3)
    assert {(each["delivery"]["destination"], each["notification"]["messageId"]) for each in successes} == {
        (endpoint.url, sent),
        (arn, sent),
        (arn, refused),
    }
    for each in successes:
        assert (each["status"], each["delivery"]["statusCode"], each["delivery"]["attempts"]) == ("SUCCESS", 200, 1)
        assert each["notification"].keys() >= {"topicArn", "timestamp"}
        assert each["delivery"].keys() >= {"deliveryId", "providerResponse", "dwellTimeMs"}
    failures = log_lines(world, topic, "/Failure", 3)
    assert {(each["delivery"]["destination"], each["notification"]["messageId"]) for each in failures} == {
        (endpoint.url, refused),
        (lost, sent),
        (lost, refused),
    }
    codes = {each["delivery"]["destination"]: each["delivery"]["statusCode"] for each in failures}
    assert {each["status"] for each in failures} == {"FAILURE"}
    assert codes[endpoint.url] == 404


def test_n7_without_a_role_nothing_is_logged(world: World) -> None:
    topic = world.topic(SQSSuccessFeedbackSampleRate="100")
    queue = world.subscribed(topic)
    logged = world.topic(SQSSuccessFeedbackRoleArn=ROLE, SQSSuccessFeedbackSampleRate="100")
    world.subscribe_queue(logged, queue)

    world.publish(topic, "m")
    world.publish(logged, "m")

    log_lines(world, logged, "", 1)
    assert world.control(f"/_chasqui/logs?group=sns/us-east-1/000000000000/{topic.rpartition(':')[2]}")["events"] == []
