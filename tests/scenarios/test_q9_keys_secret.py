"""Q9, the master key: derived from a secret in the environment instead of a file beside the database."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.engines import Engine
from tests.scenarios.test_q9_encryption import SECRET as BODY
from tests.scenarios.test_q9_encryption import on_disk
from tests.support import Server

SECRET = base64.b64encode(b"\xd3\x1f" + bytes(range(7, 39))).decode()
OTHER = base64.b64encode(b"\xd4\x1f" + bytes(range(7, 39))).decode()


def environ(secret: str) -> dict[str, str]:
    return {"CHASQUI_KEYS_SECRET": secret}


def test_q9_a_secret_takes_the_place_of_the_key_file(tmp_path: Path, engine: Engine) -> None:
    options = engine.options()
    with Server(tmp_path, *options, environ=environ(SECRET)) as first:
        sqs = first.client()
        url = sqs.create_queue(QueueName="q", Attributes={"KmsMasterKeyId": "alias/aws/sqs"})["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=BODY)
        sqs.close()
    with Server(tmp_path, *options, environ=environ(SECRET)) as second:
        sqs = second.client()
        url = sqs.get_queue_url(QueueName="q")["QueueUrl"]
        assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == BODY
        sqs.close()

    assert list(tmp_path.rglob("*.key")) == []
    assert not on_disk(tmp_path, SECRET)
    assert SECRET not in str(first.log)


def test_q9_another_secret_opens_no_database(tmp_path: Path, engine: Engine) -> None:
    options = engine.options()
    Server(tmp_path, *options, environ=environ(SECRET)).stop()

    for wrong in (environ(OTHER), {}):
        with pytest.raises(RuntimeError, match="sealed with another"):
            Server(tmp_path, *options, environ=wrong)


def test_q9_a_secret_that_is_too_short_is_refused(tmp_path: Path, engine: Engine) -> None:
    with pytest.raises(RuntimeError, match="too short"):
        Server(tmp_path, *engine.options(), environ=environ("short"))
