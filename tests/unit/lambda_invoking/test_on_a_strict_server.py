"""Who may invoke: by the API and by URL, on a server that checks its callers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.strict import StrictServer, allow
from tests.unit.lambda_invoking.test_events import TRUST
from tests.unit.lambda_invoking.test_on_a_server import World

Strict = tuple[World, StrictServer]


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Strict]:
    with StrictServer(tmp_path_factory.mktemp("lambda")) as server:
        server.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)
        world = World(server)
        world.functions.publish_version(FunctionName="f")
        world.functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
        yield world, server


def invoke(server: StrictServer, credentials: dict[str, str], **how: Any) -> int:
    client = server.client("lambda", **credentials)
    return int(client.invoke(FunctionName="f", Payload=b"{}", **how)["StatusCode"])


def test_who_may_invoke_a_function_may_do_so_in_every_way(strict: Strict) -> None:
    world, server = strict
    user = server.user(allow("lambda:InvokeFunction", on=world.arn))
    assert [invoke(server, user, InvocationType=kind) for kind in ("RequestResponse", "Event", "DryRun")] == [
        200, 202, 204
    ]  # fmt: skip
    stream = server.client("lambda", **user).invoke_with_response_stream(FunctionName="f", Payload=b"{}")
    assert len(list(stream["EventStream"])) == 2


@pytest.mark.parametrize("kind", ["RequestResponse", "Event", "DryRun"])
def test_who_may_not_invoke_is_refused_in_every_way(strict: Strict, kind: str) -> None:
    world, server = strict
    user = server.user(allow("lambda:InvokeFunction", on=f"{world.arn}:live"), allow("lambda:GetFunction"))
    with pytest.raises(ClientError) as refused:
        invoke(server, user, InvocationType=kind)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_permission_for_an_alias_is_for_the_alias(strict: Strict) -> None:
    world, server = strict
    user = server.user(allow("lambda:InvokeFunction", on=f"{world.arn}:live"))
    answer = server.client("lambda", **user).invoke(FunctionName="f", Qualifier="live", Payload=b"{}")
    assert answer["ExecutedVersion"] == "1"


def signed(strict: Strict, url: str, credentials: dict[str, str]) -> tuple[int, bytes]:
    """Ask a URL as somebody."""
    request = AWSRequest("GET", url)
    keys = Credentials(credentials["aws_access_key_id"], credentials["aws_secret_access_key"])
    SigV4Auth(keys, "lambda", "us-east-1").add_auth(request)
    answer = strict[0].http("GET", "/", Host=urlsplit(url).netloc, **dict(request.headers.items()))
    return answer[0], answer[2]


def test_a_url_under_iam_lets_in_who_may(strict: Strict) -> None:
    world, server = strict
    url = world.functions.create_function_url_config(FunctionName="f", AuthType="AWS_IAM")["FunctionUrl"]
    forbidden = (403, b'{"Message":"Forbidden"}')
    assert signed(strict, url, server.user(allow("lambda:InvokeFunctionUrl", on=world.arn))) == (201, b"hello")
    assert signed(strict, url, server.user(allow("lambda:InvokeFunction", on=world.arn))) == forbidden
    nobody = world.http("GET", "/", Host=urlsplit(url).netloc)
    assert (nobody[0], nobody[2]) == forbidden
    wrong = {**server.user(allow("*")), "aws_secret_access_key": "wrong"}
    assert signed(strict, url, wrong)[0] == 403


def test_a_queue_as_a_destination_needs_the_role_s_permission(strict: Strict) -> None:
    world, server = strict
    url, arn = world.queue()
    config = {"OnSuccess": {"Destination": arn}}
    server.client("iam").put_role_policy(
        RoleName="worker",
        PolicyName="sends",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow("sqs:SendMessage", on=arn)]}),
    )
    world.functions.put_function_event_invoke_config(FunctionName="f", DestinationConfig=config)
    world.invoke({"a": 1}, InvocationType="Event")
    assert json.loads(world.message(url)["Body"])["responsePayload"] == {"a": 1}
