"""Q9, the encryption: bodies are unreadable on disk unless encryption is switched off."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import Server

SECRET = "o segredo do chasqui"


def on_disk(data: Path) -> bytes:
    return b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file() and "keys" not in path.parts)


@pytest.mark.parametrize(("encrypted", "readable"), [("true", False), ("false", True)])
def test_q9_bodies_lie_encrypted_on_disk(tmp_path: Path, encrypted: str, readable: bool) -> None:
    with Server(tmp_path) as server:
        sqs = server.client()
        url = sqs.create_queue(QueueName="q", Attributes={"SqsManagedSseEnabled": encrypted})["QueueUrl"]
        sqs.send_message(
            QueueUrl=url,
            MessageBody=SECRET,
            MessageAttributes={"note": {"DataType": "String", "StringValue": SECRET}},
        )
        assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == SECRET
        sqs.close()

    assert (SECRET.encode() in on_disk(tmp_path)) is readable


def test_q9_encryption_is_on_by_default(server: Server, queue: str) -> None:
    sqs = server.client()

    shown = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["SqsManagedSseEnabled"])["Attributes"]

    assert shown == {"SqsManagedSseEnabled": "true"}
    sqs.close()


def test_q9_messages_are_readable_after_a_restart(tmp_path: Path) -> None:
    with Server(tmp_path) as first:
        sqs = first.client()
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=SECRET)
        sqs.close()
    with Server(tmp_path) as second:
        sqs = second.client()
        url = sqs.get_queue_url(QueueName="q")["QueueUrl"]
        assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == SECRET
        sqs.close()
