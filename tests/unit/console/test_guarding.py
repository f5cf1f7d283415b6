"""Which requests the console answers, and what it lets a browser do."""

from __future__ import annotations

import pytest

from chasqui.console.guarding import is_arrival, page_fields, refusal
from chasqui.console.signing import is_own

OWN = {b"host": b"localhost:4566"}
NAVIGATION = {b"sec-fetch-mode": b"navigate", b"sec-fetch-dest": b"document"}


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {b"host": b"evil.test:4566"}),
        ("GET", {b"host": b"localhost:4566; script-src *"}),
        ("GET", {b"host": b'localhost:1"><script>'}),
        ("GET", {b"host": b"localhost:4566 evil"}),
        ("GET", {**OWN, b"sec-fetch-site": b"cross-site", b"sec-fetch-mode": b"no-cors", b"sec-fetch-dest": b"image"}),
        ("GET", {**OWN, b"sec-fetch-site": b"same-site", b"sec-fetch-mode": b"cors", b"sec-fetch-dest": b"empty"}),
        ("GET", {**OWN, b"sec-fetch-site": b"same-origin", b"sec-fetch-dest": b"iframe"}),
        (
            "GET",
            {**OWN, b"sec-fetch-site": b"cross-site", b"sec-fetch-mode": b"navigate", b"sec-fetch-dest": b"iframe"},
        ),
        ("POST", {**OWN}),
        ("POST", {**OWN, b"origin": b"null"}),
        ("POST", {**OWN, b"origin": b"http://localhost:3000"}),
        ("POST", {**OWN, b"origin": b"http://127.0.0.1:4566"}),
        ("POST", {**OWN, b"origin": b"http://localhost:4566", b"sec-fetch-site": b"cross-site"}),
        ("POST", {**OWN, b"sec-fetch-site": b"cross-site", **NAVIGATION}),
        ("DELETE", {**OWN, b"sec-fetch-site": b"same-site"}),
        ("HEAD", {**OWN, b"origin": b"https://evil.test"}),
    ],
)
def test_requests_of_others_are_refused(method: str, headers: dict[bytes, bytes]) -> None:
    assert refusal(method, headers, frozenset()) is not None


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", OWN),
        ("GET", {b"host": b"[::1]:4566"}),
        ("GET", {b"host": b"console.example", b"sec-fetch-site": b"none", **NAVIGATION}),
        ("GET", {**OWN, b"sec-fetch-site": b"cross-site", **NAVIGATION}),
        ("POST", {**OWN, b"origin": b"http://localhost:4566", b"sec-fetch-site": b"same-origin"}),
        ("POST", {**OWN, b"origin": b"http://localhost:4566"}),
    ],
)
def test_requests_of_the_consoles_own_pages_are_answered(method: str, headers: dict[bytes, bytes]) -> None:
    assert refusal(method, headers, frozenset(("console.example",))) is None


def test_who_follows_a_link_of_another_site_arrives_without_a_session() -> None:
    assert is_arrival("GET", {**OWN, b"sec-fetch-site": b"cross-site", **NAVIGATION})
    assert not is_arrival("POST", {**OWN, b"sec-fetch-site": b"cross-site", **NAVIGATION})
    assert not is_arrival("GET", {**OWN, b"sec-fetch-site": b"same-origin", **NAVIGATION})


def test_scripts_come_from_the_consoles_own_folder_alone() -> None:
    policy = dict(page_fields("localhost:4566"))[b"content-security-policy"].decode()
    directives = dict(each.strip().partition(" ")[::2] for each in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "localhost:4566/_chasqui/console/static/"
    assert directives["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy


@pytest.mark.parametrize("address", ["/_chasqui/console/us-east-1/queues?u=http%3A%2F%2Fa", "/_chasqui/console/x"])
def test_an_address_of_the_console_is_its_own(address: str) -> None:
    assert is_own(address)


@pytest.mark.parametrize(
    "address",
    [
        "", "/", "//evil.test", "https://evil.test/_chasqui/console/", "/_chasqui/consolex/", "/_chasqui/console/../b",
        "/_chasqui/console/%2e%2E/b", "/_chasqui/console/.%2e/b", "/_chasqui/console/a/..?x", "/_chasqui/console/..#x",
        "/_chasqui/console/\\evil.test", "/_chasqui/console/\n", "/_chasqui/console//evil.test", "/_chasqui/console/é",
    ],
)  # fmt: skip
def test_every_other_address_is_not(address: str) -> None:
    assert not is_own(address)
