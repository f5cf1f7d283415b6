"""The AWS CLI, as people type it: the command of the locked version, with `--endpoint-url` and nothing else.

Version 1 sets SQS' legacy host itself when the option is absent, whatever AWS_ENDPOINT_URL or a profile say
(`awscli/customizations/overridesslcommonname.py`); version 2 reads those too.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support import Server

pytestmark = pytest.mark.one_engine("the CLI starts slowly and is about the wire")

AWS = Path(sys.executable).with_name("aws")

# The exit status of version 1 for an error of the service (version 2: 254).
SERVICE_ERROR = 255


class Cli:
    """`aws sqs ...`: calling it gives the parsed output, `run` the finished process."""

    def __init__(self, environ: dict[str, str], endpoint_url: str, service: str = "sqs") -> None:
        self.environ = environ
        self.command = [str(AWS), "--endpoint-url", endpoint_url, service]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.command, *arguments],
            env=self.environ,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    def __call__(self, *arguments: str) -> Any:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None


@pytest.fixture
def aws(environ: dict[str, str], server: Server) -> Cli:
    return Cli(environ, server.url)


def test_a_queue_is_created_and_found_by_name(aws: Cli, name: str) -> None:
    created = aws("create-queue", "--queue-name", name, "--attributes", "DelaySeconds=0,VisibilityTimeout=45")

    assert aws("get-queue-url", "--queue-name", name) == created
    assert created["QueueUrl"].endswith(f"/000000000000/{name}")


def test_a_message_is_sent_received_and_deleted(aws: Cli, sqs: Any, queue: str) -> None:
    attributes = json.dumps({"city": {"DataType": "String", "StringValue": "Cuzco"}})
    sent = aws("send-message", "--queue-url", queue, "--message-body", "olá 🌎", "--message-attributes", attributes)
    options = ("--message-attribute-names", "All", "--attribute-names", "All", "--wait-time-seconds", "1")
    (message,) = aws("receive-message", "--queue-url", queue, *options)["Messages"]
    aws("delete-message", "--queue-url", queue, "--receipt-handle", message["ReceiptHandle"])

    assert message["MessageId"] == sent["MessageId"]
    assert message["Body"] == "olá 🌎"
    assert message["MD5OfBody"] == sent["MD5OfMessageBody"]
    assert message["MessageAttributes"]["city"]["StringValue"] == "Cuzco"
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "0"})
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)


def test_receiving_from_an_empty_queue_prints_nothing(aws: Cli, queue: str) -> None:
    assert aws("receive-message", "--queue-url", queue) is None


def test_receive_waits_for_a_message_to_come(aws: Cli, sqs: Any, queue: str) -> None:
    command = [*aws.command, "receive-message", "--queue-url", queue, "--wait-time-seconds", "20"]
    with subprocess.Popen(command, env=aws.environ, stdout=subprocess.PIPE, text=True) as waiting:
        time.sleep(2)
        sqs.send_message(QueueUrl=queue, MessageBody="worth the wait")
        printed, _ = waiting.communicate(timeout=10)

    assert json.loads(printed)["Messages"][0]["Body"] == "worth the wait"


def test_max_items_lists_queues_in_parts(aws: Cli, sqs: Any, name: str) -> None:
    urls = [sqs.create_queue(QueueName=f"{name}-{number}")["QueueUrl"] for number in range(3)]

    first = aws("list-queues", "--queue-name-prefix", name, "--max-items", "2")
    token = first["NextToken"]
    rest = aws("list-queues", "--queue-name-prefix", name, "--max-items", "2", "--starting-token", token)

    assert first["QueueUrls"] == urls[:2]
    assert rest["QueueUrls"] == urls[2:]
    assert "NextToken" not in rest


def test_page_size_still_lists_every_queue(aws: Cli, sqs: Any, name: str) -> None:
    urls = [sqs.create_queue(QueueName=f"{name}-{number}")["QueueUrl"] for number in range(3)]

    assert aws("list-queues", "--queue-name-prefix", name, "--page-size", "1")["QueueUrls"] == urls


def test_attributes_are_set_from_shorthand_and_shown(aws: Cli, queue: str, name: str) -> None:
    aws("set-queue-attributes", "--queue-url", queue, "--attributes", "MessageRetentionPeriod=3600,DelaySeconds=7")
    shown = aws("get-queue-attributes", "--queue-url", queue, "--attribute-names", "All")["Attributes"]

    assert shown["MessageRetentionPeriod"] == "3600"
    assert shown["DelaySeconds"] == "7"
    assert shown["QueueArn"] == f"arn:aws:sqs:us-east-1:000000000000:{name}"


def test_a_redrive_policy_is_given_as_json(aws: Cli, queue: str, name: str, sqs: Any) -> None:
    sqs.create_queue(QueueName=f"{name}-dead")
    policy = {"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:000000000000:{name}-dead", "maxReceiveCount": "3"}
    attributes = json.dumps({"RedrivePolicy": json.dumps(policy)})
    aws("set-queue-attributes", "--queue-url", queue, "--attributes", attributes)

    dead = sqs.get_queue_url(QueueName=f"{name}-dead")["QueueUrl"]
    assert aws("list-dead-letter-source-queues", "--queue-url", dead)["queueUrls"] == [queue]


def test_tags_are_added_and_listed(aws: Cli, queue: str) -> None:
    aws("tag-queue", "--queue-url", queue, "--tags", "team=orders,stage=test")

    assert aws("list-queue-tags", "--queue-url", queue)["Tags"] == {"team": "orders", "stage": "test"}


def test_an_unknown_queue_is_an_error_of_the_service(aws: Cli, name: str) -> None:
    done = aws.run("get-queue-url", "--queue-name", name)

    assert done.returncode == SERVICE_ERROR
    assert done.stdout == ""
    assert (
        "An error occurred (AWS.SimpleQueueService.NonExistentQueue) when calling the GetQueueUrl operation: "
        "The specified queue does not exist" in done.stderr
    )


def test_a_wrong_attribute_is_an_error_with_its_code(aws: Cli, queue: str) -> None:
    done = aws.run("set-queue-attributes", "--queue-url", queue, "--attributes", "DelaySeconds=901")

    assert done.returncode == SERVICE_ERROR
    assert "(InvalidAttributeValue) when calling the SetQueueAttributes operation" in done.stderr


def test_the_output_is_formatted_and_queried(aws: Cli, queue: str, name: str) -> None:
    done = aws.run("get-queue-url", "--queue-name", name, "--output", "text", "--query", "QueueUrl")

    assert done.stdout.strip() == queue


def test_a_fifo_queue_keeps_order_and_drops_duplicates(aws: Cli, name: str) -> None:
    attributes = "FifoQueue=true,ContentBasedDeduplication=true"
    url = aws("create-queue", "--queue-name", f"{name}.fifo", "--attributes", attributes)["QueueUrl"]
    first = aws("send-message", "--queue-url", url, "--message-body", "one", "--message-group-id", "g")
    again = aws("send-message", "--queue-url", url, "--message-body", "one", "--message-group-id", "g")
    second = aws("send-message", "--queue-url", url, "--message-body", "two", "--message-group-id", "g")
    options = ("--max-number-of-messages", "10", "--attribute-names", "SequenceNumber")
    received = aws("receive-message", "--queue-url", url, *options)["Messages"]

    assert again["SequenceNumber"] == first["SequenceNumber"]
    assert [message["Body"] for message in received] == ["one", "two"]
    assert received[1]["Attributes"]["SequenceNumber"] == second["SequenceNumber"]


def test_a_batch_is_sent_from_a_json_file(aws: Cli, queue: str, tmp_path: Path) -> None:
    entries = tmp_path / "entries.json"
    good = {"Id": "good", "MessageBody": "héllo"}
    bad = {"Id": "bad", "MessageBody": "late", "DelaySeconds": 901}
    entries.write_text(json.dumps([good, bad]), encoding="utf-8")

    answer = aws("send-message-batch", "--queue-url", queue, "--entries", f"file://{entries}")

    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    (failed,) = answer["Failed"]
    assert (failed["Id"], failed["Code"], failed["SenderFault"]) == ("bad", "InvalidParameterValue", True)


def test_a_queue_is_purged_and_deleted(aws: Cli, sqs: Any, queue: str, name: str) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="gone")
    aws("purge-queue", "--queue-url", queue)
    left = sqs.receive_message(QueueUrl=queue)
    aws("delete-queue", "--queue-url", queue)

    assert "Messages" not in left
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix=name)
