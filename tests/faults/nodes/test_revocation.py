"""What is taken away on one node is taken away on all, within a second: keys, policies, what a queue allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.postgres import Postgres
from tests.strict import ACCOUNT, OTHER, StrictServer, allow, initialised, policy

SECONDS_MAX = 1.5
"""The store's promise is one second; a call and its refusal come on top."""


class House:
    """Two strict nodes on one database."""

    def __init__(self, folder: Path, postgres: Postgres) -> None:
        dsn = postgres.fresh_database()
        options = ("--database", dsn, "--keys", str(folder / "keys"))
        self.stranger = initialised(folder / "init", *options, account=OTHER)
        self.one = StrictServer(folder / "one", *options)
        self.two = StrictServer(folder / "two", *options)

    def close(self) -> None:
        self.one.stop()
        self.two.stop()


@pytest.fixture(scope="module")
def house(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    running = House(tmp_path_factory.mktemp("revocation"), postgres)
    yield running
    running.close()


def refused_in_time(call: Callable[..., Any], **parameters: Any) -> str:
    """The code with which a call is refused, which must begin in time and never end."""
    deadline = time.monotonic() + SECONDS_MAX
    code = ""
    while time.monotonic() < deadline + 1:
        try:
            call(**parameters)
        except ClientError as error:
            code = code or error.response["Error"]["Code"]
        else:
            assert not code, "it was let in again"
            assert time.monotonic() < deadline, "it was let in for too long"
        time.sleep(0.1)  # who is refused more often than twenty times a second is throttled
    return code


def new_queue(house: House, name: str) -> str:
    """A queue's URL on the other node."""
    house.one.client().create_queue(QueueName=name)
    return f"{house.two.url}/{ACCOUNT}/{name}"


def test_a_key_that_is_made_inactive(house: House, name: str) -> None:
    url = new_queue(house, name)
    keys = house.one.user(allow("sqs:*"), name=name)
    elsewhere = house.two.client(**keys)
    elsewhere.send_message(QueueUrl=url, MessageBody="x")

    house.one.client("iam").update_access_key(UserName=name, AccessKeyId=keys["aws_access_key_id"], Status="Inactive")

    assert refused_in_time(elsewhere.send_message, QueueUrl=url, MessageBody="x") == "InvalidClientTokenId"


def test_a_policy_that_is_deleted(house: House, name: str) -> None:
    url = new_queue(house, name)
    elsewhere = house.two.client(**house.one.user(allow("sqs:*"), name=name))
    elsewhere.send_message(QueueUrl=url, MessageBody="x")

    house.one.client("iam").delete_user_policy(UserName=name, PolicyName="its")

    assert refused_in_time(elsewhere.send_message, QueueUrl=url, MessageBody="x") == "AccessDenied"


def test_what_a_queue_allowed(house: House, name: str) -> None:
    url = new_queue(house, name)
    owner = house.one.client()
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": OTHER},
        "Action": "sqs:SendMessage",
        "Resource": f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}",
    }
    owner.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(statement)})
    elsewhere = house.two.client(**house.stranger)
    elsewhere.send_message(QueueUrl=url, MessageBody="x")

    owner.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})

    assert refused_in_time(elsewhere.send_message, QueueUrl=url, MessageBody="x") == "AccessDenied"
