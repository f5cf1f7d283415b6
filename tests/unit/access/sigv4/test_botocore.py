"""Agreement with botocore's signers: what they sign verifies, and nothing that was changed afterwards does."""

from __future__ import annotations

import string
from collections.abc import Callable
from urllib.parse import quote

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from hypothesis import given, settings
from hypothesis import strategies as st

from chasqui.access.sigv4.check import check
from chasqui.access.sigv4.read import read_presented
from chasqui.access.sigv4.refusals import Family, SignatureRefused
from chasqui.wire.protocol import Request
from tests.unit.access.sigv4.support import KEY, NOW_MS, S3, SECRET, SERVICE, refusal, signed, verify, with_headers

SIGNERS = [
    (SigV4Auth, False, "json"),
    (SigV4QueryAuth, True, "query"),
    (S3SigV4Auth, False, "s3"),
    (S3SigV4QueryAuth, True, "s3"),
]
IDS = [signer[0].__name__ for signer in SIGNERS]

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
segments = st.lists(st.one_of(texts, st.sampled_from(["", ".", "..", "a b", "%", "~", "+", "$&=;"])), max_size=5)
pairs = st.lists(st.tuples(texts.filter(lambda name: not name.startswith("X-Amz-")), texts), max_size=5)
values = st.text(string.ascii_letters + string.digits + " ,;=/\"'%:-", max_size=20)
headers = st.dictionaries(st.sampled_from(["X-Amz-Meta-A", "X-Amz-Target", "Content-Type", "Accept", "My-1"]), values)
bodies = st.binary(max_size=200)


def target_of(parts: list[str], query: list[tuple[str, str]]) -> str:
    path = "/" + "/".join(quote(part, safe="~") for part in parts)
    # A request target must not begin with two slashes, or botocore takes what follows for the host.
    path = "/" + path.lstrip("/")
    encoded = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in query if name)
    return f"{path}?{encoded}" if encoded else path


def services(family: Family) -> frozenset[str]:
    return S3 if family == "s3" else SERVICE


@pytest.mark.parametrize(("signer", "presigned", "family"), SIGNERS, ids=IDS)
@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["GET", "PUT", "POST", "DELETE"]), segments, pairs, headers, bodies, st.booleans())
def test_what_botocore_signs_verifies(
    signer: type[SigV4Auth],
    presigned: bool,
    family: Family,
    method: str,
    parts: list[str],
    query: list[tuple[str, str]],
    own: dict[str, str],
    body: bytes,
    session: bool,
) -> None:
    (service,) = services(family)
    # A query signer takes the body's fields into the query string.
    body = b"" if presigned else body
    # It takes the query string apart as a dictionary, too.
    query = list(dict(query).items()) if presigned else query
    request = signed(signer, service, method, target_of(parts, query), own, body, "tok/en+=" if session else None)

    presented = verify(request, services(family), family)

    assert presented.presigned is presigned
    assert presented.token == ("tok/en+=" if session else "")


@pytest.mark.parametrize("family", ["json", "s3"])
def test_what_is_not_utf_8_verifies(family: Family) -> None:
    (service,) = services(family)
    signer = S3SigV4Auth if family == "s3" else SigV4Auth

    presented = verify(signed(signer, service, "GET", "/%FF%80?x=%FF&%C3=1"), services(family), family)

    assert presented.service == service


def test_a_plus_sign_in_a_query_is_a_space() -> None:
    request = signed(SigV4Auth, "service", "GET", "/?x=a%20b")

    verify(request._replace(query="x=a+b"))


Change = Callable[[Request], Request]


def swapped(old: bytes, new: bytes) -> Change:
    """Something changed in the Authorization header or, in a presigned URL, in the query string."""

    def change(request: Request) -> Request:
        if b"authorization" in request.headers:
            return with_headers(request, {b"authorization": request.headers[b"authorization"].replace(old, new)})
        escaped = [part.decode().replace("/", "%2F").replace(";", "%3B") for part in (old, new)]
        return request._replace(query=request.query.replace(*escaped))

    return change


def other_signature(request: Request) -> Request:
    if b"authorization" in request.headers:
        given = request.headers[b"authorization"]
        return with_headers(request, {b"authorization": given[:-1] + (b"0" if given[-1:] != b"0" else b"1")})
    return request._replace(query=request.query[:-1] + ("0" if request.query[-1] != "0" else "1"))


CHANGES: dict[str, Change] = {
    "method": lambda request: request._replace(method="DELETE"),
    "path": lambda request: request._replace(path="/b/key"),
    "path-case": lambda request: request._replace(path="/a/KEY"),
    "query-value": lambda request: request._replace(query=request.query.replace("x=1", "x=2")),
    "query-more": lambda request: request._replace(query=request.query + "&more"),
    "query-less": lambda request: request._replace(query=request.query.replace("x=1", "")),
    "host": lambda request: with_headers(request, {b"host": b"another.example.com"}),
    "header": lambda request: with_headers(request, {b"x-amz-meta-a": b"two"}),
    "header-less": lambda request: with_headers(request, {b"x-amz-meta-a": None}),
    "header-more": lambda request: with_headers(request, {b"x-amz-acl": b"public-read"}),
    "date": swapped(b"/20150830/", b"/20150829/"),
    "region": swapped(b"/us-east-1/", b"/us-east-2/"),
    "service": swapped(b"/aws4_request", b"/aws5_request"),
    "signed-headers": swapped(b";x-amz-meta-a", b""),
    "signature": other_signature,
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(("signer", "presigned", "family"), SIGNERS, ids=IDS)
def test_nothing_that_was_changed_verifies(
    signer: type[SigV4Auth], presigned: bool, family: Family, change: str
) -> None:
    (service,) = services(family)
    body = b"" if presigned else b"the body"
    request = signed(signer, service, "PUT", "/a/key?x=1", {"X-Amz-Meta-A": "one"}, body)
    verify(request, services(family), family)

    with pytest.raises(SignatureRefused):
        verify(CHANGES[change](request), services(family), family)


@pytest.mark.parametrize(("signer", "presigned", "family"), SIGNERS, ids=IDS)
def test_what_another_secret_signed_does_not_verify(signer: type[SigV4Auth], presigned: bool, family: Family) -> None:
    (service,) = services(family)
    request = signed(signer, service, "PUT", "/a/key?x=1")

    refused = refusal(request, services(family), family, secret=SECRET + "x")

    assert refused.code == "SignatureDoesNotMatch"


@pytest.mark.parametrize(("signer", "family"), [(SigV4Auth, "json"), (S3SigV4Auth, "s3"), (SigV4QueryAuth, "query")])
def test_another_body_does_not_verify(signer: type[SigV4Auth], family: Family) -> None:
    (service,) = services(family)
    body = b"" if family == "query" else b"the body"
    request = signed(signer, service, "PUT", "/", {}, body)

    with pytest.raises(SignatureRefused):
        verify(request._replace(body=b"another one"), services(family), family)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SIGNERS), st.data())
def test_no_single_byte_of_what_is_signed_can_be_changed(
    by: tuple[type[SigV4Auth], bool, Family], data: st.DataObject
) -> None:
    signer, presigned, family = by
    (service,) = services(family)
    request = signed(signer, service, "PUT", "/a/key?x=1", {"X-Amz-Meta-A": "one"}, b"" if presigned else b"the body")
    place = data.draw(st.sampled_from(["path", "query", *sorted(request.headers)]))
    old = getattr(request, place) if isinstance(place, str) else request.headers[place].decode()
    at = data.draw(st.integers(0, len(old) - 1))
    letter = data.draw(st.sampled_from("abcXYZ019").filter(lambda letter: letter.lower() != old[at].lower()))
    new = old[:at] + letter + old[at + 1 :]
    changed = (
        request._replace(**{place: new}) if isinstance(place, str) else with_headers(request, {place: new.encode()})
    )

    assert unread_or_refused(changed, family)


def unread_or_refused(request: Request, family: Family) -> bool:
    try:
        presented = read_presented(request, family)
        if presented is not None:
            # The access key names the secret, and is not signed itself.
            secret = SECRET if presented.access_key == KEY else "another"
            check(presented, request, secret, NOW_MS, services(family), family=family)
    except SignatureRefused:
        return True
    return presented is None


def test_a_request_verifies_again_within_the_window() -> None:
    # Two equal requests in one second are legitimate, and nothing tells them from a replay.
    request = signed(SigV4Auth, "service", "POST", "/", {}, b"the body")

    verify(request)
    verify(request, now_ms=NOW_MS + 14 * 60_000)


def test_a_request_without_signature_presents_nothing() -> None:
    request = signed(SigV4Auth, "service")

    assert read_presented(with_headers(request, {b"authorization": None})) is None
