"""Who may use the control endpoints, as a table."""

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
