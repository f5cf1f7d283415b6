"""DeleteObject and DeleteObjects."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.s3_objects.support import Bucket, refused

OTHER = '"deadbeefdeadbeefdeadbeefdeadbeef"'


def delete_all(bucket: Bucket, *objects: dict[str, Any], quiet: bool = False) -> Any:
    return bucket.client.delete_objects(Bucket=bucket.name, Delete={"Objects": list(objects), "Quiet": quiet})


def test_deleting_what_is_not_there_succeeds(bucket: Bucket) -> None:
    assert bucket.delete("nothing")["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_a_delete_may_depend_on_the_etag(bucket: Bucket) -> None:
    etag = bucket.put("k")["ETag"]

    with refused("PreconditionFailed", 412):
        bucket.delete("k", IfMatch=OTHER)
    assert bucket.keys() == ["k"]
    bucket.delete("k", IfMatch=etag)

    assert bucket.keys() == []
    with refused("NoSuchKey", 404):
        bucket.delete("k", IfMatch="*")


def test_a_batch_deletes_all_that_it_names(bucket: Bucket) -> None:
    keys = [f"k{number:03}" for number in range(100)]
    for key in keys:
        bucket.put(key, b"")

    answer = delete_all(bucket, *({"Key": key} for key in keys), {"Key": "nothing"})

    assert [each["Key"] for each in answer["Deleted"]] == [*keys, "nothing"]
    assert "Errors" not in answer
    assert bucket.keys() == []


def test_a_quiet_batch_tells_only_errors(bucket: Bucket) -> None:
    bucket.put("k")

    answer = delete_all(bucket, {"Key": "k"}, {"Key": "x" * 1025}, quiet=True)

    assert "Deleted" not in answer
    assert [(each["Code"], len(each["Key"])) for each in answer["Errors"]] == [("KeyTooLongError", 1025)]


def test_a_key_of_a_batch_may_depend_on_its_etag(bucket: Bucket) -> None:
    etag = bucket.put("a")["ETag"]
    bucket.put("b")

    answer = delete_all(bucket, {"Key": "a", "ETag": etag}, {"Key": "b", "ETag": OTHER})

    assert [each["Key"] for each in answer["Deleted"]] == ["a"]
    assert [(each["Key"], each["Code"]) for each in answer["Errors"]] == [("b", "PreconditionFailed")]
    assert bucket.keys() == ["b"]


def test_a_batch_makes_markers_and_deletes_versions(versioned: Bucket) -> None:
    version = versioned.put("a")["VersionId"]
    marker = versioned.delete("b")["VersionId"]

    answer = delete_all(
        versioned,
        {"Key": "c"},
        {"Key": "a", "VersionId": version},
        {"Key": "b", "VersionId": marker},
        {"Key": "d", "VersionId": "nonsense"},
    )

    made, removed, unmarked = answer["Deleted"]
    assert made["DeleteMarker"] is True
    assert "VersionId" not in made
    assert removed == {"Key": "a", "VersionId": version}
    assert unmarked == {"Key": "b", "VersionId": marker, "DeleteMarker": True, "DeleteMarkerVersionId": marker}
    assert answer["Errors"][0]["Code"] == "InvalidArgument"
    assert versioned.versions() == [("c", made["DeleteMarkerVersionId"], True, True)]


@pytest.mark.parametrize("objects", [[], [{"Key": f"k{number}"} for number in range(1001)]])
def test_a_batch_names_one_to_a_thousand(bucket: Bucket, objects: list[dict[str, Any]]) -> None:
    with refused("MalformedXML", 400):
        delete_all(bucket, *objects)
