"""Whoever may call SNS, but not everything: other accounts' queues and topics, made-up links, texts that end lines."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from tests.strict import ACCOUNT, OTHER, House, allow, policy, refusal, shared_house
from tests.support import receive_all


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with shared_house(tmp_path_factory.mktemp("strict")) as found:
        yield found


def unique() -> str:
    return f"it-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def sns(house: House) -> Any:
    return house[0].client("sns")


@pytest.fixture
def theirs(house: House) -> Any:
    return house[0].client("sns", **house[1])


def queue(house: House, *statements: dict[str, Any], credentials: dict[str, str] | None = None) -> tuple[str, str]:
    """A queue's URL and ARN; the statements make its policy, "it" standing for the ARN."""
    sqs = house[0].client("sqs", **(credentials or {}))
    url = sqs.create_queue(QueueName=unique())["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    if statements:
        text = policy(*({**each, "Resource": arn} for each in statements))
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text})
    return str(url), str(arn)


def from_topic(topic: str) -> dict[str, Any]:
    """SNS may send on behalf of one topic."""
    condition = {"ArnEquals": {"aws:SourceArn": topic}}
    return allow("sqs:SendMessage", Principal={"Service": "sns.amazonaws.com"}, Condition=condition)


def test_a_queue_that_lets_one_topic_in_gets_nothing_of_another(house: House, sns: Any) -> None:
    mine, other = (sns.create_topic(Name=unique())["TopicArn"] for _ in range(2))
    url, arn = queue(house, from_topic(mine))
    for topic in (mine, other):
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})

    sns.publish(TopicArn=other, Message="from the other")
    sns.publish(TopicArn=mine, Message="from mine")

    assert [each["Body"] for each in receive_all(house[0].client("sqs"), url)] == ["from mine"]


def test_a_strangers_topic_reaches_no_queue_that_was_opened_for_ones_own(house: House, sns: Any, theirs: Any) -> None:
    mine = sns.create_topic(Name=unique())["TopicArn"]
    url, arn = queue(house, from_topic(mine))
    strange = theirs.create_topic(Name=unique())["TopicArn"]

    theirs.subscribe(TopicArn=strange, Protocol="sqs", Endpoint=arn)
    theirs.publish(TopicArn=strange, Message="x")

    assert receive_all(house[0].client("sqs"), url) == []


def test_a_strangers_topic_reaches_no_queue_before_its_owner_confirms(house: House, theirs: Any) -> None:
    anybody = allow("sqs:SendMessage", Principal={"Service": "sns.amazonaws.com"})
    url, arn = queue(house, anybody)
    strange = theirs.create_topic(Name=unique())["TopicArn"]

    theirs.subscribe(TopicArn=strange, Protocol="sqs", Endpoint=arn)
    theirs.publish(TopicArn=strange, Message="spam")

    bodies = [json.loads(each["Body"]) for each in receive_all(house[0].client("sqs"), url)]
    assert [each["Type"] for each in bodies] == ["SubscriptionConfirmation"]


def test_a_dead_letter_queue_is_asked_too(house: House, sns: Any) -> None:
    mine, other = (sns.create_topic(Name=unique())["TopicArn"] for _ in range(2))
    dead_url, dead_arn = queue(house, from_topic(other))
    gone = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{unique()}"
    redrive = json.dumps({"deadLetterTargetArn": dead_arn})
    sns.subscribe(TopicArn=mine, Protocol="sqs", Endpoint=gone, Attributes={"RedrivePolicy": redrive})

    sns.publish(TopicArn=mine, Message="x")

    assert receive_all(house[0].client("sqs"), dead_url) == []


def test_another_accounts_queue_is_no_dead_letter_queue(house: House, theirs: Any) -> None:
    anybody = allow("sqs:SendMessage", Principal={"Service": "sns.amazonaws.com"})
    url, arn = queue(house, anybody)
    strange = theirs.create_topic(Name=unique())["TopicArn"]
    gone = f"arn:aws:sqs:us-east-1:{OTHER}:{unique()}"
    attributes = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn})}

    assert refusal(theirs.subscribe, TopicArn=strange, Protocol="sqs", Endpoint=gone, Attributes=attributes)[1] == 400
    assert receive_all(house[0].client("sqs"), url) == []


READS = {
    "GetTopicAttributes": lambda sns, topic: refusal(sns.get_topic_attributes, TopicArn=topic),
    "Publish": lambda sns, topic: refusal(sns.publish, TopicArn=topic, Message="x"),
    "Subscribe": lambda sns, topic: refusal(sns.subscribe, TopicArn=topic, Protocol="sms", Endpoint="+15550100"),
    "ListSubscriptionsByTopic": lambda sns, topic: refusal(sns.list_subscriptions_by_topic, TopicArn=topic),
    "ListTagsForResource": lambda sns, topic: refusal(sns.list_tags_for_resource, ResourceArn=topic),
    "GetDataProtectionPolicy": lambda sns, topic: refusal(sns.get_data_protection_policy, ResourceArn=topic),
    "ConfirmSubscription": lambda sns, topic: refusal(sns.confirm_subscription, TopicArn=topic, Token="0" * 256),
    "DeleteTopic": lambda sns, topic: refusal(sns.delete_topic, TopicArn=topic),
    "SetTopicAttributes": lambda sns, topic: refusal(
        sns.set_topic_attributes, TopicArn=topic, AttributeName="DisplayName", AttributeValue="x"
    ),
    "AddPermission": lambda sns, topic: refusal(
        sns.add_permission, TopicArn=topic, Label="x", AWSAccountId=[OTHER], ActionName=["Publish"]
    ),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_stranger_is_not_told_which_topics_there_are(sns: Any, theirs: Any, read: Any) -> None:
    there = sns.create_topic(Name=unique())["TopicArn"]
    nowhere = f"arn:aws:sns:us-east-1:{ACCOUNT}:{unique()}"

    code, status, told = read(theirs, there)

    assert (code, status, told.replace(there, nowhere)) == read(theirs, nowhere)


def test_made_up_links_do_nothing(house: House, sns: Any) -> None:
    topic = sns.create_topic(Name=unique())["TopicArn"]
    _, arn = queue(house)
    made = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
    config = Config(signature_version=UNSIGNED, retries={"max_attempts": 0})
    anybody = boto3.client("sns", endpoint_url=house[0].url, region_name="us-east-1", config=config)
    id_ = made.rpartition(":")[2]

    for guess in (f"{topic}:{uuid.uuid4()}", f"{topic}:{id_[:-1]}%", f"{topic}:*", f"{topic}:{id_.upper()}X", topic):
        with contextlib.suppress(anybody.exceptions.ClientError):
            anybody.unsubscribe(SubscriptionArn=guess)
    for token in ("", "0" * 256, id_.replace("-", "") + "0" * 224, "<script>alert(1)</script>"):
        assert refusal(anybody.confirm_subscription, TopicArn=topic, Token=token)[1] in (400, 403)

    assert sns.get_subscription_attributes(SubscriptionArn=made)["Attributes"]["SubscriptionArn"] == made


LINES = ("a\r\nBcc: eve@example.com", "a\nX: y", "a\rb", "a\tb", "a\x00b")


@pytest.mark.parametrize("text", LINES)
def test_nothing_that_becomes_a_header_field_may_end_a_line(sns: Any, text: str) -> None:
    topic = sns.create_topic(Name=unique())["TopicArn"]

    assert refusal(sns.publish, TopicArn=topic, Message="x", Subject=text)[1] == 400
    assert refusal(sns.create_topic, Name=text)[1] == 400
    for protocol, endpoint in (("http", f"http://host/{text}"), ("email", f"{text}@example.com"), ("sms", text)):
        assert refusal(sns.subscribe, TopicArn=topic, Protocol=protocol, Endpoint=endpoint)[1] == 400, protocol
    content_type = json.dumps({"requestPolicy": {"headerContentType": f"text/plain; {text}"}})
    attributes = {"DeliveryPolicy": content_type}
    asked = {"TopicArn": topic, "Protocol": "http", "Endpoint": "http://host.example/", "Attributes": attributes}
    assert refusal(sns.subscribe, **asked)[1] == 400
    assert refusal(sns.set_sms_attributes, attributes={"DefaultSenderID": text})[1] == 400
    sender = {"AWS.SNS.SMS.SenderID": {"DataType": "String", "StringValue": text}}
    assert refusal(sns.publish, PhoneNumber="+15550100", Message="x", MessageAttributes=sender)[1] == 400


@pytest.mark.parametrize("text", ["a\u2028b", "a\x85b"])
def test_a_subject_is_one_line_for_every_reader(sns: Any, text: str) -> None:
    topic = sns.create_topic(Name=unique())["TopicArn"]

    assert refusal(sns.publish, TopicArn=topic, Message="x", Subject=text)[1] == 400


@pytest.mark.parametrize(
    ("endpoint", "shown"),
    [
        ("https://anna:secret@example.com/hook?a=b@c", "https://anna:****@example.com/hook?a=b@c"),
        ("http://anna:se@cr:et@example.com:8080", "http://anna:****@example.com:8080"),
        ("http://:secret@example.com", "http://:****@example.com"),
        ("http://anna@example.com/x:y@z", "http://anna@example.com/x:y@z"),
        ("http://example.com:80/x:y@z", "http://example.com:80/x:y@z"),
    ],
)
def test_lists_do_not_show_an_endpoints_password(sns: Any, endpoint: str, shown: str) -> None:
    topic = sns.create_topic(Name=unique())["TopicArn"]
    protocol = endpoint.partition(":")[0]
    made = sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, ReturnSubscriptionArn=True)

    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    asked = sns.get_subscription_attributes(SubscriptionArn=made["SubscriptionArn"])["Attributes"]

    assert listed["Endpoint"] == shown
    assert asked["Endpoint"] == endpoint
