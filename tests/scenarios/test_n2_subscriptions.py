"""N2: who is subscribed to a topic, by which protocol and with which attributes; how subscriptions begin and end."""

from __future__ import annotations

import http.server
import json
import queue
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chasqui.testing import TestServer
from tests.strict import refusal
from tests.support import receive_all

ACCOUNT, OTHER = "000000000000", "111122223333"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue"
PENDING = "pending confirmation"


@pytest.fixture
def sns(chasqui: TestServer) -> Any:
    return chasqui.client("sns")


@pytest.fixture
def topic(sns: Any) -> str:
    return str(sns.create_topic(Name="topic")["TopicArn"])


@pytest.fixture
def fifo(sns: Any) -> str:
    return str(sns.create_topic(Name="topic.fifo", Attributes={"FifoTopic": "true"})["TopicArn"])


def subscribe(sns: Any, topic: str, protocol: str = "sqs", endpoint: str = QUEUE, **given: str) -> str:
    return str(
        sns.subscribe(
            TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=given, ReturnSubscriptionArn=True
        )["SubscriptionArn"]
    )


def attributes(sns: Any, subscription: str) -> dict[str, str]:
    return dict(sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"])


def set_attribute(sns: Any, subscription: str, name: str, value: str) -> None:
    sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName=name, AttributeValue=value)


def refused(call: Any, **parameters: Any) -> str:
    code, status, told = refusal(call, **parameters)
    assert (code, status) == ("InvalidParameter", 400)
    return told


def counted(sns: Any, topic: str) -> tuple[str, str, str]:
    """(confirmed, pending, deleted)"""
    shown = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    return shown["SubscriptionsConfirmed"], shown["SubscriptionsPending"], shown["SubscriptionsDeleted"]


# ----------------------------------------------------------------------------------------------------- subscribing


@pytest.mark.parametrize(
    ("protocol", "endpoint", "given"),
    [
        ("sqs", QUEUE, {}),
        ("lambda", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f", {}),
        (
            "firehose",
            f"arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/s",
            {"SubscriptionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/r"},
        ),
        ("sms", "+15551234567", {}),
    ],
)
def test_what_is_ones_own_needs_no_confirmation(
    sns: Any, topic: str, protocol: str, endpoint: str, given: dict[str, str]
) -> None:
    answer = sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=given)

    shown = attributes(sns, answer["SubscriptionArn"])
    assert (shown["PendingConfirmation"], shown["ConfirmationWasAuthenticated"]) == ("false", "true")
    assert (shown["Protocol"], shown["Endpoint"], shown["TopicArn"]) == (protocol, endpoint, topic)
    assert counted(sns, topic) == ("1", "0", "0")


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [
        ("http", "http://example.com/x?y=1"),
        ("https", "https://[::1]:8443/"),
        ("email", "grüße@example.com"),
        ("email-json", "a+b@example.com"),
        ("sqs", f"arn:aws:sqs:eu-west-1:{OTHER}:queue"),
        ("lambda", f"arn:aws:lambda:us-east-1:{OTHER}:function:f"),
    ],
)
def test_others_are_asked_first(sns: Any, topic: str, protocol: str, endpoint: str) -> None:
    answer = sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    again = sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, ReturnSubscriptionArn=True)

    assert answer["SubscriptionArn"] == PENDING
    assert again["SubscriptionArn"].startswith(f"{topic}:")
    assert attributes(sns, again["SubscriptionArn"])["PendingConfirmation"] == "true"
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert (listed["SubscriptionArn"], listed["Endpoint"]) == ("PendingConfirmation", endpoint)
    assert counted(sns, topic) == ("0", "1", "0")


@pytest.mark.parametrize(
    ("protocol", "endpoint", "told"),
    [
        ("sqs", "http://localhost/queue/x", "Invalid parameter: SQS endpoint ARN"),
        ("sqs", "arn:aws:sqs:us-east-1:000000000000:", "Invalid parameter: SQS endpoint ARN"),
        ("sqs", f"arn:aws:sqs:us-east-1:{ACCOUNT}:q q", "Invalid parameter: SQS endpoint ARN"),
        (
            "sqs",
            f"{QUEUE}.fifo",
            "Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard"
            " SNS topics",
        ),
        ("http", "https://example.com", "Invalid parameter: Endpoint must match the specified protocol"),
        ("https", "example.com", "Invalid parameter: Endpoint must match the specified protocol"),
        ("http", "http://", "Invalid parameter: Endpoint"),
        ("http", "http://a:99999999/", "Invalid parameter: Endpoint"),
        ("http", "http://a/\r\nX: y", "Invalid parameter: Endpoint"),
        ("email", "nobody", "Invalid parameter: Email address"),
        ("email", "a@b\nBcc: c@d", "Invalid parameter: Email address"),
        ("sms", "invalid-number", "Invalid SMS endpoint: invalid-number"),
        ("sms", "+15--551234567", "Invalid SMS endpoint: +15--551234567"),
        ("lambda", "f", "Invalid parameter: Lambda endpoint ARN"),
        ("application", "token", "Invalid parameter: ApplicationEndpoint ARN"),
        (
            "application",
            f"arn:aws:sns:us-east-1:{ACCOUNT}:endpoint/GCM/a/b",
            "Invalid parameter: Endpoint Reason: Endpoint does not exist for endpoint"
            f" arn:aws:sns:us-east-1:{ACCOUNT}:endpoint/GCM/a/b",
        ),
        ("carrier-pigeon", "x", "Invalid parameter: Amazon SNS does not support this protocol string: carrier-pigeon"),
        ("sqs", "x" * 3000, "Invalid parameter: Endpoint"),
    ],
)
def test_an_endpoint_is_of_its_protocols_form(sns: Any, topic: str, protocol: str, endpoint: str, told: str) -> None:
    assert refused(sns.subscribe, TopicArn=topic, Protocol=protocol, Endpoint=endpoint) == told
    assert sns.list_subscriptions()["Subscriptions"] == []


def test_fifo_topics_take_queues_alone(sns: Any, fifo: str) -> None:
    assert refused(sns.subscribe, TopicArn=fifo, Protocol="lambda", Endpoint="x") == (
        "Invalid parameter: Invalid protocol type: lambda"
    )

    subscribe(sns, fifo, "sqs", f"{QUEUE}.fifo")
    subscribe(sns, fifo, "sqs", QUEUE)

    assert counted(sns, fifo) == ("2", "0", "0")


def test_subscribing_again_gives_the_same(sns: Any, topic: str) -> None:
    first = subscribe(sns, topic, RawMessageDelivery="true", FilterPolicy='{"a":["b"]}')

    assert subscribe(sns, topic) == first
    assert subscribe(sns, topic, RawMessageDelivery="True") == first
    assert (
        refused(
            sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=QUEUE, Attributes={"RawMessageDelivery": "false"}
        )
        == "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"
    )
    assert counted(sns, topic) == ("1", "0", "0")


def test_many_at_once_make_one(sns: Any, topic: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: subscribe(sns, topic), range(16)))

    assert len(made) == 1
    assert counted(sns, topic) == ("1", "0", "0")


def test_there_must_be_a_topic(sns: Any, topic: str) -> None:
    missing = {"TopicArn": f"{topic}x", "Protocol": "sqs", "Endpoint": QUEUE}

    assert refusal(sns.subscribe, **missing) == ("NotFound", 404, "Topic does not exist")


def test_phone_numbers_are_kept_as_digits(sns: Any, topic: str) -> None:
    first = subscribe(sns, topic, "sms", "+1 555-123.4567")

    assert attributes(sns, first)["Endpoint"] == "+15551234567"
    assert subscribe(sns, topic, "sms", "+15551234567") == first


# ------------------------------------------------------------------------------------------------------ attributes


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("RawMessageDelivery", "maybe", "RawMessageDelivery: Invalid value [maybe]. Must be true or false."),
        ("FilterPolicyScope", "Both", "FilterPolicyScope: Invalid value [Both]."),
        ("FilterPolicy", '{"a":"b"}', 'FilterPolicy: "a" must be an object or an array'),
        ("FilterPolicy", "{", "FilterPolicy: failed to parse JSON."),
        ("RedrivePolicy", '{"deadLetterTargetArn":"x"}', "RedrivePolicy: deadLetterTargetArn is an invalid arn"),
        (
            "RedrivePolicy",
            '{"maxReceiveCount":1}',
            "RedrivePolicy: invalid JSON. Attribute maxReceiveCount is unknown.",
        ),
        ("RedrivePolicy", "[]", "RedrivePolicy: failed to parse JSON."),
        ("RedrivePolicy", json.dumps({"deadLetterTargetArn": f"{QUEUE}.fifo"}), "RedrivePolicy: must use a standard"),
        ("RedrivePolicy", json.dumps({"deadLetterTargetArn": QUEUE.replace(ACCOUNT, OTHER)}), "RedrivePolicy: "),
        ("ReplayPolicy", '{"PointType":"Timestamp"}', "ReplayPolicy: Only subscriptions of FIFO topics"),
        ("SubscriptionRoleArn", "nobody", "SubscriptionRoleArn: Must be the ARN of a role"),
    ],
)
def test_a_value_is_refused_alike_by_both_operations(sns: Any, topic: str, name: str, value: str, told: str) -> None:
    subscription = subscribe(sns, topic)
    before = attributes(sns, subscription)
    changing = {"SubscriptionArn": subscription, "AttributeName": name, "AttributeValue": value}
    making = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": f"{QUEUE}2", "Attributes": {name: value}}

    assert refused(sns.set_subscription_attributes, **changing).startswith(f"Invalid parameter: {told}")
    assert refused(sns.subscribe, **making).startswith(f"Invalid parameter: Attributes Reason: {told}")
    assert attributes(sns, subscription) == before


def test_unknown_attributes_are_refused(sns: Any, topic: str) -> None:
    subscription = subscribe(sns, topic)

    assert (
        refused(
            sns.set_subscription_attributes, SubscriptionArn=subscription, AttributeName="Endpoint", AttributeValue="x"
        )
        == "Invalid parameter: AttributeName"
    )


def test_only_some_protocols_deliver_raw(sns: Any, topic: str) -> None:
    raw = {"Attributes": {"RawMessageDelivery": "true"}}

    assert refused(sns.subscribe, TopicArn=topic, Protocol="email", Endpoint="a@example.com", **raw) == (
        "Invalid parameter: Delivery protocol [email] does not support raw message delivery."
    )


@pytest.mark.parametrize("nothing", ["", "{}", "{ }"])
def test_a_filter_policy_is_set_and_taken_away(sns: Any, topic: str, nothing: str) -> None:
    subscription = subscribe(sns, topic)

    set_attribute(sns, subscription, "FilterPolicy", '{"a": ["b"]}')
    shown = attributes(sns, subscription)
    assert (shown["FilterPolicy"], shown["FilterPolicyScope"]) == ('{"a": ["b"]}', "MessageAttributes")

    set_attribute(sns, subscription, "FilterPolicy", nothing)
    assert "FilterPolicy" not in attributes(sns, subscription)


def test_policy_and_scope_must_go_together(sns: Any, topic: str) -> None:
    subscription = subscribe(sns, topic)
    nested = {"SubscriptionArn": subscription, "AttributeName": "FilterPolicy", "AttributeValue": '{"a":{"b":["c"]}}'}

    assert refused(sns.set_subscription_attributes, **nested) == (
        "Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy"
    )

    set_attribute(sns, subscription, "FilterPolicyScope", "MessageBody")
    sns.set_subscription_attributes(**nested)
    back = {"AttributeName": "FilterPolicyScope", "AttributeValue": "MessageAttributes"}
    assert "nested" in refused(sns.set_subscription_attributes, SubscriptionArn=subscription, **back)


def test_a_delivery_policy_is_shown_as_aws_shows_it(sns: Any, topic: str) -> None:
    given = {"RawMessageDelivery": "true", "DeliveryPolicy": '{"requestPolicy":{"headerContentType":"text/csv"}}'}
    subscription = subscribe(sns, topic, "http", "http://example.com/x", **given)

    shown = attributes(sns, subscription)

    assert json.loads(shown["DeliveryPolicy"]) == {
        "guaranteed": False,
        "healthyRetryPolicy": None,
        "requestPolicy": {"headerContentType": "text/csv"},
        "sicklyRetryPolicy": None,
        "throttlePolicy": None,
    }
    assert json.loads(shown["EffectiveDeliveryPolicy"])["healthyRetryPolicy"]["numRetries"] == 3
    other = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": QUEUE, "Attributes": given}
    assert "DeliveryPolicy: " in refused(sns.subscribe, **other)


def test_filter_policies_have_a_quota(chasqui: TestServer, sns: Any, topic: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: subscribe(sns, topic, "sqs", f"{QUEUE}{n}", FilterPolicy='{"a":[1]}'), range(200)))
    plain = subscribe(sns, topic)

    one_more = {
        "TopicArn": topic,
        "Protocol": "sqs",
        "Endpoint": f"{QUEUE}-x",
        "Attributes": {"FilterPolicy": '{"a":[1]}'},
    }
    assert refusal(sns.subscribe, **one_more)[:2] == ("FilterPolicyLimitExceeded", 403)
    setting = {"SubscriptionArn": plain, "AttributeName": "FilterPolicy", "AttributeValue": '{"a":[1]}'}
    assert refusal(sns.set_subscription_attributes, **setting)[:2] == ("FilterPolicyLimitExceeded", 403)

    set_attribute(sns, subscribe(sns, topic, "sqs", f"{QUEUE}7"), "FilterPolicy", "")
    sns.set_subscription_attributes(**setting)
    assert counted(sns, topic) == ("201", "0", "0")


# ----------------------------------------------------------------------------------------------------------- lists


def test_subscriptions_are_listed_in_pages(sns: Any, topic: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda n: subscribe(sns, topic, "sms", f"+1555000{n:04d}"), range(130)))

    for paginator in (
        sns.get_paginator("list_subscriptions").paginate(),
        sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic),
    ):
        pages = [page["Subscriptions"] for page in paginator]
        assert [len(page) for page in pages] == [100, 30]
        assert {each["SubscriptionArn"] for page in pages for each in page} == made


def test_each_account_lists_its_own_subscriptions(chasqui: TestServer, sns: Any, topic: str) -> None:
    theirs = chasqui.client("sns", account=OTHER)
    queue = f"arn:aws:sqs:us-east-1:{OTHER}:queue"

    foreign = subscribe(theirs, topic, "sqs", queue)
    own = subscribe(sns, topic)

    assert attributes(sns, foreign)["PendingConfirmation"] == "false"
    assert [each["SubscriptionArn"] for each in theirs.list_subscriptions()["Subscriptions"]] == [foreign]
    assert [each["SubscriptionArn"] for each in sns.list_subscriptions()["Subscriptions"]] == [own]
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert {each["Owner"] for each in listed} == {ACCOUNT, OTHER}
    theirs.unsubscribe(SubscriptionArn=foreign)
    assert theirs.list_subscriptions()["Subscriptions"] == []


# ---------------------------------------------------------------------------------------------------- confirmations


def open_queue(chasqui: TestServer) -> tuple[Any, str, str]:
    """A queue of the other account into which SNS may send: (its owner's client, URL, ARN)."""
    sqs = chasqui.client("sqs", account=OTHER)
    url = sqs.create_queue(QueueName="theirs")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": arn}]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return sqs, url, arn


def follow(url: str, **headers: str) -> tuple[int, str]:
    """What a link answers to somebody who follows it."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_another_accounts_queue_gets_the_confirmation(chasqui: TestServer, sns: Any, topic: str) -> None:
    sqs, url, arn = open_queue(chasqui)

    subscription = subscribe(sns, topic, "sqs", arn)

    (message,) = receive_all(sqs, url)
    body = json.loads(message["Body"])
    assert body["Type"] == "SubscriptionConfirmation"
    assert body["TopicArn"] == topic
    assert body["Message"].startswith(f"You have chosen to subscribe to the topic {topic}.\n")
    assert len(body["Token"]) == 256
    assert body.keys() >= {"MessageId", "Timestamp", "Signature", "SignatureVersion", "SigningCertURL"}
    assert body["SubscribeURL"] == f"{chasqui.url}/?Action=ConfirmSubscription&TopicArn={topic}&Token={body['Token']}"

    confirmed = sns.confirm_subscription(TopicArn=topic, Token=body["Token"])

    assert confirmed["SubscriptionArn"] == subscription
    shown = attributes(sns, subscription)
    assert (shown["PendingConfirmation"], shown["ConfirmationWasAuthenticated"]) == ("false", "true")
    assert sns.confirm_subscription(TopicArn=topic, Token=body["Token"])["SubscriptionArn"] == subscription
    assert counted(sns, topic) == ("1", "0", "0")


MAIL_READER = {"Accept-Language": "qu", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}


@pytest.mark.parametrize("headers", [{}, MAIL_READER, {"Accept-Language": "qu"}])
def test_links_confirm_and_end_a_subscription(
    chasqui: TestServer, sns: Any, topic: str, headers: dict[str, str]
) -> None:
    sqs, url, arn = open_queue(chasqui)
    subscription = subscribe(sns, topic, "sqs", arn)
    (message,) = receive_all(sqs, url)

    status, answer = follow(json.loads(message["Body"])["SubscribeURL"], **headers)

    assert (status, subscription in answer) == (200, True)
    assert attributes(sns, subscription)["ConfirmationWasAuthenticated"] == "false"

    assert follow(f"{chasqui.url}/?Action=Unsubscribe&SubscriptionArn={subscription}", **headers)[0] == 200

    assert refusal(sns.get_subscription_attributes, SubscriptionArn=subscription)[0] == "NotFound"
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    # Somebody else than the owner ended it, so the endpoint is told how to undo that.
    (told,) = receive_all(sqs, url, VisibilityTimeout=30)
    body = json.loads(told["Body"])
    assert body["Type"] == "UnsubscribeConfirmation"
    assert subscription in body["Message"]
    assert follow(body["SubscribeURL"])[0] == 200
    assert attributes(sns, subscription)["PendingConfirmation"] == "false"


def test_other_pages_still_may_do_nothing_else(chasqui: TestServer, topic: str) -> None:
    for query in (
        "Action=DeleteTopic&TopicArn=" + topic,
        "Action=Unsubscribe&Action=DeleteTopic&TopicArn=" + topic,
        "X=?Action=DeleteTopic&Action=Unsubscribe&SubscriptionArn=x&TopicArn=" + topic,
    ):
        assert follow(f"{chasqui.url}/?{query}", **MAIL_READER)[0] == 403


def test_who_confirms_with_a_signature_may_ask_for_one_at_the_end(chasqui: TestServer, sns: Any, topic: str) -> None:
    sqs, url, arn = open_queue(chasqui)
    subscription = subscribe(sns, topic, "sqs", arn)
    (message,) = receive_all(sqs, url)
    token = json.loads(message["Body"])["Token"]
    sns.confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")

    status, answer = follow(f"{chasqui.url}/?Action=Unsubscribe&SubscriptionArn={subscription}")

    assert (status, "<Code>AuthorizationError</Code>" in answer) == (403, True)
    sns.unsubscribe(SubscriptionArn=subscription)
    assert counted(sns, topic) == ("0", "0", "1")


def test_a_token_ends(chasqui: TestServer, sns: Any, topic: str) -> None:
    sqs, url, arn = open_queue(chasqui)
    subscription = subscribe(sns, topic, "sqs", arn)
    (message,) = receive_all(sqs, url)

    chasqui.clock.advance(hours=49)

    token = json.loads(message["Body"])["Token"]
    assert refused(sns.confirm_subscription, TopicArn=topic, Token=token) == "Invalid parameter: Token"
    assert refusal(sns.get_subscription_attributes, SubscriptionArn=subscription)[0] == "NotFound"
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    assert counted(sns, topic) == ("0", "0", "0")
    # Another Subscribe takes it away for good, and begins anew.
    assert subscribe(sns, topic, "sqs", arn) != subscription
    assert counted(sns, topic) == ("0", "1", "0")


def test_a_queue_that_lets_nobody_in_is_not_told(chasqui: TestServer, sns: Any, topic: str) -> None:
    sqs = chasqui.client("sqs", account=OTHER)
    url = sqs.create_queue(QueueName="closed")["QueueUrl"]

    assert (
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{OTHER}:closed")[
            "SubscriptionArn"
        ]
        == PENDING
    )

    assert receive_all(sqs, url) == []


@pytest.mark.parametrize(
    ("token", "told"),
    [
        ("x", "Invalid token"),
        ("é" * 256, "Invalid token"),
        ("f" * 255, "Invalid token"),
        ("f" * 256, "Invalid parameter: Token"),
    ],
)
def test_a_wrong_token_confirms_nothing(sns: Any, topic: str, token: str, told: str) -> None:
    assert refused(sns.confirm_subscription, TopicArn=topic, Token=token) == told


class Hook(http.server.ThreadingHTTPServer):
    """An HTTP endpoint that keeps what is posted to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.posted: queue.Queue[tuple[dict[str, str], dict[str, Any]]] = queue.Queue()
        self.url = f"http://127.0.0.1:{self.server_port}/hook"

    def next(self) -> tuple[dict[str, str], dict[str, Any]]:
        """(headers in lower case, body) of the next one."""
        return self.posted.get(timeout=20)


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
        assert isinstance(self.server, Hook)
        self.server.posted.put(({name.lower(): value for name, value in self.headers.items()}, json.loads(body)))

    def log_message(self, *_: Any) -> None:
        """Nothing: the tests' output is pytest's."""


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def test_an_http_endpoint_confirms_is_notified_and_told_of_the_end(sns: Any, topic: str, hook: Hook) -> None:
    subscription = subscribe(sns, topic, "http", hook.url)
    headers, asked = hook.next()
    assert headers["x-amz-sns-message-type"] == asked["Type"] == "SubscriptionConfirmation"

    sns.publish(TopicArn=topic, Message="before it agreed")
    assert follow(asked["SubscribeURL"])[0] == 200
    sns.publish(TopicArn=topic, Message="afterwards")

    headers, notified = hook.next()
    assert headers["x-amz-sns-subscription-arn"] == subscription
    assert (notified["Type"], notified["Message"]) == ("Notification", "afterwards")

    assert follow(notified["UnsubscribeURL"])[0] == 200
    _, told = hook.next()
    assert told["Type"] == "UnsubscribeConfirmation"
    sns.publish(TopicArn=topic, Message="when it had left")
    assert follow(told["SubscribeURL"])[0] == 200
    sns.publish(TopicArn=topic, Message="when it was back")
    assert hook.next()[1]["Message"] == "when it was back"


# --------------------------------------------------------------------------------------------------------- the end


def test_unsubscribing_ends_it_and_again_does_nothing(sns: Any, topic: str) -> None:
    subscription = subscribe(sns, topic)

    sns.unsubscribe(SubscriptionArn=subscription)
    sns.unsubscribe(SubscriptionArn=subscription)

    assert counted(sns, topic) == ("0", "0", "1")
    assert subscribe(sns, topic) != subscription


@pytest.mark.parametrize(
    ("arn", "told"),
    [
        ("random", "SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"),
        ("arn:aws:sns:us-east-1:random", "SubscriptionArn Reason: An ARN must have at least 6 elements, not 5"),
        ("arn:aws:sns:us-east-1:111111111111:random", "SubscriptionId"),
        ("arn:aws:sns:us-east-1:111111111111:t:random", "SubscriptionId"),
        ("", "SubscriptionArn Reason: no value for required parameter"),
    ],
)
def test_what_is_no_subscription_is_refused(sns: Any, arn: str, told: str) -> None:
    assert refused(sns.unsubscribe, SubscriptionArn=arn) == f"Invalid parameter: {told}"


def test_http_is_told_of_its_end_and_shows_it_no_more(sns: Any, topic: str) -> None:
    subscription = subscribe(sns, topic, "http", "http://127.0.0.1:1/")

    sns.unsubscribe(SubscriptionArn=subscription)

    assert refusal(sns.get_subscription_attributes, SubscriptionArn=subscription)[0] == "NotFound"
    assert sns.list_subscriptions()["Subscriptions"] == []
    assert counted(sns, topic) == ("0", "0", "1")
