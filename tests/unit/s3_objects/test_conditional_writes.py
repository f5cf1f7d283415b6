"""If-None-Match and If-Match on writes: decided with the commit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from tests.unit.s3_objects.support import Bucket, refused


def test_a_key_is_made_once(bucket: Bucket) -> None:
    bucket.put("k", b"1", IfNoneMatch="*")

    with refused("PreconditionFailed", 412) as told:
        bucket.put("k", b"2", IfNoneMatch="*")

    assert told["Condition"] == "If-None-Match"
    assert bucket.read("k") == b"1"


def test_of_many_at_once_one_makes_it(engines_client: Any) -> None:
    bucket = Bucket(engines_client)

    def attempt(number: int) -> str:
        try:
            bucket.put("k", str(number).encode(), IfNoneMatch="*")
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "made"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(16)))

    assert sorted(outcomes) == ["PreconditionFailed"] * 15 + ["made"]
    assert bucket.read("k") == str(outcomes.index("made")).encode()


def test_a_deleted_key_can_be_made_again(versioned: Bucket) -> None:
    versioned.put("k")
    versioned.delete("k")

    assert versioned.put("k", IfNoneMatch="*")["VersionId"]


def test_a_write_may_depend_on_what_is_there(bucket: Bucket) -> None:
    etag = bucket.put("k", b"1")["ETag"]
    bucket.put("k", b"2", IfMatch=etag)

    with refused("PreconditionFailed", 412) as told:
        bucket.put("k", b"3", IfMatch=etag)

    assert told["Condition"] == "If-Match"
    assert bucket.read("k") == b"2"


def test_what_is_not_there_matches_nothing(bucket: Bucket) -> None:
    with refused("NoSuchKey", 404):
        bucket.put("k", IfMatch='"0123"')


def test_other_conditions_are_not_implemented(bucket: Bucket) -> None:
    for asked in ({"IfNoneMatch": '"0123"'}, {"IfMatch": "*"}, {"IfMatch": '"0"', "IfNoneMatch": "*"}):
        with refused("NotImplemented", 501):
            bucket.put("k", **asked)
