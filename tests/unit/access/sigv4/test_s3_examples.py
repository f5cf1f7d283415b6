"""The examples in the S3 API reference: single requests, a presigned URL, and the chunked uploads."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from chasqui.access.sigv4.chunks import chunk_decoder
from chasqui.access.sigv4.refusals import SignatureRefused
from chasqui.wire.protocol import Request
from tests.unit.access.sigv4.support import S3, refusal, sent, verify, with_headers

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
NOW_MS = int(datetime(2013, 5, 24, tzinfo=UTC).timestamp() * 1000)
BUCKET = "examplebucket.s3.amazonaws.com"
CREDENTIAL = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
EMPTY = hashlib.sha256(b"").hexdigest()
WELCOME = b"Welcome to Amazon S3."

SINGLE = [
    (
        "GET",
        "/test.txt",
        {"Range": "bytes=0-9"},
        b"",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    ),
    (
        "PUT",
        "/test$file.text",
        {"Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
        WELCOME,
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    ),
    ("GET", "/?lifecycle", {}, b"", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    ("GET", "/?max-keys=2&prefix=J", {}, b"", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
]
CHUNKED = {
    "content-encoding": "aws-chunked",
    "x-amz-decoded-content-length": "66560",
    "x-amz-storage-class": "REDUCED_REDUNDANCY",
}


def example(
    method: str, target: str, host: str, headers: dict[str, str], content: str, body: bytes, signature: str
) -> Request:
    own = {"Host": host, "x-amz-date": "20130524T000000Z", "x-amz-content-sha256": content, **headers}
    names = ";".join(sorted(name.lower() for name in own))
    given = f"AWS4-HMAC-SHA256 Credential={CREDENTIAL},SignedHeaders={names},Signature={signature}"
    return sent(method, target, {**own, "Authorization": given}, body)


def chunk(data: bytes, signature: str) -> bytes:
    return b"%x;chunk-signature=%b\r\n%b\r\n" % (len(data), signature.encode(), data)


PLAIN_UPLOAD = example(
    "PUT",
    "/examplebucket/chunkObject.txt",
    "s3.amazonaws.com",
    {**CHUNKED, "content-length": "66824"},
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    chunk(b"a" * 65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648")
    + chunk(b"a" * 1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497")
    + chunk(b"", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
)
TRAILING_UPLOAD = example(
    "PUT",
    "/examplebucket/chunkObject.txt",
    "s3.amazonaws.com",
    {**CHUNKED, "x-amz-trailer": "x-amz-checksum-crc32c"},
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    chunk(b"a" * 65536, "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2")
    + chunk(b"a" * 1024, "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7")
    + b"0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
    + b"x-amz-checksum-crc32c:sOO8/Q==\r\n"
    + b"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n",
    "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
)


def upload(request: Request, piece: int) -> tuple[bytes, dict[bytes, bytes]]:
    """Check an upload and decode its body, `piece` bytes at a time."""
    presented = verify(request, S3, "s3", NOW_MS, SECRET)
    decoder = chunk_decoder(presented, request, SECRET, NOW_MS)
    body = request.body
    payload = b"".join(decoder.feed(body[at : at + piece]) for at in range(0, len(body), piece))
    return payload, decoder.finish()


@pytest.mark.parametrize(("method", "target", "headers", "body", "signature"), SINGLE, ids=[case[1] for case in SINGLE])
def test_the_documented_requests_verify(
    method: str, target: str, headers: dict[str, str], body: bytes, signature: str
) -> None:
    request = example(method, target, BUCKET, headers, hashlib.sha256(body).hexdigest(), body, signature)

    presented = verify(request, S3, "s3", NOW_MS, SECRET)

    assert presented.access_key == "AKIAIOSFODNN7EXAMPLE"


def test_the_documented_presigned_url_verifies() -> None:
    target = (
        f"/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={CREDENTIAL.replace('/', '%2F')}"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )

    presented = verify(sent("GET", target, {"Host": BUCKET}), S3, "s3", NOW_MS, SECRET)

    assert presented.expires_s == 86400


@pytest.mark.parametrize("piece", [1, 7, 4096, 70_000])
def test_the_documented_chunked_upload_decodes_in_pieces_of_any_size(piece: int) -> None:
    payload, trailers = upload(PLAIN_UPLOAD, piece)

    assert payload == b"a" * 66560
    assert trailers == {}


@pytest.mark.parametrize("piece", [1, 7, 4096, 70_000])
def test_the_documented_upload_with_a_trailer_decodes_in_pieces_of_any_size(piece: int) -> None:
    payload, trailers = upload(TRAILING_UPLOAD, piece)

    assert payload == b"a" * 66560
    assert trailers == {b"x-amz-checksum-crc32c": b"sOO8/Q=="}


def test_a_trailers_signature_may_follow_an_empty_line() -> None:
    # As minio's client sends it.
    body = TRAILING_UPLOAD.body.replace(b"Q==\r\n", b"Q==\n\r\n")

    payload, trailers = upload(TRAILING_UPLOAD._replace(body=body), 4096)

    assert len(payload) == 66560
    assert trailers == {b"x-amz-checksum-crc32c": b"sOO8/Q=="}


@pytest.mark.parametrize("at", [100, 66_000])
def test_a_chunk_that_was_changed_is_refused(at: int) -> None:
    body = PLAIN_UPLOAD.body[:at] + b"b" + PLAIN_UPLOAD.body[at + 1 :]

    with pytest.raises(SignatureRefused) as caught:
        upload(PLAIN_UPLOAD._replace(body=body), 4096)

    assert caught.value.code == "SignatureDoesNotMatch"


def test_a_trailer_that_was_changed_is_refused() -> None:
    body = TRAILING_UPLOAD.body.replace(b"sOO8/Q==", b"AAAAAA==")

    with pytest.raises(SignatureRefused) as caught:
        upload(TRAILING_UPLOAD._replace(body=body), 4096)

    assert caught.value.code == "SignatureDoesNotMatch"


def test_the_last_chunk_of_another_upload_does_not_end_this_one() -> None:
    body = PLAIN_UPLOAD.body.replace(b"b6c6ea8a", b"2ca2aba2")

    with pytest.raises(SignatureRefused) as caught:
        upload(PLAIN_UPLOAD._replace(body=body), 4096)

    assert caught.value.code == "SignatureDoesNotMatch"


def test_a_range_that_was_changed_is_refused() -> None:
    request = example("GET", "/test.txt", BUCKET, {"Range": "bytes=0-9"}, EMPTY, b"", SINGLE[0][4])

    refused = refusal(with_headers(request, {b"range": b"bytes=0-99"}), S3, "s3", NOW_MS, SECRET)

    assert refused.code == "SignatureDoesNotMatch"
