"""Multipart uploads, by boto3: what is made of parts, and what is refused."""

from __future__ import annotations

import base64
import hashlib
import os
import zlib
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support import Server

LEAST = 5 * 1024 * 1024
PARTS = [os.urandom(LEAST), os.urandom(LEAST + 17), os.urandom(1000)]
WHOLE = b"".join(PARTS)


def begin(s3: Any, key: str, **facts: Any) -> str:
    return str(s3.create_multipart_upload(Bucket="uploads", Key=key, **facts)["UploadId"])


def upload(s3: Any, key: str, upload_id: str, number: int, data: bytes, **facts: Any) -> dict[str, Any]:
    answer = s3.upload_part(Bucket="uploads", Key=key, UploadId=upload_id, PartNumber=number, Body=data, **facts)
    told = checksums(answer) if "ChecksumAlgorithm" in facts else {}
    return {"PartNumber": number, "ETag": answer["ETag"], **told}


def checksums(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name.startswith("Checksum") and name != "ChecksumType"}


def complete(s3: Any, key: str, upload_id: str, parts: list[dict[str, Any]], **facts: Any) -> Any:
    return s3.complete_multipart_upload(
        Bucket="uploads", Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}, **facts
    )


def refusal(operation: Any, *arguments: Any, **parameters: Any) -> tuple[int, str, dict[str, Any]]:
    with pytest.raises(ClientError) as caught:
        operation(*arguments, **parameters)
    error = caught.value.response["Error"]
    return caught.value.response["ResponseMetadata"]["HTTPStatusCode"], error["Code"], error


def etag_of(parts: list[bytes]) -> str:
    digest = hashlib.md5(b"".join([hashlib.md5(each).digest() for each in parts])).hexdigest()
    return f'"{digest}-{len(parts)}"'


def body(s3: Any, key: str, **facts: Any) -> bytes:
    return bytes(s3.get_object(Bucket="uploads", Key=key, **facts)["Body"].read())


def test_parts_become_an_object(s3: Any) -> None:
    key = "three"
    upload_id = begin(s3, key, ContentType="image/png", Metadata={"colour": "red"})
    parts = [upload(s3, key, upload_id, number, data) for number, data in enumerate(PARTS, 1)]
    answer = complete(s3, key, upload_id, parts)
    assert answer["ETag"] == etag_of(PARTS)
    assert body(s3, key) == WHOLE
    head = s3.head_object(Bucket="uploads", Key=key)
    assert (head["ContentType"], head["Metadata"], head["ContentLength"]) == (
        "image/png",
        {"colour": "red"},
        len(WHOLE),
    )


def test_a_range_across_parts_is_read(s3: Any) -> None:
    key = "ranged"
    upload_id = begin(s3, key)
    complete(s3, key, upload_id, [upload(s3, key, upload_id, number, data) for number, data in enumerate(PARTS, 1)])
    start = LEAST - 100
    assert body(s3, key, Range=f"bytes={start}-{start + 299}") == WHOLE[start : start + 300]


def test_a_part_of_the_object_is_read_by_its_number(s3: Any) -> None:
    key = "by-number"
    upload_id = begin(s3, key)
    complete(s3, key, upload_id, [upload(s3, key, upload_id, number, data) for number, data in enumerate(PARTS, 1)])
    answer = s3.get_object(Bucket="uploads", Key=key, PartNumber=2)
    assert (answer["PartsCount"], answer["Body"].read()) == (3, PARTS[1])


def test_parts_may_come_in_any_order_and_numbers_may_have_gaps(s3: Any) -> None:
    key = "gaps"
    # Part-level checksums want consecutive numbers; CRC64NVME is of the whole.
    upload_id = begin(s3, key, ChecksumAlgorithm="CRC64NVME")
    last = upload(s3, key, upload_id, 900, PARTS[2], ChecksumAlgorithm="CRC64NVME")
    first = upload(s3, key, upload_id, 7, PARTS[0], ChecksumAlgorithm="CRC64NVME")
    complete(s3, key, upload_id, [first, last])
    assert body(s3, key) == PARTS[0] + PARTS[2]


def test_a_composite_checksum_is_of_the_parts_checksums(s3: Any) -> None:
    key = "composite"
    upload_id = begin(s3, key, ChecksumAlgorithm="SHA256")
    parts = [
        upload(s3, key, upload_id, number, data, ChecksumAlgorithm="SHA256") for number, data in enumerate(PARTS, 1)
    ]
    answer = complete(s3, key, upload_id, parts)
    digest = hashlib.sha256(b"".join([hashlib.sha256(each).digest() for each in PARTS])).digest()
    assert answer["ChecksumSHA256"] == base64.b64encode(digest).decode() + "-3"
    assert answer["ChecksumType"] == "COMPOSITE"


def test_a_full_object_checksum_is_that_of_the_whole(s3: Any) -> None:
    key = "full"
    upload_id = begin(s3, key, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    parts = [
        upload(s3, key, upload_id, number, data, ChecksumAlgorithm="CRC32") for number, data in enumerate(PARTS, 1)
    ]
    whole = base64.b64encode(zlib.crc32(WHOLE).to_bytes(4, "big")).decode()
    assert refusal(complete, s3, key, upload_id, parts, ChecksumCRC32="AAAAAA==", ChecksumType="FULL_OBJECT")[1] == (
        "BadDigest"
    )
    answer = complete(s3, key, upload_id, parts, ChecksumCRC32=whole, ChecksumType="FULL_OBJECT")
    assert answer["ChecksumCRC32"] == whole


@pytest.mark.parametrize(
    ("algorithm", "type_", "message"),
    [
        ("SHA256", "FULL_OBJECT", "The FULL_OBJECT checksum type cannot be used with the sha256 checksum algorithm."),
        ("CRC64NVME", "COMPOSITE", "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm."),
    ],
)
def test_a_checksum_type_that_its_algorithm_has_not_is_refused(
    s3: Any, algorithm: str, type_: str, message: str
) -> None:
    error = refusal(begin, s3, "refused", ChecksumAlgorithm=algorithm, ChecksumType=type_)
    assert (error[1], error[2]["Message"]) == ("InvalidRequest", message)


def test_a_part_with_another_checksum_than_the_uploads_is_refused(s3: Any) -> None:
    upload_id = begin(s3, "other", ChecksumAlgorithm="SHA256")
    _, code, error = refusal(upload, s3, "other", upload_id, 1, b"x", ChecksumAlgorithm="CRC32")
    assert (code, error["Message"]) == (
        "InvalidRequest",
        "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32",
    )


def test_a_part_that_was_replaced_is_not_in_the_object(s3: Any) -> None:
    key = "replaced"
    upload_id = begin(s3, key)
    old = upload(s3, key, upload_id, 1, b"old")
    new = upload(s3, key, upload_id, 1, b"new")
    assert refusal(complete, s3, key, upload_id, [old])[1] == "InvalidPart"
    complete(s3, key, upload_id, [new])
    assert body(s3, key) == b"new"


def test_parts_that_are_not_listed_are_left_out(s3: Any) -> None:
    key = "left-out"
    upload_id = begin(s3, key)
    parts = [upload(s3, key, upload_id, number, b"%d" % number) for number in (1, 2)]
    complete(s3, key, upload_id, parts[:1])
    assert body(s3, key) == b"1"


def test_completing_again_tells_the_same(s3: Any) -> None:
    key = "again"
    upload_id = begin(s3, key)
    parts = [upload(s3, key, upload_id, 1, b"x")]
    first, second = complete(s3, key, upload_id, parts), complete(s3, key, upload_id, parts)
    assert (first["ETag"], first["Location"]) == (second["ETag"], second["Location"])


def test_small_parts_are_refused_but_for_the_last(s3: Any) -> None:
    key = "small"
    upload_id = begin(s3, key)
    parts = [upload(s3, key, upload_id, number, b"x") for number in (1, 2)]
    _, code, error = refusal(complete, s3, key, upload_id, parts)
    assert (code, error["MinSizeAllowed"], error["PartNumber"], error["ProposedSize"]) == (
        "EntityTooSmall",
        str(LEAST),
        "1",
        "1",
    )


def test_parts_are_listed_in_ascending_order(s3: Any) -> None:
    key = "order"
    upload_id = begin(s3, key)
    parts = [upload(s3, key, upload_id, number, b"x") for number in (1, 2)]
    assert refusal(complete, s3, key, upload_id, parts[::-1])[1] == "InvalidPartOrder"


def test_a_list_without_parts_is_malformed(s3: Any) -> None:
    assert refusal(complete, s3, "none", begin(s3, "none"), [])[1] == "MalformedXML"


def test_the_objects_size_can_be_told_ahead(s3: Any) -> None:
    key = "sized"
    upload_id = begin(s3, key)
    parts = [upload(s3, key, upload_id, 1, b"12345")]
    assert refusal(complete, s3, key, upload_id, parts, MpuObjectSize=6)[1] == "InvalidRequest"
    complete(s3, key, upload_id, parts, MpuObjectSize=5)


def test_what_is_there_is_not_overwritten_if_that_is_asked_for(s3: Any) -> None:
    key = "guarded"
    s3.put_object(Bucket="uploads", Key=key, Body=b"first")
    upload_id = begin(s3, key)
    parts = [upload(s3, key, upload_id, 1, b"second")]
    status, code, _ = refusal(complete, s3, key, upload_id, parts, IfNoneMatch="*")
    assert (status, code, body(s3, key)) == (412, "PreconditionFailed", b"first")


@pytest.mark.parametrize("number", [0, 10_001])
def test_numbers_are_from_1_to_10000(s3: Any, number: int) -> None:
    _, code, error = refusal(upload, s3, "n", begin(s3, "n"), number, b"x")
    assert (code, error["Message"]) == (
        "InvalidArgument",
        "Part number must be an integer between 1 and 10000, inclusive",
    )


def test_an_aborted_upload_is_gone(s3: Any) -> None:
    upload_id = begin(s3, "aborted")
    upload(s3, "aborted", upload_id, 1, b"x")
    s3.abort_multipart_upload(Bucket="uploads", Key="aborted", UploadId=upload_id)
    for operation in (s3.abort_multipart_upload, s3.list_parts):
        assert refusal(operation, Bucket="uploads", Key="aborted", UploadId=upload_id)[:2] == (404, "NoSuchUpload")
    assert refusal(upload, s3, "aborted", upload_id, 2, b"x")[1] == "NoSuchUpload"


def test_an_upload_belongs_to_its_key(s3: Any) -> None:
    assert refusal(upload, s3, "mine", begin(s3, "yours"), 1, b"x")[1] == "NoSuchUpload"


def test_parts_are_listed_in_pages(s3: Any) -> None:
    upload_id = begin(s3, "paged")
    for number in (3, 1, 2):
        upload(s3, "paged", upload_id, number, b"x" * number)
    first = s3.list_parts(Bucket="uploads", Key="paged", UploadId=upload_id, MaxParts=2)
    assert [(each["PartNumber"], each["Size"]) for each in first["Parts"]] == [(1, 1), (2, 2)]
    assert (first["IsTruncated"], first["NextPartNumberMarker"]) == (True, 2)
    rest = s3.list_parts(Bucket="uploads", Key="paged", UploadId=upload_id, PartNumberMarker=2)
    assert ([each["PartNumber"] for each in rest["Parts"]], rest["IsTruncated"]) == ([3], False)


def test_uploads_are_listed_by_key_and_age(s3: Any, server: Server) -> None:
    s3.create_bucket(Bucket="listed")

    def begun(key: str) -> str:
        return str(s3.create_multipart_upload(Bucket="listed", Key=key)["UploadId"])

    expected = [("a/1", begun("a/1")), ("a/1", begun("a/1")), ("a/2", begun("a/2")), ("b", begun("b"))]
    answer = s3.list_multipart_uploads(Bucket="listed")
    assert sorted((each["Key"], each["UploadId"]) for each in answer["Uploads"]) == sorted(expected)
    assert [each["Key"] for each in answer["Uploads"]] == ["a/1", "a/1", "a/2", "b"]
    rolled = s3.list_multipart_uploads(Bucket="listed", Delimiter="/")
    assert [each["Prefix"] for each in rolled["CommonPrefixes"]] == ["a/"]
    assert [each["Key"] for each in rolled["Uploads"]] == ["b"]


def test_uploads_are_listed_page_by_page(s3: Any) -> None:
    s3.create_bucket(Bucket="pages")
    begun = {(key, s3.create_multipart_upload(Bucket="pages", Key=key)["UploadId"]) for key in ["x", "x", "x", "y"]}
    seen, marker = [], {}
    while True:
        page = s3.list_multipart_uploads(Bucket="pages", MaxUploads=1, **marker)
        seen += [(each["Key"], each["UploadId"]) for each in page["Uploads"]]
        if not page["IsTruncated"]:
            break
        marker = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}
    assert (len(seen), set(seen)) == (4, begun)


def test_a_part_is_copied_from_an_object(s3: Any) -> None:
    s3.put_object(Bucket="uploads", Key="source", Body=WHOLE)
    upload_id = begin(s3, "copied")
    parts = []
    for number, span in enumerate([f"bytes=0-{LEAST - 1}", f"bytes={LEAST}-{len(WHOLE) - 1}"], 1):
        answer = s3.upload_part_copy(
            Bucket="uploads", Key="copied", UploadId=upload_id, PartNumber=number, CopySourceRange=span,
            CopySource={"Bucket": "uploads", "Key": "source"},
        )["CopyPartResult"]  # fmt: skip
        parts.append({"PartNumber": number, "ETag": answer["ETag"], **checksums(answer)})
    complete(s3, "copied", upload_id, parts)
    assert body(s3, "copied") == WHOLE


def test_a_range_beyond_the_source_is_refused(s3: Any) -> None:
    s3.put_object(Bucket="uploads", Key="short", Body=b"12345")
    _, code, error = refusal(
        s3.upload_part_copy, Bucket="uploads", Key="c", UploadId=begin(s3, "c"), PartNumber=1,
        CopySourceRange="bytes=0-5", CopySource="uploads/short",
    )  # fmt: skip
    assert (code, error["Message"]) == ("InvalidArgument", "Range specified is not valid for source object of size: 5")


def test_what_no_object_took_over_leaves_no_files(s3: Any, server: Server) -> None:
    s3.create_bucket(Bucket="tidy")
    before = blob_files(server)
    upload_id = s3.create_multipart_upload(Bucket="tidy", Key="k")["UploadId"]
    for number in (1, 1, 2):
        s3.upload_part(Bucket="tidy", Key="k", UploadId=upload_id, PartNumber=number, Body=os.urandom(100_000))
    s3.abort_multipart_upload(Bucket="tidy", Key="k", UploadId=upload_id)
    from tests.support import eventually

    eventually(lambda: blob_files(server) == before)


def blob_files(server: Server) -> int:
    return len([each for each in (server.data / "blobs").rglob("*") if each.is_file()])
