"""Versions: what becomes of a key's versions as it is put and deleted, with versioning off, on and suspended."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.s3_objects.support import Bucket, refused


def test_every_put_is_a_version_that_can_be_read(versioned: Bucket) -> None:
    ids = [versioned.put("k", body)["VersionId"] for body in (b"1", b"2", b"3")]

    assert [versioned.read("k", VersionId=each) for each in ids] == [b"1", b"2", b"3"]
    assert versioned.read("k") == b"3"
    assert versioned.get("k")["VersionId"] == ids[2]
    assert versioned.versions() == [("k", each, False, each == ids[2]) for each in reversed(ids)]


def test_a_delete_hides_the_key_behind_a_marker(versioned: Bucket) -> None:
    version = versioned.put("k", b"1")["VersionId"]

    answer = versioned.delete("k")

    assert answer["DeleteMarker"] is True
    assert versioned.keys() == []
    with refused("NoSuchKey", 404) as told:
        versioned.get("k")
    assert told["headers"]["x-amz-delete-marker"] == "true"
    assert told["headers"]["x-amz-version-id"] == answer["VersionId"]
    assert versioned.read("k", VersionId=version) == b"1"
    assert versioned.versions() == [("k", version, False, False), ("k", answer["VersionId"], True, True)]


def test_a_marker_has_no_content(versioned: Bucket) -> None:
    marker = versioned.delete("k")["VersionId"]

    with refused("MethodNotAllowed", 405) as told:
        versioned.get("k", VersionId=marker)

    assert told["headers"]["x-amz-delete-marker"] == "true"
    assert told["headers"]["allow"] == "DELETE"
    with refused("405", 405):
        versioned.head("k", VersionId=marker)


def test_without_its_marker_a_key_is_there_again(versioned: Bucket) -> None:
    version = versioned.put("k", b"1")["VersionId"]
    marker = versioned.delete("k")["VersionId"]

    answer = versioned.delete("k", VersionId=marker)

    assert (answer["DeleteMarker"], answer["VersionId"]) == (True, marker)
    assert versioned.read("k") == b"1"
    assert versioned.versions() == [("k", version, False, True)]


def test_without_its_newest_version_the_one_before_is_current(versioned: Bucket) -> None:
    first = versioned.put("k", b"1")["VersionId"]
    second = versioned.put("k", b"2")["VersionId"]

    versioned.delete("k", VersionId=second)

    assert versioned.read("k") == b"1"
    assert versioned.versions() == [("k", first, False, True)]


def test_a_marker_stays_the_latest_when_an_older_version_goes(versioned: Bucket) -> None:
    first = versioned.put("k", b"1")["VersionId"]
    marker = versioned.delete("k")["VersionId"]

    versioned.delete("k", VersionId=first)

    assert versioned.versions() == [("k", marker, True, True)]


def test_a_version_behind_two_markers_comes_back_after_both_have_gone(versioned: Bucket) -> None:
    versioned.put("k", b"1")
    markers = [versioned.delete("k")["VersionId"] for _ in range(2)]

    versioned.delete("k", VersionId=markers[1])
    assert versioned.keys() == []
    versioned.delete("k", VersionId=markers[0])

    assert versioned.keys() == ["k"]


def test_versions_that_never_were(versioned: Bucket) -> None:
    version = versioned.put("k")["VersionId"]
    versioned.delete("k", VersionId=version)

    with refused("NoSuchVersion", 404) as told:
        versioned.get("k", VersionId=version)
    assert told["VersionId"] == version
    with refused("InvalidArgument", 400) as told:
        versioned.get("k", VersionId="nonsense")
    assert told["ArgumentName"] == "versionId"
    assert versioned.delete("k", VersionId=version)["VersionId"] == version


def test_what_was_there_before_versioning_is_version_null(bucket: Bucket) -> None:
    bucket.put("k", b"before")
    bucket.version("Enabled")

    version = bucket.put("k", b"after")["VersionId"]

    assert bucket.read("k", VersionId="null") == b"before"
    assert bucket.versions() == [("k", version, False, True), ("k", "null", False, False)]


def test_suspended_versioning_keeps_one_version_null(bucket: Bucket) -> None:
    bucket.put("k", b"0")
    bucket.version("Enabled")
    kept = bucket.put("k", b"1")["VersionId"]
    bucket.version("Suspended")

    assert bucket.put("k", b"2")["VersionId"] == "null"
    assert bucket.put("k", b"3")["VersionId"] == "null"

    assert bucket.read("k", VersionId="null") == b"3"
    assert bucket.read("k", VersionId=kept) == b"1"
    assert bucket.versions() == [("k", "null", False, True), ("k", kept, False, False)]


def test_a_delete_under_suspended_versioning_leaves_a_null_marker(bucket: Bucket) -> None:
    bucket.version("Enabled")
    kept = bucket.put("k", b"1")["VersionId"]
    bucket.version("Suspended")
    bucket.put("k", b"2")

    answer = bucket.delete("k")

    assert (answer["DeleteMarker"], answer["VersionId"]) == (True, "null")
    assert bucket.versions() == [("k", kept, False, False), ("k", "null", True, True)]
    bucket.delete("k")
    assert len(bucket.versions()) == 2
    bucket.put("k", b"3")
    assert bucket.versions() == [("k", "null", False, True), ("k", kept, False, False)]


def test_the_version_null_is_deleted_by_that_name(bucket: Bucket) -> None:
    bucket.put("k", b"0")
    bucket.version("Enabled")
    version = bucket.put("k", b"1")["VersionId"]

    assert bucket.delete("k", VersionId="null")["VersionId"] == "null"

    assert bucket.versions() == [("k", version, False, True)]
    with refused("NoSuchVersion"):
        bucket.get("k", VersionId="null")


def test_a_version_null_that_becomes_current_again_can_be_replaced(bucket: Bucket) -> None:
    bucket.put("k", b"0")
    bucket.version("Enabled")
    bucket.delete("k", VersionId=bucket.put("k", b"1")["VersionId"])
    bucket.version("Suspended")

    bucket.put("k", b"2")

    assert bucket.versions() == [("k", "null", False, True)]
    assert bucket.read("k") == b"2"


def test_a_bucket_without_versions_tells_none(bucket: Bucket) -> None:
    bucket.put("k")

    assert "VersionId" not in bucket.get("k")
    assert "VersionId" not in bucket.delete("k")
    assert bucket.delete("k")["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_an_older_version_is_copied_to_the_front(versioned: Bucket) -> None:
    first = versioned.put("k", b"1")["VersionId"]
    versioned.put("k", b"2")

    answer = versioned.copy("k", {"Bucket": versioned.name, "Key": "k", "VersionId": first})

    assert answer["CopySourceVersionId"] == first
    assert versioned.read("k") == b"1"
    assert len(versioned.versions()) == 3


def test_versions_are_kept_on_either_engine(engines_client: Any) -> None:
    bucket = Bucket(engines_client, versioning="Enabled")
    first, second = bucket.put("k", b"1")["VersionId"], bucket.put("k", b"2" * 100_000)["VersionId"]
    marker = bucket.delete("k")["VersionId"]

    assert bucket.versions() == [("k", second, False, False), ("k", first, False, False), ("k", marker, True, True)]
    bucket.delete("k", VersionId=marker)
    bucket.delete("k", VersionId=second)
    assert bucket.read("k") == b"1"


@pytest.mark.parametrize("status", ["", "Enabled", "Suspended"])
def test_buckets_are_empty_when_every_version_is_deleted(client: Any, status: str) -> None:
    bucket = Bucket(client, versioning=status)
    bucket.put("a")
    bucket.put("a")
    bucket.delete("a")
    bucket.put("b")
    for key, version, _marker, _latest in bucket.versions():
        bucket.delete(key, VersionId=version)

    client.delete_bucket(Bucket=bucket.name)
