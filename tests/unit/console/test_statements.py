"""Statements that pages add to policies, and the commands that people copy."""

from __future__ import annotations

import json
import shlex
from typing import Any, cast

from chasqui.access.policy.document import PolicyType, parse_policy
from chasqui.console import commands, statements
from chasqui.console.api import Api

STATEMENT = {"Sid": "one", "Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}


class _Api:
    base_url = "http://localhost:4566"
    region = "eu-west-3"


API = cast(Api, _Api())


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_a_statement_takes_the_place_of_its_namesake() -> None:
    added = statements.service_statement("sns", "sqs:SendMessage", "arn:aws:sqs:x:1:q", "arn:aws:sns:x:1:orders")
    once = statements.with_statement(_policy(STATEMENT), added)
    assert statements.with_statement(once, added) == once
    assert [each["Sid"] for each in json.loads(once)["Statement"]] == ["one", added["Sid"]]
    assert added["Sid"].startswith("snsorders")
    assert parse_policy(once, PolicyType.RESOURCE).statements


def test_a_statement_takes_nobody_elses_place() -> None:
    sources = [f"arn:aws:sns:x:{account}:{name}" for account in (1, 2) for name in ("orders-a", "ordersa")]
    policy = ""
    for source in sources:
        added = statements.service_statement("sns", "sqs:SendMessage", "arn:aws:sqs:x:1:q", source)
        policy = statements.with_statement(policy, added)
    kept = json.loads(policy)["Statement"]
    assert [each["Condition"]["ArnEquals"]["aws:SourceArn"] for each in kept] == sources


def test_a_command_is_quoted_for_the_shell() -> None:
    message = "it's; rm -rf $HOME `id`"
    line = commands.cli(API, "sns", "CreateSMSSandboxPhoneNumber", Message=message, Attributes={"a": "b c"}, No=None)
    assert shlex.split(line) == [
        *("aws", "--endpoint-url", "http://localhost:4566", "--region", "eu-west-3"),
        *("sns", "create-sms-sandbox-phone-number", "--message", message, "--attributes", '{"a": "b c"}'),
    ]


def test_a_value_that_begins_with_a_hyphen_is_no_option() -> None:
    assert shlex.split(commands.cli(API, "sns", "Publish", Message="--debug"))[-1] == "--message=--debug"


def test_a_value_that_names_a_file_is_not_read_from_it() -> None:
    words = shlex.split(commands.cli(API, "sns", "Publish", TopicArn="arn:x", Message="file:///etc/passwd"))
    assert words[-2:] == ["--cli-input-json", '{"Message": "file:///etc/passwd"}']


def test_an_endpoint_is_not_taken_for_the_servers() -> None:
    assert shlex.split(commands.cli(API, "sns", "Subscribe", Endpoint="arn:q"))[-2:] == [
        "--notification-endpoint",
        "arn:q",
    ]


def test_what_is_copied_for_boto3_is_python() -> None:
    text = commands.boto3(API, "sns", "SetTopicAttributes", AttributeValue='"""\n\\')
    assert "sns.set_topic_attributes(\n" in text
    compile(text, "copied", "exec")
