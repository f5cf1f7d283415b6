"""S3 against a model: listings, conditions, ranges, versions, parts, and keys that mean harm, as s3-tests has
them."""

from __future__ import annotations

import hashlib
import itertools
import random
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support import Server

pytestmark = pytest.mark.one_engine("rules; how rows and blobs are kept is tested on both engines elsewhere")

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture(scope="module")
def s3(house: Server) -> Any:
    return house.client("s3")


@pytest.fixture
def bucket(s3: Any) -> str:
    return made(s3)


def made(s3: Any) -> str:
    name = f"checks-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    return name


def outcome(call: Callable[..., Any], **parameters: Any) -> tuple[int, str]:
    """Status and error code, "" for none."""
    try:
        return call(**parameters)["ResponseMetadata"]["HTTPStatusCode"], ""
    except ClientError as error:
        told = error.response
        return told["ResponseMetadata"]["HTTPStatusCode"], told["Error"]["Code"]


# ------------------------------------------------------------------------------------------------------------- listing

KEYS = sorted(
    (
        "a", "a/", "a/b", "a/b/c", "a/b/d", "a//x", "/", "//", "/a", "ab", "b!c", "b c", "b+c", "b/c", "bb//",
        "é/1", "é/2", "漢字", "🌎", "🌎/x", "z", "z/" + "y" * 200, "Z", "0", "~", "a%2Fb", "a&b", "a<b", "a\tb",
    ),
    key=str.encode,
)  # fmt: skip


@pytest.fixture(scope="module")
def listed(s3: Any) -> str:
    """A bucket with all of `KEYS`."""
    name = made(s3)
    for key in KEYS:
        s3.put_object(Bucket=name, Key=key, Body=b"")
    return name


def expected(prefix: str, delimiter: str, after: str) -> list[tuple[str, str]]:
    """What a listing has, by the API reference: keys in the order of their UTF-8, rolled up to the delimiter."""
    found: dict[tuple[str, str], None] = {}
    for key in KEYS:
        if key.startswith(prefix) and key.encode() > after.encode():
            cut = key.find(delimiter, len(prefix)) if delimiter else -1
            found[("key", key) if cut < 0 else ("prefix", key[: cut + len(delimiter)])] = None
    return list(found)


def entries(page: Any) -> list[tuple[str, str]]:
    found = [("key", each["Key"]) for each in page.get("Contents", ())]
    found += [("prefix", each["Prefix"]) for each in page.get("CommonPrefixes", ())]
    return sorted(found, key=lambda each: each[1].encode())


PREFIXES = ("", "a", "a/", "a/b", "/", "é", "z/", "none")
DELIMITERS = ("", "/", "b", "//", "é")


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("version", [1, 2])
def test_pages_of_any_size_make_the_models_listing(s3: Any, listed: str, version: int, delimiter: str) -> None:
    operation = "list_objects" if version == 1 else "list_objects_v2"
    for prefix, size in itertools.product(PREFIXES, (1, 3, 1000)):
        wanted, found = expected(prefix, delimiter, ""), []
        pages = s3.get_paginator(operation).paginate(
            Bucket=listed, Prefix=prefix, Delimiter=delimiter, PaginationConfig={"PageSize": size}
        )
        for page in pages:
            got = entries(page)
            assert len(got) <= size
            found += got
            assert page["IsTruncated"] is (len(found) < len(wanted))
        assert found == wanted, (prefix, size)


@pytest.mark.parametrize("delimiter", ["", "/", "b"])
def test_listings_begin_behind_a_marker(s3: Any, listed: str, delimiter: str) -> None:
    for prefix, after in itertools.product(("", "a", "a/"), ("", "A", "a", "a/", "a/b/c", "b", "zzzz", "é", "🌎")):
        if delimiter and after.startswith(prefix) and delimiter in after[len(prefix) :]:
            continue  # Within a common prefix, of which AWS says nothing.
        v1 = s3.list_objects(Bucket=listed, Prefix=prefix, Delimiter=delimiter, Marker=after)
        v2 = s3.list_objects_v2(Bucket=listed, Prefix=prefix, Delimiter=delimiter, StartAfter=after)
        wanted = expected(prefix, delimiter, after)
        assert (entries(v1), entries(v2)) == (wanted, wanted), (prefix, after)


def test_a_marker_that_is_a_common_prefix_passes_over_it(s3: Any, listed: str) -> None:
    page = s3.list_objects(Bucket=listed, Delimiter="/", Marker="a/")

    assert ("prefix", "a/") not in entries(page)
    assert page["Marker"] == "a/"


def test_versions_are_listed_page_by_page(s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    wanted = []
    for key in ("a", "a/b", "c"):
        ids = [s3.put_object(Bucket=bucket, Key=key, Body=b"")["VersionId"] for _ in range(3)]
        wanted += [(key, each) for each in reversed(ids)]
    gone = s3.delete_object(Bucket=bucket, Key="a/b")["VersionId"]
    wanted.insert(3, ("a/b", gone))

    for size in (1, 2, 3, 100):
        found = []
        for page in s3.get_paginator("list_object_versions").paginate(
            Bucket=bucket, PaginationConfig={"PageSize": size}
        ):
            both = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            assert len(both) <= size
            found += sorted(((each["Key"], each["VersionId"]) for each in both), key=wanted.index)
        assert found == wanted


# ---------------------------------------------------------------------------------------------------------- conditions


def read_outcome(match: str, none: str, since: str, unmodified: str) -> int:
    """RFC 9110, 13.2.2, as S3 documents it for its combinations: "right" and "wrong" of what is there."""
    if match == "wrong":
        return 412
    if not match and unmodified == "before":
        return 412
    if none == "right":
        return 304
    if not none and since == "after":
        return 304
    return 200


def test_conditional_reads_are_decided_as_documented(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    modified = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    etags = {"right": etag, "wrong": '"0123456789abcdef0123456789abcdef"'}
    times = {"before": modified - timedelta(hours=1), "after": modified}
    for match, none, since, unmodified in itertools.product(
        ("", "right", "wrong"), ("", "right", "wrong"), ("", "before", "after"), ("", "before", "after")
    ):
        asked: dict[str, Any] = {}
        for name, value, table in (
            ("IfMatch", match, etags),
            ("IfNoneMatch", none, etags),
            ("IfModifiedSince", since, times),
            ("IfUnmodifiedSince", unmodified, times),
        ):
            if value:
                asked[name] = table[value]
        wanted = read_outcome(match, none, since, unmodified)
        for call in (s3.get_object, s3.head_object):
            assert outcome(call, Bucket=bucket, Key="k", **asked)[0] == wanted, asked


def test_conditional_writes_are_decided_as_documented(s3: Any, bucket: str) -> None:
    put = s3.put_object
    wrong = '"0123456789abcdef0123456789abcdef"'
    assert outcome(put, Bucket=bucket, Key="new", Body=b"x", IfMatch=wrong) == (404, "NoSuchKey")
    assert outcome(put, Bucket=bucket, Key="new", Body=b"x", IfNoneMatch="*") == (200, "")
    assert outcome(put, Bucket=bucket, Key="new", Body=b"y", IfNoneMatch="*") == (412, "PreconditionFailed")
    assert outcome(put, Bucket=bucket, Key="new", Body=b"y", IfMatch=wrong) == (412, "PreconditionFailed")
    assert outcome(put, Bucket=bucket, Key="new", Body=b"y", IfNoneMatch=wrong) == (501, "NotImplemented")
    etag = s3.head_object(Bucket=bucket, Key="new")["ETag"]
    assert outcome(put, Bucket=bucket, Key="new", Body=b"y", IfMatch=etag) == (200, "")
    assert s3.get_object(Bucket=bucket, Key="new")["Body"].read() == b"y"


def test_a_delete_marker_counts_as_nothing_for_conditional_writes(s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    s3.delete_object(Bucket=bucket, Key="k")

    assert outcome(s3.put_object, Bucket=bucket, Key="k", Body=b"y", IfMatch=etag) == (404, "NoSuchKey")
    assert outcome(s3.put_object, Bucket=bucket, Key="k", Body=b"y", IfNoneMatch="*") == (200, "")


def test_conditional_copies_look_at_the_source(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    where = {"Bucket": bucket, "Key": "c", "CopySource": f"{bucket}/k"}

    assert outcome(s3.copy_object, **where, CopySourceIfMatch='"wrong"') == (412, "PreconditionFailed")
    assert outcome(s3.copy_object, **where, CopySourceIfNoneMatch=etag) == (412, "PreconditionFailed")
    assert outcome(s3.copy_object, **where, CopySourceIfMatch=etag) == (200, "")


# -------------------------------------------------------------------------------------------------------------- ranges


def span(asked: str, size: int) -> tuple[int, int] | int:
    """What a range is of an object, by RFC 9110, 14.1.2: first and last byte, 416, or 200 for the whole."""
    unit, _, what = asked.partition("=")
    first, dash, last = what.partition("-")
    if unit != "bytes" or not dash or "," in what or not (first or last) or not (first + last).isdecimal():
        return 200
    if not first:
        return (max(0, size - int(last)), size - 1) if int(last) and size else 416
    if last and int(last) < int(first):
        return 200
    return (int(first), min(int(last or size - 1), size - 1)) if int(first) < size else 416


RANGES = (
    "bytes=0-0", "bytes=0-", "bytes=0-4", "bytes=9-9", "bytes=9-", "bytes=9-100", "bytes=10-", "bytes=10-11",
    "bytes=-1", "bytes=-10", "bytes=-11", "bytes=-0", "bytes=5-2", "bytes=a-b", "bytes=", "bytes=-", "bytes=0-1,3-4",
    "items=0-1", "bytes=4-4", "bytes=3-99999999999999999999",
)  # fmt: skip


@pytest.mark.parametrize("asked", RANGES)
@pytest.mark.parametrize("size", [0, 10, 100_000])
def test_ranges_are_read_as_http_says(s3: Any, size: int, asked: str, ranged: dict[int, tuple[str, bytes]]) -> None:
    bucket, body = ranged[size]
    wanted = span(asked, size)

    if wanted == 416:
        assert outcome(s3.get_object, Bucket=bucket, Key=str(size), Range=asked) == (416, "InvalidRange")
        return
    got = s3.get_object(Bucket=bucket, Key=str(size), Range=asked)
    if isinstance(wanted, int):
        assert (got["ResponseMetadata"]["HTTPStatusCode"], got["Body"].read()) == (200, body)
        return
    first, last = wanted
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert got["Body"].read() == body[first : last + 1]
    assert (got["ContentRange"], got["ContentLength"]) == (f"bytes {first}-{last}/{size}", last - first + 1)


@pytest.fixture(scope="module")
def ranged(s3: Any) -> dict[int, tuple[str, bytes]]:
    """Objects of several sizes: nothing, a row, a file."""
    name, found = made(s3), {}
    for size in (0, 10, 100_000):
        body = random.Random(size).randbytes(size)
        s3.put_object(Bucket=name, Key=str(size), Body=body)
        found[size] = (name, body)
    return found


# ------------------------------------------------------------------------------------------------------------ versions


@pytest.mark.parametrize("seed", range(4))
def test_versions_live_as_the_model_says(s3: Any, bucket: str, seed: int) -> None:
    """Random puts, deletions and changes of the bucket's versioning, beside a list of versions."""
    draw, status = random.Random(seed), ""
    versions: list[tuple[str, bytes | None]] = []  # The newest last; None for a delete marker.
    for step in range(40):
        match draw.choice(("put", "put", "delete", "delete version", "status")):
            case "status":
                status = draw.choice(("Enabled", "Suspended"))
                s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
            case "put":
                body = f"{seed}-{step}".encode()
                told = s3.put_object(Bucket=bucket, Key="k", Body=body).get("VersionId", "null")
                versions = [*kept(versions, status), (told, body)]
                assert (told == "null") is (status != "Enabled")
            case "delete":
                told = s3.delete_object(Bucket=bucket, Key="k")
                versions = kept(versions, status)
                if status:
                    assert told["DeleteMarker"] is True
                    versions.append((told["VersionId"], None))
            case _ if versions:
                version, body = draw.choice(versions)
                told = s3.delete_object(Bucket=bucket, Key="k", VersionId=version)
                assert told.get("DeleteMarker", False) is (body is None)
                versions.remove((version, body))
    listed = s3.list_object_versions(Bucket=bucket)
    shown = {each["VersionId"] for each in (*listed.get("Versions", ()), *listed.get("DeleteMarkers", ()))}
    assert shown == {version for version, _ in versions}
    for version, body in versions:
        if body is None:
            assert outcome(s3.get_object, Bucket=bucket, Key="k", VersionId=version) == (405, "MethodNotAllowed")
        else:
            assert s3.get_object(Bucket=bucket, Key="k", VersionId=version)["Body"].read() == body
    if versions and versions[-1][1] is not None:
        assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == versions[-1][1]
    else:
        assert outcome(s3.get_object, Bucket=bucket, Key="k") == (404, "NoSuchKey")


def kept(versions: list[tuple[str, bytes | None]], status: str) -> list[tuple[str, bytes | None]]:
    """What a write leaves: where versioning is not enabled, it takes the place of the null version."""
    return versions if status == "Enabled" else [each for each in versions if each[0] != "null"]


# --------------------------------------------------------------------------------------------------------------- parts


class Uploading:
    """A multipart upload."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self.s3 = s3
        upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
        self.where = {"Bucket": bucket, "Key": "k", "UploadId": upload}

    def part(self, number: int, body: bytes) -> dict[str, Any]:
        put = self.s3.upload_part(**self.where, PartNumber=number, Body=body)
        return {"PartNumber": number, "ETag": put["ETag"]}

    def complete(self, *parts: dict[str, Any]) -> tuple[int, str]:
        return outcome(self.s3.complete_multipart_upload, **self.where, MultipartUpload={"Parts": list(parts)})


def test_parts_come_in_any_order_and_again(s3: Any, bucket: str) -> None:
    upload = Uploading(s3, bucket)
    last = upload.part(9, b"last")
    upload.part(2, b"y" * 5 * MIB)
    first = upload.part(2, b"z" * 5 * MIB)
    upload.part(5, b"left out")

    assert upload.complete(first, last) == (200, "")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"z" * 5 * MIB + b"last"
    digests = b"".join(hashlib.md5(each).digest() for each in (b"z" * 5 * MIB, b"last"))
    assert s3.head_object(Bucket=bucket, Key="k")["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-2"'
    part = s3.get_object(Bucket=bucket, Key="k", PartNumber=2)
    assert (part["Body"].read(), part["PartsCount"]) == (b"last", 2)


def test_wrong_completions_are_refused_and_may_be_tried_again(s3: Any, bucket: str) -> None:
    upload = Uploading(s3, bucket)
    small, large = upload.part(1, b"small"), upload.part(2, b"x" * 5 * MIB)

    assert upload.complete() == (400, "MalformedXML")
    assert upload.complete(large, small) == (400, "InvalidPartOrder")
    assert upload.complete(small, large) == (400, "EntityTooSmall")
    assert upload.complete({**large, "ETag": small["ETag"]}) == (400, "InvalidPart")
    assert upload.complete({**small, "PartNumber": 7}) == (400, "InvalidPart")
    assert outcome(s3.head_object, Bucket=bucket, Key="k")[0] == 404
    assert upload.complete(large) == (200, "")
    assert s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == 5 * MIB


@pytest.mark.parametrize("number", [0, 10_001, -1])
def test_part_numbers_have_bounds(s3: Any, bucket: str, number: int) -> None:
    upload = Uploading(s3, bucket)

    assert outcome(s3.upload_part, **upload.where, PartNumber=number, Body=b"x") == (400, "InvalidArgument")


def test_an_aborted_upload_is_gone(s3: Any, bucket: str) -> None:
    upload = Uploading(s3, bucket)
    part = upload.part(1, b"x")
    s3.abort_multipart_upload(**upload.where)

    assert upload.complete(part) == (404, "NoSuchUpload")
    assert outcome(s3.list_parts, **upload.where) == (404, "NoSuchUpload")
    assert outcome(s3.upload_part, **upload.where, PartNumber=1, Body=b"x") == (404, "NoSuchUpload")
    assert outcome(s3.abort_multipart_upload, **upload.where) == (404, "NoSuchUpload")


def test_an_upload_of_one_empty_part_is_an_empty_object(s3: Any, bucket: str) -> None:
    upload = Uploading(s3, bucket)

    assert upload.complete(upload.part(1, b"")) == (200, "")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b""


def test_parts_are_listed_page_by_page(s3: Any, bucket: str) -> None:
    upload = Uploading(s3, bucket)
    for number in (3, 1, 7):
        upload.part(number, b"x" * number)

    pages = s3.get_paginator("list_parts").paginate(**upload.where, PaginationConfig={"PageSize": 2})
    assert [[each["PartNumber"] for each in page["Parts"]] for page in pages] == [[1, 3], [7]]


def test_parts_are_copied_from_ranges(s3: Any, bucket: str) -> None:
    body = random.Random(3).randbytes(6 * MIB)
    s3.put_object(Bucket=bucket, Key="source", Body=body)
    upload = Uploading(s3, bucket)
    parts = []
    for number, (first, last) in enumerate(((MIB, 6 * MIB - 1), (0, 9)), 1):
        copied = s3.upload_part_copy(
            **upload.where,
            PartNumber=number,
            CopySource=f"{bucket}/source",
            CopySourceRange=f"bytes={first}-{last}",
        )
        parts.append({"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]})

    assert upload.complete(*parts) == (200, "")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body[MIB:] + body[:10]


# -------------------------------------------------------------------------------------------------------- hostile keys

HOSTILE = (
    "../../etc/passwd", "..", ".", "./a", "a/../../b", "/etc/passwd", "//", "a//b", "a/./b", "..%2f..%2fx", "%00", "%",
    "a\\..\\b", "C:\\x", "con", "\u202etxt", "é\u0301", "\U0010ffff", "a?b=c&d", "a#b", "a;b", "'\"<>`$(x)", " ", " a ",
    "a\nb", "a\rb", "\x01\x1f", "\x7f", "x" * 1024, "é" * 512, "+", "a+b c", "%2B", "a" + "/" * 500, "?list-type=2",
    "_", "\ufffe", "\ufeffbom", "soap/..", "favicon.ico", "_chasqui/health",
)  # fmt: skip


def test_hostile_keys_are_keys_and_nothing_else(s3: Any, bucket: str, house: Server) -> None:
    around, within = set(house.data.parent.iterdir()), set(house.data.iterdir())
    for number, key in enumerate(HOSTILE):
        # Rows and files by turns.
        body = str(number).encode() * (1 if number % 2 else 70_000)
        s3.put_object(Bucket=bucket, Key=key, Body=body)
        s3.copy_object(Bucket=bucket, Key="copied", CopySource={"Bucket": bucket, "Key": key})
        for each in (key, "copied"):
            assert s3.get_object(Bucket=bucket, Key=each)["Body"].read() == body, key
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    found = [each["Key"] for page in pages for each in page["Contents"]]
    assert found == sorted((*HOSTILE, "copied"), key=str.encode)
    # XML has no way to say these.
    unsaid = ("\x01\x1f", "\ufffe")
    for key in unsaid:
        s3.delete_object(Bucket=bucket, Key=key)
    said = [{"Key": key} for key in HOSTILE if key not in unsaid]
    assert len(s3.delete_objects(Bucket=bucket, Delete={"Objects": said})["Deleted"]) == len(said)
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["copied"]
    assert (set(house.data.parent.iterdir()), set(house.data.iterdir())) == (around, within)


@pytest.mark.parametrize("key", ["x" * 1025, "é" * 513])
def test_a_key_of_more_than_1024_bytes_is_refused(s3: Any, bucket: str, key: str) -> None:
    assert outcome(s3.put_object, Bucket=bucket, Key=key, Body=b"x") == (400, "KeyTooLongError")
