"""SNS' query protocol as people write it by hand: forms and URLs, and links in a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest

from tests.clients.test_query_by_hand import FORM, Answer, Hand
from tests.support import Server
from tests.unit.sns_publish.endpoint import Endpoint, listening

pytestmark = pytest.mark.one_engine("the query protocol is about the wire")

NAMESPACE = "http://sns.amazonaws.com/doc/2010-03-31/"
SIGNED = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sns/aws4_request, SignedHeaders=host, Signature=0"
ACCOUNT = "000000000000"


class Desk(Hand):
    """Requests to the root of a server, signed for SNS, as nobody verifies it here."""

    def get(self, **parameters: str) -> Answer:
        return self.request("GET", f"/?{urlencode(parameters)}", Authorization=SIGNED)

    def post(self, **parameters: str) -> Answer:
        return self.request("POST", "/", urlencode(parameters), Content_Type=FORM, Authorization=SIGNED)


def found(answer: Answer, path: str) -> list[str]:
    """The texts of the elements at a path of names."""
    root = ElementTree.fromstring(answer.text)
    return [each.text or "" for each in root.findall("/".join(f"{{{NAMESPACE}}}{name}" for name in path.split("/")))]


def error(answer: Answer) -> tuple[int, str, str]:
    assert ElementTree.fromstring(answer.text).tag == f"{{{NAMESPACE}}}ErrorResponse"
    return answer.status, found(answer, "Error/Type")[0], found(answer, "Error/Code")[0]


@pytest.fixture
def desk(server: Server, name: str) -> Desk:
    return Desk(server, name)


@pytest.fixture
def sns(server: Server) -> Iterator[Any]:
    client = server.client("sns")
    yield client
    client.close()


@pytest.fixture
def topic(sns: Any, name: str) -> str:
    return str(sns.create_topic(Name=name)["TopicArn"])


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with listening() as running:
        yield running


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("version", [{}, {"Version": "2010-03-31"}])
def test_an_action_is_asked_for_by_url_or_form_with_or_without_a_version(
    desk: Desk, name: str, method: str, version: dict[str, str]
) -> None:
    answer = getattr(desk, method)(Action="CreateTopic", Name=name, **version)

    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/xml")
    assert found(answer, "CreateTopicResult/TopicArn") == [f"arn:aws:sns:us-east-1:{ACCOUNT}:{name}"]
    assert found(answer, "ResponseMetadata/RequestId") == [answer.headers["x-amzn-requestid"]]


def test_lists_and_maps_are_numbered(desk: Desk, sns: Any, name: str) -> None:
    answer = desk.post(
        Action="CreateTopic",
        Name=name,
        **{
            "Attributes.entry.1.key": "DisplayName",
            "Attributes.entry.1.value": "Orders & more",
            "Attributes.entry.2.key": "SignatureVersion",
            "Attributes.entry.2.value": "2",
            "Tags.member.1.Key": "team",
            "Tags.member.1.Value": "orders",
        },
    )

    (arn,) = found(answer, "CreateTopicResult/TopicArn")
    shown = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert (shown["DisplayName"], shown["SignatureVersion"]) == ("Orders & more", "2")
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "orders"}]


def test_attributes_come_as_entries(desk: Desk, topic: str) -> None:
    answer = desk.post(Action="GetTopicAttributes", TopicArn=topic)

    entry = "GetTopicAttributesResult/Attributes/entry"
    shown = dict(zip(found(answer, f"{entry}/key"), found(answer, f"{entry}/value"), strict=True))
    assert (shown["TopicArn"], shown["Owner"]) == (topic, ACCOUNT)


def test_a_batch_with_attributes_is_published(
    desk: Desk, sqs: Any, sns: Any, queue: str, topic: str, name: str
) -> None:
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
    raw = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)
    entry = "PublishBatchRequestEntries.member"

    answer = desk.post(
        Action="PublishBatch",
        TopicArn=topic,
        **{
            f"{entry}.1.Id": "one",
            f"{entry}.1.Message": "olá <&> 🌎",
            f"{entry}.1.MessageAttributes.entry.1.Name": "bytes",
            f"{entry}.1.MessageAttributes.entry.1.Value.DataType": "Binary",
            f"{entry}.1.MessageAttributes.entry.1.Value.BinaryValue": "AP8=",
            f"{entry}.2.Id": "two",
            f"{entry}.2.Message": "2",
        },
    )

    assert found(answer, "PublishBatchResult/Successful/member/Id") == ["one", "two"]
    assert found(answer, "PublishBatchResult/Failed/member") == []
    got = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"])["Messages"]
    first, second = sorted(got, key=lambda each: -len(each["Body"]))
    assert (first["Body"], second["Body"]) == ("olá <&> 🌎", "2")
    assert first["MessageAttributes"]["bytes"]["BinaryValue"] == b"\x00\xff"


def test_subscriptions_are_listed_in_order_of_members(desk: Desk, sns: Any, topic: str) -> None:
    for number in ("+12025550101", "+12025550102"):
        sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint=number)

    answer = desk.get(Action="ListSubscriptionsByTopic", TopicArn=topic)

    member = "ListSubscriptionsByTopicResult/Subscriptions/member"
    assert sorted(found(answer, f"{member}/Endpoint")) == ["+12025550101", "+12025550102"]
    assert set(found(answer, f"{member}/Protocol")) == {"sms"}
    assert found(answer, "ListSubscriptionsByTopicResult/NextToken") == []


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"Action": "Sing"}, (400, "Sender", "InvalidAction")),
        ({"Action": "CreateTopic"}, (400, "Sender", "ValidationError")),
        ({"Action": "CreateTopic", "Name": "no name!"}, (400, "Sender", "InvalidParameter")),
        (
            {"Action": "Publish", "TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:none", "Message": "x"},
            (404, "Sender", "NotFound"),
        ),
        ({"Action": "Publish", "Message": "x"}, (400, "Sender", "InvalidParameter")),
    ],
    ids=["unknown action", "no name", "wrong name", "no topic", "no target"],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_wrong_request_is_answered_in_xml(
    desk: Desk, method: str, parameters: dict[str, str], expected: tuple[int, str, str]
) -> None:
    answer = getattr(desk, method)(**parameters)

    assert error(answer) == expected
    assert found(answer, "RequestId") == [answer.headers["x-amzn-requestid"]]


@pytest.mark.parametrize("action", ["Publish", "Subscribe", "DeleteTopic"])
def test_an_unsigned_request_of_an_unmistakable_action_is_snss(desk: Desk, topic: str, action: str) -> None:
    answer = desk.request("GET", f"/?Action={action}&TopicArn={quote(topic)}&Message=x&Protocol=sms&Endpoint=%2B1202")

    assert f'xmlns="{NAMESPACE}"' in answer.text


BROWSER = {
    "Accept": "text/html,application/xhtml+xml",
    "Accept_Language": "qu",
    "Sec_Fetch_Site": "cross-site",
    "Sec_Fetch_Mode": "navigate",
    "User_Agent": "Mozilla/5.0",
}


def test_links_in_a_browser_answer_the_xml_that_aws_shows(desk: Desk, sns: Any, topic: str, endpoint: Endpoint) -> None:
    made = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url, ReturnSubscriptionArn=True)
    asked = json.loads(endpoint.next().body)
    path = re.sub(r"^https?://[^/]+", "", asked["SubscribeURL"])

    confirmed = desk.request("GET", path, **BROWSER)
    again = desk.request("GET", path, **BROWSER)

    for answer in (confirmed, again):
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/xml")
        assert found(answer, "ConfirmSubscriptionResult/SubscriptionArn") == [made["SubscriptionArn"]]

    ended = desk.request("GET", f"/?Action=Unsubscribe&SubscriptionArn={made['SubscriptionArn']}", **BROWSER)
    assert ended.status == 200
    assert ElementTree.fromstring(ended.text).tag == f"{{{NAMESPACE}}}UnsubscribeResponse"


def test_a_link_with_a_wrong_token_confirms_nothing(desk: Desk, sns: Any, topic: str, endpoint: Endpoint) -> None:
    made = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url, ReturnSubscriptionArn=True)
    token = json.loads(endpoint.next().body)["Token"]
    wrong = ("0" if token[-1] != "0" else "1").join((token[:-1], ""))

    answer = desk.request("GET", f"/?Action=ConfirmSubscription&TopicArn={topic}&Token={wrong}", **BROWSER)

    assert error(answer) == (400, "Sender", "InvalidParameter")
    shown = sns.get_subscription_attributes(SubscriptionArn=made["SubscriptionArn"])["Attributes"]
    assert shown["PendingConfirmation"] == "true"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_of_another_site_can_not_publish_unsigned(desk: Desk, topic: str, method: str) -> None:
    form = urlencode({"Action": "Publish", "TopicArn": topic, "Message": "x"})
    foreign = {"Origin": "http://elsewhere.example", "Sec_Fetch_Site": "cross-site"}
    if method == "GET":
        answer = desk.request("GET", f"/?{form}", **foreign)
    else:
        answer = desk.request("POST", "/", form, Content_Type=FORM, **foreign)

    assert answer.status == 403


def test_the_certificate_is_served_to_anybody_under_any_name(
    desk: Desk, sns: Any, sqs: Any, queue: str, name: str
) -> None:
    topic = sns.create_topic(Name=f"{name}-signed")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}")
    sns.publish(TopicArn=topic, Message="m")
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    path = re.sub(r"^https?://[^/]+", "", json.loads(message["Body"])["SigningCertURL"])

    answer = desk.request("GET", path, Host="sns.us-east-1.amazonaws.com")

    assert answer.status == 200
    assert answer.text.startswith("-----BEGIN CERTIFICATE-----\n")
    assert desk.request("GET", path.replace("-", "-0"), Host="sns.us-east-1.amazonaws.com").status == 404
