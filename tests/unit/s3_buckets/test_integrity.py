"""Documents that do not hold what their header fields promise are refused."""

from __future__ import annotations

import base64
import hashlib
import http.client
import zlib

import pytest

from tests.support import Server

TAGS = b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
SIGNED = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00"
MD5 = base64.b64encode(hashlib.md5(TAGS).digest()).decode()
CRC32 = base64.b64encode(zlib.crc32(TAGS).to_bytes(4, "big")).decode()


def put_tags(house: Server, bucket: str, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(house.url.removeprefix("http://"))
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("PUT", f"/{bucket}?tagging", TAGS, {"Authorization": SIGNED, **fields})
    answer = connection.getresponse()
    told = answer.status, answer.read().decode()
    connection.close()
    return told


@pytest.mark.parametrize("headers", [{"Content_MD5": MD5}, {"x_amz_checksum_crc32": CRC32}])
def test_what_is_as_promised_is_taken(house: Server, bucket: str, headers: dict[str, str]) -> None:
    assert put_tags(house, bucket, **headers)[0] == 204


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "InvalidRequest"),
        ({"Content_MD5": "nonsense"}, "InvalidDigest"),
        ({"Content_MD5": base64.b64encode(b"0" * 16).decode()}, "BadDigest"),
        ({"x_amz_checksum_crc32": "AAAAAA=="}, "BadDigest"),
        ({"x_amz_checksum_crc32": "AA=="}, "InvalidRequest"),
    ],
)
def test_what_is_not_is_refused(house: Server, bucket: str, headers: dict[str, str], code: str) -> None:
    status, body = put_tags(house, bucket, **headers)

    assert (status, f"<Code>{code}</Code>" in body) == (400, True)
