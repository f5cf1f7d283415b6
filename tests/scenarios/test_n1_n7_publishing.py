"""N1, N3, N4 and N7: publishing as applications do it, by boto3 against a durable server, restarted on the way.

The details are in tests/unit/sns_publish.
"""

from __future__ import annotations

import json
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import Server, eventually
from tests.unit.sns_publish.endpoint import listening


@pytest.fixture
def sns(server: Server) -> Iterator[Any]:
    client = server.client("sns")
    yield client
    client.close()


def new_queue(sqs: Any, **attributes: str) -> tuple[str, str]:
    """(URL, ARN)."""
    name = f"queue-{uuid.uuid4().hex[:12]}{'.fifo' if attributes.get('FifoQueue') else ''}"
    url = str(sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])
    return url, f"arn:aws:sqs:us-east-1:000000000000:{name}"


def subscribe(sns: Any, topic: str, protocol: str, endpoint: str, **attributes: str) -> str:
    made = sns.subscribe(
        TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes, ReturnSubscriptionArn=True
    )
    return str(made["SubscriptionArn"])


def bodies(sqs: Any, url: str, count: int) -> list[str]:
    """So many messages' bodies, in order."""
    found: list[str] = []
    while len(found) < count:
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=10).get("Messages")
        assert got, f"only {found} came"
        for each in got:
            found.append(each["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return found


def test_n1_one_publish_reaches_a_queue_a_mail_address_and_an_endpoint(server: Server, sns: Any, sqs: Any) -> None:
    topic = sns.create_topic(Name=f"topic-{uuid.uuid4().hex[:12]}")["TopicArn"]
    url, arn = new_queue(sqs)
    address = f"{uuid.uuid4().hex[:12]}@example.com"
    with listening() as endpoint:
        subscribe(sns, topic, "sqs", arn)
        subscribe(sns, topic, "email", address)
        subscribe(sns, topic, "http", endpoint.url)
        sns.confirm_subscription(TopicArn=topic, Token=json.loads(endpoint.next().body)["Token"])
        asked = eventually(lambda: mails(server, address))[0]["text"]
        link = next(each for each in asked.split() if "ConfirmSubscription" in each)
        with urllib.request.urlopen(link, timeout=10) as answer:
            assert answer.status == 200

        sns.publish(TopicArn=topic, Message="to everybody", Subject="News")

        assert json.loads(bodies(sqs, url, 1)[0])["Message"] == "to everybody"
        assert json.loads(endpoint.next().body)["Subject"] == "News"
        mail = eventually(lambda: [each for each in mails(server, address) if each["subject"] == "News"])[0]
        assert mail["text"].startswith("to everybody\n")


def mails(server: Server, address: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{server.url}/_chasqui/mailbox?address={address}", timeout=10) as answer:
        found = json.loads(answer.read())
    return list(found if isinstance(found, list) else found["mails"])


def test_n3_each_queue_gets_what_its_filter_lets_through(sns: Any, sqs: Any) -> None:
    topic = sns.create_topic(Name=f"topic-{uuid.uuid4().hex[:12]}")["TopicArn"]
    (invoices, a), (users, b), (dear, c) = new_queue(sqs), new_queue(sqs), new_queue(sqs)
    raw = {"RawMessageDelivery": "true"}
    subscribe(sns, topic, "sqs", a, FilterPolicy='{"eventType": ["invoice"]}', **raw)
    subscribe(sns, topic, "sqs", b, FilterPolicy='{"eventType": ["user"]}', **raw)
    body = {"FilterPolicy": '{"amount": [{"numeric": [">", 5000]}]}', "FilterPolicyScope": "MessageBody"}
    subscribe(sns, topic, "sqs", c, **body, **raw)

    for kind, amount in (("invoice", 10), ("user", 0), ("invoice", 9000)):
        attributes = {"eventType": {"DataType": "String", "StringValue": kind}}
        sns.publish(TopicArn=topic, Message=json.dumps({"amount": amount}), MessageAttributes=attributes)

    assert bodies(sqs, invoices, 2) == ['{"amount": 10}', '{"amount": 9000}']
    assert bodies(sqs, users, 1) == ['{"amount": 0}']
    assert bodies(sqs, dear, 1) == ['{"amount": 9000}']


def test_n4_fifo_topics_order_deduplicate_archive_and_replay(sns: Any, sqs: Any) -> None:
    attributes = {
        "FifoTopic": "true",
        "ContentBasedDeduplication": "true",
        "ArchivePolicy": '{"MessageRetentionPeriod": "7"}',
    }
    topic = sns.create_topic(Name=f"topic-{uuid.uuid4().hex[:12]}.fifo", Attributes=attributes)["TopicArn"]
    live, live_arn = new_queue(sqs, FifoQueue="true")
    late, late_arn = new_queue(sqs, FifoQueue="true")
    raw = {"RawMessageDelivery": "true"}
    subscribe(sns, topic, "sqs", live_arn, **raw)

    for number in (0, 1, 1, 2):
        sns.publish(TopicArn=topic, Message=f"m{number}", MessageGroupId="g")
    replay = json.dumps({"PointType": "Timestamp", "StartingPoint": "2020-01-01T00:00:00.000Z"})
    subscribe(sns, topic, "sqs", late_arn, ReplayPolicy=replay, **raw)

    assert bodies(sqs, live, 3) == ["m0", "m1", "m2"]
    assert bodies(sqs, late, 3) == ["m0", "m1", "m2"]


def test_n7_what_an_endpoint_refuses_goes_to_its_dead_letters(sns: Any, sqs: Any) -> None:
    topic = sns.create_topic(Name=f"topic-{uuid.uuid4().hex[:12]}")["TopicArn"]
    dead, dead_arn = new_queue(sqs)
    never = {"numRetries": 1, "minDelayTarget": 1, "maxDelayTarget": 1, "numNoDelayRetries": 1}
    with listening() as endpoint:
        subscribe(
            sns,
            topic,
            "http",
            endpoint.url,
            RawMessageDelivery="true",
            RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_arn}),
            DeliveryPolicy=json.dumps({"healthyRetryPolicy": never}),
        )
        sns.confirm_subscription(TopicArn=topic, Token=json.loads(endpoint.next().body)["Token"])
        for _ in range(2):
            endpoint.statuses.put(503)

        sns.publish(TopicArn=topic, Message="nobody wants this")

        assert [endpoint.next().body for _ in range(2)] == ["nobody wants this"] * 2
        assert bodies(sqs, dead, 1) == ["nobody wants this"]


@pytest.mark.one_engine("the data directory is SQLite's")
def test_what_waits_is_delivered_after_a_restart(tmp_path: Any) -> None:
    with listening() as endpoint:
        with Server(tmp_path) as first:
            sns = first.client("sns")
            topic = sns.create_topic(Name="t")["TopicArn"]
            subscribe(sns, topic, "http", endpoint.url)
            sns.confirm_subscription(TopicArn=topic, Token=json.loads(endpoint.next().body)["Token"])
            endpoint.statuses.put(500)
            sent = sns.publish(TopicArn=topic, Message="m")
            endpoint.next()

        with Server(tmp_path):
            posted = endpoint.next(60)

    assert posted.fields["x-amz-sns-message-id"] == sent["MessageId"]
