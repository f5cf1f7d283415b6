"""Lambda with the AWS CLI, as people type it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.aws_commands import AwsCommands
from tests.clients.functions import ROLE, package
from tests.support import Server

pytestmark = pytest.mark.one_engine("the CLI starts slowly and is about the wire")


@pytest.fixture(scope="module")
def aws(environ: dict[str, str]) -> Iterator[AwsCommands]:
    commands = AwsCommands(environ)
    yield commands
    commands.close()


@pytest.fixture
def function(aws: AwsCommands, server: Server, name: str, tmp_path: Path) -> str:
    """A function, made from a file as the guide has it."""
    packed = tmp_path / "function.zip"
    packed.write_bytes(package())
    given = ("--runtime", "python3.11", "--handler", "app.handler", "--role", ROLE, "--zip-file", f"fileb://{packed}")
    aws("lambda", "create-function", "--function-name", name, *given)
    waiter = server.client("lambda").get_waiter("function_active_v2")
    waiter.wait(FunctionName=name, WaiterConfig={"Delay": 0.1})
    return name


def invoked(aws: AwsCommands, name: str, out: Path, *options: str) -> tuple[Any, str]:
    """What the command prints, and what the function answered."""
    printed = aws("lambda", "invoke", "--function-name", name, *options, str(out))
    return json.loads(printed), out.read_text(encoding="utf-8")


def test_a_function_is_invoked_with_its_log(aws: AwsCommands, function: str, tmp_path: Path) -> None:
    told, answer = invoked(aws, function, tmp_path / "out", "--payload", '{"say": "hello"}', "--log-type", "Tail")

    assert (told["StatusCode"], told["ExecutedVersion"]) == (200, "$LATEST")
    assert json.loads(answer) == {"said": "hello", "version": "$LATEST"}
    assert "it says hello" in base64.b64decode(told["LogResult"]).decode()


def test_a_function_that_fails_says_so(aws: AwsCommands, function: str, tmp_path: Path) -> None:
    told, answer = invoked(aws, function, tmp_path / "out", "--payload", '{"fail": true}')

    assert told["FunctionError"] == "Unhandled"
    assert json.loads(answer)["errorMessage"] == "no"


def test_a_mapping_is_made_and_listed(aws: AwsCommands, function: str, queue: str) -> None:
    arn = f"arn:aws:sqs:us-east-1:000000000000:{queue.rpartition('/')[2]}"
    made = json.loads(
        aws(
            "lambda", "create-event-source-mapping", "--function-name", function,
            "--event-source-arn", arn, "--batch-size", "5",
        )
    )  # fmt: skip
    listed = json.loads(aws("lambda", "list-event-source-mappings", "--function-name", function))

    assert [each["UUID"] for each in listed["EventSourceMappings"]] == [made["UUID"]]
    assert (made["BatchSize"], made["EventSourceArn"]) == (5, arn)
    aws("lambda", "delete-event-source-mapping", "--uuid", made["UUID"])


def test_an_unknown_function_is_an_error_of_the_service(aws: AwsCommands, name: str, tmp_path: Path) -> None:
    done = aws.run("lambda", "invoke", "--function-name", name, str(tmp_path / "out"))

    assert done.returncode == 255
    assert "(ResourceNotFoundException) when calling the Invoke operation: Function not found:" in done.stderr
