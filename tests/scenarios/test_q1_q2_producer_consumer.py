"""Q1 and Q2: the classic scripts, with nothing but the endpoint set."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import Server

PRODUCER = """
import boto3

sqs = boto3.client('sqs')
response = sqs.send_message(QueueUrl={url!r}, MessageBody='Olá, esta é uma mensagem para o SQS!')
print(response['MessageId'])
"""

CONSUMER = """
import boto3

sqs = boto3.client('sqs')
response = sqs.receive_message(QueueUrl={url!r}, MaxNumberOfMessages=1, WaitTimeSeconds={wait})
if 'Messages' in response:
    message = response['Messages'][0]
    print(message['Body'])
    sqs.delete_message(QueueUrl={url!r}, ReceiptHandle=message['ReceiptHandle'])
else:
    print('Nenhuma mensagem recebida')
"""


@pytest.fixture
def home(tmp_path: Path, server: Server) -> dict[str, str]:
    """A home with credentials and a profile whose only speciality is the endpoint."""
    aws = tmp_path / ".aws"
    aws.mkdir()
    (aws / "credentials").write_text("[default]\naws_access_key_id = test\naws_secret_access_key = test\n")
    (aws / "config").write_text(f"[default]\nregion = sa-east-1\nendpoint_url = {server.url}\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "HOME": str(tmp_path), "PYTHONIOENCODING": "utf-8"}


def run(script: str, home: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], env=home, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


@pytest.fixture
def url(server: Server, name: str) -> str:
    client = server.client(region_name="sa-east-1")
    created = str(client.create_queue(QueueName=name)["QueueUrl"])
    client.close()
    return created


def test_q1_the_producer_prints_the_message_id(url: str, home: dict[str, str]) -> None:
    printed = run(PRODUCER.format(url=url), home)

    assert len(printed) == 36
    assert printed.count("-") == 4


def test_q2_the_consumer_prints_and_deletes_and_then_finds_nothing(url: str, home: dict[str, str]) -> None:
    run(PRODUCER.format(url=url), home)

    first = run(CONSUMER.format(url=url, wait=10), home)
    started = time.monotonic()
    second = run(CONSUMER.format(url=url, wait=2), home)

    assert first == "Olá, esta é uma mensagem para o SQS!"
    assert second == "Nenhuma mensagem recebida"
    assert time.monotonic() - started >= 2


def test_q2_a_waiting_consumer_wakes_when_the_message_is_sent(url: str, home: dict[str, str]) -> None:
    script = CONSUMER.format(url=url, wait=10)
    with subprocess.Popen([sys.executable, "-c", script], env=home, stdout=subprocess.PIPE, text=True) as consumer:
        time.sleep(1.5)
        run(PRODUCER.format(url=url), home)
        printed, _ = consumer.communicate(timeout=8)

    assert printed.strip() == "Olá, esta é uma mensagem para o SQS!"
