"""Invocations as clients make them: boto3 and plain HTTP against a server that runs Python functions."""

from __future__ import annotations

import base64
import http.client
import io
import json
import shutil
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.engines import Engine
from tests.support import Server, eventually

RUNTIME = f"python3.{sys.version_info.minor}"
ROLE = "arn:aws:iam::000000000000:role/worker"
CODE = """
import time

def handler(event, context):
    print("got", event)
    if not isinstance(event, dict):
        return event
    if event.get("fail"):
        raise ValueError("asked to")
    if event.get("sleep"):
        time.sleep(event["sleep"])
    if event.get("ask") == "context":
        return {"id": context.aws_request_id, "arn": context.invoked_function_arn,
                "custom": context.client_context.custom if context.client_context else None}
    if "rawPath" in event:
        return {"statusCode": 201, "headers": {"x-path": event["rawPath"]}, "cookies": ["a=b"], "body": "hello"}
    return event
"""


def zipped(code: str = CODE, name: str = "f.py") -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(name, code)
    return data.getvalue()


class World:
    """A server with a function."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.functions = server.client("lambda")
        self.sqs = server.client("sqs")
        self.arn = self.function("f")

    def function(self, name: str, runtime: str = RUNTIME, code: bytes = b"", **how: Any) -> str:
        handler = "f.handler" if runtime == RUNTIME else "index.handler"
        made = self.functions.create_function(
            FunctionName=name, Runtime=runtime, Role=ROLE, Handler=handler, Code={"ZipFile": code or zipped()}, **how
        )
        return str(made["FunctionArn"])

    def invoke(self, payload: Any, name: str = "f", **how: Any) -> tuple[dict[str, Any], Any]:
        """The answer and its payload, read."""
        answer = self.functions.invoke(FunctionName=name, Payload=json.dumps(payload), **how)
        body = answer["Payload"].read()
        return answer, json.loads(body) if body else None

    def queue(self) -> tuple[str, str]:
        name = f"q-{uuid.uuid4().hex[:8]}"
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        return url, f"arn:aws:sqs:us-east-1:000000000000:{name}"

    def message(self, url: str) -> dict[str, Any]:
        """The one message that comes."""

        def received() -> Any:
            return self.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages")

        [found] = eventually(received)
        message: dict[str, Any] = found
        return message

    def advance(self, seconds: float) -> None:
        self.http("POST", "/_chasqui/clock", json.dumps({"advance_seconds": seconds}).encode())

    def http(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        place = urlsplit(self.server.url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def world(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with Server(tmp_path_factory.mktemp("lambda"), "--test-clock", *engine.options()) as server:
        yield World(server)


def test_a_function_returns_its_event(world: World) -> None:
    answer, payload = world.invoke({"a": [1, "ü"]})
    assert payload == {"a": [1, "ü"]}
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert answer["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/json"
    assert "FunctionError" not in answer


def test_the_request_s_id_is_the_one_that_the_function_sees(world: World) -> None:
    answer, payload = world.invoke({"ask": "context"}, Qualifier="$LATEST")
    assert payload["id"] == answer["ResponseMetadata"]["RequestId"]
    assert payload["arn"] == f"{world.arn}:$LATEST"


def test_the_client_context_arrives(world: World) -> None:
    context = base64.b64encode(json.dumps({"custom": {"a": "b"}}).encode()).decode()
    assert world.invoke({"ask": "context"}, ClientContext=context)[1]["custom"] == {"a": "b"}


def test_the_log_s_tail_comes_with_the_answer(world: World) -> None:
    answer, _ = world.invoke({"n": 1}, LogType="Tail")
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert "got {'n': 1}" in tail
    assert "REPORT RequestId:" in tail


def test_an_exception_is_a_function_error(world: World) -> None:
    answer, payload = world.invoke({"fail": True})
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert (payload["errorType"], payload["errorMessage"]) == ("ValueError", "asked to")


def test_no_payload_and_null_are_what_they_are_on_aws(world: World) -> None:
    assert world.functions.invoke(FunctionName="f")["Payload"].read() == b"{}"
    assert world.functions.invoke(FunctionName="f", Payload=b"null")["Payload"].read() == b"null"


def test_a_dry_run_and_an_event_have_their_statuses(world: World) -> None:
    assert world.invoke({}, InvocationType="DryRun")[0]["StatusCode"] == 204
    assert world.invoke({}, InvocationType="Event")[0]["StatusCode"] == 202


def test_refusals_have_their_codes_and_members(world: World) -> None:
    with pytest.raises(ClientError) as missing:
        world.invoke({}, "nobody")
    assert missing.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert missing.value.response["Error"]["Message"] == (
        "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody"
    )
    assert missing.value.response["Type"] == "User"
    with pytest.raises(ClientError) as malformed:
        world.functions.invoke(FunctionName="f", Payload=b"{")
    assert malformed.value.response["Error"]["Code"] == "InvalidRequestContentException"
    with pytest.raises(ClientError) as large:
        world.functions.invoke(FunctionName="f", Payload=b'"' + b"x" * 6_300_000 + b'"')
    assert large.value.response["Error"]["Code"] == "RequestEntityTooLargeException"
    assert large.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


def test_a_function_without_concurrency_is_throttled(world: World) -> None:
    world.function("none")
    world.functions.put_function_concurrency(FunctionName="none", ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError) as throttled:
        world.invoke({}, "none")
    response = throttled.value.response
    assert response["Error"] == {"Code": "TooManyRequestsException", "Message": "Rate Exceeded."}
    assert response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert (response["retryAfterSeconds"], response["ResponseMetadata"]["HTTPStatusCode"]) == ("1", 429)


def test_a_response_stream_has_pieces_and_an_end(world: World) -> None:
    answer = world.functions.invoke_with_response_stream(FunctionName="f", Payload=b'{"a":1}', LogType="Tail")
    *pieces, end = list(answer["EventStream"])
    assert json.loads(b"".join(each["PayloadChunk"]["Payload"] for each in pieces)) == {"a": 1}
    assert b"REPORT" in base64.b64decode(end["InvokeComplete"]["LogResult"])
    assert answer["ExecutedVersion"] == "$LATEST"


def test_a_response_stream_tells_the_function_s_error(world: World) -> None:
    answer = world.functions.invoke_with_response_stream(FunctionName="f", Payload=b'{"fail":1}')
    end = list(answer["EventStream"])[-1]["InvokeComplete"]
    assert end["ErrorCode"] == "Unhandled"
    assert json.loads(end["ErrorDetails"])["errorMessage"] == "asked to"


def test_an_event_s_success_is_told_to_its_destination(world: World) -> None:
    url, arn = world.queue()
    world.function("succeeds")
    world.functions.put_function_event_invoke_config(
        FunctionName="succeeds", DestinationConfig={"OnSuccess": {"Destination": arn}}
    )
    world.invoke({"a": 1}, "succeeds", InvocationType="Event")
    record = json.loads(world.message(url)["Body"])
    assert record["requestContext"]["condition"] == "Success"
    assert (record["requestPayload"], record["responsePayload"]) == ({"a": 1}, {"a": 1})


def test_an_event_whose_function_fails_ends_in_the_dead_letter_queue_after_three_tries(world: World) -> None:
    url, arn = world.queue()
    world.function("fails", DeadLetterConfig={"TargetArn": arn})
    world.invoke({"fail": 1}, "fails", InvocationType="Event")

    def runs() -> int:
        metrics = world.http("GET", "/_chasqui/metrics")[2].decode()
        lines = [line for line in metrics.splitlines() if "Errors" in line and "function:fails" in line]
        return int(float(lines[0].rpartition(" ")[2])) if lines else 0

    for tries, seconds in ((1, 60), (2, 120)):
        eventually(lambda tries=tries: runs() == tries)
        world.advance(seconds + 1)
    message = world.message(url)
    assert json.loads(message["Body"]) == {"fail": 1}
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "asked to"
    assert runs() == 3


def test_a_topic_may_be_a_destination(world: World) -> None:
    url, queue = world.queue()
    sns = world.server.client("sns")
    topic = sns.create_topic(Name="results")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    world.function("announces")
    world.functions.put_function_event_invoke_config(
        FunctionName="announces", DestinationConfig={"OnSuccess": {"Destination": topic}}
    )
    world.invoke({"a": 1}, "announces", InvocationType="Event")
    assert json.loads(world.message(url)["Body"])["responsePayload"] == {"a": 1}


def public_url(world: World, name: str, runtime: str = RUNTIME, code: bytes = b"", **how: Any) -> str:
    """A function with a URL that anybody may call; the URL's host."""
    world.function(name, runtime, code)
    made = world.functions.create_function_url_config(FunctionName=name, AuthType="NONE", **how)
    world.functions.add_permission(
        FunctionName=name, StatementId="public", Action="lambda:InvokeFunctionUrl", Principal="*",
        FunctionUrlAuthType="NONE",
    )  # fmt: skip
    return urlsplit(made["FunctionUrl"]).netloc


def test_a_function_url_answers_as_the_function_says(world: World) -> None:
    host = public_url(world, "web")
    status, fields, body = world.http("GET", "/some/where?x=1", Host=host)
    assert (status, fields["x-path"], fields["set-cookie"], body) == (201, "/some/where", "a=b", b"hello")
    assert fields["content-security-policy"] == "sandbox"
    path = f"/_lambda-url/{host.partition('.')[0]}/here"
    assert world.http("GET", path)[1]["x-path"] == "/here"
    assert world.http("HEAD", "/", Host=host)[::2] == (201, b"")


def test_a_function_url_without_a_permission_is_forbidden(world: World) -> None:
    world.function("closed")
    made = world.functions.create_function_url_config(FunctionName="closed", AuthType="NONE")
    status, _, body = world.http("GET", "/", Host=urlsplit(made["FunctionUrl"]).netloc)
    assert (status, body) == (403, b'{"Message":"Forbidden"}')


def test_a_signed_request_to_a_function_url_tells_who_calls(world: World) -> None:
    world.function("signed")
    made = world.functions.create_function_url_config(FunctionName="signed", AuthType="AWS_IAM")
    request = AWSRequest("GET", made["FunctionUrl"])
    SigV4Auth(Credentials("test", "test"), "lambda", "us-east-1").add_auth(request)
    host = urlsplit(made["FunctionUrl"]).netloc
    assert world.http("GET", "/", Host=host, **dict(request.headers.items()))[0] == 201


def test_a_streamed_function_url_answers(world: World) -> None:
    host = public_url(world, "streamed", InvokeMode="RESPONSE_STREAM")
    status, _, body = world.http("POST", "/", b"x", Host=host)
    assert status == 200
    assert json.loads(body)["statusCode"] == 201


NODE_CODE = """
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  const fields = {statusCode: 202, headers: {"Content-Type": "text/plain", "x-path": event.rawPath}};
  const answer = awslambda.HttpResponseStream.from(stream, fields);
  answer.write("one ");
  answer.write("two");
  answer.end();
});
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_a_function_that_streams_sets_status_and_fields_of_its_url(world: World) -> None:
    found = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    code = zipped(NODE_CODE, "index.js")
    host = public_url(
        world, "node", InvokeMode="RESPONSE_STREAM", runtime=f"nodejs{found[1:].partition('.')[0]}.x", code=code
    )
    status, fields, body = world.http("GET", "/here", Host=host)
    assert (status, fields["x-path"], fields["content-type"], body) == (202, "/here", "text/plain", b"one two")


def test_a_page_may_read_what_the_url_s_cors_lets_it(world: World) -> None:
    cors = {"AllowOrigins": ["https://example.com"], "AllowMethods": ["POST"], "AllowHeaders": ["content-type"]}
    host = public_url(world, "paged", Cors=cors)
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    page = {"Host": host, "Origin": "https://example.com", "Sec-Fetch-Site": "cross-site"}
    status, fields, _ = world.http("OPTIONS", "/", **page, **asked)
    assert (status, fields["access-control-allow-origin"]) == (200, "https://example.com")
    status, fields, _ = world.http("POST", "/", b"{}", **page)
    assert (status, fields["access-control-allow-origin"]) == (201, "https://example.com")
