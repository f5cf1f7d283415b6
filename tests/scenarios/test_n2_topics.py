"""N2's ground: topics, their attributes, tags, permissions and pages, with boto3 as the client."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chasqui.testing import TestServer
from tests.strict import refusal
from tests.support import receive_all

ACCOUNT = "000000000000"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:"


@pytest.fixture
def sns(chasqui: TestServer) -> Any:
    return chasqui.client("sns")


@pytest.fixture
def topic(sns: Any) -> str:
    return str(sns.create_topic(Name="topic")["TopicArn"])


def attributes(sns: Any, topic: str) -> dict[str, str]:
    return dict(sns.get_topic_attributes(TopicArn=topic)["Attributes"])


def set_attribute(sns: Any, topic: str, name: str, value: str) -> None:
    sns.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue=value)


def message(call: Any, **parameters: Any) -> str:
    """The message of a refusal, which must be an InvalidParameter."""
    code, status, told = refusal(call, **parameters)
    assert (code, status) == ("InvalidParameter", 400)
    return told


# ------------------------------------------------------------------------------------------------------- topics


def test_a_topic_is_made_once(sns: Any) -> None:
    first = sns.create_topic(Name="one", Attributes={"DisplayName": "One"}, Tags=[{"Key": "a", "Value": "1"}])

    assert sns.create_topic(Name="one")["TopicArn"] == first["TopicArn"]
    assert sns.create_topic(Name="one", Attributes={"DisplayName": "One"})["TopicArn"] == first["TopicArn"]
    assert message(sns.create_topic, Name="one", Attributes={"DisplayName": "Two"}).endswith(
        "Attributes Reason: Topic already exists with different attributes"
    )
    assert message(sns.create_topic, Name="one", Tags=[{"Key": "b", "Value": "1"}]).endswith(
        "Tags Reason: Topic already exists with different tags"
    )


def test_topics_are_listed_in_pages(sns: Any) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda n: sns.create_topic(Name=f"t{n}")["TopicArn"], range(130)))

    pages = list(sns.get_paginator("list_topics").paginate())

    assert [len(page["Topics"]) for page in pages] == [100, 30]
    assert {each["TopicArn"] for page in pages for each in page["Topics"]} == made
    assert message(sns.list_topics, NextToken="no token of ours") == "Invalid parameter: NextToken"


@pytest.mark.parametrize("name", ["", "a.b", "a" * 257, "x.fifo", "name with blanks", "ütf", "a\n"])
def test_a_topic_has_a_name_of_letters_and_digits(sns: Any, name: str) -> None:
    assert message(sns.create_topic, Name=name) == "Invalid parameter: Topic Name"


def test_a_fifo_topic_shows_what_it_is(sns: Any) -> None:
    topic = sns.create_topic(Name="t.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]

    shown = attributes(sns, topic)

    assert (shown["FifoTopic"], shown["ContentBasedDeduplication"]) == ("true", "false")
    assert shown["FifoThroughputScope"] == "Topic"
    set_attribute(sns, topic, "ContentBasedDeduplication", "true")
    set_attribute(sns, topic, "FifoThroughputScope", "MessageGroup")
    assert attributes(sns, topic)["ContentBasedDeduplication"] == "true"
    assert attributes(sns, topic)["FifoThroughputScope"] == "MessageGroup"


def test_a_deleted_topic_is_gone(sns: Any, topic: str) -> None:
    sns.delete_topic(TopicArn=topic)
    sns.delete_topic(TopicArn=topic)

    assert refusal(sns.get_topic_attributes, TopicArn=topic) == ("NotFound", 404, "Topic does not exist")
    assert sns.list_topics()["Topics"] == []


def test_subscriptions_go_with_their_topic_in_slices(sns: Any, topic: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{QUEUE}q{n}"), range(70)))
    assert attributes(sns, topic)["SubscriptionsConfirmed"] == "70"

    sns.delete_topic(TopicArn=topic)
    again = sns.create_topic(Name="topic")["TopicArn"]

    assert again == topic
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    assert sns.list_subscriptions()["Subscriptions"] == []
    assert attributes(sns, topic)["SubscriptionsConfirmed"] == "0"


def test_quotas_are_aws_own_errors(sns: Any, chasqui: TestServer) -> None:
    tags = [{"Key": f"k{n}", "Value": "v"} for n in range(51)]

    assert refusal(sns.create_topic, Name="many-tags", Tags=tags)[0] == "TagLimitExceeded"


# --------------------------------------------------------------------------------------------------- attributes


def test_the_attributes_of_a_new_topic_are_as_aws_writes_them(sns: Any, topic: str) -> None:
    shown = attributes(sns, topic)

    assert shown.keys() == {
        "DisplayName", "EffectiveDeliveryPolicy", "Owner", "Policy", "SubscriptionsConfirmed", "SubscriptionsDeleted",
        "SubscriptionsPending", "TopicArn",
    }  # fmt: skip
    assert shown["Owner"] == ACCOUNT
    assert json.loads(shown["Policy"])["Id"] == "__default_policy_ID"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DisplayName", "Grüße ☂"),
        ("KmsMasterKeyId", "alias/aws/sns"),
        ("SignatureVersion", "2"),
        ("TracingConfig", "Active"),
        ("MaximumMessageSize", "1048576"),
        ("SQSSuccessFeedbackSampleRate", "100"),
        ("HTTPFailureFeedbackRoleArn", f"arn:aws:iam::{ACCOUNT}:role/feedback"),
    ],
)
def test_an_attribute_that_is_set_is_shown(sns: Any, topic: str, name: str, value: str) -> None:
    set_attribute(sns, topic, name, value)

    assert attributes(sns, topic)[name] == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SignatureVersion", "3"),
        ("TracingConfig", "Sometimes"),
        ("MaximumMessageSize", "1023"),
        ("MaximumMessageSize", "1048577"),
        ("MaximumMessageSize", "٣٠٠٠"),
        ("LambdaSuccessFeedbackSampleRate", "101"),
        ("DisplayName", "x" * 101),
        ("ContentBasedDeduplication", "true"),
        ("ArchivePolicy", '{"MessageRetentionPeriod":"30"}'),
        ("Policy", "no json"),
        ("DeliveryPolicy", "[]"),
    ],
)
def test_a_value_that_aws_refuses_is_refused(sns: Any, topic: str, name: str, value: str) -> None:
    before = attributes(sns, topic)

    told = message(sns.set_topic_attributes, TopicArn=topic, AttributeName=name, AttributeValue=value)

    assert told.startswith("Invalid parameter: ")
    assert attributes(sns, topic) == before


def test_unknown_attributes_are_named_as_aws_does(sns: Any, topic: str) -> None:
    unknown = {"AttributeName": "HTTPSSuccessFeedbackRoleArn", "AttributeValue": "x"}

    assert message(sns.set_topic_attributes, TopicArn=topic, **unknown) == "Invalid parameter: AttributeName"
    assert message(sns.set_topic_attributes, TopicArn=topic, AttributeName="FifoTopic", AttributeValue="true") == (
        "Invalid parameter: AttributeName"
    )
    assert message(sns.create_topic, Name="other", Attributes={"What": "x"}) == (
        "Invalid parameter: Attributes Reason: Unknown attribute What"
    )


def test_a_large_topic_has_subscriptions_that_take_large_messages(sns: Any, topic: str) -> None:
    set_attribute(sns, topic, "MaximumMessageSize", "300000")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{QUEUE}q")

    assert "above 256 KiB" in message(sns.subscribe, TopicArn=topic, Protocol="email", Endpoint="a@example.com")

    small = sns.create_topic(Name="small")["TopicArn"]
    sns.subscribe(TopicArn=small, Protocol="email", Endpoint="a@example.com")
    assert "above 256 KiB" in message(
        sns.set_topic_attributes, TopicArn=small, AttributeName="MaximumMessageSize", AttributeValue="300000"
    )


def test_an_archive_keeps_its_topic_from_being_deleted(sns: Any) -> None:
    topic = sns.create_topic(Name="t.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    set_attribute(sns, topic, "ArchivePolicy", '{"MessageRetentionPeriod":"30"}')
    assert "BeginningArchiveTime" in attributes(sns, topic)

    assert refusal(sns.delete_topic, TopicArn=topic)[0] == "InvalidState"

    set_attribute(sns, topic, "ArchivePolicy", "{}")
    assert not {"ArchivePolicy", "BeginningArchiveTime"} & attributes(sns, topic).keys()
    sns.delete_topic(TopicArn=topic)


def test_a_topics_delivery_policy_is_in_effect(sns: Any, topic: str) -> None:
    policy = {"http": {"defaultRequestPolicy": {"headerContentType": "application/json"}}}

    set_attribute(sns, topic, "DeliveryPolicy", json.dumps(policy))

    shown = attributes(sns, topic)
    assert json.loads(shown["DeliveryPolicy"])["http"]["defaultRequestPolicy"] == policy["http"]["defaultRequestPolicy"]
    effective = json.loads(shown["EffectiveDeliveryPolicy"])["http"]
    assert effective["defaultRequestPolicy"] == policy["http"]["defaultRequestPolicy"]
    assert effective["defaultHealthyRetryPolicy"]["numRetries"] == 3


# --------------------------------------------------------------------------------------- permissions and policies


def test_a_permission_is_a_statement_of_the_policy(sns: Any, topic: str) -> None:
    sns.add_permission(TopicArn=topic, Label="friends", AWSAccountId=["111122223333"], ActionName=["Publish"])

    added = json.loads(attributes(sns, topic)["Policy"])["Statement"]
    assert [each["Sid"] for each in added] == ["__default_statement_ID", "friends"]
    assert added[1] == {
        "Sid": "friends",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "SNS:Publish",
        "Resource": topic,
    }
    same = {"TopicArn": topic, "Label": "friends", "AWSAccountId": ["111122223333"]}
    assert message(sns.add_permission, **same, ActionName=["Publish"]) == "Invalid parameter: Statement already exists"

    sns.remove_permission(TopicArn=topic, Label="friends")
    assert len(json.loads(attributes(sns, topic)["Policy"])["Statement"]) == 1


@pytest.mark.parametrize("action", ["CreateTopic", "SetSubscriptionAttributes", "*", "Publish*", "é"])
def test_a_permission_is_for_what_topics_let_do(sns: Any, topic: str, action: str) -> None:
    asked = {"TopicArn": topic, "Label": "x", "AWSAccountId": ["111122223333"], "ActionName": [action]}

    assert message(sns.add_permission, **asked) == "Invalid parameter: Policy statement action out of service scope!"


def test_a_policy_of_ones_own_is_kept_as_it_was_written(sns: Any, topic: str) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": topic}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=1)

    set_attribute(sns, topic, "Policy", text)

    assert attributes(sns, topic)["Policy"] == text
    assert (
        message(
            sns.set_topic_attributes,
            TopicArn=topic,
            AttributeName="Policy",
            AttributeValue=text.replace("sns:Publish", "sqs:SendMessage"),
        )
        == "Invalid parameter: Policy statement action out of service scope!"
    )


# ---------------------------------------------------------------------------------------------------------- tags


def test_tags_come_and_go(sns: Any, topic: str) -> None:
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "a", "Value": "1"}, {"Key": "ß", "Value": ""}])
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "a", "Value": "2"}])
    sns.untag_resource(ResourceArn=topic, TagKeys=["ß", "none"])

    assert sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "a", "Value": "2"}]

    sns.delete_topic(TopicArn=topic)
    assert refusal(sns.list_tags_for_resource, ResourceArn=topic)[0] == "ResourceNotFound"
    assert sns.list_tags_for_resource(ResourceArn=sns.create_topic(Name="topic")["TopicArn"])["Tags"] == []


def test_no_more_tags_than_the_quota(sns: Any, topic: str) -> None:
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": f"k{n}", "Value": "v"} for n in range(50)])

    assert refusal(sns.tag_resource, ResourceArn=topic, Tags=[{"Key": "one more", "Value": "v"}])[0] == (
        "TagLimitExceeded"
    )
    reserved = [{"Key": "aws:x", "Value": "v"}]
    assert "reserved" in message(sns.tag_resource, ResourceArn=topic, Tags=reserved)


# ----------------------------------------------------------------------------------------------- data protection


def protection(*identifiers: str, operation: Any = None, **more: Any) -> str:
    statement = {
        "Sid": "one",
        "DataDirection": "Inbound",
        "Principal": ["*"],
        "DataIdentifier": [f"arn:aws:dataprotection::aws:data-identifier/{each}" for each in identifiers],
        "Operation": {"Deny": {}} if operation is None else operation,
        **more,
    }
    return json.dumps({"Name": "p", "Version": "2021-06-01", "Statement": [statement]})


def test_a_data_protection_policy_is_kept(sns: Any, topic: str) -> None:
    policy = protection("EmailAddress")

    sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy=policy)

    assert sns.get_data_protection_policy(ResourceArn=topic)["DataProtectionPolicy"] == policy
    sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy="")
    assert sns.get_data_protection_policy(ResourceArn=topic)["DataProtectionPolicy"] == ""


@pytest.mark.parametrize(
    "policy",
    [
        protection("Name"),
        protection("EmailAddress", DataDirection="Outbound"),
        protection("EmailAddress", operation={"Audit": {"SampleRate": "99", "FindingsDestination": {}}}),
        protection("EmailAddress", operation={}),
        "{}",
        "{",
    ],
)
def test_no_data_protection_policy_is_kept_that_would_not_be_enforced(sns: Any, topic: str, policy: str) -> None:
    message(sns.put_data_protection_policy, ResourceArn=topic, DataProtectionPolicy=policy)

    assert sns.get_data_protection_policy(ResourceArn=topic)["DataProtectionPolicy"] == ""


def test_a_data_protection_policy_is_enforced(sns: Any, chasqui: TestServer, topic: str) -> None:
    sqs = chasqui.client("sqs")
    url = sqs.create_queue(QueueName="queue")["QueueUrl"]
    raw = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{QUEUE}queue", Attributes=raw)
    masking = protection("EmailAddress", operation={"Deidentify": {"MaskConfig": {"MaskWithCharacter": "#"}}})
    sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy=masking)

    sns.publish(TopicArn=topic, Message="ask ana@example.com")
    sns.publish(TopicArn=topic, Message="x" * 20_000 + " ana@example.com")

    short, long = sorted((each["Body"] for each in receive_all(sqs, url)), key=len)
    assert short == "ask ###############"
    assert long.endswith("x ###############")
    sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy=protection("EmailAddress"))
    assert refusal(sns.publish, TopicArn=topic, Message="ask ana@example.com")[0] == "AuthorizationError"
    entries = [{"Id": "1", "Message": "ask ana@example.com"}]
    assert refusal(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries)[0] == "AuthorizationError"
    assert receive_all(sqs, url) == []


# ------------------------------------------------------------------------------------------------- hostile requests


def form(server: TestServer, **fields: str) -> tuple[int, str]:
    """A request in the query protocol, made by hand and unsigned."""
    body = urllib.parse.urlencode({"Version": "2010-03-31", **fields}).encode()
    try:
        with urllib.request.urlopen(server.url, body) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"Action": "CreateTopic"}, "1 validation error detected: Value null at 'name' failed"),
        ({"Action": "TagResource"}, "2 validation errors detected: Value null at 'resourceArn' failed"),
        (
            {"Action": "TagResource", "ResourceArn": "arn:aws:sns:us-east-1:000000000000:t", "Tags.member.1.Key": "a"},
            "Value null at 'tags.1.member.value' failed to satisfy constraint: Member must not be null",
        ),
        ({"Action": "Subscribe", "Protocol": "sqs"}, "Value null at 'topicArn' failed"),
    ],
)
def test_what_is_missing_is_named(chasqui: TestServer, fields: dict[str, str], told: str) -> None:
    status, answer = form(chasqui, **fields)

    assert status == 400
    assert "<Code>ValidationError</Code>" in answer
    assert told in answer.replace("&#39;", "'").replace("&apos;", "'")


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:sns:us-east-1:000000000000:a\0b",
        "arn:aws:sns:us-east-1:0/0:topic",
        "arn:aws:sns:us-east-1:000000000000:",
        "arn:aws:sns:us-east-1:000000000000:app/GCM/x",
        "arn:aws:sns:us-east-1:000000000000:" + "x" * 5000,
        "arn:aws-cn:sns:us-east-1:000000000000:topic",
        "arn:aws:sqs:us-east-1:000000000000:topic",
        "\ud83d:::::é",
    ],
)
def test_what_is_no_topic_is_refused(sns: Any, chasqui: TestServer, arn: str) -> None:
    for call, parameters in (
        ("GetTopicAttributes", {}),
        ("DeleteTopic", {}),
        ("ListSubscriptionsByTopic", {}),
        ("RemovePermission", {"Label": "x"}),
    ):
        fields = {"Action": call, "TopicArn": arn.encode("utf-8", "surrogatepass").decode("utf-8", "replace")}
        status, answer = form(chasqui, **fields, **parameters)
        assert status in (400, 404), answer
        assert "InvalidParameter" in answer or "Topic does not exist" in answer or call == "DeleteTopic"


def test_bytes_that_are_no_text_break_nothing(chasqui: TestServer, sns: Any, topic: str) -> None:
    raw = b"Action=SetTopicAttributes&Version=2010-03-31&AttributeName=DisplayName&TopicArn="
    raw += urllib.parse.quote(topic).encode() + b"&AttributeValue=%ff%fe%ed%a0%80x"

    try:
        with urllib.request.urlopen(chasqui.url, raw) as answer:
            status = answer.status
    except urllib.error.HTTPError as error:
        with error:
            status = error.code

    assert status < 500
    assert attributes(sns, topic)["TopicArn"] == topic


def test_names_do_not_collide(sns: Any) -> None:
    made = {sns.create_topic(Name=name)["TopicArn"] for name in ("a", "a-", "A", f"a{uuid.uuid4().hex}")}

    assert len(made) == 4
    first = sns.create_topic(Name="a")["TopicArn"]
    other = sns.create_topic(Name="a-")["TopicArn"]
    sns.subscribe(TopicArn=other, Protocol="sqs", Endpoint=f"{QUEUE}q")
    assert sns.list_subscriptions_by_topic(TopicArn=first)["Subscriptions"] == []
