"""The control endpoints of a server that checks its callers: each is an IAM action, save those that are public."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from chasqui.app import App, build
from chasqui.base.settings import load_settings
from chasqui.server.control import PUBLIC
from chasqui.testing import TestServer, server
from tests.strict import ADMIN, allow, policy
from tests.support import ROOT
from tests.unit.server.serving import run

ADMINISTRATOR = {"admin_access_key": ADMIN["aws_access_key_id"], "admin_secret_key": ADMIN["aws_secret_access_key"]}
KEYS = (ADMIN["aws_access_key_id"], ADMIN["aws_secret_access_key"])

# Every endpoint with an action, and what it answers to who may ask; the clock's and a backup's orders are empty.
GUARDED = {
    ("GET", "/_chasqui/metrics"): ("chasqui:GetMetrics", 200),
    ("GET", "/_chasqui/flows"): ("chasqui:GetMetrics", 200),
    ("GET", "/_chasqui/queues"): ("chasqui:ListQueues", 200),
    ("GET", "/_chasqui/access/explain"): ("chasqui:ExplainAccess", 400),
    ("GET", "/_chasqui/access/refusals"): ("chasqui:ExplainAccess", 200),
    ("GET", "/_chasqui/clock"): ("chasqui:GetClock", 200),
    ("POST", "/_chasqui/clock"): ("chasqui:SetClock", 400),
    ("POST", "/_chasqui/backup"): ("chasqui:Backup", 400),
    ("GET", "/_aws/sqs/messages"): ("chasqui:PeekMessages", 404),
    ("POST", "/_aws/sqs/messages"): ("chasqui:PeekMessages", 404),
    ("GET", "/_chasqui/mailbox"): ("chasqui:ReadMailbox", 200),
    ("DELETE", "/_chasqui/mailbox"): ("chasqui:EmptyMailbox", 200),
    ("GET", "/_chasqui/sms"): ("chasqui:ReadPhone", 200),
    ("DELETE", "/_chasqui/sms"): ("chasqui:EmptyPhone", 200),
    ("POST", "/_chasqui/sms/reply"): ("chasqui:ReplyToText", 400),
    ("POST", "/_chasqui/sms/sandbox"): ("chasqui:SetSmsSandbox", 400),
    ("GET", "/_chasqui/trace"): ("chasqui:Trace", 400),
    ("GET", "/_chasqui/traces"): ("chasqui:Trace", 200),
    ("GET", "/_chasqui/advice"): ("chasqui:GetAdvice", 200),
    ("GET", "/_chasqui/logs"): ("chasqui:ReadLogs", 200),
    ("GET", "/_aws/sns/sms-messages"): ("chasqui:ReadPhone", 200),
    ("DELETE", "/_aws/sns/sms-messages"): ("chasqui:EmptyPhone", 204),
    ("POST", "/_chasqui/reset"): ("chasqui:Reset", 200),
    ("POST", "/_localstack/state/reset"): ("chasqui:Reset", 200),
}

Answer = tuple[int, dict[str, str]]


@pytest.fixture(scope="module")
def strict() -> Iterator[TestServer]:
    with server(auth="strict", **ADMINISTRATOR) as running:
        yield running


def ask(
    running: TestServer,
    method: str,
    path: str,
    keys: tuple[str, ...] | None = None,
    service: str = "chasqui",
    tamper: Callable[[dict[str, str]], object] = lambda headers: None,
    request_ids: list[str] | None = None,
    **headers: str,
) -> tuple[int, Any]:
    """(status, body) of a request, signed if there are keys (access key, secret key, session token)."""
    signed = AWSRequest(method, running.url + path, headers=headers)
    if keys is not None:
        SigV4Auth(Credentials(*keys), service, "us-east-1").add_auth(signed)
    sent = dict(signed.headers.items())
    tamper(sent)
    connection = http.client.HTTPConnection(running.url.removeprefix("http://"))
    connection.request(method, path, headers=sent)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if request_ids is not None:
        request_ids.append(answer.headers["x-amzn-requestid"])
    return answer.status, json.loads(body) if body.startswith(b"{") else body


def user(running: TestServer, *statements: dict[str, Any], name: str) -> tuple[str, str]:
    """The keys of a new user."""
    iam = running.client("iam", aws_access_key_id=KEYS[0], aws_secret_access_key=KEYS[1])
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="its", PolicyDocument=policy(*statements))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


@asynccontextmanager
async def started(**settings: Any) -> AsyncIterator[App]:
    chosen = {"database": "memory", "port": 0, "test_clock": True, **ADMINISTRATOR, **settings}
    app = await build(load_settings(environ={}, overrides=chosen))
    try:
        await app.start()
        yield app
    finally:
        await app.close()


def test_every_endpoint_is_public_or_an_action_and_told_of_here() -> None:
    async def main() -> dict[tuple[str, str], str | None]:
        async with started() as app:
            return {which: endpoint.action for which, endpoint in app.control.endpoints.items()}

    actions = run(main())

    assert {which for which, action in actions.items() if action is None} == PUBLIC
    assert {which: action for which, action in actions.items() if action} == {
        which: action for which, (action, _) in GUARDED.items()
    }


def test_the_readme_tells_which_are_public() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    told = next(line for line in readme.splitlines() if line.startswith("Public in every mode:"))

    assert {path for _, path in PUBLIC if path} == {
        word.strip("`,. ") for word in told.split() if word.startswith("`/")
    }


@pytest.mark.parametrize(("method", "path"), sorted(PUBLIC))
def test_public_endpoints_need_no_signature(strict: TestServer, method: str, path: str) -> None:
    # Under the certificates' path there is one for each key, and none by the path's own name.
    assert ask(strict, method, path or "/")[0] == (404 if path == "/SimpleNotificationService-" else 200)


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_the_others_are_refused_unsigned(strict: TestServer, method: str, path: str) -> None:
    status, body = ask(strict, method, path)

    assert (status, body["code"]) == (403, "MissingAuthenticationTokenException")


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_a_user_without_permission_is_told_the_action(strict: TestServer, method: str, path: str) -> None:
    keys = user(strict, allow("sqs:*"), name=f"{method}{path.replace('/', '.')}")

    status, body = ask(strict, method, path, keys)

    assert (status, body["code"]) == (403, "AccessDeniedException")
    assert GUARDED[method, path][0] in body["message"]


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_a_user_with_the_permission_is_answered(strict: TestServer, method: str, path: str) -> None:
    action, expected = GUARDED[method, path]
    keys = user(strict, allow(action), name=f"may.{method}{path.replace('/', '.')}")

    assert ask(strict, method, path, keys)[0] == expected


def test_the_administrator_may_do_everything(strict: TestServer) -> None:
    for (method, path), (_, expected) in GUARDED.items():
        assert ask(strict, method, path, KEYS)[0] == expected


def test_a_wrong_secret_is_refused(strict: TestServer) -> None:
    status, body = ask(strict, "POST", "/_chasqui/reset", (KEYS[0], "x" * 40))

    assert (status, body["code"]) == (403, "InvalidSignatureException")


def test_an_unknown_key_is_refused(strict: TestServer) -> None:
    status, body = ask(strict, "POST", "/_chasqui/reset", ("AKIAIOSFODNN7EXAMPLE", "x" * 40))

    assert (status, body["code"]) == (403, "UnrecognizedClientException")


@pytest.mark.parametrize("service", ["sqs", "execute-api", "iam", ""])
def test_a_signature_for_another_service_is_refused(strict: TestServer, service: str) -> None:
    assert ask(strict, "POST", "/_chasqui/reset", KEYS, service=service)[0] in (400, 403)


def test_a_signature_is_of_one_path(strict: TestServer) -> None:
    taken: dict[str, str] = {}
    assert ask(strict, "GET", "/_chasqui/metrics", KEYS, tamper=taken.update)[0] == 200

    assert ask(strict, "POST", "/_chasqui/reset", None, tamper=lambda headers: headers.update(taken))[0] == 403


def test_a_signed_request_may_call_the_server_by_any_name(strict: TestServer) -> None:
    assert ask(strict, "GET", "/_chasqui/queues", KEYS, Host="chasqui.example.com")[0] == 200


def test_an_unsigned_request_to_a_public_endpoint_may_not(strict: TestServer) -> None:
    assert ask(strict, "GET", "/_chasqui/health", Host="chasqui.example.com")[0] == 403


@pytest.mark.parametrize("path", ["/_chasqui/nothing", "/_chasqui", "/_aws/", "/_localstack/state"])
def test_what_is_no_endpoint_is_not_found(strict: TestServer, path: str) -> None:
    assert ask(strict, "GET", path, KEYS)[0] == 404


def test_another_method_is_not_allowed(strict: TestServer) -> None:
    assert ask(strict, "DELETE", "/_chasqui/queues", KEYS)[0] == 405


def test_permissive_servers_ask_for_no_signature() -> None:
    with server() as running:
        for (method, path), (_, expected) in GUARDED.items():
            assert ask(running, method, path)[0] == expected


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (None, "strict mode would refuse a call"),
        ((KEYS[0], "x" * 40), "strict mode would refuse a request's signature"),
    ],
)
def test_audit_mode_answers_and_tells_what_strict_would_refuse(
    caplog: pytest.LogCaptureFixture, keys: tuple[str, str] | None, told: str
) -> None:
    with server(auth="audit", **ADMINISTRATOR) as running:
        status, _ = ask(running, "GET", "/_chasqui/queues", keys)

    assert status == 200
    assert told in caplog.messages


def test_audit_mode_guards_against_pages_all_the_same() -> None:
    with server(auth="audit", **ADMINISTRATOR) as running:
        assert ask(running, "POST", "/_chasqui/reset", Origin="https://evil.test")[0] == 403


def test_a_refusal_can_be_explained() -> None:
    with server(auth="strict", **ADMINISTRATOR) as running:
        keys, ids = user(running, allow("sqs:*"), name="ana"), []
        ask(running, "POST", "/_chasqui/reset", keys, request_ids=ids)
        status, told = ask(running, "GET", f"/_chasqui/access/explain?request={ids[0]}", KEYS)

    assert (status, told["action"]) == (200, "chasqui:Reset")
    assert told["who"]["arn"].endswith("user/ana")


def test_guessing_a_secret_is_throttled_and_its_owner_elsewhere_is_not(strict: TestServer) -> None:
    keys = user(strict, allow("chasqui:*"), name="guessed")
    told = {ask(strict, "GET", "/_chasqui/queues", (keys[0], f"guess {number}"))[1]["code"] for number in range(80)}

    assert told == {"InvalidSignatureException", "ThrottlingException"}
    assert ask(strict, "GET", "/_chasqui/queues", KEYS)[0] == 200


def test_an_endpoint_that_is_neither_public_nor_an_action_cannot_be_mounted() -> None:
    from chasqui.base.control import Answer as Body
    from chasqui.base.control import ControlRequest, Endpoint

    async def handler(request: ControlRequest) -> Body:
        return Body({})

    async def main() -> None:
        async with started() as app:
            with pytest.raises(AssertionError, match="PUBLIC"):
                app.control.mount({("POST", "/_chasqui/new"): Endpoint(handler, None)})

    asyncio.run(main())
