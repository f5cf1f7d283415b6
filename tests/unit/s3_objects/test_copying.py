"""CopyObject."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.unit.s3_objects.support import Bucket, refused


@pytest.fixture
def origin(bucket: Bucket) -> Bucket:
    """A bucket with something to copy."""
    bucket.put("from", b"content", ContentType="text/plain", Metadata={"a": "b"}, Tagging="t=1")
    return bucket


def test_a_copy_has_content_headers_metadata_and_tags(origin: Bucket) -> None:
    answer = origin.copy("to", f"{origin.name}/from")

    assert answer["CopyObjectResult"]["ETag"] == f'"{hashlib.md5(b"content").hexdigest()}"'
    found = origin.get("to")
    assert found["Body"].read() == b"content"
    assert (found["ContentType"], found["Metadata"], found["TagCount"]) == ("text/plain", {"a": "b"}, 1)


def test_metadata_and_tags_can_be_replaced(origin: Bucket) -> None:
    origin.copy(
        "to",
        f"{origin.name}/from",
        MetadataDirective="REPLACE",
        Metadata={"c": "d"},
        TaggingDirective="REPLACE",
        Tagging="x=1&y=2",
    )

    found = origin.head("to")
    assert (found["ContentType"], found["Metadata"], found["TagCount"]) == ("binary/octet-stream", {"c": "d"}, 2)


def test_a_copy_onto_itself_must_change_something(origin: Bucket) -> None:
    with refused("InvalidRequest", 400):
        origin.copy("from", f"{origin.name}/from")

    origin.copy("from", f"{origin.name}/from", MetadataDirective="REPLACE", Metadata={"new": "1"})

    assert origin.head("from")["Metadata"] == {"new": "1"}
    assert origin.read("from") == b"content"


@pytest.mark.parametrize("key", ["a b+c&d", "per%41cent", "\u00fc/\U0001f600", "?versionId=no"])
def test_sources_are_percent_encoded(bucket: Bucket, key: str) -> None:
    bucket.put(key, b"x")

    bucket.copy("to", {"Bucket": bucket.name, "Key": key})

    assert bucket.read("to") == b"x"


@pytest.mark.parametrize("source", ["nothing", "/", "bucket/"])
def test_what_names_no_object_is_no_source(bucket: Bucket, source: str) -> None:
    with refused("InvalidArgument", 400) as told:
        bucket.copy("to", source)

    assert told["ArgumentName"] == "x-amz-copy-source"


def test_what_is_not_there_cannot_be_copied(bucket: Bucket) -> None:
    with refused("NoSuchKey", 404):
        bucket.copy("to", f"{bucket.name}/nothing")
    with refused("NoSuchBucket", 404):
        bucket.copy("to", "there-is-none/k")


def test_a_marker_cannot_be_copied(versioned: Bucket) -> None:
    marker = versioned.delete("k")["VersionId"]

    with refused("InvalidRequest", 400):
        versioned.copy("to", {"Bucket": versioned.name, "Key": "k", "VersionId": marker})


@pytest.mark.parametrize(
    "condition", [{"CopySourceIfMatch": '"other"'}, {"CopySourceIfNoneMatch": "*"}, {"IfNoneMatch": "*"}]
)
def test_conditions_decide(origin: Bucket, condition: dict[str, Any]) -> None:
    origin.put("to", b"old")

    with refused("PreconditionFailed", 412):
        origin.copy("to", f"{origin.name}/from", **condition)

    assert origin.read("to") == b"old"


def test_unknown_directives_are_refused(origin: Bucket) -> None:
    with refused("InvalidArgument", 400):
        origin.copy("to", f"{origin.name}/from", MetadataDirective="MERGE")


def test_large_objects_are_copied(bucket: Bucket) -> None:
    body = bytes(range(256)) * 8000
    bucket.put("from", body)

    bucket.copy("to", f"{bucket.name}/from", ChecksumAlgorithm="SHA256")

    assert bucket.read("to") == body
    assert "ChecksumSHA256" in bucket.head("to", ChecksumMode="ENABLED")
