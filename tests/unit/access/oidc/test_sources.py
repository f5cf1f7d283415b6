"""Where issuers' keys come from: asked of the issuer and kept for a while, or lying in a folder."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chasqui.access.oidc.fetched import DOCUMENT_BYTES_MAX, Fetched, FetchedKeys
from chasqui.access.oidc.folder import FolderKeys
from chasqui.access.oidc.keys import IssuerUnreachable, Jwk, KeySource, NoKeys
from chasqui.base.clock import TestClock
from tests.unit.access.oidc.minting import ISSUER, NOW_S, Issuer, ec_jwk, served_issuer
from tests.unit.server.serving import self_signed

SECOND = 1000
FIRST, SECOND_KEY = ec_jwk("first"), ec_jwk("second")


@pytest.fixture
def clock() -> TestClock:
    return TestClock(frozen_at_ms=NOW_S * 1000)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with served_issuer() as served:
        served.publish(FIRST)
        yield served


def kids(source: KeySource, issuer: str, kid: str = "first") -> list[Any]:
    async def ask() -> tuple[Jwk, ...]:
        return await source.keys(issuer, kid)

    return [key["kid"] for key in asyncio.run(ask())]


def test_an_issuer_says_where_its_keys_are(issuer: Issuer, clock: TestClock) -> None:
    assert kids(FetchedKeys(clock), issuer.url) == ["first"]
    assert issuer.asked == ["/.well-known/openid-configuration", "/jwks"]


def test_keys_are_asked_for_once_a_while(issuer: Issuer, clock: TestClock) -> None:
    source = FetchedKeys(clock)

    for _ in range(3):
        kids(source, issuer.url)
        clock.advance(60 * SECOND)

    assert len(issuer.asked) == 2


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [("", 600), ("public, max-age=120", 120), ("max-age=0", 60), ("max-age=999999", 3600), ("no-store", 600)],
)
def test_keys_are_kept_as_long_as_the_issuer_says_within_bounds(
    issuer: Issuer, clock: TestClock, cache_control: str, seconds: int
) -> None:
    issuer.cache_control = cache_control
    source = FetchedKeys(clock)
    kids(source, issuer.url)

    clock.advance((seconds - 1) * SECOND)
    kids(source, issuer.url)
    before = len(issuer.asked)
    clock.advance(1 * SECOND)
    kids(source, issuer.url)

    assert (before, len(issuer.asked)) == (2, 4)


def test_a_new_key_is_found_as_soon_as_a_token_names_it(issuer: Issuer, clock: TestClock) -> None:
    source = FetchedKeys(clock)
    kids(source, issuer.url)
    issuer.publish(FIRST, SECOND_KEY)
    clock.advance(10 * SECOND)

    assert kids(source, issuer.url, "second") == ["first", "second"]


def test_unknown_keys_make_nobody_ask_more_often_than_every_ten_seconds(issuer: Issuer, clock: TestClock) -> None:
    source = FetchedKeys(clock)

    for _ in range(5):
        kids(source, issuer.url, "made up")
    clock.advance(9 * SECOND)
    kids(source, issuer.url, "made up")

    assert len(issuer.asked) == 2


def test_keys_that_hold_serve_on_when_the_issuer_does_not_answer(issuer: Issuer, clock: TestClock) -> None:
    source = FetchedKeys(clock)
    kids(source, issuer.url)
    issuer.answers.clear()
    clock.advance(10 * SECOND)

    assert kids(source, issuer.url, "made up") == ["first"]


def test_an_issuer_that_fails_is_not_asked_again_at_once(issuer: Issuer, clock: TestClock) -> None:
    issuer.answers.clear()
    source = FetchedKeys(clock)

    for _ in range(3):
        with pytest.raises(IssuerUnreachable):
            kids(source, issuer.url)

    assert len(issuer.asked) == 1


def test_an_issuer_that_is_back_is_asked_ten_seconds_later(issuer: Issuer, clock: TestClock) -> None:
    issuer.answers.clear()
    source = FetchedKeys(clock)
    with pytest.raises(IssuerUnreachable):
        kids(source, issuer.url)
    issuer.publish(FIRST)
    clock.advance(10 * SECOND)

    assert kids(source, issuer.url) == ["first"]


def test_those_who_want_the_same_keys_at_once_wait_for_one_fetch(issuer: Issuer, clock: TestClock) -> None:
    source = FetchedKeys(clock)

    async def many() -> None:
        await asyncio.gather(*(source.keys(issuer.url, "first") for _ in range(5)))

    asyncio.run(many())

    assert len(issuer.asked) == 2


def test_who_stops_waiting_does_not_end_the_fetch_for_others(issuer: Issuer, clock: TestClock) -> None:
    source = FetchedKeys(clock)

    async def story() -> tuple[Jwk, ...]:
        impatient = asyncio.ensure_future(source.keys(issuer.url, "first"))
        patient = asyncio.ensure_future(source.keys(issuer.url, "first"))
        await asyncio.sleep(0)
        impatient.cancel()
        return await patient

    assert asyncio.run(story()) == (FIRST,)


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks"])
def test_redirects_are_not_followed(issuer: Issuer, clock: TestClock, path: str) -> None:
    issuer.answers["/elsewhere"] = issuer.answers[path]
    issuer.answers[path] = (302, {"Location": f"{issuer.url}/elsewhere"})

    with pytest.raises(IssuerUnreachable):
        kids(FetchedKeys(clock), issuer.url)
    assert "/elsewhere" not in issuer.asked


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"keys":7}', b'{"keys":[7]}', b"[" * 100_000, b"\xff"])
def test_what_is_no_key_set_gives_no_keys(issuer: Issuer, clock: TestClock, body: bytes) -> None:
    issuer.answers["/jwks"] = body

    with pytest.raises(NoKeys):
        kids(FetchedKeys(clock), issuer.url)


def test_a_document_without_end_is_given_up(issuer: Issuer, clock: TestClock) -> None:
    issuer.answers["/jwks"] = b" " * (DOCUMENT_BYTES_MAX + 1)

    with pytest.raises(NoKeys, match="larger"):
        kids(FetchedKeys(clock), issuer.url)


def test_another_issuers_configuration_is_not_believed(issuer: Issuer, clock: TestClock) -> None:
    issuer.publish(FIRST, issuer="https://somebody.example")

    with pytest.raises(NoKeys, match=r"somebody\.example"):
        kids(FetchedKeys(clock), issuer.url)


@pytest.mark.parametrize(
    "url",
    [
        "http://idp.example.com",
        "http://10.0.0.7",
        "http://169.254.169.254/latest",
        "http://127.0.0.1.example.com",
        "file:///etc/passwd",
        "ftp://idp.example.com",
        "https://user:password@idp.example.com",
        "https://",
        "https://idp.example.com:port",
        "https://[::1",
        "idp.example.com",
    ],
)
def test_only_https_is_asked_and_plain_http_on_this_machine_alone(clock: TestClock, url: str) -> None:
    asked: list[str] = []

    def fetch(asked_url: str) -> Fetched:
        asked.append(asked_url)
        return Fetched(b"{}")

    with pytest.raises(NoKeys):
        kids(FetchedKeys(clock, fetch), url)
    assert not asked


@pytest.mark.parametrize("jwks_uri", ["http://127.0.0.1/keys", "http://idp.example.com/keys", "file:///etc/keys"])
def test_an_https_issuers_keys_are_only_fetched_over_https(clock: TestClock, jwks_uri: str) -> None:
    configuration = Fetched(json.dumps({"issuer": ISSUER, "jwks_uri": jwks_uri}).encode())

    with pytest.raises(NoKeys, match="https"):
        kids(FetchedKeys(clock, lambda _url: configuration), ISSUER)


def test_an_issuer_whose_certificate_nobody_signed_is_not_believed(clock: TestClock, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(tmp_path))
    with served_issuer(context) as issuer:
        issuer.publish(FIRST)

        with pytest.raises(IssuerUnreachable, match="certificate"):
            kids(FetchedKeys(clock), issuer.url)
        assert not issuer.asked


def test_keys_lie_in_a_folder_under_their_issuers_name(tmp_path: Path) -> None:
    (tmp_path / "idp.example.com%2Frealms%2Fmain.json").write_text(json.dumps({"keys": [FIRST]}))

    assert kids(FolderKeys(tmp_path), ISSUER) == ["first"]


def test_a_new_file_counts_at_once(tmp_path: Path) -> None:
    source, file = FolderKeys(tmp_path), tmp_path / "idp.example.com%2Frealms%2Fmain.json"
    file.write_text(json.dumps({"keys": [FIRST]}))
    kids(source, ISSUER)
    file.write_text(json.dumps({"keys": [SECOND_KEY]}))

    assert kids(source, ISSUER) == ["second"]


@pytest.mark.parametrize("issuer", ["https://../keys", "https://..", "https://other", "https://" + "x" * 5000])
def test_nothing_outside_the_folder_is_read(tmp_path: Path, issuer: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [FIRST]}))

    with pytest.raises(NoKeys):
        kids(FolderKeys(folder), issuer)
