"""SNS with the AWS CLI, as people type it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.clients.test_aws_cli import SERVICE_ERROR, Cli
from tests.support import Server
from tests.unit.sns_publish.endpoint import listening

pytestmark = pytest.mark.one_engine("the CLI starts slowly and is about the wire")

ACCOUNT = "000000000000"


@pytest.fixture
def aws(environ: dict[str, str], server: Server) -> Cli:
    return Cli(environ, server.url, "sns")


@pytest.fixture
def topic(aws: Cli, name: str) -> str:
    return str(aws("create-topic", "--name", name, "--tags", "Key=team,Value=orders")["TopicArn"])


def test_a_queue_is_subscribed_and_gets_what_is_published(
    aws: Cli, topic: str, sqs: Any, queue: str, name: str
) -> None:
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
    subscribing = ("--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint", arn)
    attributes = '{"RawMessageDelivery":"true","FilterPolicy":"{\\"kind\\":[\\"parcel\\"]}"}'
    made = aws("subscribe", *subscribing, "--attributes", attributes)["SubscriptionArn"]

    shorthand = "kind={DataType=String,StringValue=parcel},n={DataType=Number,StringValue=7}"
    sent = aws("publish", "--topic-arn", topic, "--message", "olá 🌎", "--message-attributes", shorthand)
    aws("publish", "--topic-arn", topic, "--message", "filtered")

    (message,) = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"], MaxNumberOfMessages=10)["Messages"]
    assert message["Body"] == "olá 🌎"
    assert message["MessageAttributes"]["n"] == {"DataType": "Number", "StringValue": "7"}
    assert len(sent["MessageId"]) == 36
    shown = aws("get-subscription-attributes", "--subscription-arn", made)["Attributes"]
    assert json.loads(shown["FilterPolicy"]) == {"kind": ["parcel"]}
    listed = aws("list-subscriptions-by-topic", "--topic-arn", topic)["Subscriptions"]
    assert [(each["SubscriptionArn"], each["Endpoint"]) for each in listed] == [(made, arn)]
    assert aws("unsubscribe", "--subscription-arn", made) is None
    assert aws("list-subscriptions-by-topic", "--topic-arn", topic)["Subscriptions"] == []


def test_an_endpoint_is_confirmed_with_its_token(aws: Cli, topic: str) -> None:
    with listening() as endpoint:
        subscribing = ("--topic-arn", topic, "--protocol", "http", "--notification-endpoint", endpoint.url)
        assert aws("subscribe", *subscribing) == {"SubscriptionArn": "pending confirmation"}
        token = json.loads(endpoint.next().body)["Token"]

        made = aws("confirm-subscription", "--topic-arn", topic, "--token", token)["SubscriptionArn"]
        aws("publish", "--topic-arn", topic, "--message", "hello", "--subject", "a subject")

        told = json.loads(endpoint.next().body)
        assert (told["Message"], told["Subject"]) == ("hello", "a subject")
        shown = aws("get-subscription-attributes", "--subscription-arn", made)["Attributes"]
        assert (shown["PendingConfirmation"], shown["ConfirmationWasAuthenticated"]) == ("false", "true")


def test_a_structured_message_has_a_text_for_each_protocol(
    aws: Cli, topic: str, sqs: Any, queue: str, name: str
) -> None:
    endpoint = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
    aws("subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint", endpoint)

    texts = json.dumps({"default": "for all", "sqs": "for queues"})
    aws("publish", "--topic-arn", topic, "--message-structure", "json", "--message", texts)

    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"])["Message"] == "for queues"


def test_entries_of_a_batch_are_given_as_json(aws: Cli, topic: str) -> None:
    entries = json.dumps([{"Id": "one", "Message": "1"}, {"Id": "two", "Message": "2"}])

    answer = aws("publish-batch", "--topic-arn", topic, "--publish-batch-request-entries", entries)

    assert [each["Id"] for each in answer["Successful"]] == ["one", "two"]


def test_a_text_message_is_sent_to_a_number(aws: Cli) -> None:
    assert len(aws("publish", "--phone-number", "+12025550100", "--message", "hello")["MessageId"]) == 36


def test_attributes_and_tags_are_set_and_shown(aws: Cli, topic: str) -> None:
    setting = ("--attribute-name", "DisplayName", "--attribute-value", "Orders")
    aws("set-topic-attributes", "--topic-arn", topic, *setting)
    aws("tag-resource", "--resource-arn", topic, "--tags", "Key=stage,Value=test")
    aws("untag-resource", "--resource-arn", topic, "--tag-keys", "team")

    assert aws("get-topic-attributes", "--topic-arn", topic)["Attributes"]["DisplayName"] == "Orders"
    assert aws("list-tags-for-resource", "--resource-arn", topic)["Tags"] == [{"Key": "stage", "Value": "test"}]


def test_max_items_lists_topics_in_parts(aws: Cli, topic: str, name: str) -> None:
    aws("create-topic", "--name", f"{name}-2")

    first = aws("list-topics", "--max-items", "1")
    rest = aws("list-topics", "--starting-token", first["NextToken"])

    arns = [each["TopicArn"] for page in (first, rest) for each in page["Topics"]]
    assert len(first["Topics"]) == 1
    assert {topic, f"{topic}-2"} <= set(arns)
    assert len(arns) == len(set(arns))


def test_an_unknown_topic_is_an_error_of_the_service(aws: Cli, name: str) -> None:
    arn = f"arn:aws:sns:us-east-1:{ACCOUNT}:{name}"

    done = aws.run("publish", "--topic-arn", arn, "--message", "x")

    assert done.returncode == SERVICE_ERROR
    assert "An error occurred (NotFound) when calling the Publish operation: Topic does not exist" in done.stderr
