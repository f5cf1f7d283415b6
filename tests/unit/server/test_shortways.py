"""The short way of S3's objects finds what the long one finds, or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from chasqui.base.service import Service
from chasqui.server.exchange import Exchange
from chasqui.server.inflow import Inflow
from chasqui.server.mounted import Endpoint
from chasqui.server.requests import request_of
from chasqui.server.shortways import RestRoutes, ShortWays
from chasqui.wire import routing
from chasqui.wire.model import load_service
from chasqui.wire.rest import read_bindings

SIGNED = b"AWS4-HMAC-SHA256 Credential=AKID/20261122/us-east-1/%b/aws4_request, SignedHeaders=host, Signature=0"
CATALOGUE = routing.Catalogue(("s3", "lambda", "sqs", "sns"))
SERVICE = Service(name="s3", module="chasqui.services.s3.table", room=None, own_words=True, personal=True)


def endpoint(name: str) -> Endpoint:
    return Endpoint(SERVICE, name, SERVICE.table().operations[name], load_service("s3"))


@pytest.fixture(scope="module")
def ways() -> ShortWays:
    known = ShortWays()
    for name in ("GetObject", "PutObject", "HeadObject", "DeleteObject", "CopyObject", "ListObjectsV2"):
        known.note(endpoint(name))
    return known


def exchange(method: str, target: str, host: str = "localhost:4566", scope: bytes = b"s3", **fields: str) -> Exchange:
    path, _, query = target.partition("?")
    table = {b"host": host.encode(), b"authorization": SIGNED % scope}
    table |= {name.replace("_", "-").encode(): value.encode() for name, value in fields.items()}
    return Exchange(method, target, path, query, table, b"", None)


def the_long_way(asked: Exchange) -> tuple[str, str, str]:
    request = request_of(asked)
    route = routing.route(CATALOGUE, request)
    if route.path:
        request = request._replace(path=route.path)
    params: dict[str, Any] = read_bindings(load_service("s3").operation(route.operation), request)
    return route.operation, params["Bucket"], params["Key"]


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "DELETE"])
@pytest.mark.parametrize(
    "target",
    [
        "/bucket/key",
        "/bucket/a/b//c/",
        "/bucket//lead",
        "/bucket/%20%2F%25",
        "/bucket/%C3%BC",
        "/b.c-d/../x",
        "/bucket/+",
    ],
)
@pytest.mark.parametrize("host", ["localhost:4566", "photos.s3.us-east-1.amazonaws.com", "photos.localhost:4566"])
def test_it_finds_what_the_long_way_finds(ways: ShortWays, method: str, target: str, host: str) -> None:
    asked = exchange(method, target, host)
    place = ways.of(asked)
    assert place is not None
    assert (place[0].endpoint.name, place[1], place[2]) == the_long_way(asked)


@pytest.mark.parametrize(
    "asked",
    [
        exchange("GET", "/bucket"),
        exchange("GET", "/bucket/"),
        exchange("GET", "//key"),
        exchange("GET", "/bucket/key?tagging"),
        exchange("GET", "/bucket/key?x-id=PutObject"),
        exchange("POST", "/bucket/key"),
        exchange("PUT", "/bucket/key", x_amz_copy_source="/bucket/other"),
        exchange("GET", "/bucket/%FF"),
        exchange("GET", "/buck%65t/key"),
        exchange("GET", "/2015-03-31/functions/f", scope=b"lambda"),
        exchange("GET", "/_chasqui/health"),
    ],
    ids=lambda asked: f"{asked.method} {asked.target}",
)
def test_what_is_not_plain_goes_the_long_way(ways: ShortWays, asked: Exchange) -> None:
    assert ways.of(asked) is None


def test_who_is_nobody_goes_the_long_way(ways: ShortWays) -> None:
    asked = exchange("GET", "/bucket/key")
    del asked.table[b"authorization"]
    assert ways.of(asked) is None


def test_a_body_that_is_still_to_come_goes_the_long_way(ways: ShortWays) -> None:
    asked = exchange("PUT", "/bucket/key")
    asked.stream = Inflow(5, lambda: None, lambda _size: None)
    assert ways.of(asked) is None


def test_the_operation_may_be_named_in_the_query(ways: ShortWays) -> None:
    place = ways.of(exchange("GET", "/bucket/key?x-id=GetObject"))
    assert place is not None
    assert place[0].endpoint.name == "GetObject"


def test_nothing_is_found_before_it_was_noted() -> None:
    assert ShortWays().of(exchange("GET", "/bucket/key")) is None


def test_an_input_has_the_fields_that_the_request_has(ways: ShortWays) -> None:
    asked = exchange("PUT", "/bucket/key", content_type="text/plain", x_amz_meta_a="1", x_amz_meta_b_c="2", other="x")
    place = ways.of(asked)
    assert place is not None
    params = place[0].params(place[1], place[2], asked.table)
    assert (params.Bucket, params.Key, params.ContentType) == ("bucket", "key", "text/plain")
    assert params.Metadata == {"a": "1", "b-c": "2"}


def test_a_route_is_remembered_by_address_and_scope() -> None:
    routes = RestRoutes()
    asked = exchange("POST", "/2015-03-31/functions/f/invocations", scope=b"lambda")
    lambda_door = endpoint("GetObject").door
    routes.note(asked, "not noted: it is signed for another service", lambda_door)
    assert routes.at_hand(asked) is None
    asked = exchange("POST", "/somewhere")
    routes.note(asked, "found", lambda_door)
    assert routes.at_hand(asked) == "found"
    assert routes.at_hand(exchange("GET", "/somewhere")) is None
    assert routes.at_hand(exchange("POST", "/somewhere?x")) is None
    assert routes.at_hand(exchange("POST", "/somewhere", scope=b"lambda")) is None
