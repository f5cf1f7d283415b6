"""Pages of other sites against a running server: what a browser would send for them changes nothing and reads nothing.

Each request here can be sent without a preflight: forms, images, plain text, WebSockets; and by DNS rebinding any.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.client import SIGNED, RawClient, request_bytes
from tests.strict import StrictServer
from tests.support import Server

ENGLISH = {"Accept-Language": "en"}
CROSS = {"Host": "localhost", **ENGLISH, "Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}
REBOUND = {"Host": "evil.test:4566", **ENGLISH}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TEXT = {"Content-Type": "text/plain"}
TARGET = {"X-Amz-Target": "AmazonSQS.CreateQueue", "Content-Type": "application/x-amz-json-1.0"}
PRESIGNED = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test%2F20260101%2Fus-east-1%2Fsqs%2Faws4_request"
    "&X-Amz-Date=20260101T000000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=" + "0" * 64
)
ACTION = "Action=CreateQueue&QueueName=drive-by&Version=2012-11-05"

ATTACKS = {
    "a form": request_bytes("/", CROSS | FORM, ACTION.encode()),
    "plain text": request_bytes("/", CROSS | TEXT, ACTION.encode()),
    "plain text of an action in the query": request_bytes(f"/?{ACTION}", CROSS | TEXT, b"x"),
    "a form with a made-up signature": request_bytes(f"/?{PRESIGNED}", CROSS | FORM, ACTION.encode()),
    "an image": request_bytes(
        f"/?{ACTION}", {"Host": "localhost", **ENGLISH, "Sec-Fetch-Site": "cross-site"}, b"", "GET"
    ),
    "an image with a made-up signature": request_bytes(
        f"/?{ACTION}&{PRESIGNED}", {"Host": "localhost", **ENGLISH, "Sec-Fetch-Site": "cross-site"}, b"", "GET"
    ),
    "an old browser's image": request_bytes(f"/?{ACTION}&{PRESIGNED}", {"Host": "localhost", **ENGLISH}, b"", "GET"),
    "a sandboxed frame's form": request_bytes("/", CROSS | FORM | {"Origin": "null"}, ACTION.encode()),
    "a WebSocket": request_bytes(
        f"/?{ACTION}",
        CROSS | {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"},
        b"",
        "GET",
    ),
    "a form with kept credentials": request_bytes("/", CROSS | FORM | {"Authorization": "Basic eDp5"}, ACTION.encode()),
    "a rebound page": request_bytes("/", REBOUND | TARGET, b'{"QueueName": "drive-by"}'),
    "a rebound page that signs anyhow": request_bytes(
        "/",
        REBOUND | TARGET | {"Authorization": SIGNED, "Origin": "http://evil.test:4566"},
        b'{"QueueName": "drive-by"}',
    ),
    "a rebound page that reads, signed anyhow": request_bytes(
        f"/?{ACTION}", REBOUND | {"Authorization": SIGNED}, b"", "GET"
    ),
    "a rebound page under a control endpoint's path": request_bytes(
        "/_chasqui/health", REBOUND | TARGET | {"Authorization": SIGNED}, b'{"QueueName": "drive-by"}'
    ),
    "a reset": request_bytes("/_chasqui/reset", CROSS | TEXT, b""),
    "a rebound reset": request_bytes("/_chasqui/reset", REBOUND | {"Authorization": SIGNED}, b""),
}


@pytest.fixture(scope="module", params=["permissive", "audit", "strict"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with StrictServer(tmp_path_factory.mktemp("data"), mode=request.param) as running:
        running.client().create_queue(QueueName="kept")
        yield running


@pytest.mark.parametrize("data", ATTACKS.values(), ids=ATTACKS.keys())
def test_a_page_of_another_site_does_nothing(server: Server, data: bytes) -> None:
    with RawClient(server.url) as client:
        answer = client.ask(data)

    # A strict server looks at the signature first, and finds it wanting.
    assert answer.status in ((400, 403) if SIGNED.encode() in data else (403,))
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert [url.rpartition("/")[2] for url in server.client().list_queues()["QueueUrls"]] == ["kept"]


def test_a_preflight_is_refused(server: Server) -> None:
    asked = CROSS | {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    with RawClient(server.url) as client:
        answer = client.ask(request_bytes("/", asked, b"", "OPTIONS"))

    assert answer.status == 403
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_configured_origin_is_let_through_and_no_other(tmp_path_factory: pytest.TempPathFactory) -> None:
    environ = {"CHASQUI_CORS_ORIGINS": "https://app.test,http://localhost:3000"}
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,x-amz-target"}
    call = {
        "Authorization": SIGNED,
        "X-Amz-Target": "AmazonSQS.ListQueues",
        "Content-Type": "application/x-amz-json-1.0",
    }
    with Server(tmp_path_factory.mktemp("data"), environ=environ) as running, RawClient(running.url) as client:
        ours = CROSS | {"Origin": "https://app.test"}
        preflight = client.ask(request_bytes("/", ours | asked, b"", "OPTIONS"))
        answer = client.ask(request_bytes("/", ours | call, b"{}"))
        mistake = client.ask(request_bytes("/", ours | call | {"X-Amz-Target": "AmazonSQS.GetQueueUrl"}, b"{}"))
        other = client.ask(request_bytes("/", CROSS | asked, b"", "OPTIONS"))

    assert (preflight.status, answer.status, mistake.status, other.status) == (204, 200, 400, 403)
    for each in (preflight, answer, mistake):
        assert each.headers["access-control-allow-origin"] == "https://app.test"
    assert "access-control-allow-origin" not in other.headers


def test_a_person_may_look_at_the_front_page_with_any_browser(server: Server) -> None:
    with RawClient(server.url) as client:
        answer = client.ask(request_bytes("/", {"Host": "localhost:4566", **ENGLISH}, b"", "GET"))

    assert (answer.status, b"AWS_ENDPOINT_URL" in answer.body) == (200, True)
