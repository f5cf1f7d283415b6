"""The query protocol as people write it by hand, with curl or a browser: unsigned, parameters in the URL or a form."""

from __future__ import annotations

import http.client
import json
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

import pytest

from tests.support import Server

pytestmark = pytest.mark.one_engine("the query protocol is about the wire")

NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/"
FORM = "application/x-www-form-urlencoded"
SIGNED = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0"


class Answer(NamedTuple):
    """An HTTP answer; `root` is its parsed XML."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def root(self) -> ElementTree.Element:
        return ElementTree.fromstring(self.text)

    def find(self, path: str) -> str:
        """The text of an element, by a path of names in SQS' namespace."""
        found = self.root.find("/".join(f"{{{NAMESPACE}}}{name}" for name in path.split("/")))
        assert found is not None, self.text
        return found.text or ""

    @property
    def error(self) -> tuple[int, str, str]:
        assert self.root.tag == f"{{{NAMESPACE}}}ErrorResponse"
        return self.status, self.find("Error/Type"), self.find("Error/Code")


class Hand:
    """Requests to a server, and to one of its queues."""

    def __init__(self, server: Server, name: str) -> None:
        self.address = urlsplit(server.url)
        self.path = f"/000000000000/{name}"

    def request(self, method: str, path: str, body: str | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection(self.address.hostname or "", self.address.port, timeout=10)
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, fields)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return Answer(answer.status, {key.lower(): value for key, value in answer.getheaders()}, text)

    def get(self, **parameters: str) -> Answer:
        return self.request("GET", f"{self.path}?{urlencode(parameters)}")

    def post(self, **parameters: str) -> Answer:
        return self.request("POST", self.path, urlencode(parameters), Content_Type=FORM)


@pytest.fixture
def hand(server: Server, queue: str, name: str) -> Hand:
    return Hand(server, name)


def test_an_unsigned_get_sends_a_message(hand: Hand, sqs: Any, queue: str) -> None:
    answer = hand.request("GET", f"{hand.path}?Action=SendMessage&MessageBody=x&Version=2012-11-05")

    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/xml")
    assert message["Body"] == "x"
    assert answer.find("SendMessageResult/MessageId") == message["MessageId"]
    assert answer.find("SendMessageResult/MD5OfMessageBody") == "9dd4e461268c8034f5c8564e155c67a6"
    assert answer.find("ResponseMetadata/RequestId") == answer.headers["x-amzn-requestid"]


def test_a_form_posted_to_a_queues_url_sends_a_message(hand: Hand, sqs: Any, queue: str) -> None:
    body = "olá + 100% <&> \n 🌎"
    hand.post(Action="SendMessage", MessageBody=body)

    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == body


def test_a_form_posted_to_the_root_names_its_queue(hand: Hand, sqs: Any, queue: str) -> None:
    form = urlencode({"Action": "SendMessage", "QueueUrl": queue, "MessageBody": "y", "Version": "2012-11-05"})
    answer = hand.request("POST", "/", form, Content_Type=FORM)

    assert answer.status == 200
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "y"


def test_a_received_message_is_an_xml_document(hand: Hand, sqs: Any, queue: str) -> None:
    attributes = {"city": {"DataType": "String", "StringValue": "Cuzco & more"}}
    sqs.send_message(QueueUrl=queue, MessageBody="<b>&amp;</b>", MessageAttributes=attributes)

    answer = hand.get(
        Action="ReceiveMessage", **{"AttributeName.1": "ApproximateReceiveCount", "MessageAttributeName.1": "All"}
    )

    message = "ReceiveMessageResult/Message"
    assert answer.find(f"{message}/Body") == "<b>&amp;</b>"
    assert answer.find(f"{message}/Attribute/Name") == "ApproximateReceiveCount"
    assert answer.find(f"{message}/Attribute/Value") == "1"
    assert answer.find(f"{message}/MessageAttribute/Name") == "city"
    assert answer.find(f"{message}/MessageAttribute/Value/StringValue") == "Cuzco & more"


def test_a_message_is_deleted_with_the_handle_in_a_url(hand: Hand, sqs: Any, queue: str) -> None:
    hand.get(Action="SendMessage", MessageBody="x")
    handle = hand.get(Action="ReceiveMessage").find("ReceiveMessageResult/Message/ReceiptHandle")
    hand.get(Action="DeleteMessage", ReceiptHandle=handle)

    shown = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert shown["ApproximateNumberOfMessages"] == shown["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_an_empty_receive_is_an_empty_result(hand: Hand) -> None:
    answer = hand.get(Action="ReceiveMessage")

    assert answer.root.tag == f"{{{NAMESPACE}}}ReceiveMessageResponse"
    assert "<Message>" not in answer.text


@pytest.mark.parametrize("prefix", ["Attribute", "Attribute.1"])
def test_one_attribute_is_set_with_or_without_its_number(hand: Hand, sqs: Any, queue: str, prefix: str) -> None:
    hand.get(Action="SetQueueAttributes", **{f"{prefix}.Name": "VisibilityTimeout", f"{prefix}.Value": "41"})

    shown = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])["Attributes"]
    assert shown == {"VisibilityTimeout": "41"}


def test_a_queue_is_created_by_a_url(hand: Hand, sqs: Any, name: str) -> None:
    attributes = "Attribute.1.Name=DelaySeconds&Attribute.1.Value=3&Tag.1.Key=team&Tag.1.Value=orders"
    answer = hand.request("GET", f"/?Action=CreateQueue&QueueName={name}-made&{attributes}&Version=2012-11-05")

    url = answer.find("CreateQueueResult/QueueUrl")
    assert url == sqs.get_queue_url(QueueName=f"{name}-made")["QueueUrl"]
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "orders"}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, (400, "Sender", "MissingAction")),
        ({"Action": "Sing"}, (400, "Sender", "InvalidAction")),
        ({"Action": "SendMessage"}, (400, "Sender", "MissingParameter")),
        ({"Action": "ReceiveMessage", "MaxNumberOfMessages": "0"}, (400, "Sender", "InvalidParameterValue")),
        ({"Action": "DeleteMessage", "ReceiptHandle": "x"}, (404, "Sender", "ReceiptHandleIsInvalid")),
    ],
    ids=["no action", "unknown action", "no body", "no messages", "no handle"],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_wrong_request_is_answered_in_xml(
    hand: Hand, method: str, parameters: dict[str, str], expected: tuple[int, str, str]
) -> None:
    answer = getattr(hand, method)(**parameters)

    assert answer.error == expected
    assert answer.find("RequestId") == answer.headers["x-amzn-requestid"]


def test_an_unknown_queue_is_answered_with_its_legacy_code(hand: Hand) -> None:
    hand.path += "-missing"

    assert hand.get(Action="ReceiveMessage").error == (400, "Sender", "AWS.SimpleQueueService.NonExistentQueue")


def test_a_signed_form_without_an_action_is_told_so(hand: Hand) -> None:
    answer = hand.request("POST", "/", "MessageBody=x", Content_Type=FORM, Authorization=SIGNED)

    assert answer.error == (400, "Sender", "MissingAction")


def test_a_json_error_names_its_query_code_in_a_header(hand: Hand, name: str) -> None:
    headers = {"X_Amz_Target": "AmazonSQS.GetQueueUrl", "Content_Type": "application/x-amz-json-1.0"}
    answer = hand.request("POST", "/", json.dumps({"QueueName": f"{name}-missing"}), **headers)

    assert answer.headers["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"
    assert json.loads(answer.text)["__type"] == "com.amazonaws.sqs#QueueDoesNotExist"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_of_another_site_can_not_send_unsigned(hand: Hand, method: str) -> None:
    """A browser sends such a GET (an image) and such a form without asking first."""
    form = "Action=SendMessage&MessageBody=x"
    foreign = {"Origin": "http://elsewhere.example", "Sec_Fetch_Site": "cross-site"}
    if method == "GET":
        answer = hand.request("GET", f"{hand.path}?{form}", **foreign)
    else:
        answer = hand.request("POST", hand.path, form, Content_Type=FORM, **foreign)

    assert answer.status == 403
