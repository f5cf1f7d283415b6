"""Who may use the control endpoints, and which pages may call the API, as tables."""

from __future__ import annotations

import pytest

from chasqui.server import guard

HOSTS = frozenset(("chasqui.internal", "10.0.0.5"))

ALLOWED = [
    {},
    {"host": "localhost:4566"},
    {"host": "LOCALHOST."},
    {"host": "127.0.0.1"},
    {"host": "127.1.2.3:4566"},
    {"host": "[::1]:4566"},
    {"host": "[::ffff:127.0.0.1]"},
    {"host": "localhost.localstack.cloud:4566"},
    {"host": "sqs.us-east-1.localhost.localstack.cloud:4566"},
    {"host": "chasqui.localhost"},
    {"host": "chasqui.internal:4566"},
    {"host": "10.0.0.5"},
    {"host": "localhost:4566", "origin": "http://localhost:4566"},
    {"host": "localhost:4566", "origin": "HTTP://Localhost:4566", "sec-fetch-site": "same-origin"},
    {"host": "localhost:4566", "sec-fetch-site": "none"},
]

REFUSED = [
    {"host": "evil.test"},
    {"host": "127.0.0.1.evil.test"},
    {"host": "localhost.evil.test"},
    {"host": "evillocalhost"},
    {"host": "10.0.0.6"},
    {"host": "0.0.0.0"},
    {"host": "[::2]"},
    {"host": "localhost:4566", "origin": "http://evil.test"},
    {"host": "localhost:4566", "origin": "http://localhost:3000"},
    {"host": "localhost:4566", "origin": "null"},
    {"host": "localhost:4566", "origin": ""},
    {"host": "localhost:4566", "sec-fetch-site": "cross-site"},
    {"host": "localhost:4566", "sec-fetch-site": "same-site"},
    {"host": "evil.test", "origin": "http://evil.test", "sec-fetch-site": "same-origin"},
]


def encoded(headers: dict[str, str]) -> dict[bytes, bytes]:
    return {name.encode(): value.encode() for name, value in headers.items()}


@pytest.mark.parametrize("headers", ALLOWED, ids=str)
def test_requests_that_may_use_the_control_endpoints(headers: dict[str, str]) -> None:
    assert guard.refusal(encoded(headers), HOSTS) is None


@pytest.mark.parametrize("headers", REFUSED, ids=str)
def test_requests_that_may_not_use_the_control_endpoints(headers: dict[str, str]) -> None:
    assert guard.refusal(encoded(headers), HOSTS) is not None


CONTROL = ["/_chasqui/health", "/_localstack/health", "/_aws/sqs/messages"]


@pytest.mark.parametrize("path", [*CONTROL, "/", "/_chasquix", "/000000000000/_aws/"])
def test_control_paths(path: str) -> None:
    assert guard.is_control(path) is (path in CONTROL)


SIGNED = {"authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, Signature=0"}
PRESIGNED = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00"
HERE = {"host": "localhost:4566"}
ENGLISH = {"accept-language": "en-GB,en;q=0.5"}
CROSS = {**HERE, **ENGLISH, "origin": "https://evil.test", "sec-fetch-site": "cross-site"}
REBOUND = {"host": "evil.test:4566", **ENGLISH}
ORIGINS = frozenset((b"https://app.test",))

# What it is, the header fields, the query string.
PAGES_LET_IN = [
    ("curl", HERE, ""),
    ("an SDK", HERE | SIGNED, ""),
    ("an SDK in a container", {"host": "chasqui:4566"} | SIGNED, ""),
    ("an SDK under a name of its own", {"host": "sqs.example.com"} | SIGNED, ""),
    ("Node's fetch", {"host": "sqs.example.com", "accept-language": "*", "sec-fetch-mode": "cors"} | SIGNED, ""),
    ("a phone's HTTP library by address", {"host": "192.168.1.5:4566"} | ENGLISH | SIGNED, ""),
    ("a phone's HTTP library by IPv6 address", {"host": "[fd00::5]:4566"} | ENGLISH | SIGNED, ""),
    ("a container's name", {"host": "chasqui:4566"} | ENGLISH | SIGNED, ""),
    ("the host's name in a container", {"host": "host.docker.internal:4566"} | ENGLISH | SIGNED, ""),
    ("a name of ours", {"host": "chasqui.internal:4566"} | ENGLISH | SIGNED, ""),
    ("the address bar", HERE | ENGLISH | {"sec-fetch-site": "none"}, ""),
    ("a page of our own origin", HERE | ENGLISH | {"sec-fetch-site": "same-origin"}, ""),
    ("a form of our own origin", HERE | ENGLISH | {"origin": "http://localhost:4566"}, ""),
    ("an old browser's link of our own", HERE | ENGLISH | {"referer": "http://localhost:4566/queue"}, ""),
    ("a development server's proxy, signed", HERE | SIGNED | {"origin": "http://localhost:3000"}, ""),
    ("an allowed origin", CROSS | {"origin": "https://app.test"}, ""),
    ("an allowed origin, presigned", CROSS | {"origin": "https://app.test"}, PRESIGNED),
]

PAGES_REFUSED = [
    ("a form", CROSS | {"content-type": "application/x-www-form-urlencoded"}, ""),
    ("plain text", CROSS | {"content-type": "text/plain"}, ""),
    ("a form with a parameter that holds another", CROSS, "Action=ListQueues&A=X-Amz-Signature=00"),
    ("a form with a made-up presigned query", CROSS, PRESIGNED),
    ("an image with a made-up presigned query", HERE | ENGLISH | {"sec-fetch-site": "cross-site"}, PRESIGNED),
    ("another port of the same site", HERE | ENGLISH | {"sec-fetch-site": "same-site"}, ""),
    ("a sandboxed frame", HERE | ENGLISH | {"origin": "null"}, ""),
    ("an empty origin", HERE | ENGLISH | {"origin": ""}, ""),
    ("an old browser that has only Origin", HERE | ENGLISH | {"origin": "https://evil.test"}, ""),
    ("an old browser's image", HERE | ENGLISH, ""),
    ("an old browser's image, presigned", HERE | ENGLISH, PRESIGNED),
    ("an old browser's image with a foreign referer", HERE | ENGLISH | {"referer": "https://evil.test/"}, ""),
    ("a referer that begins like ours", HERE | ENGLISH | {"referer": "http://localhost:4566.evil.test/"}, ""),
    ("a WebSocket", HERE | ENGLISH | {"upgrade": "websocket", "origin": "https://evil.test"}, ""),
    ("kept Basic credentials", CROSS | {"authorization": "Basic eDp5"}, ""),
    ("an origin that begins like an allowed one", CROSS | {"origin": "https://app.test.evil.test"}, ""),
    ("an allowed origin's other scheme", CROSS | {"origin": "http://app.test"}, ""),
    ("a rebound page, unsigned", REBOUND, ""),
    ("a rebound page, presigned", REBOUND, PRESIGNED),
    ("a rebound page, signed with anything", REBOUND | SIGNED, ""),
    ("a rebound page's form", REBOUND | {"origin": "http://evil.test:4566"} | SIGNED, ""),
    ("a rebound page over TLS", REBOUND | {"sec-fetch-site": "same-origin"} | SIGNED, ""),
    ("a rebound name like ours", REBOUND | {"host": "localhost.evil.test"} | SIGNED, ""),
]


def name_of(each: object) -> str:
    return each if isinstance(each, str) and each != PRESIGNED else ""


def api_refusal(headers: dict[str, str], query: str, *, verified: bool) -> str | None:
    return guard.api_refusal(encoded(headers), query, verified=verified, allowed_origins=ORIGINS, allowed_hosts=HOSTS)


@pytest.mark.parametrize("verified", [False, True])
@pytest.mark.parametrize(("what", "headers", "query"), PAGES_LET_IN, ids=name_of)
def test_api_requests_that_the_guard_lets_in(what: str, headers: dict[str, str], query: str, verified: bool) -> None:
    assert api_refusal(headers, query, verified=verified) is None


@pytest.mark.parametrize(("what", "headers", "query"), PAGES_REFUSED, ids=name_of)
def test_api_requests_of_pages_that_are_refused(what: str, headers: dict[str, str], query: str) -> None:
    assert api_refusal(headers, query, verified=False) is not None


@pytest.mark.parametrize(("what", "headers", "query"), PAGES_REFUSED, ids=name_of)
def test_a_signature_that_is_verified_lets_a_page_in_and_nothing_else_does(
    what: str, headers: dict[str, str], query: str
) -> None:
    signed = query == PRESIGNED or headers.get("authorization") == SIGNED["authorization"]

    assert (api_refusal(headers, query, verified=True) is None) is signed


def test_a_page_of_an_allowed_origin_may_use_the_control_endpoints() -> None:
    assert guard.refusal(encoded(CROSS | {"origin": "https://app.test"}), HOSTS, ORIGINS) is None


def test_an_allowed_origin_does_not_make_a_foreign_host_ours() -> None:
    assert guard.refusal(encoded(REBOUND | {"origin": "https://app.test"}), HOSTS, ORIGINS) is not None


CONFIRM = "Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-east-1:000000000000:t&Token=0"


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "is_link"),
    [
        ("GET", "/", CONFIRM, {}, True),
        ("GET", "/", "Action=Unsubscribe&SubscriptionArn=x", {}, True),
        ("POST", "/", CONFIRM, {}, False),
        ("GET", "/000000000000/queue", CONFIRM, {}, False),
        ("GET", "/", f"X=1&{CONFIRM}", {}, False),
        ("GET", "/", f"X=?Action=DeleteTopic&{CONFIRM}", {}, False),
        ("GET", "/", "Action=DeleteTopic&TopicArn=x", {}, False),
        ("GET", "/", "Action=ConfirmSubscriptions&TopicArn=x", {}, False),
        ("GET", "/", CONFIRM, {b"x-amz-target": b"AmazonSQS.SendMessage"}, False),
        ("GET", "/", CONFIRM, {b"smithy-protocol": b"rpc-v2-cbor"}, False),
    ],
)
def test_links_of_notifications_are_known_by_their_whole_form(
    method: str, path: str, query: str, headers: dict[bytes, bytes], is_link: bool
) -> None:
    assert guard.is_link(method, path, query, headers) is is_link
