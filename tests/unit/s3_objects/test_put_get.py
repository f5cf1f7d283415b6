"""PutObject, GetObject, HeadObject: what is put is got."""

from __future__ import annotations

import base64
import hashlib
import urllib.request
from typing import Any

import pytest

from tests.unit.s3_objects.support import Bucket, refused

HOSTILE = [
    "../../etc/passwd",
    "/leading",
    "a//b",
    ".",
    "..",
    "trailing/",
    "space and +plus&amp;?#%41",
    "emoji-\U0001f600",
    "n\u00fcl\u0001\u0002",
    "\U0010ffff",
    "x" * 1024,
]


@pytest.mark.parametrize("key", HOSTILE)
def test_any_key_of_up_to_1024_bytes_names_an_object(bucket: Bucket, key: str) -> None:
    bucket.put(key, key.encode())

    assert bucket.read(key) == key.encode()
    assert bucket.keys() == [key]


def test_a_longer_key_is_refused_with_its_size(bucket: Bucket) -> None:
    with refused("KeyTooLongError", 400) as told:
        bucket.put("\u00fc" * 513)

    assert (told["Size"], told["MaxSizeAllowed"]) == ("1026", "1024")


def test_a_put_is_answered_with_the_md5_and_the_checksum(bucket: Bucket) -> None:
    answer = bucket.put("k", b"hello")

    assert answer["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"'
    assert answer["ChecksumCRC32"] == "NhCmhg=="
    assert answer["ServerSideEncryption"] == "AES256"
    assert "VersionId" not in answer


def test_an_empty_object_is_an_object(bucket: Bucket) -> None:
    bucket.put("empty", b"")

    assert bucket.read("empty") == b""
    assert bucket.head("empty")["ContentLength"] == 0


def test_headers_and_metadata_come_back(bucket: Bucket) -> None:
    headers = {
        "ContentType": "text/plain; charset=utf-8",
        "CacheControl": "max-age=60",
        "ContentDisposition": 'attachment; filename="a.txt"',
        "ContentEncoding": "gzip",
        "ContentLanguage": "de",
    }
    bucket.put("k", Metadata={"colour": "red", "shape": "round, or so"}, **headers)

    answer = bucket.head("k")

    assert {name: answer[name] for name in headers} == headers
    assert answer["Metadata"] == {"colour": "red", "shape": "round, or so"}


def test_the_default_type_is_binary(bucket: Bucket) -> None:
    bucket.put("k")

    assert bucket.head("k")["ContentType"] == "binary/octet-stream"


def test_metadata_beyond_two_kilobytes_is_refused(bucket: Bucket) -> None:
    with refused("MetadataTooLarge", 400) as told:
        bucket.put("k", Metadata={"a": "x" * 2048})

    assert told["MaxSizeAllowed"] == "2048"


def test_metadata_beyond_ascii_is_told_as_rfc_2047_says(bucket: Bucket) -> None:
    def raw(request: Any, **_: Any) -> None:
        request.headers["x-amz-meta-name"] = "=?UTF-8?Q?M=C3=BCller?="

    bucket.client.meta.events.register("before-sign.s3.PutObject", raw)
    try:
        bucket.put("k")
    finally:
        bucket.client.meta.events.unregister("before-sign.s3.PutObject", raw)

    assert bucket.head("k")["Metadata"] == {"name": f"=?UTF-8?B?{base64.b64encode('Müller'.encode()).decode()}?="}


def test_a_put_replaces_what_was_there(bucket: Bucket) -> None:
    bucket.put("k", b"old", Metadata={"a": "b"}, Tagging="a=b")
    bucket.put("k", b"new")

    answer = bucket.get("k")

    assert answer["Body"].read() == b"new"
    assert answer["Metadata"] == {}
    assert "TagCount" not in answer


def test_a_missing_key_is_404(bucket: Bucket) -> None:
    with refused("NoSuchKey", 404) as told:
        bucket.get("nothing")

    assert told["Key"] == "nothing"
    with refused("404", 404):
        bucket.head("nothing")


def test_a_missing_bucket_is_404(bucket: Bucket) -> None:
    with refused("NoSuchBucket", 404):
        bucket.client.put_object(Bucket="there-is-none", Key="k", Body=b"")


def test_another_accounts_bucket_is_refused_when_the_owner_is_named(bucket: Bucket) -> None:
    with refused("AccessDenied", 403):
        bucket.put("k", ExpectedBucketOwner="999999999999")


@pytest.mark.parametrize("label", ["REDUCED_REDUNDANCY", "STANDARD_IA", "GLACIER_IR"])
def test_storage_classes_that_can_be_read_at_once_are_labels(bucket: Bucket, label: str) -> None:
    bucket.put("k", StorageClass=label)

    assert bucket.head("k")["StorageClass"] == label


def test_the_standard_class_is_not_told(bucket: Bucket) -> None:
    bucket.put("k", StorageClass="STANDARD")

    assert "StorageClass" not in bucket.head("k")


def test_archives_are_refused(bucket: Bucket) -> None:
    with refused("NotImplemented", 501):
        bucket.put("k", StorageClass="GLACIER")


def test_an_unknown_class_is_refused(bucket: Bucket) -> None:
    with refused("InvalidStorageClass", 400):
        bucket.put("k", StorageClass="SHELF")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"WebsiteRedirectLocation": "/x"}, "NotImplemented"),
        ({"WriteOffsetBytes": 3}, "NotImplemented"),
        ({"ObjectLockLegalHoldStatus": "ON"}, "InvalidRequest"),
        ({"GrantRead": "id=abc"}, "AccessControlListNotSupported"),
        ({"ACL": "public-read"}, "AccessControlListNotSupported"),
        ({"Tagging": "a=b&a=c"}, "InvalidArgument"),
        ({"Tagging": "&".join(f"k{n}=v" for n in range(11))}, "BadRequest"),
        ({"Tagging": "aws%3Ax=y"}, "InvalidTag"),
    ],
)
def test_what_is_not_there_is_refused_and_nothing_is_kept(bucket: Bucket, asked: dict[str, Any], code: str) -> None:
    with refused(code):
        bucket.put("k", **asked)

    assert bucket.keys() == []


def test_answers_can_be_given_other_headers(bucket: Bucket) -> None:
    bucket.put("k", ContentType="text/plain")

    answer = bucket.get("k", ResponseContentType="text/html", ResponseContentDisposition="attachment")

    assert answer["ContentType"] == "text/html"
    assert answer["ContentDisposition"] == "attachment"


def test_pages_cannot_run_what_they_fetch(bucket: Bucket) -> None:
    bucket.put("k", b"<script>", ContentType="text/html")

    fields = bucket.get("k")["ResponseMetadata"]["HTTPHeaders"]

    assert fields["content-security-policy"] == "sandbox"
    assert fields["x-content-type-options"] == "nosniff"


def test_the_checksum_is_told_when_asked_for(bucket: Bucket) -> None:
    bucket.put("k", b"hello", ChecksumAlgorithm="SHA256")

    expected = base64.b64encode(hashlib.sha256(b"hello").digest()).decode()
    assert bucket.head("k", ChecksumMode="ENABLED")["ChecksumSHA256"] == expected
    assert "ChecksumSHA256" not in bucket.head("k")


def test_presigned_urls_put_and_get(bucket: Bucket) -> None:
    place = {"Bucket": bucket.name, "Key": "signed"}
    put = bucket.client.generate_presigned_url("put_object", Params=place)
    get = bucket.client.generate_presigned_url("get_object", Params={**place, "ResponseContentType": "text/x"})

    urllib.request.urlopen(urllib.request.Request(put, data=b"by url", method="PUT")).close()
    with urllib.request.urlopen(get) as answer:
        assert answer.read() == b"by url"
        assert answer.headers["content-type"] == "text/x"


def test_megabytes_come_back_as_they_went(bucket: Bucket) -> None:
    body = bytes(range(256)) * 12_000
    bucket.put("large", body)

    assert bucket.read("large") == body
    assert bucket.read("large", Range="bytes=1000000-1000999") == body[1_000_000:1_001_000]


def test_what_is_put_on_either_engine_is_got(engines_client: Any) -> None:
    bucket = Bucket(engines_client)
    bucket.put("small", b"x" * 4096, Metadata={"a": "b"})
    bucket.put("large", b"y" * 300_000)

    assert bucket.read("small") == b"x" * 4096
    assert bucket.read("large") == b"y" * 300_000
    bucket.put("large", b"z")
    assert bucket.read("large") == b"z"
    bucket.delete("small")
    assert bucket.keys() == ["large"]
