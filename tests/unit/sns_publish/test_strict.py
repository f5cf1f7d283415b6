"""Publishing where callers are checked: who may publish, and which queues let SNS in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.strict import ACCOUNT, StrictServer


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    folder: Path = tmp_path_factory.mktemp("strict")
    with StrictServer(folder) as running:
        yield running


def new_queue(server: StrictServer, name: str) -> tuple[str, str]:
    url = server.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    return str(url), f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"


def let_in(server: StrictServer, url: str, queue: str, topic: str) -> None:
    """The policy of the developer guide: SNS may send on behalf of one topic."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    server.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def received(server: StrictServer, url: str) -> list[str]:
    got = server.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [each["Body"] for each in got.get("Messages", [])]


def test_only_queues_whose_policy_lets_sns_in_get_messages(strict: StrictServer) -> None:
    sns: Any = strict.client("sns")
    topic, other = (sns.create_topic(Name=name)["TopicArn"] for name in ("policies", "policies-other"))
    raw = {"RawMessageDelivery": "true"}
    (open_url, open_arn), (shut_url, shut_arn), (dead_url, dead_arn) = (
        new_queue(strict, name) for name in ("open", "shut", "dead")
    )
    let_in(strict, open_url, open_arn, topic)
    let_in(strict, shut_url, shut_arn, other)
    let_in(strict, dead_url, dead_arn, topic)
    redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_arn})}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=open_arn, Attributes=raw)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=shut_arn, Attributes={**raw, **redrive})

    sns.publish(TopicArn=topic, Message="m")

    assert (received(strict, open_url), received(strict, shut_url), received(strict, dead_url)) == (["m"], [], ["m"])


def test_a_policy_that_changes_counts_for_the_next_publish(strict: StrictServer) -> None:
    sns: Any = strict.client("sns")
    topic = sns.create_topic(Name="changing")["TopicArn"]
    url, arn = new_queue(strict, "changing")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})

    sns.publish(TopicArn=topic, Message="denied")
    let_in(strict, url, arn, topic)
    sns.publish(TopicArn=topic, Message="let in")

    assert received(strict, url) == ["let in"]


def test_who_may_publish_is_told_by_policies(strict: StrictServer) -> None:
    sns: Any = strict.client("sns")
    topic, other = (sns.create_topic(Name=name)["TopicArn"] for name in ("who", "who-other"))
    user = strict.user({"Effect": "Allow", "Action": "sns:Publish", "Resource": topic})
    client = strict.client("sns", **user)

    client.publish(TopicArn=topic, Message="m")
    client.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": "1", "Message": "m"}])
    for parameters in ({"TopicArn": other}, {"TargetArn": other}, {"PhoneNumber": "+33612345678"}):
        with pytest.raises(ClientError) as caught:
            client.publish(Message="m", **parameters)
        assert caught.value.response["Error"]["Code"] == "AuthorizationError"
