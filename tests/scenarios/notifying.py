"""What the scenarios of notifications share: a server with clients of SNS and SQS, and short ways to say what a
scenario is about."""

from __future__ import annotations

import json
import re
import ssl
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

from chasqui.cli.client import Unreachable, call
from tests.support import Server, eventually
from tests.unit.sns_publish.endpoint import Endpoint

ACCOUNT = "000000000000"
OPEN = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}


class World:
    """A server; `sns` and `sqs` are boto3's clients of one account. Names are new with each world. `keys` sign what
    control endpoints are asked, where callers are checked."""

    def __init__(self, server: Server, keys: tuple[str, str] | None = None, **credentials: str) -> None:
        self.server = server
        self.keys = keys
        self.sns = server.client("sns", **credentials)
        self.sqs = server.client("sqs", **credentials)
        self.name = uuid.uuid4().hex[:10]
        self._made = 0

    def _new(self, kind: str, fifo: bool) -> str:
        self._made += 1
        return f"{kind}-{self.name}-{self._made}{'.fifo' if fifo else ''}"

    def topic(self, *, fifo: bool = False, **attributes: str) -> str:
        """A new topic's ARN."""
        if fifo:
            attributes["FifoTopic"] = "true"
        return str(self.sns.create_topic(Name=self._new("topic", fifo), Attributes=attributes)["TopicArn"])

    def queue(self, *, fifo: bool = False, **attributes: str) -> str:
        """A new queue's URL."""
        if fifo:
            attributes["FifoQueue"] = "true"
        return str(self.sqs.create_queue(QueueName=self._new("queue", fifo), Attributes=attributes)["QueueUrl"])

    def arn(self, queue: str) -> str:
        """The ARN of a queue's URL."""
        attributes = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
        return str(attributes["QueueArn"])

    def redrive(self, queue: str) -> str:
        """The RedrivePolicy that makes a queue the dead-letter queue."""
        return json.dumps({"deadLetterTargetArn": self.arn(queue)})

    def set_policy(self, queue: str, *statements: dict[str, Any]) -> None:
        """Say who may do what with a queue."""
        arn = self.arn(queue)
        policy = {"Version": "2012-10-17", "Statement": [{**each, "Resource": arn} for each in statements]}
        self.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})

    def subscribe(self, topic: str, protocol: str, endpoint: str, **attributes: str) -> str:
        """A new subscription's ARN."""
        made = self.sns.subscribe(
            TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes, ReturnSubscriptionArn=True
        )
        return str(made["SubscriptionArn"])

    def subscribe_queue(self, topic: str, queue: str, *, raw: bool = True, **attributes: str) -> str:
        """A queue's subscription."""
        return self.subscribe(
            topic, "sqs", self.arn(queue), RawMessageDelivery="true" if raw else "false", **attributes
        )

    def subscribed(self, topic: str, *, fifo: bool = False, **attributes: str) -> str:
        """The URL of a new queue that gets what is published."""
        queue = self.queue(fifo=fifo)
        self.subscribe_queue(topic, queue, **attributes)
        return queue

    def publish(self, topic: str, message: str, **options: Any) -> str:
        """Publish; returns the MessageId."""
        return str(self.sns.publish(TopicArn=topic, Message=message, **options)["MessageId"])

    def take(self, queue: str, count: int) -> list[dict[str, Any]]:
        """So many messages, there or on their way, in the order in which they are given out; they are gone then."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            got = self.sqs.receive_message(
                QueueUrl=queue,
                MaxNumberOfMessages=10,
                WaitTimeSeconds=15,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            ).get("Messages")
            assert got, f"nothing came after {found}"
            for each in got:
                self.sqs.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
            found += got
        return found

    def bodies(self, queue: str, count: int) -> list[str]:
        return [each["Body"] for each in self.take(queue, count)]

    def is_empty(self, queue: str) -> bool:
        """Whether there is nothing in a queue, in flight or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        return set(attributes.values()) == {"0"}

    def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """What a control endpoint answers."""
        return call(self.server.url, path, body, self.keys)

    def trace(self, message: str) -> dict[str, Any]:
        """What became of a message. Its record is written beside the publish's answer, so it may be a moment late."""

        def there() -> dict[str, Any] | None:
            try:
                return dict(self.control(f"/_chasqui/trace?message={message}"))
            except Unreachable as error:
                if "nothing is known" not in str(error):
                    raise
                return None

        return dict(eventually(there))

    def attempted(self, message: str, protocol: str, count: int) -> dict[str, Any]:
        """The trace's line about the subscription of a protocol, when so many attempts are written down."""

        def there() -> dict[str, Any] | None:
            (line,) = [each for each in self.trace(message)["subscriptions"] if each["protocol"] == protocol]
            return dict(line) if len(line["attempts"]) >= count else None

        return dict(eventually(there, 20))

    def mails(self, address: str, count: int) -> list[dict[str, Any]]:
        """The mails of an address in the embedded mailbox, oldest first, when so many are there."""

        def there() -> list[dict[str, Any]] | None:
            found = self.control(f"/_chasqui/mailbox?address={address}")["mails"]
            return list(reversed(found)) if len(found) >= count else None

        return list(eventually(there, 20))

    def texts(self, number: str, count: int) -> list[str]:
        """The texts that a phone number has got, as `/_aws/sns/sms-messages` tells, when so many are there."""

        def there() -> list[str] | None:
            found = self.control("/_aws/sns/sms-messages")["sms_messages"].get(number, [])
            return [each["Message"] for each in found] if len(found) >= count else None

        return list(eventually(there, 20))

    def confirmed(self, topic: str, endpoint: Endpoint, **attributes: str) -> str:
        """An HTTP endpoint's subscription, confirmed by its link."""
        subscription = self.subscribe(topic, "http", endpoint.url, **attributes)
        assert follow(json.loads(endpoint.next().body)["SubscribeURL"])[0] == 200
        return subscription


def follow(url: str, trusted: Path | None = None) -> tuple[int, str]:
    """What a link answers to whoever follows it; `trusted` is the certificate of a server with HTTPS."""
    context = ssl.create_default_context(cafile=trusted) if trusted is not None else None
    try:
        with urllib.request.urlopen(url, timeout=20, context=context) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def link(text: str, action: str) -> str:
    """The link in a mail that does this ("ConfirmSubscription")."""
    found = re.search(rf'https?://[^\s"<>]+Action={action}&[^\s"<>]+', text)
    assert found is not None, text
    return found[0]


def text_attribute(value: str) -> dict[str, str]:
    """A message attribute."""
    return {"DataType": "String", "StringValue": value}
