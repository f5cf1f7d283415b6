"""What the tests of signatures share: requests, botocore's signers at a time of the test's choosing, refusals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from chasqui.access.sigv4.check import check
from chasqui.access.sigv4.read import Presented, read_presented
from chasqui.access.sigv4.refusals import Family, SignatureRefused
from chasqui.wire.protocol import Request

KEY = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
MOMENT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
NOW_MS = int(MOMENT.timestamp() * 1000)
STAMP = "20150830T123600Z"
HOST = "example.amazonaws.com"
SERVICE = frozenset(("service",))
S3 = frozenset(("s3",))


def sent(
    method: str = "GET",
    target: str = "/",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> Request:
    """A request as the server hands it on."""
    path, _, query = target.partition("?")
    named = {name.lower().encode(): value.encode() for name, value in (headers or {}).items()}
    return Request(method, path, query, named, body)


def signed(
    signer: Any,
    service: str,
    method: str = "GET",
    target: str = "/",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    token: str | None = None,
    **options: Any,
) -> Request:
    """A request that one of botocore's signers has signed, at `MOMENT`."""
    request = AWSRequest(method, f"http://{HOST}{target}", headers={"Host": HOST, **(headers or {})}, data=body)
    with mock.patch("botocore.auth.get_current_datetime", return_value=MOMENT):
        signer(Credentials(KEY, SECRET, token), service, "us-east-1", **options).add_auth(request)
    parts = urlsplit(request.url)
    named = {name.lower().encode(): str(value).encode() for name, value in request.headers.items()}
    return Request(method, parts.path, parts.query, named, body)


def with_headers(request: Request, headers: Mapping[bytes, bytes | None]) -> Request:
    """The request with other headers; None takes one away."""
    changed = {**request.headers, **headers}
    return request._replace(headers={name: value for name, value in changed.items() if value is not None})


def presented_by(request: Request, family: Family = "query") -> Presented:
    presented = read_presented(request, family)
    assert presented is not None
    return presented


def verify(
    request: Request,
    services: frozenset[str] = SERVICE,
    family: Family = "query",
    now_ms: int = NOW_MS,
    secret: str = SECRET,
    **options: Any,
) -> Presented:
    """Read and check; raises `SignatureRefused`."""
    presented = presented_by(request, family)
    check(presented, request, secret, now_ms, services, family=family, **options)
    return presented


def refusal(
    request: Request,
    services: frozenset[str] = SERVICE,
    family: Family = "query",
    now_ms: int = NOW_MS,
    secret: str = SECRET,
    **options: Any,
) -> SignatureRefused:
    """How a request is refused."""
    with pytest.raises(SignatureRefused) as caught:
        verify(request, services, family, now_ms, secret, **options)
    return caught.value
