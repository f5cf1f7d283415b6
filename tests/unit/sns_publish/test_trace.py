"""Why a message did not arrive: who matched then, what was attempted, where it is."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from chasqui.cli.trace import lines
from tests.support import eventually
from tests.unit.sns_publish.conftest import World
from tests.unit.sns_publish.endpoint import Endpoint, listening

ORDERS = json.dumps({"kind": ["order"]})


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with listening() as running:
        yield running


def read(world: World, path: str) -> Any:
    with urllib.request.urlopen(f"{world.server.url}{path}", timeout=10) as answer:
        return json.loads(answer.read())


def traced(world: World, message: str) -> dict[str, Any]:
    """The trace, by subscription; records are written in the tick after the answer."""

    def there() -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = read(world, f"/_chasqui/trace?message={message}")
        except urllib.error.HTTPError:
            return None
        return found

    found = eventually(there)
    assert found is not None
    return found


def by_subscription(trace: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["subscription"]: each for each in trace["subscriptions"]}


def publish(world: World, topic: str, kind: str | None = None, **more: Any) -> str:
    if kind is not None:
        more["MessageAttributes"] = {"kind": {"DataType": "String", "StringValue": kind}}
    return str(world.sns.publish(TopicArn=topic, Message="m", **more)["MessageId"])


def test_who_got_a_message_and_which_key_kept_it_from_others(world: World) -> None:
    topic = world.topic()
    plain = world.subscribe(topic, world.queue())
    picky = world.subscribe(topic, world.queue(), FilterPolicy=ORDERS)
    message = publish(world, topic, "return", Subject="about it")

    trace = traced(world, message)
    found = by_subscription(trace)

    assert (trace["topic"], trace["subject"], trace["filtered"]) == (topic, "about it", 1)
    assert (found[plain]["verdict"], found[plain]["reason"]) == ("matched", None)
    assert found[plain]["now"].startswith("put into the queue arn:aws:sqs:")
    assert found[picky]["verdict"] == "filtered"
    assert found[picky]["reason"] == 'kind is "return"; wanted "order"'
    assert "now" not in found[picky]


def test_the_verdict_is_that_of_the_moment_of_publishing(world: World) -> None:
    topic = world.topic()
    changed = world.subscribe(topic, world.queue(), FilterPolicy=ORDERS)
    ended = world.subscribe(topic, world.queue())
    message = publish(world, topic, "return")
    world.sns.set_subscription_attributes(SubscriptionArn=changed, AttributeName="FilterPolicy", AttributeValue="{}")
    world.sns.unsubscribe(SubscriptionArn=ended)
    later = world.subscribe(topic, world.queue())

    found = eventually(
        lambda: ((trace := by_subscription(traced(world, message))).keys() == {changed, ended} and trace) or None
    )

    assert found is not None
    assert later not in found
    assert found[changed]["verdict"] == "filtered"
    assert found[ended]["verdict"] == "matched"


def test_a_denied_queue_is_told_with_its_dead_letter_queue(world: World) -> None:
    topic = world.topic()
    deny = {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]}
    dead = world.arn(world.queue())
    denied = world.subscribe(
        topic, world.queue(Policy=json.dumps(deny)), RedrivePolicy=json.dumps({"deadLetterTargetArn": dead})
    )
    message = publish(world, topic)

    now = eventually(lambda: by_subscription(traced(world, message))[denied]["now"] if message else None)

    assert now == (
        "AccessDenied: The queue's policy does not let Amazon SNS send to it. So it went to the dead-letter queue"
        f" {dead}."
    )


def test_each_attempt_is_told_with_its_answer(world: World, endpoint: Endpoint) -> None:
    topic = world.topic()
    made = world.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url, ReturnSubscriptionArn=True)
    arn = made["SubscriptionArn"]
    world.sns.confirm_subscription(TopicArn=topic, Token=json.loads(endpoint.next().body)["Token"])
    message = publish(world, topic)
    endpoint.next()

    found = eventually(lambda: ((line := by_subscription(traced(world, message))[arn])["attempts"] and line) or None)

    assert found is not None
    (attempt,) = found["attempts"]
    assert (attempt["number"], attempt["ok"], attempt["status"]) == (1, True, 200)
    assert found["now"] == "delivered, at attempt 1"
    told = list(lines(traced(world, message), everything=False))
    assert told[0] == f"message    {message}"
    assert any(line.startswith("  attempt 1") and "delivered (200)" in line for line in told)


def test_what_is_not_known_is_said(world: World) -> None:
    for path, status in (("/_chasqui/trace", 400), ("/_chasqui/trace?message=nothing", 404)):
        with pytest.raises(urllib.error.HTTPError) as refused:
            read(world, path)
        assert refused.value.code == status


def test_deliveries_are_logged_as_the_topic_asks(world: World) -> None:
    role = "arn:aws:iam::000000000000:role/feedback"
    topic = world.topic(
        SQSSuccessFeedbackRoleArn=role, SQSSuccessFeedbackSampleRate="100", SQSFailureFeedbackRoleArn=role
    )
    queue = world.queue()
    world.subscribe(topic, queue)
    missing = world.queue()
    world.subscribe(topic, missing)
    world.sqs.delete_queue(QueueUrl=missing)
    message = publish(world, topic)
    group = f"sns/us-east-1/000000000000/{topic.rpartition(':')[2]}"

    def logged(name: str) -> list[dict[str, Any]] | None:
        events = read(world, f"/_chasqui/logs?group={urllib.parse.quote(name, safe='')}")["events"]
        return [json.loads(each["message"]) for each in events] or None

    (success,) = eventually(lambda: logged(group)) or ()
    (failure,) = eventually(lambda: logged(f"{group}/Failure")) or ()

    assert success["status"] == "SUCCESS"
    assert success["notification"]["messageId"] == message
    assert success["delivery"]["destination"] == world.arn(queue)
    assert success["delivery"]["statusCode"] == 200
    assert failure["status"] == "FAILURE"
    assert failure["delivery"]["destination"] == world.arn(missing)
    assert json.loads(failure["delivery"]["providerResponse"])["ErrorCode"] == (
        "AWS.SimpleQueueService.NonExistentQueue"
    )


def test_nothing_is_logged_that_was_not_asked_for(world: World) -> None:
    topic = world.topic()
    world.subscribe(topic, world.queue())
    traced(world, publish(world, topic))

    assert read(world, "/_chasqui/logs")["groups"] == []
