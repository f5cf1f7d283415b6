"""How heavy pages are: what comes over the wire, compressed, with everything that a page loads."""

from __future__ import annotations

import http.client
import re
from urllib.parse import urlsplit

import pytest

from tests.console.places import HEADERS, Place, furnish, places
from tests.support import Server

PAGE_BYTES_MAX = 200_000
GOAL_BYTES = 100_000
FETCHED = re.compile(r'(?:src|href)="(/_chasqui/console/static/[^"]+)"')


@pytest.fixture(scope="module")
def found(server: Server) -> list[Place]:
    return places(server, furnish(server))


def _get(server: Server, path: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    try:
        connection.request("GET", path, headers=HEADERS)
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def _assets(found: list[Place], path: str = "home") -> list[str]:
    return sorted(set(FETCHED.findall(next(place.text for place in found if place.path == path))))


def test_every_page_weighs_less_than_what_is_allowed(server: Server, found: list[Place]) -> None:
    weights, sizes = {}, dict[str, int]()
    for place in found:
        if place.kind == "page":
            assets = _assets(found, place.path)
            for asset in assets:
                if asset not in sizes:
                    sizes[asset] = len(_get(server, asset)[1])
            weights[place.path] = place.bytes + sum(sizes[asset] for asset in assets)
    assert {path: weight for path, weight in weights.items() if weight > PAGE_BYTES_MAX} == {}
    assert weights["home"] < GOAL_BYTES


def test_what_opens_later_is_fetched_later(found: list[Place]) -> None:
    names = [asset.rpartition("/")[2].rpartition("-")[0] for asset in _assets(found)]
    assert "console" in names
    assert not {"jump", "tour"} & set(names)


def test_assets_are_kept_for_ever_under_names_that_tell_their_content(server: Server, found: list[Place]) -> None:
    for asset in _assets(found):
        answer, _ = _get(server, asset)
        assert answer.getheader("cache-control") == "public, max-age=31536000, immutable", asset
        assert answer.getheader("content-encoding") == "gzip", asset
        assert re.search(r"-[0-9a-f]{12}\.\w+$", asset), asset


def test_pages_are_not_kept(server: Server) -> None:
    answer, _ = _get(server, "/_chasqui/console/us-east-1/home")
    assert answer.getheader("cache-control") == "no-store"
