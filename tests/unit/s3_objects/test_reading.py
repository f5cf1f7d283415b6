"""Ranges and conditions of reads."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from tests.unit.s3_objects.support import Bucket, refused

BODY = b"0123456789"


@pytest.fixture
def ten(bucket: Bucket) -> Bucket:
    """A bucket with an object of ten bytes."""
    bucket.put("k", BODY)
    return bucket


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-0", 0, 1), ("bytes=2-5", 2, 6), ("bytes=7-", 7, 10), ("bytes=-3", 7, 10), ("bytes=-99", 0, 10),
     ("bytes=5-99", 5, 10)],
)  # fmt: skip
def test_a_range_is_answered_with_206(ten: Bucket, asked: str, start: int, end: int) -> None:
    answer = ten.get("k", Range=asked)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert answer["ContentRange"] == f"bytes {start}-{end - 1}/10"
    assert answer["ContentLength"] == end - start
    assert answer["Body"].read() == BODY[start:end]


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=-0", "bytes=99-100"])
def test_a_range_beyond_the_end_is_416(ten: Bucket, asked: str) -> None:
    with refused("InvalidRange", 416) as told:
        ten.get("k", Range=asked)

    assert (told["ActualObjectSize"], told["RangeRequested"]) == ("10", asked)


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", "bytes=-"])
def test_what_is_no_single_range_is_not_heeded(ten: Bucket, asked: str) -> None:
    answer = ten.get("k", Range=asked)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert answer["Body"].read() == BODY


def test_a_head_of_a_range_tells_its_length(ten: Bucket) -> None:
    answer = ten.head("k", Range="bytes=2-5")

    assert (answer["ContentLength"], answer["ContentRange"]) == (4, "bytes 2-5/10")


def test_an_object_of_one_piece_has_one_part(ten: Bucket) -> None:
    answer = ten.get("k", PartNumber=1)

    assert answer["Body"].read() == BODY
    assert answer["ContentRange"] == "bytes 0-9/10"
    with refused("InvalidPartNumber", 416) as told:
        ten.get("k", PartNumber=2)
    assert told["ActualPartCount"] == "1"


def test_a_part_and_a_range_contradict_each_other(ten: Bucket) -> None:
    with refused("InvalidRequest", 400):
        ten.get("k", PartNumber=1, Range="bytes=0-1")


@pytest.mark.parametrize("number", [0, 10_001])
def test_part_numbers_have_limits(ten: Bucket, number: int) -> None:
    with refused("InvalidArgument", 400) as told:
        ten.get("k", PartNumber=number)

    assert told["ArgumentName"] == "partNumber"


PAST = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)
SOON = datetime.datetime(2199, 1, 1, tzinfo=datetime.UTC)
OTHER = '"deadbeefdeadbeefdeadbeefdeadbeef"'


@pytest.mark.parametrize(
    "asked",
    [
        {"IfMatch": "ETAG"},
        {"IfMatch": "*"},
        {"IfMatch": f"{OTHER}, ETAG"},
        {"IfNoneMatch": OTHER},
        {"IfModifiedSince": PAST},
        {"IfModifiedSince": SOON},
        {"IfUnmodifiedSince": SOON},
        {"IfMatch": "ETAG", "IfUnmodifiedSince": PAST},
        {"IfNoneMatch": OTHER, "IfModifiedSince": "NOW"},
    ],
)
def test_conditions_that_hold(ten: Bucket, asked: dict[str, Any]) -> None:
    assert ten.read("k", **_filled(ten, asked)) == BODY


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"IfMatch": OTHER}, 412),
        ({"IfUnmodifiedSince": PAST}, 412),
        ({"IfMatch": OTHER, "IfNoneMatch": "ETAG"}, 412),
        ({"IfNoneMatch": "ETAG"}, 304),
        ({"IfNoneMatch": "*"}, 304),
        ({"IfModifiedSince": "NOW"}, 304),
        ({"IfNoneMatch": "ETAG", "IfModifiedSince": PAST}, 304),
    ],
)
def test_conditions_that_do_not_hold(ten: Bucket, asked: dict[str, Any], status: int) -> None:
    asked = _filled(ten, asked)

    with refused("304" if status == 304 else "PreconditionFailed", status) as told:
        ten.get("k", **asked)

    if status == 304:
        assert told["headers"]["etag"] == ten.head("k")["ETag"]
    with refused(str(status), status):
        ten.head("k", **asked)


def _filled(bucket: Bucket, asked: dict[str, Any]) -> dict[str, Any]:
    facts = bucket.head("k")
    return {
        name: facts["LastModified"] if value == "NOW" else value.replace("ETAG", facts["ETag"])
        if isinstance(value, str)
        else value
        for name, value in asked.items()
    }  # fmt: skip
