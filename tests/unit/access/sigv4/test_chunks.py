"""aws-chunked bodies that are not what they should be, and what a decoder holds."""

from __future__ import annotations

import pytest
from botocore.auth import S3SigV4Auth
from hypothesis import given, settings
from hypothesis import strategies as st

from chasqui.access.sigv4.chunks import ChunkDecoder, chunk_decoder
from chasqui.access.sigv4.read import Presented
from chasqui.access.sigv4.refusals import SignatureRefused
from chasqui.wire.protocol import Request
from tests.unit.access.sigv4.support import NOW_MS, SECRET, presented_by, signed, with_headers

KIND = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
CHECKSUM = frozenset((b"x-amz-checksum-crc32",))


def decoded(body: bytes, length: int, told: frozenset[bytes] = frozenset(), piece: int = 1 << 20) -> bytes:
    """The payload of an unsigned body."""
    decoder = ChunkDecoder(KIND, length, None, told)
    payload = b"".join(decoder.feed(body[at : at + piece]) for at in range(0, len(body), piece))
    decoder.finish()
    return payload


def refused(body: bytes, length: int, told: frozenset[bytes] = frozenset()) -> SignatureRefused:
    with pytest.raises(SignatureRefused) as caught:
        decoded(body, length, told)
    return caught.value


def upload(headers: dict[str, str], kind: str = KIND) -> tuple[Presented, Request]:
    request = signed(S3SigV4Auth, "s3", "PUT", "/b/k", headers)
    request = with_headers(request, {b"x-amz-content-sha256": kind.encode()})
    return presented_by(request, "s3"), request


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(8192, 9000), max_size=3), st.integers(0, 100), st.integers(1, 5000))
def test_unsigned_chunks_decode_in_pieces_of_any_size(sizes: list[int], last: int, piece: int) -> None:
    chunks = [bytes([number]) * size for number, size in enumerate([*sizes, last]) if size]
    body = (
        b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\nx-amz-checksum-crc32: AAAA\r\n\r\n"
    )

    payload = decoded(body, sum(map(len, chunks)), CHECKSUM, piece)

    assert payload == b"".join(chunks)


def test_trailers_are_handed_over() -> None:
    decoder = ChunkDecoder(KIND, 2, None, CHECKSUM)

    payload = decoder.feed(b"2\r\nhi\r\n0\r\nX-Amz-Checksum-Crc32: AAAA\r\n\r\n")

    assert payload == b"hi"
    assert decoder.finish() == {b"x-amz-checksum-crc32": b"AAAA"}


@pytest.mark.parametrize("end", range(1, 40))
def test_a_body_that_ends_early_is_incomplete(end: int) -> None:
    body = b"2\r\nhi\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n"

    refusal = refused(body[:-end], 2, CHECKSUM)

    assert (refusal.code, refusal.message) == ("IncompleteBody", "The request body terminated unexpectedly")


@pytest.mark.parametrize(
    "body",
    [
        b"x\r\nhi\r\n0\r\n\r\n",
        b"\r\nhi\r\n0\r\n\r\n",
        b"-2\r\nhi\r\n0\r\n\r\n",
        b"0x2\r\nhi\r\n0\r\n\r\n",
        b"2\nhi\r\n0\r\n\r\n",
        b"2\r\nhi0\r\n\r\n",
        b"2\r\nhim\r\n0\r\n\r\n",
        b"0000000000002\r\nhi\r\n0\r\n\r\n",
        b"2;" + b"x" * 300,
        b"2\r\nhi\r\n0\r\n\r\nmore\r\n",
    ],
)
def test_what_is_no_chunk_is_incomplete(body: bytes) -> None:
    assert refused(body, 2).code == "IncompleteBody"


@pytest.mark.parametrize("length", [1, 3])
def test_the_payload_is_as_long_as_was_said(length: int) -> None:
    refusal = refused(b"2\r\nhi\r\n0\r\n\r\n", length)

    assert refusal.code == "IncompleteBody"
    assert refusal.fields == {"NumberBytesExpected": str(length), "NumberBytesProvided": "2"}


def test_a_chunk_that_is_too_long_is_refused_before_it_has_come() -> None:
    decoder = ChunkDecoder(KIND, 10_000, None)

    with pytest.raises(SignatureRefused):
        decoder.feed(b"ffffffffffff\r\n")


def test_only_the_last_chunk_may_be_small() -> None:
    refusal = refused(b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 5)

    assert refusal.code == "InvalidChunkSizeError"
    assert refusal.fields == {"Chunk": "2", "BadChunkSize": "3"}


@pytest.mark.parametrize(
    "trailers",
    [
        b"\r\n",
        b"x-amz-checksum-crc32:AAAA\r\nanother:one\r\n\r\n",
        b"x-amz-checksum-crc32:AAAA\r\nx-amz-checksum-crc32:BBBB\r\n\r\n",
        b"x-amz-checksum-crc32\r\n\r\n",
        b"another:one\r\n\r\n",
        b"x-amz-checksum-crc32:" + b"A" * 9000,
    ],
)
def test_trailers_are_those_that_were_announced(trailers: bytes) -> None:
    assert refused(b"0\r\n" + trailers, 0, CHECKSUM).code == "MalformedTrailerError"


def test_a_signed_body_without_signatures_is_refused() -> None:
    presented, request = upload({"x-amz-decoded-content-length": "2"}, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
    decoder = chunk_decoder(presented, request, SECRET, NOW_MS)

    with pytest.raises(SignatureRefused) as caught:
        decoder.feed(b"2\r\nhi\r\n0\r\n\r\n")

    assert caught.value.code == "IncompleteBody"


@pytest.mark.parametrize("length", ["", "-1", "x", "1" * 16])
def test_the_length_must_be_told(length: str) -> None:
    presented, request = upload({"x-amz-decoded-content-length": length})

    with pytest.raises(SignatureRefused) as caught:
        chunk_decoder(presented, request, SECRET, NOW_MS)

    assert (caught.value.code, caught.value.status) == ("MissingContentLength", 411)


def test_payload_is_handed_on_as_it_comes() -> None:
    decoder = ChunkDecoder(KIND, 1 << 30, None)
    decoder.feed(b"40000000\r\n")

    handed = [decoder.feed(b"x" * 1000) for _ in range(100)]

    assert handed == [b"x" * 1000] * 100
