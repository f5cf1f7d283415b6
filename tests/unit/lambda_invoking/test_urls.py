"""Function URLs: the event, the answer, who may call, CORS, streaming."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from chasqui.base.bodies import Outgoing
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply, Visit
from chasqui.services.lambda_.functions.documents import (
    FunctionDocument,
    FunctionUrlDocument,
    PolicyDocument,
    UrlDocument,
    new_url,
)
from chasqui.services.lambda_.invoking.urls.front import url_front
from chasqui.services.lambda_.running.contract import Deployment, Finished, Invocation
from chasqui.store.port import Transaction
from tests.unit.lambda_invoking.conftest import ACCOUNT, NOW, OWNER, Scene, fail

ID = "a" * 32
HOST = f"{ID}.lambda-url.us-east-1.localhost:4566"
PUBLIC = {
    "Sid": "public", "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunctionUrl",
    "Resource": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f",
    "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
}  # fmt: skip


class Body:
    """A request's body that has come already."""

    def __init__(self, whole: bytes) -> None:
        self.trailers: dict[str, str] = {}
        self.whole = whole
        self.length = len(whole)

    def __aiter__(self) -> AsyncIterator[bytes]:
        raise AssertionError("it is whole")


async def url(scene: Scene, *, public: bool = True, **how: Any) -> None:
    """A function with a URL."""
    facts = {"auth": "NONE", "created_ms": NOW, "modified_ms": NOW, **how}
    document = FunctionDocument(created_ms=NOW, urls={"": UrlDocument(id=ID, **facts)})
    if public:
        document.policies[""] = PolicyDocument([PUBLIC], "r")
    await scene.function(document=document)

    async def create(tx: Transaction) -> None:
        await tx.create(new_url(ID, FunctionUrlDocument(OWNER, "f", "")))

    await scene.store.transaction(create)
    scene.room.policy_lets = lambda *_: _resolved((public, True))


async def _resolved(value: Any) -> Any:
    return value


async def visit(
    scene: Scene, target: str = "/", *, method: str = "GET", body: bytes = b"", host: str = HOST, **headers: str
) -> Reply:
    """Ask the URL, as the gateway does."""
    fields = [(b"host", host.encode())]
    fields += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    path, _, query = target.partition("?")

    async def identify(service: str) -> Call:
        assert service == "lambda"
        return scene.call

    front = url_front(scene.room)
    assert front.takes(method, host.encode(), path, dict(fields))
    asked = Visit(
        method=method, host=host, path=path, query=query, fields=fields, table=dict(fields), body=Body(body),
        scheme="http", source_address="127.0.0.1", request_id="id-1", identify=identify, identify_posted=_nobody,
    )  # fmt: skip
    return await front.answer(asked)


async def _nobody(*_: Any) -> Any:
    raise AssertionError("nothing was posted")


def returns(scene: Scene, answer: Any) -> None:
    """Have the function return this."""
    payload = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    scene.runner.answer = lambda _deployment, _invocation: Finished(payload=payload)


def test_the_event_is_payload_format_two(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await url(scene)
        await visit(
            scene, "/a%20b/c?x=1&y=a%20b&x=2", method="POST", body=b'{"a":1}', content_type="application/json",
            cookie="one=1; two=2", user_agent="curl",
        )  # fmt: skip
        event = json.loads(scene.runner.met[0].payload)
        assert event == {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": "/a%20b/c",
            "rawQueryString": "x=1&y=a%20b&x=2",
            "cookies": ["one=1", "two=2"],
            "headers": {
                "host": HOST,
                "content-type": "application/json",
                "cookie": "one=1; two=2",
                "user-agent": "curl",
                "x-forwarded-for": "127.0.0.1",
                "x-forwarded-proto": "http",
                "x-forwarded-port": "4566",
            },
            "queryStringParameters": {"x": "1,2", "y": "a b"},
            "requestContext": {
                "accountId": "anonymous",
                "apiId": ID,
                "domainName": HOST.partition(":")[0],
                "domainPrefix": ID,
                "http": {
                    "method": "POST",
                    "path": "/a%20b/c",
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1",
                    "userAgent": "curl",
                },
                "requestId": "id-1",
                "routeKey": "$default",
                "stage": "$default",
                "time": "14/Nov/2023:22:13:20 +0000",
                "timeEpoch": NOW,
            },
            "body": '{"a":1}',
            "isBase64Encoded": False,
        }

    tell(story)


def test_a_body_that_is_no_known_text_comes_in_base64(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await url(scene)
        for content_type, body in (("application/x-www-form-urlencoded", b"a=b"), ("text/plain", b"\xff")):
            await visit(scene, method="POST", body=body, content_type=content_type)
            event = json.loads(scene.runner.met[-1].payload)
            assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (body, True)

    tell(story)


def test_the_path_form_leads_to_the_same_function(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await url(scene)
        await visit(scene, f"/_lambda-url/{ID}/deep/er", host="localhost:4566")
        await visit(scene, f"/_lambda-url/{ID}", host="localhost:4566")
        assert [json.loads(each.payload)["rawPath"] for each in scene.runner.met] == ["/deep/er", "/"]

    tell(story)


@pytest.mark.parametrize(
    ("answer", "status", "content_type", "body"),
    [
        ({"statusCode": 201, "headers": {"Content-Type": "text/html"}, "body": "hi"}, 201, b"text/html", b"hi"),
        ({"statusCode": 200, "body": "aGk=", "isBase64Encoded": True}, 200, b"application/json", b"hi"),
        ({"statusCode": "204"}, 204, b"application/json", b""),
        ({"message": "hi"}, 200, b"application/json", b'{"message": "hi"}'),
        ("hi", 200, b"application/json", b"hi"),
        (None, 200, b"application/json", b"null"),
    ],
)
def test_answers_are_read_as_aws_reads_them(
    tell: Any, answer: Any, status: int, content_type: bytes, body: bytes
) -> None:
    async def story(scene: Scene) -> None:
        await url(scene)
        returns(scene, answer)
        reply = await visit(scene)
        assert (reply.status, dict(reply.headers)[b"content-type"], reply.body) == (status, content_type, body)
        assert dict(reply.headers)[b"content-security-policy"] == b"sandbox"
        assert dict(reply.headers)[b"x-content-type-options"] == b"nosniff"

    tell(story)


def test_cookies_are_fields_of_their_own(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await url(scene)
        returns(scene, {"statusCode": 200, "cookies": ["a=1", "b=2; Secure"], "headers": {"Content-Length": "7"}})
        reply = await visit(scene)
        assert [value for name, value in reply.headers if name == b"set-cookie"] == [b"a=1", b"b=2; Secure"]
        assert b"content-length" not in dict(reply.headers)

    tell(story)


@pytest.mark.parametrize(
    "answer",
    [
        {"statusCode": "many"},
        {"statusCode": 99},
        {"statusCode": 200, "headers": {"x": "a\r\nset-cookie: b"}},
        {"statusCode": 200, "headers": {"a b": "c"}},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "body": "%", "isBase64Encoded": True, "cookies": [{}]},
    ],
)
def test_an_answer_that_is_none_of_http_is_a_bad_gateway(tell: Any, answer: Any) -> None:
    async def story(scene: Scene) -> None:
        await url(scene)
        returns(scene, answer)
        reply = await visit(scene)
        assert (reply.status, reply.body) == (502, b'{"Message":"Internal Server Error"}')

    tell(story)


def test_a_function_s_error_is_a_bad_gateway_that_tells_nothing(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await url(scene)
        scene.runner.answer = fail
        reply = await visit(scene)
        assert (reply.status, reply.body) == (502, b'{"Message":"Internal Server Error"}')

    tell(story)


def test_without_a_permission_nobody_gets_in(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await url(scene, public=False)
        reply = await visit(scene)
        assert (reply.status, reply.body) == (403, b'{"Message":"Forbidden"}')
        assert not scene.runner.met

    tell(story)


def test_a_url_that_is_not_there_is_as_forbidden(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        reply = await visit(scene)
        assert (reply.status, reply.body) == (403, b'{"Message":"Forbidden"}')

    tell(story)


def test_a_signed_caller_is_told_to_the_function(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await url(scene, auth="AWS_IAM", public=False)
        assert (await visit(scene, authorization="AWS4-HMAC-SHA256 Credential=test")).status == 200
        context = json.loads(scene.runner.met[0].payload)["requestContext"]
        assert context["accountId"] == ACCOUNT
        assert context["authorizer"]["iam"]["userArn"] == f"arn:aws:iam::{ACCOUNT}:root"

    tell(story)


def test_a_signed_caller_who_may_not_is_forbidden(tell: Any) -> None:
    async def deny(_call: Call, action: str, _resource: str, _context: Any) -> None:
        assert action == "lambda:InvokeFunctionUrl"
        raise ServiceError("AccessDenied", "no", status=403)

    async def story(scene: Scene) -> None:
        await url(scene, auth="AWS_IAM", public=False)
        scene.room.demand = deny
        assert (await visit(scene, authorization="AWS4-HMAC-SHA256 Credential=test")).body == b'{"Message":"Forbidden"}'

    tell(story)


def test_an_unsigned_request_to_a_url_under_iam_is_forbidden_also_where_everybody_is_believed(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await url(scene, auth="AWS_IAM", public=False)
        reply = await visit(scene, origin="https://evil.example")
        assert (reply.status, reply.body) == (403, b'{"Message":"Forbidden"}')
        assert not scene.runner.met

    tell(story)


def test_a_throttled_url_answers_429(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await url(scene)
        scene.room.invoker.concurrency.enter = lambda *_: None  # type: ignore[method-assign]
        reply = await visit(scene)
        assert reply.status == 429
        assert dict(reply.headers)[b"retry-after"] == b"1"

    tell(story)


def test_a_request_of_more_than_an_event_holds_answers_413(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await url(scene)
        assert (await visit(scene, method="POST", body=b"x" * 5_000_000)).status == 413
        assert not scene.runner.met

    tell(story)


CORS = {
    "AllowOrigins": ["https://*.example.com"],
    "AllowMethods": ["GET"],
    "AllowHeaders": ["x-mine"],
    "ExposeHeaders": ["x-theirs"],
    "AllowCredentials": True,
    "MaxAge": 60,
}


def test_a_preflight_is_answered_without_the_function(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await url(scene, cors=CORS)
        asked = {"access_control_request_method": "GET", "access_control_request_headers": "X-Mine"}
        reply = await visit(scene, method="OPTIONS", origin="https://a.example.com", **asked)
        fields = dict(reply.headers)
        assert reply.status == 200
        assert fields[b"access-control-allow-origin"] == b"https://a.example.com"
        assert fields[b"access-control-allow-methods"] == b"GET"
        assert fields[b"access-control-allow-headers"] == b"X-Mine"
        assert fields[b"access-control-allow-credentials"] == b"true"
        assert fields[b"access-control-max-age"] == b"60"
        assert not scene.runner.met

    tell(story)


@pytest.mark.parametrize(
    ("origin", "method", "headers"),
    [
        ("https://evil.example", "GET", ""),
        ("https://a.example.com", "DELETE", ""),
        ("https://a.example.com", "GET", "x-other"),
    ],
)
def test_a_preflight_of_what_is_not_allowed_gets_no_fields(tell: Any, origin: str, method: str, headers: str) -> None:
    async def story(scene: Scene) -> None:
        await url(scene, cors=CORS)
        asked = {"access_control_request_method": method, "access_control_request_headers": headers}
        reply = await visit(scene, method="OPTIONS", origin=origin, **asked)
        assert b"access-control-allow-origin" not in dict(reply.headers)

    tell(story)


def test_what_is_configured_of_cors_stands_in_the_place_of_the_function_s(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await url(scene, cors=CORS)
        returns(scene, {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "https://other"}})
        reply = await visit(scene, origin="https://a.example.com")
        found = [value for name, value in reply.headers if name == b"access-control-allow-origin"]
        assert found == [b"https://a.example.com"]
        assert dict(reply.headers)[b"access-control-expose-headers"] == b"x-theirs"

    tell(story)


def test_a_preflight_without_a_configuration_is_the_function_s(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await url(scene)
        await visit(scene, method="OPTIONS", origin="https://a", access_control_request_method="GET")
        assert len(scene.runner.met) == 1

    tell(story)


async def drained(reply: Reply) -> bytes:
    assert isinstance(reply.body, Outgoing)
    return b"".join([piece async for piece in reply.body.pieces])


def test_a_streamed_answer_has_the_prelude_s_status_and_fields(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await url(scene, invoke_mode="RESPONSE_STREAM")
        scene.runner.prelude = b'{"statusCode":418,"headers":{"x-a":"b","content-type":"text/plain"},"cookies":["c=d"]}'
        scene.runner.pieces = [b"one", b"two"]
        reply = await visit(scene)
        fields = dict(reply.headers)
        assert (reply.status, fields[b"x-a"], fields[b"set-cookie"]) == (418, b"b", b"c=d")
        assert await drained(reply) == b"onetwo"

    tell(story)


def test_a_function_that_fails_while_it_streams_ends_the_connection(tell: Any) -> None:
    def half(_deployment: Deployment, _invocation: Invocation) -> Finished:
        return Finished(payload=b"")

    async def story(scene: Scene) -> None:
        await url(scene, invoke_mode="RESPONSE_STREAM")
        scene.runner.answer = half
        scene.runner.pieces = [b"one"]
        run = scene.runner.run

        async def failing(deployment: Deployment, invocation: Invocation, stream: Any = None) -> Finished:
            await run(deployment, invocation, stream)
            return Finished(payload=b"", error="Unhandled")

        scene.runner.run = failing  # type: ignore[method-assign]
        reply = await visit(scene)
        with pytest.raises(ConnectionAbortedError):
            await drained(reply)

    tell(story)


def test_a_function_goes_on_when_nobody_begins_to_read_its_stream(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        await url(scene, invoke_mode="RESPONSE_STREAM")
        scene.runner.pieces = [b"one", b"two", b"three"]
        reply = await visit(scene)
        assert isinstance(reply.body, Outgoing)
        await reply.body.pieces.aclose()  # type: ignore[attr-defined]
        await visit(scene, method="HEAD")
        await scene.rest()
        assert scene.room.invoker.concurrency.all == 0

    tell(story)
