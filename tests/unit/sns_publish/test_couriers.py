"""What is brought to endpoints, mail addresses and phones, and what becomes of what they do not take."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import eventually
from tests.unit.sns_publish.conftest import ACCOUNT, World
from tests.unit.sns_publish.endpoint import Endpoint, listening
from tests.unit.sns_publish.test_signatures import verify


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with listening() as running:
        yield running


def confirmed(world: World, topic: str, endpoint: Endpoint, **attributes: str) -> str:
    """A confirmed subscription of the endpoint."""
    made = world.sns.subscribe(
        TopicArn=topic, Protocol="http", Endpoint=endpoint.url, Attributes=attributes, ReturnSubscriptionArn=True
    )
    asked = json.loads(endpoint.next().body)
    world.sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])
    return str(made["SubscriptionArn"])


def read(world: World, path: str) -> Any:
    with urllib.request.urlopen(f"{world.server.url}{path}", timeout=10) as answer:
        return json.loads(answer.read())


def test_an_endpoint_is_asked_to_confirm_and_then_gets_notifications(world: World, endpoint: Endpoint) -> None:
    topic = world.topic()
    made = world.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url, ReturnSubscriptionArn=True)

    asked = endpoint.next()
    confirmation = json.loads(asked.body)
    assert asked.fields["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert asked.fields["x-amz-sns-topic-arn"] == topic
    assert "x-amz-sns-subscription-arn" not in asked.fields
    assert asked.fields["content-type"] == "text/plain; charset=UTF-8"
    assert asked.fields["user-agent"] == "Amazon Simple Notification Service Agent"
    with urllib.request.urlopen(confirmation["SubscribeURL"], timeout=10) as answer:
        assert answer.status == 200

    sent = world.sns.publish(TopicArn=topic, Message="hello", Subject="s")

    posted = endpoint.next()
    notification = json.loads(posted.body)
    assert posted.path == "/hook"
    assert posted.fields["x-amz-sns-message-type"] == "Notification"
    assert posted.fields["x-amz-sns-message-id"] == sent["MessageId"]
    assert posted.fields["x-amz-sns-subscription-arn"] == made["SubscriptionArn"]
    assert (notification["Message"], notification["Subject"]) == ("hello", "s")
    verify(notification)


def test_nothing_is_sent_before_the_confirmation(world: World, endpoint: Endpoint) -> None:
    topic = world.topic()
    world.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
    asked = json.loads(endpoint.next().body)
    world.sns.publish(TopicArn=topic, Message="too early")

    world.sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])
    world.sns.publish(TopicArn=topic, Message="in time")

    assert json.loads(endpoint.next().body)["Message"] == "in time"
    assert endpoint.is_quiet()


def test_raw_delivery_posts_the_message_itself(world: World, endpoint: Endpoint) -> None:
    topic = world.topic()
    confirmed(world, topic, endpoint, RawMessageDelivery="true")

    world.sns.publish(TopicArn=topic, Message="a,b\n")

    posted = endpoint.next()
    assert posted.body == "a,b\n"
    assert posted.fields["x-amz-sns-rawdelivery"] == "true"


def test_what_fails_is_tried_again_when_it_is_due(world: World, endpoint: Endpoint) -> None:
    topic = world.topic()
    confirmed(world, topic, endpoint)
    endpoint.statuses.put(500)

    world.sns.publish(TopicArn=topic, Message="m")
    first = endpoint.next()
    assert endpoint.is_quiet()
    world.server.clock.advance(seconds=21)
    second = eventually(lambda: endpoint.next() if not endpoint.is_quiet() else world.server.clock.advance(1) and None)

    assert first.fields["x-amz-sns-message-id"] == second.fields["x-amz-sns-message-id"]


def test_what_a_client_error_refuses_goes_to_the_dead_letters(world: World, endpoint: Endpoint) -> None:
    topic = world.topic()
    dead = world.queue()
    arn = confirmed(world, topic, endpoint, RedrivePolicy=json.dumps({"deadLetterTargetArn": world.arn(dead)}))
    endpoint.statuses.put(404)

    sent = world.sns.publish(TopicArn=topic, Message="m")

    (body,) = world.wait_for(dead, 1)
    lost = json.loads(body)
    assert (lost["Message"], lost["MessageId"]) == ("m", sent["MessageId"])
    assert lost["UnsubscribeURL"].endswith(arn)


def test_a_function_that_no_service_has_goes_to_the_dead_letters(world: World) -> None:
    topic = world.topic()
    dead = world.queue()
    world.sns.subscribe(
        TopicArn=topic,
        Protocol="lambda",
        Endpoint=f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f",
        Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": world.arn(dead)})},
    )

    world.sns.publish(TopicArn=topic, Message="m")

    (body,) = world.wait_for(dead, 1)
    assert json.loads(body)["Message"] == "m"


def test_a_subscription_that_ends_gets_nothing_more(world: World, endpoint: Endpoint) -> None:
    topic = world.topic()
    subscription = confirmed(world, topic, endpoint)
    world.sns.publish(TopicArn=topic, Message="one")
    assert json.loads(endpoint.next().body)["Message"] == "one"

    world.sns.unsubscribe(SubscriptionArn=subscription)
    world.sns.publish(TopicArn=topic, Message="two")

    (other,) = world.subscribed(topic)
    world.sns.publish(TopicArn=topic, Message="three")
    assert world.wait_for(other, 1) == ["three"]
    kinds = []
    while not endpoint.is_quiet():
        kinds.append(json.loads(endpoint.next().body)["Type"])
    assert "Notification" not in kinds


def mails(world: World, address: str, count: int) -> list[dict[str, Any]]:
    """The mails of an address, oldest first, when so many are there."""

    def there() -> list[dict[str, Any]] | None:
        found = read(world, f"/_chasqui/mailbox?address={address}")
        kept = found if isinstance(found, list) else found["mails"]
        return list(reversed(kept)) if len(kept) >= count else None

    return list(eventually(there, 20))


@pytest.mark.parametrize("protocol", ["email", "email-json"])
def test_mail_is_confirmed_sent_and_ended_by_its_links(world: World, protocol: str) -> None:
    topic = world.topic()
    world.sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint="someone@example.com")
    (asked,) = mails(world, "someone@example.com", 1)
    link = re.search(r'https?://[^\s"]+Action=ConfirmSubscription[^\s"]+', asked["text"])
    assert link is not None
    with urllib.request.urlopen(link[0], timeout=10) as answer:
        assert answer.status == 200

    world.sns.publish(TopicArn=topic, Message="grüße", Subject="Betreff ü")

    _, mail = mails(world, "someone@example.com", 2)
    assert mail["subject"] == "Betreff ü"
    if protocol == "email":
        assert mail["text"].startswith("grüße\n")
        end = re.search(r"https?://\S+Action=Unsubscribe\S+", mail["text"])
        assert end is not None
    else:
        envelope = json.loads(mail["text"])
        assert envelope["Message"] == "grüße"
        verify(envelope)


def test_a_phone_gets_the_text(world: World) -> None:
    topic = world.topic()
    world.sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+33612345678")

    world.sns.publish(TopicArn=topic, Message=json.dumps({"default": "d", "sms": "short"}), MessageStructure="json")

    def texts() -> Any:
        return read(world, "/_aws/sns/sms-messages")["sms_messages"].get("+33612345678")

    (text,) = eventually(texts, 20)
    assert text["Message"] == "short"
