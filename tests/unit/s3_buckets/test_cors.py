"""Buckets' CORS rules as browsers see them."""

from __future__ import annotations

import http.client
from typing import Any

import pytest

from chasqui.services.s3.browsers.cors import find_rule, matches
from chasqui.services.s3.types import CORSRule
from tests.support import Server

RULES = [
    {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://*.example.com"], "ExposeHeaders": ["ETag"]},
    {
        "AllowedMethods": ["PUT", "POST"],
        "AllowedOrigins": ["https://up.example.com"],
        "AllowedHeaders": ["x-amz-*", "content-type"],
        "MaxAgeSeconds": 3000,
    },
    {"AllowedMethods": ["HEAD"], "AllowedOrigins": ["*"]},
]


@pytest.fixture(scope="module")
def shared(house: Server, s3: Any) -> str:
    """A bucket with these rules and an object."""
    s3.create_bucket(Bucket="shared-with-pages")
    s3.put_bucket_cors(Bucket="shared-with-pages", CORSConfiguration={"CORSRules": RULES})
    s3.put_object(Bucket="shared-with-pages", Key="a", Body=b"hello")
    return "shared-with-pages"


def ask(house: Server, method: str, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection(house.url.removeprefix("http://"))
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, headers=fields)
    answer = connection.getresponse()
    told = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
    connection.close()
    return told


def test_rules_are_kept(s3: Any, shared: str) -> None:
    assert s3.get_bucket_cors(Bucket=shared)["CORSRules"] == RULES


def test_a_preflight_is_granted_by_the_rule_that_lists_all_of_it(house: Server, shared: str) -> None:
    status, fields, body = ask(
        house,
        "OPTIONS",
        f"/{shared}/new",
        Origin="https://up.example.com",
        Access_Control_Request_Method="PUT",
        Access_Control_Request_Headers="X-Amz-Date, Content-Type",
    )

    assert (status, body) == (200, "")
    assert fields["access-control-allow-origin"] == "https://up.example.com"
    assert fields["access-control-allow-methods"] == "PUT, POST"
    assert fields["access-control-allow-headers"] == "x-amz-date, content-type"
    assert fields["access-control-max-age"] == "3000"
    assert fields["access-control-allow-credentials"] == "true"
    assert fields["vary"] == "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


def test_everybodys_rule_names_nobody(house: Server, shared: str) -> None:
    _, fields, _ = ask(
        house, "OPTIONS", f"/{shared}/a", Origin="https://elsewhere.org", Access_Control_Request_Method="HEAD"
    )

    assert fields["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in fields


@pytest.mark.parametrize(
    ("origin", "method", "headers"),
    [
        ("https://example.org", "GET", ""),
        ("https://a.example.com", "DELETE", ""),
        ("https://up.example.com", "PUT", "x-other"),
    ],
)
def test_what_no_rule_lists_is_refused_in_s3s_words(
    house: Server, shared: str, origin: str, method: str, headers: str
) -> None:
    asked = {"Access_Control_Request_Headers": headers} if headers else {}
    path = f"/{shared}/a"
    status, fields, body = ask(house, "OPTIONS", path, Origin=origin, Access_Control_Request_Method=method, **asked)

    assert status == 403
    assert "access-control-allow-origin" not in fields
    assert "<Error><Code>AccessForbidden</Code><Message>CORSResponse: This CORS request is not allowed." in body
    assert "<ResourceType>OBJECT</ResourceType>" in body


def test_a_bucket_without_rules_says_so(house: Server, bucket: str) -> None:
    _, _, body = ask(house, "OPTIONS", f"/{bucket}", Origin="https://a.org", Access_Control_Request_Method="GET")

    assert "CORSResponse: CORS is not enabled for this bucket." in body
    assert "<ResourceType>BUCKET</ResourceType>" in body


def test_a_missing_bucket_says_so(house: Server, name: str) -> None:
    status, _, body = ask(house, "OPTIONS", f"/{name}/a", Origin="https://a.org", Access_Control_Request_Method="GET")

    assert (status, "CORSResponse: Bucket not found" in body) == (403, True)


def test_a_preflight_must_name_a_method(house: Server, shared: str) -> None:
    status, _, body = ask(house, "OPTIONS", f"/{shared}/a", Origin="https://a.example.com")

    assert (status, "Invalid Access-Control-Request-Method: null" in body) == (400, True)


def test_a_page_that_is_let_in_may_read_the_answer(house: Server, shared: str) -> None:
    status, fields, body = ask(house, "GET", f"/{shared}/a", Origin="https://a.example.com")

    assert (status, body) == (200, "hello")
    assert fields["access-control-allow-origin"] == "https://a.example.com"
    assert fields["access-control-expose-headers"] == "ETag"


def test_a_preflight_of_another_service_is_not_s3s(house: Server) -> None:
    asked = {"Origin": "https://a.org", "Access_Control_Request_Method": "POST"}
    for path in ("/", "/2015-03-31/functions/f/invocations", "/_chasqui/reset"):
        assert "CORSResponse" not in ask(house, "OPTIONS", path, **asked)[2]


def test_rules_also_count_for_buckets_in_hosts(house: Server, shared: str) -> None:
    host = f"{shared}.s3.localhost"
    _, fields, body = ask(house, "GET", "/a", Host=host, Origin="https://a.example.com")
    preflight, *_ = ask(
        house, "OPTIONS", "/a", Host=host, Origin="https://a.example.com", Access_Control_Request_Method="GET"
    )

    assert (body, fields["access-control-allow-origin"]) == ("hello", "https://a.example.com")
    assert preflight == 200


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*", "anything", True),
        ("http://*", "https://a", False),
        ("http://*.a.org", "http://.a.org", True),
        ("ab*ba", "aba", False),
        ("x", "X", False),
    ],
)
def test_one_star_stands_for_anything(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) is expected


def test_the_first_rule_that_fits_decides() -> None:
    first = CORSRule(AllowedMethods=["GET"], AllowedOrigins=["*"])
    second = CORSRule(AllowedMethods=["GET"], AllowedOrigins=["https://a.org"], AllowedHeaders=["*"])

    assert find_rule([first, second], "https://a.org", "GET") == (first, "*")
    assert find_rule([first, second], "https://a.org", "GET", ["x"]) == (second, "https://a.org")
