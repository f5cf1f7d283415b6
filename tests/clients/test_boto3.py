"""boto3 beyond single operations: resources, paginators, checksums, threads, profiles, and long polls that break."""

from __future__ import annotations

import hashlib
import json
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from tests.support import CREDENTIALS, Server, receive_all


@pytest.fixture
def resource(server: Server) -> Iterator[Any]:
    """The object-oriented face of boto3."""
    found = boto3.resource("sqs", endpoint_url=server.url, **CREDENTIALS)
    yield found
    found.meta.client.close()


def test_a_resource_finds_its_queue_by_name(resource: Any, queue: str, name: str) -> None:
    found = resource.get_queue_by_name(QueueName=name)

    assert found.url == queue
    assert found.attributes["QueueArn"] == f"arn:aws:sqs:us-east-1:000000000000:{name}"


def test_a_resource_sends_receives_and_deletes_in_batches(resource: Any, name: str) -> None:
    queue = resource.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "60"})
    sent = queue.send_messages(Entries=[{"Id": str(n), "MessageBody": f"body {n}"} for n in range(10)])
    received = queue.receive_messages(MaxNumberOfMessages=10, WaitTimeSeconds=1)
    deleted = queue.delete_messages(
        Entries=[{"Id": str(at), "ReceiptHandle": message.receipt_handle} for at, message in enumerate(received)]
    )

    assert len(sent["Successful"]) == len(received) == len(deleted["Successful"]) == 10
    assert sorted(message.body for message in received) == [f"body {n}" for n in range(10)]
    queue.reload()
    assert queue.attributes["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_a_message_resource_changes_its_visibility_and_deletes_itself(resource: Any, queue: str) -> None:
    found = resource.Queue(queue)
    found.send_message(MessageBody="again", MessageAttributes={"n": {"DataType": "Number", "StringValue": "7"}})
    (message,) = found.receive_messages(MessageAttributeNames=["All"])
    message.change_visibility(VisibilityTimeout=0)
    (again,) = found.receive_messages(MessageAttributeNames=["All"])
    again.delete()

    assert again.message_id == message.message_id
    assert again.message_attributes == {"n": {"StringValue": "7", "DataType": "Number"}}
    assert found.receive_messages() == []


def test_a_resource_names_the_dead_letter_queues_sources(resource: Any, queue: str, name: str) -> None:
    dead = resource.create_queue(QueueName=f"{name}-dead")
    policy = {"deadLetterTargetArn": dead.attributes["QueueArn"], "maxReceiveCount": 2}
    resource.Queue(queue).set_attributes(Attributes={"RedrivePolicy": json.dumps(policy)})

    assert [source.url for source in dead.dead_letter_source_queues.all()] == [queue]


def test_resources_are_filtered_by_prefix(resource: Any, name: str) -> None:
    urls = [resource.create_queue(QueueName=f"{name}-{number}").url for number in range(3)]

    assert [queue.url for queue in resource.queues.filter(QueueNamePrefix=name)] == urls


def test_sources_of_a_dead_letter_queue_are_paginated(sqs: Any, name: str) -> None:
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    attributes = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})}
    urls = [sqs.create_queue(QueueName=f"{name}-{n}", Attributes=attributes)["QueueUrl"] for n in range(5)]

    paginator = sqs.get_paginator("list_dead_letter_source_queues")
    pages = list(paginator.paginate(QueueUrl=dead, PaginationConfig={"PageSize": 2}))

    assert [len(page["queueUrls"]) for page in pages] == [2, 2, 1]
    assert sorted(url for page in pages for url in page["queueUrls"]) == urls


@pytest.mark.parametrize(
    "body",
    [
        "ação, ñandú, Köln",
        "🌎👩‍👩‍👧‍👦🇵🇪",
        "漢字かな交じり",
        "a\tb\nc\rd",
        "\ud7ff\ue000\ufffd",
        "<a & 'b' \"c\">",
        "\U0010ffff",
    ],
    ids=["accents", "emoji", "japanese", "whitespace", "edges", "markup", "last"],
)
def test_any_text_comes_back_as_it_was_sent(sqs: Any, queue: str, body: str) -> None:
    attributes = {"text": {"DataType": "String", "StringValue": body}}
    sqs.send_message(QueueUrl=queue, MessageBody=body, MessageAttributes=attributes)

    (message,) = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"])["Messages"]

    assert message["Body"] == body
    assert message["MessageAttributes"]["text"]["StringValue"] == body


def test_a_character_that_aws_refuses_is_refused(sqs: Any, queue: str) -> None:
    with pytest.raises(sqs.exceptions.InvalidMessageContents):
        sqs.send_message(QueueUrl=queue, MessageBody="a\u0000b")


def md5_of(attributes: dict[str, dict[str, Any]]) -> str:
    """The MD5 of attributes as the developer guide defines it: sorted by name, each part behind its length."""
    digest = hashlib.md5()
    for name in sorted(attributes):
        value = attributes[name]
        for part in (name.encode(), value["DataType"].encode()):
            digest.update(struct.pack(">I", len(part)) + part)
        binary = value["DataType"].startswith("Binary")
        encoded = value["BinaryValue"] if binary else value["StringValue"].encode()
        digest.update((b"\x02" if binary else b"\x01") + struct.pack(">I", len(encoded)) + encoded)
    return digest.hexdigest()


def test_the_md5s_are_those_of_what_was_sent_and_received(sqs: Any, queue: str) -> None:
    attributes = {
        "number": {"DataType": "Number.int", "StringValue": "42"},
        "Bytes": {"DataType": "Binary.png", "BinaryValue": bytes(range(256))},
        "text": {"DataType": "String", "StringValue": "olá"},
    }
    system = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}}

    sent = sqs.send_message(
        QueueUrl=queue, MessageBody="olá", MessageAttributes=attributes, MessageSystemAttributes=system
    )
    (message,) = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"])["Messages"]

    assert sent["MD5OfMessageBody"] == message["MD5OfBody"] == hashlib.md5("olá".encode()).hexdigest()
    assert sent["MD5OfMessageAttributes"] == message["MD5OfMessageAttributes"] == md5_of(attributes)
    assert sent["MD5OfMessageSystemAttributes"] == md5_of(system)


def test_the_md5_of_attributes_is_of_those_that_were_asked_for(sqs: Any, queue: str) -> None:
    wanted = {"city": {"DataType": "String", "StringValue": "Cuzco"}}
    other = {"size": {"DataType": "Number", "StringValue": "1"}}
    sqs.send_message(QueueUrl=queue, MessageBody="x", MessageAttributes={**wanted, **other})

    (message,) = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["ci.*"])["Messages"]

    assert message["MessageAttributes"] == wanted
    assert message["MD5OfMessageAttributes"] == md5_of(wanted)


def test_fifty_threads_share_a_client(server: Server, queue: str) -> None:
    client = server.client()
    taken: list[str] = []
    failures: list[Exception] = []

    def work(thread: int) -> None:
        try:
            for number in range(10):
                client.send_message(QueueUrl=queue, MessageBody=f"{thread}-{number}")
                got = client.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
                taken.append(got[0]["Body"])
                client.delete_message(QueueUrl=queue, ReceiptHandle=got[0]["ReceiptHandle"])
        except (ClientError, BotoCoreError, KeyError) as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not failures
    assert sorted(taken) == sorted(f"{thread}-{number}" for thread in range(50) for number in range(10))
    assert receive_all(client, queue) == []
    client.close()


def test_the_endpoint_in_a_profile_is_used(server: Server, queue: str, tmp_path: Path, environ: dict[str, str]) -> None:
    aws = tmp_path / ".aws"
    aws.mkdir()
    (aws / "credentials").write_text("[work]\naws_access_key_id = test\naws_secret_access_key = test\n")
    (aws / "config").write_text(
        "[default]\nendpoint_url = http://127.0.0.1:1\n"
        "[profile work]\nregion = us-east-1\nservices = local\n"
        f"[services local]\nsqs =\n  endpoint_url = {server.url}\n"
    )
    script = f"import boto3; print(boto3.client('sqs').send_message(QueueUrl={queue!r}, MessageBody='x')['MessageId'])"
    own = {"HOME": str(tmp_path), "AWS_PROFILE": "work"}
    kept = {name: value for name, value in environ.items() if name != "AWS_ENDPOINT_URL"}

    done = subprocess.run(
        [sys.executable, "-c", script], env={**kept, **own}, capture_output=True, text=True, timeout=60, check=False
    )

    assert len(done.stdout.strip()) == 36, done.stderr


def test_accounts_are_separate_worlds(server: Server, sqs: Any, queue: str, name: str) -> None:
    other = server.client(aws_access_key_id="111122223333")

    with pytest.raises(other.exceptions.QueueDoesNotExist):
        other.get_queue_url(QueueName=name)
    theirs = other.create_queue(QueueName=name, Attributes={"DelaySeconds": "9"})["QueueUrl"]
    other.send_message(QueueUrl=theirs, MessageBody="theirs", DelaySeconds=0)

    assert theirs.endswith(f"/111122223333/{name}")
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)
    assert other.receive_message(QueueUrl=theirs)["Messages"][0]["Body"] == "theirs"
    assert sqs.list_queues(QueueNamePrefix=name)["QueueUrls"] == [queue]
    arn = other.get_queue_attributes(QueueUrl=theirs, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    assert arn == f"arn:aws:sqs:us-east-1:111122223333:{name}"
    other.close()


def test_regions_are_separate_worlds(server: Server, sqs: Any, queue: str, name: str) -> None:
    other = server.client(region_name="sa-east-1")

    with pytest.raises(other.exceptions.QueueDoesNotExist):
        other.get_queue_url(QueueName=name)
    theirs = other.create_queue(QueueName=name)["QueueUrl"]
    other.send_message(QueueUrl=theirs, MessageBody="theirs")

    assert "Messages" not in sqs.receive_message(QueueUrl=queue)
    assert other.receive_message(QueueUrl=theirs)["Messages"][0]["Body"] == "theirs"
    arn = other.get_queue_attributes(QueueUrl=theirs, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    assert arn == f"arn:aws:sqs:sa-east-1:000000000000:{name}"
    other.close()


def test_a_client_that_is_out_of_patience_loses_no_message(server: Server, sqs: Any, queue: str) -> None:
    config = Config(read_timeout=1, retries={"total_max_attempts": 1})
    hasty = boto3.client("sqs", endpoint_url=server.url, config=config, **CREDENTIALS)

    with pytest.raises(ReadTimeoutError):
        hasty.receive_message(QueueUrl=queue, WaitTimeSeconds=20)
    hasty.close()
    sqs.send_message(QueueUrl=queue, MessageBody="kept")

    (message,) = sqs.receive_message(QueueUrl=queue, AttributeNames=["ApproximateReceiveCount"])["Messages"]
    assert message["Body"] == "kept"
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"


def test_a_long_poll_ends_when_its_time_is_over(sqs: Any, queue: str) -> None:
    started = time.monotonic()

    answer = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=2)

    assert "Messages" not in answer
    assert 1.9 < time.monotonic() - started < 5


def long_poll(server: Server, queue: str) -> socket.socket:
    """A connection with a long poll on its way."""
    address = urlsplit(server.url)
    body = json.dumps({"QueueUrl": queue, "WaitTimeSeconds": 20, "MaxNumberOfMessages": 1}).encode()
    connection = socket.create_connection((address.hostname, address.port), timeout=25)
    connection.sendall(
        b"POST / HTTP/1.1\r\nHost: %b\r\nX-Amz-Target: AmazonSQS.ReceiveMessage\r\n"
        b"Content-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n%b"
        % (address.netloc.encode(), len(body), body)
    )
    time.sleep(0.3)
    return connection


@pytest.mark.parametrize("manner", ["closes", "resets"])
def test_a_client_that_vanishes_takes_no_message(server: Server, sqs: Any, queue: str, manner: str) -> None:
    vanishing = [long_poll(server, queue) for _ in range(5)]
    for connection in vanishing:
        if manner == "resets":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        connection.close()
    time.sleep(0.2)
    sqs.send_message(QueueUrl=queue, MessageBody="kept")

    (message,) = sqs.receive_message(QueueUrl=queue, AttributeNames=["ApproximateReceiveCount"])["Messages"]

    assert message["Body"] == "kept"
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"


def test_the_next_in_line_is_woken_in_place_of_one_that_vanished(server: Server, sqs: Any, queue: str) -> None:
    first = long_poll(server, queue)
    second = long_poll(server, queue)
    first.close()
    time.sleep(0.2)
    sqs.send_message(QueueUrl=queue, MessageBody="for the second")

    second.settimeout(5)
    answer = second.recv(65536)
    second.close()

    assert b"for the second" in answer


def test_an_error_carries_what_scripts_look_at(sqs: Any, queue: str) -> None:
    with pytest.raises(ClientError) as caught:
        sqs.send_message(QueueUrl=queue + "-missing", MessageBody="x")

    assert isinstance(caught.value, sqs.exceptions.QueueDoesNotExist)
    response = caught.value.response
    assert response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert response["Error"]["QueryErrorCode"] == "QueueDoesNotExist"
    assert response["Error"]["Type"] == "Sender"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert response["ResponseMetadata"]["RequestId"] == response["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]
