"""Q9, the encryption: bodies are unreadable on disk unless encryption is switched off."""

from __future__ import annotations

import contextlib
import uuid
from pathlib import Path

import pytest

from tests.engines import Engine
from tests.support import Server

SECRET = "o segredo do chasqui"


def on_disk(folder: Path, text: str) -> bool:
    """Whether some file of a database has it; PostgreSQL's log of writes has what its tables have yet to get."""
    found = False
    for path in folder.rglob("*"):
        # A database goes on working while it is looked through, and deletes files of its own.
        with contextlib.suppress(FileNotFoundError):
            found |= path.is_file() and "keys" not in path.parts and text.encode() in path.read_bytes()
    return found


@pytest.mark.parametrize(("encrypted", "readable"), [("true", False), ("false", True)])
def test_q9_bodies_lie_encrypted_on_disk(tmp_path: Path, engine: Engine, encrypted: str, readable: bool) -> None:
    secret = f"{SECRET} {uuid.uuid4()}"
    with Server(tmp_path, *engine.options()) as server:
        sqs = server.client()
        url = sqs.create_queue(QueueName="q", Attributes={"SqsManagedSseEnabled": encrypted})["QueueUrl"]
        sqs.send_message(
            QueueUrl=url,
            MessageBody=secret,
            MessageAttributes={"note": {"DataType": "String", "StringValue": secret}},
        )
        assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == secret
        sqs.close()

    assert on_disk(engine.folder or tmp_path, secret) is readable


def test_q9_encryption_is_on_by_default(server: Server, queue: str) -> None:
    sqs = server.client()

    shown = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["SqsManagedSseEnabled"])["Attributes"]

    assert shown == {"SqsManagedSseEnabled": "true"}
    sqs.close()


def test_q9_messages_are_readable_after_a_restart(tmp_path: Path, engine: Engine) -> None:
    options = engine.options()
    with Server(tmp_path, *options) as first:
        sqs = first.client()
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=SECRET)
        sqs.close()
    with Server(tmp_path, *options) as second:
        sqs = second.client()
        url = sqs.get_queue_url(QueueName="q")["QueueUrl"]
        assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == SECRET
        sqs.close()
