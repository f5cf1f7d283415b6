"""A server that checks its callers, as `chasqui serve --auth strict` starts it, and the users that tests make on it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support import COMMAND, Server

ADMIN = {"aws_access_key_id": "AKIATESTADMINISTRATOR", "aws_secret_access_key": "the secret of the tests' own"}
ACCOUNT = "000000000000"
OTHER = "111122223333"
"""Another account, where a test wants one."""


class StrictServer(Server):
    """Its `client` is the administrator's, unless other credentials are given."""

    def __init__(self, data: Path, *options: str, mode: str = "strict", environ: dict[str, str] | None = None) -> None:
        administrator = {
            "CHASQUI_ADMIN_ACCESS_KEY": ADMIN["aws_access_key_id"],
            "CHASQUI_ADMIN_SECRET_KEY": ADMIN["aws_secret_access_key"],
        }
        super().__init__(data, "--auth", mode, *options, environ={**administrator, **(environ or {})})

    def client(self, service: str = "sqs", **options: Any) -> Any:
        return super().client(service, **{**ADMIN, **options})

    def user(self, *statements: dict[str, Any], name: str = "") -> dict[str, str]:
        """A new user that may do what the statements say; returns its credentials, as clients take them."""
        iam = self.client("iam")
        name = name or f"user-{uuid.uuid4().hex[:12]}"
        iam.create_user(UserName=name)
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="its", PolicyDocument=policy(*statements))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


def initialised(data: Path, *options: str, account: str) -> dict[str, str]:
    """The credentials of a new account's administrator, made by `chasqui init` before the server starts."""
    command = [str(COMMAND), "init", "--data", str(data), "--account", account, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    shown = dict(line.split("=", 1) for line in done.stdout.splitlines() if line.startswith("AWS_"))
    return {
        "aws_access_key_id": shown["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": shown["AWS_SECRET_ACCESS_KEY"],
    }


House = tuple[StrictServer, dict[str, str]]
"""A server, and the credentials of the other account's administrator."""


@contextlib.contextmanager
def shared_house(data: Path, *options: str) -> Iterator[House]:
    """A server of two accounts."""
    stranger = initialised(data, *options, account=OTHER)
    with StrictServer(data, *options) as running:
        yield running, stranger


def policy(*statements: dict[str, Any]) -> str:
    """The text of a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, on: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows something."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def deny(*actions: str, on: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    """A statement that denies something."""
    return {"Effect": "Deny", "Action": list(actions), "Resource": on, **more}


def session_credentials(credentials: dict[str, Any]) -> dict[str, str]:
    """What STS gave out, as clients take it."""
    return {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }


def refusal(call: Any, **parameters: Any) -> tuple[str, int, str]:
    """(code, status, message) of a call that is refused."""
    from botocore.exceptions import ClientError

    try:
        answer = call(**parameters)
    except ClientError as error:
        told = error.response
        return told["Error"]["Code"], told["ResponseMetadata"]["HTTPStatusCode"], told["Error"]["Message"]
    raise AssertionError(f"it was answered: {answer}")
