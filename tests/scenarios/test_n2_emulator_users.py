"""N2 for who comes from LocalStack: what their tests ask an emulator works here as it did there."""

from __future__ import annotations

import json
import urllib.request

from tests.scenarios.notifying import ACCOUNT, OPEN, World, follow
from tests.support import Server

OTHER = "111122223333"


def test_sent_texts_are_read_and_discarded_by_number(world: World) -> None:
    first, second = (f"+1202558{int(world.name[at : at + 3], 16):04d}{at}" for at in (0, 3))
    world.sns.publish(PhoneNumber=first, Message="one")
    world.sns.publish(PhoneNumber=second, Message="two")
    assert (world.texts(first, 1), world.texts(second, 1)) == (["one"], ["two"])

    one = world.control(f"/_aws/sns/sms-messages?phoneNumber={first.replace('+', '%2B')}")["sms_messages"]
    assert list(one) == [first]
    assert one[first][0]["PhoneNumber"] == first

    discard = f"{world.server.url}/_aws/sns/sms-messages?phoneNumber={first.replace('+', '%2B')}"
    with urllib.request.urlopen(urllib.request.Request(discard, method="DELETE"), timeout=20) as answer:
        assert answer.status in (200, 204)
    assert first not in world.control("/_aws/sns/sms-messages")["sms_messages"]


def test_an_access_key_of_twelve_digits_is_an_account(server: Server, world: World) -> None:
    theirs = World(server, aws_access_key_id=OTHER)

    topic = theirs.topic()

    assert topic.split(":")[4] == OTHER
    assert topic in {each["TopicArn"] for each in theirs.sns.list_topics()["Topics"]}
    assert topic not in {each["TopicArn"] for each in world.sns.list_topics()["Topics"]}


def test_a_queue_of_another_region_is_subscribed_and_gets_its_messages(server: Server, world: World) -> None:
    abroad = World(server, region_name="eu-west-1")
    topic, queue = abroad.topic(), world.queue()
    assert topic.split(":")[3] == "eu-west-1"

    abroad.subscribe(topic, "sqs", world.arn(queue), RawMessageDelivery="true")
    abroad.publish(topic, "from abroad")

    assert world.bodies(queue, 1) == ["from abroad"]


def test_a_queue_of_another_account_is_subscribed_by_its_owner(server: Server, world: World) -> None:
    theirs = World(server, aws_access_key_id=OTHER)
    topic, queue = world.topic(), theirs.queue()
    theirs.set_policy(queue, OPEN)

    subscription = theirs.subscribe_queue(topic, queue)
    world.publish(topic, "across accounts")

    assert theirs.bodies(queue, 1) == ["across accounts"]
    shown = world.sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert (shown["Owner"], shown["PendingConfirmation"]) == (OTHER, "false")


def test_a_queue_of_another_account_is_asked_when_the_topics_owner_subscribes_it(server: Server, world: World) -> None:
    theirs = World(server, aws_access_key_id=OTHER)
    topic, queue = world.topic(), theirs.queue()
    theirs.set_policy(queue, OPEN)

    world.subscribe_queue(topic, queue)
    world.publish(topic, "too early")
    asked = json.loads(theirs.bodies(queue, 1)[0])
    theirs.sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])
    world.publish(topic, "in time")

    assert theirs.bodies(queue, 1) == ["in time"]
    assert theirs.is_empty(queue)


def test_links_have_the_host_that_the_client_called(server: Server, world: World) -> None:
    topic = world.topic()
    world.subscribe(topic, "email", f"{world.name}@example.com")

    (mail,) = world.mails(f"{world.name}@example.com", 1)

    assert f"{server.url}/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-east-1:{ACCOUNT}:" in mail["text"]


def test_the_health_of_the_service_is_told(world: World) -> None:
    status, text = follow(f"{world.server.url}/_localstack/health")

    assert (status, json.loads(text)["services"]["sns"]) in [(200, "available"), (200, "running")]
