"""N2: every protocol that leaves the server, with its confirmation and its links really followed."""

from __future__ import annotations

import email
import email.policy
import json
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from tests.engines import Engine
from tests.scenarios.notifying import World, follow, link
from tests.support import Server
from tests.unit.sns_publish.endpoint import Endpoint


def state(world: World, subscription: str) -> str:
    """ "pending", "confirmed" or "gone"."""
    topic = subscription.rpartition(":")[0]
    listed = world.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    if not listed:
        return "gone"
    return "confirmed" if listed[0]["SubscriptionArn"] == subscription else "pending"


# ------------------------------------------------------------------------------------------------------------- http


def test_n2_an_http_endpoint_confirms_is_notified_and_leaves_by_its_links(world: World, endpoint: Endpoint) -> None:
    topic = world.topic(DisplayName="Orders")
    subscription = world.subscribe(topic, "http", endpoint.url)
    assert state(world, subscription) == "pending"
    asked = endpoint.next()
    assert asked.fields["x-amz-sns-message-type"] == "SubscriptionConfirmation"

    assert follow(json.loads(asked.body)["SubscribeURL"])[0] == 200
    assert state(world, subscription) == "confirmed"
    attributes = {
        "kind": {"DataType": "String", "StringValue": "grüße"},
        "data": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    sent = world.publish(topic, "olá 🌎", Subject="Saudacao", MessageAttributes=attributes)

    posted = endpoint.next()
    assert {name: value for name, value in posted.fields.items() if name.startswith("x-amz-sns-")} == {
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": sent,
        "x-amz-sns-topic-arn": topic,
        "x-amz-sns-subscription-arn": subscription,
    }
    assert posted.fields["user-agent"] == "Amazon Simple Notification Service Agent"
    told = json.loads(posted.body)
    assert (told["Subject"], told["Message"]) == ("Saudacao", "olá 🌎")
    assert told["MessageAttributes"] == {
        "kind": {"Type": "String", "Value": "grüße"},
        "data": {"Type": "Binary", "Value": "AP8="},
    }

    assert follow(told["UnsubscribeURL"])[0] == 200
    assert state(world, subscription) == "gone"
    ended = endpoint.next()
    assert ended.fields["x-amz-sns-message-type"] == "UnsubscribeConfirmation"
    world.publish(topic, "to nobody")
    assert follow(json.loads(ended.body)["SubscribeURL"])[0] == 200
    world.publish(topic, "to who came back")
    assert json.loads(endpoint.next().body)["Message"] == "to who came back"


def test_n2_an_endpoint_gets_the_message_itself_in_its_own_content_type(world: World, endpoint: Endpoint) -> None:
    topic = world.topic()
    policy = json.dumps({"requestPolicy": {"headerContentType": "text/csv"}})
    world.confirmed(topic, endpoint, RawMessageDelivery="true", DeliveryPolicy=policy)

    world.publish(topic, "a;b\n1;2\n")

    posted = endpoint.next()
    assert posted.body == "a;b\n1;2\n"
    assert posted.fields["content-type"].startswith("text/csv")
    assert posted.fields["x-amz-sns-rawdelivery"] == "true"


# ------------------------------------------------------------------------------------------------------------- mail


class Relay:
    """An SMTP relay on loopback; it refuses the recipients that it was told to."""

    def __init__(self) -> None:
        self._came = threading.Condition()
        self.mails: list[tuple[str, EmailMessage]] = []
        self.refused: set[str] = set()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:
        if address in self.refused:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        with self._came:
            self.mails += [(each, mail) for each in envelope.rcpt_tos]
            self._came.notify_all()
        return "250 queued"

    def to(self, address: str, count: int) -> EmailMessage:
        """The last mail to an address, when so many have come."""

        def found() -> list[EmailMessage]:
            return [mail for to, mail in self.mails if to == address]

        with self._came:
            assert self._came.wait_for(lambda: len(found()) >= count, 20), self.mails
            return found()[-1]


class FreePort(Controller):
    """On a port that the system chooses; aiosmtpd's own controller tries the one that it was given."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def relay() -> Iterator[tuple[Relay, dict[str, str]]]:
    """A relay, and the environment of a server that uses it."""
    post = Relay()
    controller = FreePort(post, hostname="127.0.0.1", port=0)
    controller.start()
    environ = {
        "CHASQUI_SMTP_HOST": "127.0.0.1",
        "CHASQUI_SMTP_PORT": str(controller.port),
        "CHASQUI_SMTP_TLS": "none",
        "CHASQUI_SMTP_FROM": "Notícias <news@example.org>",
    }
    yield post, environ
    controller.stop()


def text(mail: EmailMessage) -> str:
    return str(mail.get_content())


def test_n2_a_relay_brings_mail_to_an_address_until_it_leaves(
    engine: Engine, tmp_path: Path, relay: tuple[Relay, dict[str, str]]
) -> None:
    post, environ = relay
    address = "ann@example.com"
    with Server(tmp_path, *engine.options(), environ=environ) as server:
        world = World(server)
        topic = world.topic()
        subscription = world.subscribe(topic, "email", address)
        assert follow(link(text(post.to(address, 1)), "ConfirmSubscription"))[0] == 200
        assert state(world, subscription) == "confirmed"

        world.publish(topic, "Grüße aus Cuzco 🦙", Subject="A parcel")
        mail = post.to(address, 2)
        assert (mail["Subject"], mail["To"]) == ("A parcel", address)
        assert str(mail["From"]) == "Notícias <news@example.org>"
        assert text(mail).startswith("Grüße aus Cuzco 🦙")
        leaving = link(text(mail), "Unsubscribe")
        assert leaving in str(mail["List-Unsubscribe"])

        assert follow(leaving)[0] == 200
        assert state(world, subscription) == "gone"
        assert follow(link(text(post.to(address, 3)), "ConfirmSubscription"))[0] == 200
        assert state(world, subscription) == "confirmed"


def test_n2_a_relay_brings_json_to_programs(
    engine: Engine, tmp_path: Path, relay: tuple[Relay, dict[str, str]]
) -> None:
    post, environ = relay
    address = "robot@example.com"
    with Server(tmp_path, *engine.options(), environ=environ) as server:
        world = World(server)
        topic = world.topic()
        world.subscribe(topic, "email-json", address)
        asked = json.loads(text(post.to(address, 1)))
        assert asked["Type"] == "SubscriptionConfirmation"
        assert follow(asked["SubscribeURL"])[0] == 200

        texts = {"default": "for all", "email-json": "for programs"}
        sent = world.publish(topic, json.dumps(texts), MessageStructure="json")

        told = json.loads(text(post.to(address, 2)))
        assert (told["Type"], told["MessageId"], told["Message"]) == ("Notification", sent, "for programs")
        assert told.keys() >= {"Signature", "SignatureVersion", "SigningCertURL", "UnsubscribeURL", "Timestamp"}


def test_n2_a_bounce_is_a_failed_delivery_and_ends_in_the_dead_letter_queue(
    engine: Engine, tmp_path: Path, relay: tuple[Relay, dict[str, str]]
) -> None:
    post, environ = relay
    address = "gone@example.com"
    with Server(tmp_path, *engine.options(), environ=environ) as server:
        world = World(server)
        topic, dead = world.topic(), world.queue()
        world.subscribe(topic, "email", address, RedrivePolicy=world.redrive(dead))
        assert follow(link(text(post.to(address, 1)), "ConfirmSubscription"))[0] == 200
        post.refused.add(address)

        sent = world.publish(topic, "too late")

        assert json.loads(world.bodies(dead, 1)[0])["MessageId"] == sent
        line = world.attempted(sent, "email", 1)
        assert [(each["status"], each["ok"]) for each in line["attempts"]] == [(550, False)]
        assert "no such user" in line["attempts"][0]["response"]


# -------------------------------------------------------------------------------------------------------------- sms


def test_n2_a_phone_gets_its_own_text_of_a_message(world: World) -> None:
    topic, number = world.topic(DisplayName="Chasqui"), f"+1202555{int(world.name[:5], 16) % 10_000:04d}"
    world.subscribe(topic, "sms", number)
    before = len(world.control("/_aws/sns/sms-messages")["sms_messages"].get(number, []))

    texts = {"default": "a long text for everybody else", "sms": "your parcel is here"}
    world.publish(topic, json.dumps(texts), MessageStructure="json")

    assert world.texts(number, before + 1)[-1].endswith("your parcel is here")


# --------------------------------------------------------------------------------------------------------- firehose


def test_n2_what_no_service_here_takes_goes_to_the_dead_letter_queue_and_why_is_told(world: World) -> None:
    topic, dead = world.topic(), world.queue()
    stream = f"arn:aws:firehose:us-east-1:000000000000:deliverystream/{world.name}"
    role = "arn:aws:iam::000000000000:role/delivery"
    world.subscribe(topic, "firehose", stream, SubscriptionRoleArn=role, RedrivePolicy=world.redrive(dead))

    sent = world.publish(topic, "m")

    assert json.loads(world.bodies(dead, 1)[0])["MessageId"] == sent

    (attempt,) = world.attempted(sent, "firehose", 1)["attempts"]
    assert attempt["reason"] == "this version of Chasqui has no firehose to deliver to"
