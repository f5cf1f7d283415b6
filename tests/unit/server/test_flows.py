"""What went from one resource to another is counted where it goes, and told by `/_chasqui/flows`."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from chasqui.testing import TestServer, server
from tests.support import eventually


@pytest.fixture(scope="module")
def running() -> Iterator[TestServer]:
    with server() as started:
        yield started


def flows(running: TestServer, *of: str) -> dict[str, int]:
    query = urllib.parse.urlencode([("of", each) for each in of])
    with urllib.request.urlopen(f"{running.url}/_chasqui/flows?{query}", timeout=10) as answer:
        found: dict[str, int] = json.load(answer)["flows"]
    return found


def queue(running: TestServer, name: str, **attributes: Any) -> tuple[str, str]:
    sqs = running.client("sqs")
    given = {key: value if isinstance(value, str) else json.dumps(value) for key, value in attributes.items()}
    url = sqs.create_queue(QueueName=name, Attributes=given)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def test_a_subscription_counts_what_it_got_and_not_what_its_filter_kept_off(running: TestServer) -> None:
    sns = running.client("sns")
    topic = sns.create_topic(Name="orders")["TopicArn"]
    wanted = {"FilterPolicy": '{"kind":["a"]}'}

    def subscribe(name: str, attributes: dict[str, str]) -> str:
        endpoint = queue(running, name)[1]
        given = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": endpoint, "ReturnSubscriptionArn": True}
        arn: str = sns.subscribe(**given, Attributes=attributes)["SubscriptionArn"]
        return arn

    plain, filtered = subscribe("plain", {}), subscribe("filtered", wanted)
    sns.publish(TopicArn=topic, Message="m")
    sns.publish(TopicArn=topic, Message="m")

    assert flows(running, plain, filtered) == {plain: 2}


def test_a_queue_counts_what_went_to_its_dead_letter_queue(running: TestServer) -> None:
    _, dead = queue(running, "dead")
    url, arn = queue(running, "source", RedrivePolicy={"deadLetterTargetArn": dead, "maxReceiveCount": 1})
    sqs = running.client("sqs")
    for body in ("a", "b"):
        sqs.send_message(QueueUrl=url, MessageBody=body)

    for _ in range(2):
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)

    assert flows(running, arn) == {arn: 2}


def test_a_fifo_queue_does_too(running: TestServer) -> None:
    _, dead = queue(running, "dead.fifo", FifoQueue="true")
    redrive = {"deadLetterTargetArn": dead, "maxReceiveCount": 1}
    url, arn = queue(running, "source.fifo", FifoQueue="true", RedrivePolicy=redrive)
    sqs = running.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g", MessageDeduplicationId="1")

    for _ in range(2):
        sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)

    assert flows(running, arn) == {arn: 1}


def test_a_bucket_counts_its_events_by_destination(running: TestServer) -> None:
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    _, arn = queue(running, "files", Policy={"Version": "2012-10-17", "Statement": [allow]})
    s3 = running.client("s3")
    s3.create_bucket(Bucket="photos")
    told = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
    s3.put_bucket_notification_configuration(Bucket="photos", NotificationConfiguration=told)

    s3.put_object(Bucket="photos", Key="a", Body=b"x")

    flow = f"arn:aws:s3:::photos {arn}"
    assert flows(running, flow) == {flow: 1}


def test_a_dead_subscription_counts_what_went_to_its_dead_letter_queue(running: TestServer) -> None:
    sns, sqs = running.client("sns"), running.client("sqs")
    topic = sns.create_topic(Name="refused")["TopicArn"]
    _, dead = queue(running, "refused-dead")
    url, arn = queue(running, "closed")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    attributes = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead})}
    given = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": arn, "ReturnSubscriptionArn": True}
    subscription = sns.subscribe(**given, Attributes=attributes)["SubscriptionArn"]

    sns.publish(TopicArn=topic, Message="m")

    flow = f"{subscription} {dead}"
    assert eventually(lambda: flows(running, flow, subscription)) == {flow: 1}


def test_what_was_never_counted_is_left_out(running: TestServer) -> None:
    assert flows(running, "arn:aws:sqs:us-east-1:000000000000:none") == {}
    assert flows(running) == {}
