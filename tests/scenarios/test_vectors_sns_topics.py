"""What was recorded from AWS about topics, subscriptions, permissions and tags, played again and compared.

The stage and the comparison are those of SQS' recordings (`test_vectors_stage.py`). What was recorded of deliveries is
played where publishing is tested.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from chasqui.testing import TestServer
from tests.engines import Engine
from tests.scenarios.test_vectors_stage import ACCOUNT, Comparison
from tests.support import CREDENTIALS, VECTORS, vectors

CASES = {case["case"].partition("::")[2]: case["recorded"] for case in vectors("sns-responses.jsonl")}
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue"
LAMBDA = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:function"

# Placeholders that the comparison knows are in small letters and hyphens.
_PLACEHOLDER = re.compile(r"<(\w+)>")

Play = Callable[[Any], dict[str, Any]]
PLAYS: dict[str, Play] = {}


def plays(*cases: str) -> Callable[[Play], Play]:
    """Register a function as what these cases tried; it returns what they recorded, or the part that is about topics
    and subscriptions."""

    def register(play: Play) -> Play:
        PLAYS.update(dict.fromkeys(cases, play))
        return play

    return register


def attempt(call: Any, **parameters: Any) -> dict[str, Any]:
    """The answer, be it an error."""
    try:
        return dict(call(**parameters))
    except ClientError as error:
        return dict(error.response)


def new_topic(sns: Any, name: str = "topic", **more: Any) -> str:
    return str(sns.create_topic(Name=name, **more)["TopicArn"])


def subscribe(sns: Any, topic: str, protocol: str = "sqs", endpoint: str = QUEUE, **given: str) -> dict[str, Any]:
    return attempt(sns.subscribe, TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=given)


def shown(sns: Any, subscribed: dict[str, Any]) -> dict[str, Any]:
    return dict(sns.get_subscription_attributes(SubscriptionArn=subscribed["SubscriptionArn"]))


# ---------------------------------------------------------------------------------------------------------- topics


@plays("test_create_duplicate_topic_with_more_tags")
def other_tags(sns: Any) -> dict[str, Any]:
    new_topic(sns)
    return {"exception-duplicate": attempt(sns.create_topic, Name="topic", Tags=[{"Key": "key", "Value": "value"}])}


@plays("test_create_topic_should_be_idempotent")
def the_same_again(sns: Any) -> dict[str, Any]:
    topic = new_topic(sns)
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="AlreadySet")
    first = sns.get_topic_attributes(TopicArn=topic)
    new_topic(sns)
    return {"topic-attrs-idempotent-1": first, "topic-attrs-idempotent-2": sns.get_topic_attributes(TopicArn=topic)}


@plays("test_create_topic_name_constraints")
def names(sns: Any) -> dict[str, Any]:
    wrong = {f"name-invalid-char-{n}": f"a{each}b" for n, each in enumerate(".@ !:/?*")}
    answers = {case: attempt(sns.create_topic, Name=name) for case, name in wrong.items()}
    return {
        **answers,
        "fifo-name-not-contains-fifo": attempt(sns.create_topic, Name="name", Attributes={"FifoTopic": "true"}),
        "name-contains-fifo": attempt(sns.create_topic, Name="name.fifo"),
        "name-too-long": attempt(sns.create_topic, Name="a" * 257),
        "name-too-short": attempt(sns.create_topic, Name=""),
        "valid-name-max-length": attempt(sns.create_topic, Name="a" * 256),
    }


@plays("test_tags_removed_after_deletion")
def tags_go_with_their_topic(sns: Any) -> dict[str, Any]:
    topic = new_topic(sns, Tags=[{"Key": "k1", "Value": "v1"}, {"Key": "k2", "Value": "v2"}])
    before = sns.list_tags_for_resource(ResourceArn=topic)
    sns.delete_topic(TopicArn=topic)
    return {
        "list-created-tags": before,
        "list-empty-tags": sns.list_tags_for_resource(ResourceArn=new_topic(sns)),
    }


@plays("test_cross_region_access")
def another_region(sns: Any) -> dict[str, Any]:
    topic = f"arn:aws:sns:eu-west-1:{ACCOUNT}:topic"
    setting = {"AttributeName": "DisplayName", "AttributeValue": "x"}
    return {
        "cross-region-subscribe": subscribe(sns, topic),
        "delete-topic": attempt(sns.delete_topic, TopicArn=topic),
        "get-topic-attrs": attempt(sns.get_topic_attributes, TopicArn=topic),
        "list-subs": attempt(sns.list_subscriptions_by_topic, TopicArn=topic),
        "set-topic-attrs": attempt(sns.set_topic_attributes, TopicArn=topic, **setting),
    }


@plays("test_cross_region_delivery_sqs")
def a_queue_of_another_region(sns: Any) -> dict[str, Any]:
    return {
        "subscribe-cross-region": subscribe(sns, f"arn:aws:sns:eu-west-1:{ACCOUNT}:topic"),
        "subscribe-same-region": subscribe(sns, new_topic(sns), endpoint=QUEUE.replace("us-east-1", "eu-west-1")),
    }


@plays("test_add_permission_errors")
def permissions(sns: Any) -> dict[str, Any]:
    topic = new_topic(sns)
    asked = {"Label": "l", "AWSAccountId": [ACCOUNT], "ActionName": ["Publish"]}
    sns.add_permission(TopicArn=topic, **asked)
    return {
        "duplicate-label": attempt(sns.add_permission, TopicArn=topic, **asked),
        "invalid-action": attempt(
            sns.add_permission, TopicArn=topic, **{**asked, "Label": "m", "ActionName": ["InvalidAction"]}
        ),
        "topic-not-found": attempt(sns.add_permission, TopicArn=f"{topic}x", **asked),
    }


@plays("test_data_protection_policy_crud")
def data_protection(sns: Any) -> dict[str, Any]:
    topic = new_topic(sns)
    statement = {
        "DataDirection": "Inbound",
        "DataIdentifier": ["arn:aws:dataprotection:us-east-1::data-identifier/EmailAddress"],
        "Operation": {"Deny": {}},
        "Principal": ["*"],
        "Sid": "test-statement",
    }
    policy = {"Description": "Test Policy", "Name": "data_protection_policy", "Statement": [statement]}
    before = sns.get_topic_attributes(TopicArn=topic)
    text = json.dumps({**policy, "Version": "2021-06-01"})
    put = sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy=text)
    return {
        "get-topic-attributes-before-policy": before,
        "put-data-protection-policy": put,
        "get-topic-attributes-after-policy": sns.get_topic_attributes(TopicArn=topic),
        "get-data-protection-policy": sns.get_data_protection_policy(ResourceArn=topic),
    }


# --------------------------------------------------------------------------------------------------- subscriptions


@plays("test_unsubscribe_from_non_existing_subscription")
def ended_twice(sns: Any) -> dict[str, Any]:
    arn = subscribe(sns, new_topic(sns))["SubscriptionArn"]
    sns.unsubscribe(SubscriptionArn=arn)
    return {"empty-unsubscribe": sns.unsubscribe(SubscriptionArn=arn)}


@plays("test_create_subscriptions_with_attributes")
def with_attributes(sns: Any) -> dict[str, Any]:
    topic = new_topic(sns)
    made = subscribe(sns, topic, RawMessageDelivery="true")
    missing = f"{topic}:a0a0a0a0-b1b1-c2c2-d3d3-e4e4e4e4e4e4"
    return {
        "subscribe": made,
        "get-attrs": shown(sns, made),
        "subscribe-wrong-attr": subscribe(sns, topic, endpoint=f"{QUEUE}2", RawMessageDelivery="wrongvalue"),
        "get-attrs-nonexistent-sub": attempt(sns.get_subscription_attributes, SubscriptionArn=missing),
    }


@plays("test_attribute_raw_subscribe", "test_creating_subscription_with_attributes")
def raw(sns: Any) -> dict[str, Any]:
    found = shown(sns, subscribe(sns, new_topic(sns), RawMessageDelivery="true"))
    return {"subscription-attributes": found, "subscription-with-attributes": found}


@plays("test_subscribe_attributes")
def plain(sns: Any) -> dict[str, Any]:
    return {"get-subscription-attributes": shown(sns, subscribe(sns, new_topic(sns)))}


@plays("test_sqs_topic_subscription_confirmation")
def ones_own_queue(sns: Any) -> dict[str, Any]:
    return {"subscription-attrs": shown(sns, subscribe(sns, new_topic(sns)))["Attributes"]}


@plays("test_redrive_policy_lambda_subscription")
def redrive_policy(sns: Any) -> dict[str, Any]:
    policy = json.dumps({"deadLetterTargetArn": QUEUE})
    return {
        "subscription-attributes": shown(sns, subscribe(sns, new_topic(sns), "lambda", LAMBDA, RedrivePolicy=policy))
    }


@plays("test_sns_confirm_subscription_wrong_token")
def wrong_tokens(sns: Any) -> dict[str, Any]:
    topic, token = new_topic(sns), "5" * 256
    return {
        "topic-not-exists": attempt(sns.confirm_subscription, TopicArn=f"{topic}x", Token=token),
        "invalid-token": attempt(sns.confirm_subscription, TopicArn=topic, Token="randomtoken"),
        "token-not-exists": attempt(sns.confirm_subscription, TopicArn=topic, Token=token),
    }


@plays("test_subscribe_to_sqs_with_queue_url", "test_subscribe_sqs_queue_url")
def a_queues_url(sns: Any) -> dict[str, Any]:
    answer = subscribe(sns, new_topic(sns), endpoint="http://localhost:4566/000000000000/queue")
    return {"sub-queue-url": answer, "subscribe-sqs-via-url-error": answer}


@plays("test_unsubscribe_wrong_arn_format")
def no_subscriptions(sns: Any) -> dict[str, Any]:
    arns = ("randomstring", "arn:aws:sns:us-east-1:random", f"arn:aws:sns:us-east-1:{ACCOUNT}:random", "")
    return {
        f"invalid-unsubscribe-arn-{number}": attempt(sns.unsubscribe, SubscriptionArn=arn)
        for number, arn in enumerate(arns, 1)
    }


@plays("test_unsubscribe_from_deleted_topic")
def a_random_subscription(sns: Any) -> dict[str, Any]:
    return {"unsubscribe-deleted-topic": attempt(sns.unsubscribe, SubscriptionArn="x")}


@plays("test_subscribe_with_invalid_topic")
def no_topics(sns: Any) -> dict[str, Any]:
    return {
        "invalid-subscribe-arn-1": subscribe(sns, "randomstring"),
        "invalid-subscribe-arn-2": subscribe(sns, "arn:aws:sns:us-east-1:random"),
        "non-existent-topic": subscribe(sns, f"arn:aws:sns:us-east-1:{ACCOUNT}:nowhere"),
    }


@plays("test_list_subscriptions_by_topic_pagination")
def pages(sns: Any) -> dict[str, Any]:
    topic = new_topic(sns)
    for number in range(101):
        subscribe(sns, topic, "sms", f"+1555123{number:04d}")
    token = sns.list_subscriptions_by_topic(TopicArn=topic)["NextToken"]
    return {"list-sub-per-topic-page-2": sns.list_subscriptions_by_topic(TopicArn=topic, NextToken=token)}


@plays("test_http_subscription_response")
def http(sns: Any) -> dict[str, Any]:
    topic = new_topic(sns)
    web = {"TopicArn": topic, "Protocol": "http", "Endpoint": "http://example.com/x"}
    return {
        "topic-arn": {"TopicArn": topic},
        "subscription": sns.subscribe(**web),
        "subscription-with-arn": sns.subscribe(**web, ReturnSubscriptionArn=True),
    }


@plays("test_subscribe_external_http_endpoint_content_type[True]")
def delivery_policy_of_a_subscription(sns: Any) -> dict[str, Any]:
    topic = new_topic(sns)
    policy = json.dumps({"requestPolicy": {"headerContentType": "text/csv"}})
    return _http_attributes(sns, topic, RawMessageDelivery="true", DeliveryPolicy=policy)


@plays("test_subscribe_external_http_endpoint_content_type[False]")
def delivery_policies(sns: Any) -> dict[str, Any]:
    topic = new_topic(sns)
    default = json.dumps({"http": {"defaultRequestPolicy": {"headerContentType": "application/json"}}})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=default)
    own = {
        "healthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 1, "numRetries": 0, "backoffFunction": "linear"},
        "throttlePolicy": {"maxReceivesPerSecond": 1000},
    }
    return _http_attributes(sns, topic, DeliveryPolicy=json.dumps(own))


def _http_attributes(sns: Any, topic: str, **given: str) -> dict[str, Any]:
    web = {"TopicArn": topic, "Protocol": "http", "Endpoint": "http://example.com/sns-endpoint"}
    before = sns.get_topic_attributes(TopicArn=topic)
    made = sns.subscribe(**web, Attributes=given, ReturnSubscriptionArn=True)
    return {"topic-attrs": before, "sub-attrs": shown(sns, made)}


@plays("test_subscribe_sms")
def sms(sns: Any) -> dict[str, Any]:
    return {"subscribe-sms-1": subscribe(sns, new_topic(sns), "sms", "+15551234567")}


@plays("test_subscribe_sms_obscure_phone_number")
def written_otherwise(sns: Any) -> dict[str, Any]:
    return {"subscribe-sms-2": subscribe(sns, new_topic(sns), "sms", "+15/55-123.4567")}


@plays("test_subscribe_bad_sms")
def no_number(sns: Any) -> dict[str, Any]:
    return {"subscribe-bad-sms": subscribe(sns, new_topic(sns), "sms", "invalid-number")}


@plays("test_getting_subscriptions_by_topic")
def listed(sns: Any) -> dict[str, Any]:
    topic = new_topic(sns)
    subscribe(sns, topic)
    return {"list-subscriptions-by-topic": sns.list_subscriptions_by_topic(TopicArn=topic)}


@plays("test_subscribe_invalid_filter_policy")
def no_filter(sns: Any) -> dict[str, Any]:
    return {"subscribe-invalid-filter-policy": subscribe(sns, new_topic(sns), FilterPolicy="invalid")}


@plays("test_get_subscription_attributes_error_not_exists")
def no_attributes(sns: Any) -> dict[str, Any]:
    missing = f"{new_topic(sns)}:a0a0a0a0-b1b1-c2c2-d3d3-e4e4e4e4e4e4"
    return {"get-sub-attrs-nonexistent": attempt(sns.get_subscription_attributes, SubscriptionArn=missing)}


@plays("test_sub_filter_policy_nested_property")
def nested(sns: Any) -> dict[str, Any]:
    made = subscribe(sns, new_topic(sns))
    policy = json.dumps({"object": {"key": [{"prefix": "auto-"}]}})
    setting = {"SubscriptionArn": made["SubscriptionArn"], "AttributeName": "FilterPolicy", "AttributeValue": policy}
    refused = attempt(sns.set_subscription_attributes, **setting)
    sns.set_subscription_attributes(
        **{**setting, "AttributeName": "FilterPolicyScope", "AttributeValue": "MessageBody"}
    )
    sns.set_subscription_attributes(**setting)
    return {"sub-filter-policy-nested-error": refused, "sub-attrs-after-setting-nested-policy": shown(sns, made)}


@plays("test_sub_filter_policy_nested_property_constraints")
def too_much(sns: Any) -> dict[str, Any]:
    arn = subscribe(sns, new_topic(sns), FilterPolicyScope="MessageBody")["SubscriptionArn"]
    wide = {"key_a": {"key_b": {"key_c": ["value_one", "value_two", "value_three", "value_four", "value_five"]}}}
    wide |= {"key_d": {"key_e": ["value_one", "value_two", "value_three"]}, "key_f": ["value_one", "value_two"]}
    policies = {
        "sub-filter-policy-nested-error-too-many-combinations": wide,
        "sub-filter-policy-max-attr-keys": {f"key_{n}": ["value_one"] for n in range(6)},
        "sub-filter-policy-rule-no-list": {"key_a": "value_one"},
    }
    return {
        case: attempt(
            sns.set_subscription_attributes,
            SubscriptionArn=arn,
            AttributeName="FilterPolicy",
            AttributeValue=json.dumps(policy),
        )
        for case, policy in policies.items()
    }


@pytest.fixture(scope="module")
def stage_server(engine: Engine) -> Iterator[TestServer]:
    with engine.server() as running:
        yield running


@pytest.fixture(scope="module")
def client(stage_server: TestServer) -> Iterator[Any]:
    # It must send what AWS was sent, however wrong.
    config = Config(retries={"max_attempts": 0}, parameter_validation=False)
    made = boto3.client("sns", endpoint_url=stage_server.url, config=config, **CREDENTIALS)
    yield made
    made.close()


@pytest.mark.skipif(not CASES, reason=f"no {VECTORS}")
@pytest.mark.parametrize("case", sorted(PLAYS))
def test_aws_answered_the_same(stage_server: TestServer, client: Any, case: str) -> None:
    stage_server.reset()

    answers = PLAYS[case](client)

    recorded = {name: as_here(answer) for name, answer in CASES[case].items() if name in answers}
    assert recorded, "nothing is compared"
    Comparison(query=True).compare(recorded, {name: answers[name] for name in recorded})


def as_here(recorded: Any) -> Any:
    """A recording with what is the test account's own put in: its principal, and placeholders that the comparison
    reads."""
    if isinstance(recorded, dict):
        return {key: as_here(value) for key, value in recorded.items() if key != "_normalized"}
    if isinstance(recorded, list):
        return [as_here(each) for each in recorded]
    if not isinstance(recorded, str):
        return recorded
    text = recorded.replace("confirm-sub-e46f689a", "topic")
    text = re.sub(r"(arn:<partition>:iam::\d+:)user/<resource:\d+>", r"\1root", text)
    return text.replace("<partition>", "aws").replace("<region>", "us-east-1").replace("<topic>", "topic")


def test_every_play_is_of_a_recorded_case() -> None:
    if CASES:
        assert PLAYS.keys() <= CASES.keys()
