"""N2 on a strict server: who may do what with topics and subscriptions, and what links may without a signature."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from tests.engines import Engine
from tests.strict import ACCOUNT, OTHER, House, allow, policy, refusal, shared_house
from tests.support import receive_all


@pytest.fixture(scope="module")
def house(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with shared_house(tmp_path_factory.mktemp("strict"), *engine.options()) as found:
        yield found


@pytest.fixture
def topic(house: House) -> str:
    return str(house[0].client("sns").create_topic(Name=f"topic-{uuid.uuid4().hex[:12]}")["TopicArn"])


def queue_arn(account: str = ACCOUNT) -> str:
    return f"arn:aws:sqs:us-east-1:{account}:queue-{uuid.uuid4().hex[:8]}"


def nobody(house: House) -> Any:
    """A client without credentials."""
    config = Config(signature_version=UNSIGNED, retries={"max_attempts": 0})
    return boto3.client("sns", endpoint_url=house[0].url, region_name="us-east-1", config=config)


def test_a_user_needs_leave_for_each_action(house: House, topic: str) -> None:
    server, _ = house
    reader = server.client("sns", **server.user(allow("sns:GetTopicAttributes", "sns:List*"), name="sns-reader"))

    assert reader.get_topic_attributes(TopicArn=topic)["Attributes"]["TopicArn"] == topic

    code, status, told = refusal(reader.delete_topic, TopicArn=topic)
    assert (code, status) == ("AuthorizationError", 403)
    who = f"User: arn:aws:iam::{ACCOUNT}:user/sns-reader"
    assert told.startswith(f"{who} is not authorized to perform: SNS:DeleteTopic on resource: {topic}")


def test_tags_that_are_given_at_once_need_leave_too(house: House) -> None:
    server, _ = house
    maker = server.client("sns", **server.user(allow("sns:CreateTopic")))
    name = f"topic-{uuid.uuid4().hex[:12]}"

    assert refusal(maker.create_topic, Name=name, Tags=[{"Key": "a", "Value": "b"}])[0] == "AuthorizationError"

    assert maker.create_topic(Name=name)["TopicArn"].endswith(name)


def test_protocol_and_endpoint_are_conditions(house: House, topic: str) -> None:
    server, _ = house
    condition = {"StringEquals": {"sns:Protocol": "email"}, "StringLike": {"sns:Endpoint": "*@example.com"}}
    user = server.client("sns", **server.user(allow("sns:Subscribe", on=topic, Condition=condition)))

    user.subscribe(TopicArn=topic, Protocol="email", Endpoint="anna@example.com")

    for protocol, endpoint in (("email", "anna@example.org"), ("sqs", queue_arn())):
        asked = {"TopicArn": topic, "Protocol": protocol, "Endpoint": endpoint}
        assert refusal(user.subscribe, **asked)[0] == "AuthorizationError"


def test_a_topics_policy_lets_another_account_subscribe(house: House, topic: str) -> None:
    server, stranger = house
    sns, theirs = server.client("sns"), server.client("sns", **stranger)
    asked = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue_arn(OTHER)}
    assert refusal(theirs.subscribe, **asked)[0] == "AuthorizationError"

    sns.add_permission(TopicArn=topic, Label="them", AWSAccountId=[OTHER], ActionName=["Subscribe"])

    subscription = theirs.subscribe(**asked)["SubscriptionArn"]
    assert theirs.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]["Owner"] == OTHER
    assert sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]["Owner"] == OTHER
    assert refusal(theirs.publish, TopicArn=topic, Message="x")[0] == "AuthorizationError"
    theirs.unsubscribe(SubscriptionArn=subscription)
    sns.remove_permission(TopicArn=topic, Label="them")
    assert refusal(theirs.subscribe, **asked)[0] == "AuthorizationError"


def test_anothers_subscription_is_none_of_ones_business(house: House, topic: str) -> None:
    server, stranger = house
    theirs = server.client("sns", **stranger)
    made = server.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn())["SubscriptionArn"]
    changing = {"SubscriptionArn": made, "AttributeName": "RawMessageDelivery", "AttributeValue": "true"}

    assert refusal(theirs.get_subscription_attributes, SubscriptionArn=made)[0] == "AuthorizationError"
    assert refusal(theirs.set_subscription_attributes, **changing)[0] == "AuthorizationError"


def test_without_credentials_there_are_only_links(house: House, topic: str) -> None:
    server, stranger = house
    sqs = server.client("sqs", **stranger)
    url = sqs.create_queue(QueueName=f"theirs-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    opened = allow("sqs:SendMessage", on=arn, Principal={"Service": "sns.amazonaws.com"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(opened)})
    anybody = nobody(house)
    made = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": arn, "ReturnSubscriptionArn": True}
    subscription = server.client("sns").subscribe(**made)["SubscriptionArn"]
    (message,) = receive_all(sqs, url)
    token = json.loads(message["Body"])["Token"]

    assert refusal(anybody.get_topic_attributes, TopicArn=topic)[1] == 403
    assert refusal(anybody.subscribe, **made)[1] == 403
    assert anybody.confirm_subscription(TopicArn=topic, Token=token)["SubscriptionArn"] == subscription
    shown = server.client("sns").get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert (shown["PendingConfirmation"], shown["ConfirmationWasAuthenticated"]) == ("false", "false")
    anybody.unsubscribe(SubscriptionArn=subscription)
    assert refusal(server.client("sns").get_subscription_attributes, SubscriptionArn=subscription)[0] == "NotFound"


def test_a_policy_opens_a_topic_to_anybody(house: House, topic: str) -> None:
    sns = house[0].client("sns")
    text = policy(allow("sns:GetTopicAttributes", on=topic, Principal="*"))
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=text)

    assert nobody(house).get_topic_attributes(TopicArn=topic)["Attributes"]["TopicArn"] == topic
