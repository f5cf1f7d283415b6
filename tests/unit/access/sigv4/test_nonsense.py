"""Whatever a request holds, it verifies or is refused: nothing that a client sends raises anything else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chasqui.access.sigv4.check import check
from chasqui.access.sigv4.chunks import ChunkDecoder
from chasqui.access.sigv4.read import read_presented
from chasqui.access.sigv4.refusals import Family, SignatureRefused
from chasqui.wire.protocol import Request
from tests.unit.access.sigv4.support import NOW_MS, S3, SECRET, SERVICE, STAMP

FAMILIES: tuple[Family, ...] = ("query", "json", "rest-json", "s3")
latin = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30)
ascii_ = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30)
credentials = st.one_of(
    latin,
    st.builds("/".join, st.lists(latin, min_size=5, max_size=5)),
    st.just("AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"),
    st.just("AKIDEXAMPLE/20150830/us-east-1/s3/aws4_request"),
)
names = st.one_of(latin, st.sampled_from(["host", "host;x-amz-date", "Host;;%s", "host;ü", ""]))
dates = st.one_of(latin, st.sampled_from([STAMP, "Sun, 30 Aug 2015 12:36:00 GMT", "Sun, 30 Aug 0000 12:36:00 -9999"]))
contents = st.one_of(latin, st.sampled_from(["UNSIGNED-PAYLOAD", "0" * 64, "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"]))


def refused_or_none(request: Request, family: Family) -> bool:
    try:
        presented = read_presented(request, family)
        if presented is not None:
            check(presented, request, SECRET, NOW_MS, S3 if family == "s3" else SERVICE, family=family)
    except SignatureRefused:
        return True
    return presented is None


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(FAMILIES),
    st.one_of(latin, st.just(None)),
    credentials,
    names,
    latin,
    st.dictionaries(st.sampled_from([b"x-amz-date", b"date"]), dates),
    contents,
    ascii_,
    ascii_,
)
def test_an_authorization_header_of_any_kind_is_refused(
    family: Family,
    whole: str | None,
    credential: str,
    signed: str,
    signature: str,
    dated: dict[bytes, str],
    content: str,
    path: str,
    query: str,
) -> None:
    made = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, Signature={signature}"
    headers = {
        b"host": b"localhost",
        b"authorization": (whole or made).encode("latin-1"),
        b"x-amz-content-sha256": content.encode("latin-1"),
        **{name: value.encode("latin-1") for name, value in dated.items()},
    }

    assert refused_or_none(Request("GET", path, query, headers, b"the body"), family)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(FAMILIES),
    st.dictionaries(
        st.sampled_from(
            [
                "X-Amz-Credential",
                "X-Amz-Date",
                "X-Amz-Expires",
                "X-Amz-SignedHeaders",
                "X-Amz-Signature",
                "X-Amz-Security-Token",
                "X-Amz-Content-Sha256",
            ]
        ),
        st.one_of(ascii_, st.sampled_from([STAMP, "host", "%ff", "%", "60", "a/20150830/us-east-1/s3/aws4_request"])),
        min_size=4,
    ),
)
def test_a_presigned_url_of_any_kind_is_refused(family: Family, values: dict[str, str]) -> None:
    query = "&".join(["X-Amz-Algorithm=AWS4-HMAC-SHA256", *(f"{name}={value}" for name, value in values.items())])

    assert refused_or_none(Request("GET", "/", query, {b"host": b"localhost"}, b""), family)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=20), st.sampled_from([b"\r\n", b"2\r\nhi\r\n", b"0\r\n", b"a:b\r\n"]))))
def test_a_chunked_body_of_any_kind_decodes_or_is_refused(pieces: list[bytes]) -> None:
    decoder = ChunkDecoder("STREAMING-UNSIGNED-PAYLOAD-TRAILER", 2, None, frozenset((b"a",)))

    try:
        payload = b"".join(decoder.feed(piece) for piece in pieces)
        trailers = decoder.finish()
    except SignatureRefused:
        return

    assert (len(payload), trailers.keys()) == (2, {b"a"})


@pytest.mark.parametrize("authorization", [b"", b"Bearer abc", b"Basic YTpi", b"aws4-hmac-sha256 Credential=x"])
def test_what_is_no_signature_presents_nothing(authorization: bytes) -> None:
    request = Request("GET", "/", "", {b"host": b"localhost", b"authorization": authorization}, b"")

    assert read_presented(request) is None
