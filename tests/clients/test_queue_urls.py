"""Queue URLs in every form that users have, endpoints by any name, and any Host header."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlencode, urlsplit

import boto3
import pytest

from tests.support import CREDENTIALS, Server

pytestmark = pytest.mark.one_engine("the forms of a URL are about the wire")

FORMS = {
    "path": "http://localhost:4566/000000000000/{name}",
    "path with a region": "http://localhost:4566/queue/us-east-1/000000000000/{name}",
    "AWS": "https://sqs.us-east-1.amazonaws.com/000000000000/{name}",
    "AWS, legacy": "https://us-east-1.queue.amazonaws.com/000000000000/{name}",
    "AWS, oldest": "https://queue.amazonaws.com/000000000000/{name}",
    "domain": "http://sqs.us-east-1.localhost.localstack.cloud:4566/000000000000/{name}",
    "domain of a name on loopback": "http://sqs.us-east-1.localhost:4566/000000000000/{name}",
    "legacy domain": "http://us-east-1.queue.localhost.localstack.cloud:4566/000000000000/{name}",
    "another container": "http://chasqui:4566/000000000000/{name}",
    "host of a container": "http://host.docker.internal:9999/000000000000/{name}",
    "IPv6": "http://[::1]:4566/000000000000/{name}",
    "final slash": "http://localhost:4566/000000000000/{name}/",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_a_queue_is_found_by_every_form_of_its_url(sqs: Any, queue: str, name: str, form: str) -> None:
    sqs.send_message(QueueUrl=form.format(name=name), MessageBody="by any name")

    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "by any name"


@pytest.mark.parametrize(
    "form",
    [
        "http://localhost:4566/queue/eu-west-1/000000000000/{name}",
        "https://sqs.eu-west-1.amazonaws.com/000000000000/{name}",
        "https://eu-west-1.queue.amazonaws.com/000000000000/{name}",
        "http://sqs.eu-west-1.localhost.localstack.cloud:4566/000000000000/{name}",
    ],
)
def test_the_region_in_a_url_is_the_queues(server: Server, sqs: Any, queue: str, name: str, form: str) -> None:
    abroad = server.client(region_name="eu-west-1")
    theirs = abroad.create_queue(QueueName=name)["QueueUrl"]

    sqs.send_message(QueueUrl=form.format(name=name), MessageBody="abroad")

    assert abroad.receive_message(QueueUrl=theirs)["Messages"][0]["Body"] == "abroad"
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)
    abroad.close()


def test_a_url_names_the_host_that_its_client_called(server: Server, queue: str, name: str) -> None:
    endpoint = server.url.replace("127.0.0.1", "localhost")
    client = boto3.client("sqs", endpoint_url=endpoint, **CREDENTIALS)

    assert client.get_queue_url(QueueName=name)["QueueUrl"] == f"{endpoint}/000000000000/{name}"
    client.close()


def test_a_url_made_under_one_host_works_under_another(server: Server, sqs: Any, name: str) -> None:
    client = boto3.client("sqs", endpoint_url=server.url.replace("127.0.0.1", "localhost"), **CREDENTIALS)
    made = client.create_queue(QueueName=name)["QueueUrl"]

    sqs.send_message(QueueUrl=made, MessageBody="one")
    client.send_message(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"], MessageBody="two")

    received = sqs.receive_message(QueueUrl=made, MaxNumberOfMessages=10)["Messages"]
    assert sorted(message["Body"] for message in received) == ["one", "two"]
    client.close()


@pytest.mark.parametrize("url", ["", "nonsense", "http://localhost/queue", "http://localhost/1/2/3"])
def test_a_url_that_names_no_queue_is_refused(sqs: Any, url: str) -> None:
    with pytest.raises(sqs.exceptions.ClientError) as caught:
        sqs.send_message(QueueUrl=url, MessageBody="x")

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 404)


class Raw:
    """Requests with a Host header of one's own."""

    def __init__(self, server: Server) -> None:
        self.address = urlsplit(server.url)

    def __call__(
        self, method: str, path: str, host: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        connection = http.client.HTTPConnection(self.address.hostname or "", self.address.port, timeout=10)
        connection.request(method, path, body or None, {"Host": host, **(headers or {})})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text


@pytest.fixture
def raw(server: Server) -> Raw:
    return Raw(server)


JSON_SEND = {"X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": "application/x-amz-json-1.0"}
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


@pytest.mark.parametrize(
    "host",
    [
        "sqs.us-east-1.localhost.localstack.cloud:4566",
        "sqs.us-east-1.amazonaws.com",
        "us-east-1.queue.amazonaws.com",
        "queue.amazonaws.com",
        "chasqui:4566",
        "anything.example.com",
    ],
)
def test_json_sent_to_a_queues_url_needs_no_queue_url_in_its_body(
    raw: Raw, sqs: Any, queue: str, name: str, host: str
) -> None:
    """As the JavaScript SDK and sqs-consumer send: to the queue's own URL."""
    body = json.dumps({"MessageBody": "by path"}).encode()

    status, _ = raw("POST", f"/000000000000/{name}", host, body, JSON_SEND)

    assert status == 200
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "by path"


@pytest.mark.parametrize(
    "host", ["sqs.eu-west-1.amazonaws.com", "eu-west-1.queue.localhost:4566", "sqs.eu-west-1.localhost:4566"]
)
def test_a_form_posted_to_a_domain_reaches_the_region_in_it(raw: Raw, server: Server, name: str, host: str) -> None:
    abroad = server.client(region_name="eu-west-1")
    url = abroad.create_queue(QueueName=name)["QueueUrl"]
    form = urlencode({"Action": "SendMessage", "Version": "2012-11-05", "MessageBody": "by form"}).encode()

    status, text = raw("POST", f"/000000000000/{name}", host, form, FORM)

    assert (status, "<MessageId>" in text) == (200, True)
    assert abroad.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "by form"
    abroad.close()


def test_a_path_with_a_region_reaches_it(raw: Raw, server: Server, name: str) -> None:
    abroad = server.client(region_name="eu-west-1")
    url = abroad.create_queue(QueueName=name)["QueueUrl"]

    status, _ = raw(
        "GET", f"/queue/eu-west-1/000000000000/{name}?Action=SendMessage&MessageBody=x&Version=2012-11-05", "localhost"
    )

    assert status == 200
    assert abroad.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "x"
    abroad.close()


def test_the_url_of_a_new_queue_names_the_host_header(raw: Raw, name: str) -> None:
    headers = {**JSON_SEND, "X-Amz-Target": "AmazonSQS.CreateQueue"}

    _, text = raw("POST", "/", "queues.test:8080", json.dumps({"QueueName": name}).encode(), headers)

    assert json.loads(text)["QueueUrl"] == f"http://queues.test:8080/000000000000/{name}"


def test_the_url_of_a_queue_made_by_hand_under_a_domain_works(raw: Raw, name: str) -> None:
    host = "sqs.eu-west-1.localhost:4566"
    raw("GET", f"/?Action=CreateQueue&QueueName={name}&Version=2012-11-05", host)

    status, _ = raw("GET", f"/000000000000/{name}?Action=SendMessage&MessageBody=x", host)

    assert status == 200


def test_the_url_of_a_queue_in_another_region_than_the_hosts_works(raw: Raw, sqs: Any, name: str) -> None:
    signed = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0"
    headers = {**JSON_SEND, "X-Amz-Target": "AmazonSQS.CreateQueue", "Authorization": signed}
    _, text = raw("POST", "/", "sqs.eu-west-1.localhost:4566", json.dumps({"QueueName": name}).encode(), headers)

    assert sqs.send_message(QueueUrl=json.loads(text)["QueueUrl"], MessageBody="x")["MessageId"]
