"""ListObjectsV2, ListObjects and ListObjectVersions: pages, prefixes, delimiters, markers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.unit.s3_objects.support import Bucket, refused

TREE = ["a", "a/1", "a/2", "a/b/3", "b/", "b/4", "c", "c-d", "\u00fc/5", "\U0001f600"]


@pytest.fixture(scope="module")
def tree(engines_client: Any) -> Bucket:
    """A bucket with some keys, on either engine."""
    made = Bucket(engines_client)
    for key in TREE:
        made.put(key, b"")
    return made


def listed(bucket: Bucket, **asked: Any) -> tuple[list[str], list[str]]:
    """Keys and common prefixes."""
    found = bucket.client.list_objects_v2(Bucket=bucket.name, **asked)
    keys = [each["Key"] for each in found.get("Contents", [])]
    prefixes = [each["Prefix"] for each in found.get("CommonPrefixes", [])]
    assert found["KeyCount"] == len(keys) + len(prefixes)
    return keys, prefixes


def test_keys_come_by_their_bytes(tree: Bucket) -> None:
    assert listed(tree) == (sorted(TREE, key=str.encode), [])


@pytest.mark.parametrize(
    ("asked", "keys", "prefixes"),
    [
        ({"Prefix": "a"}, ["a", "a/1", "a/2", "a/b/3"], []),
        ({"Prefix": "a/"}, ["a/1", "a/2", "a/b/3"], []),
        ({"Prefix": "nothing"}, [], []),
        ({"Delimiter": "/"}, ["a", "c", "c-d", "\U0001f600"], ["a/", "b/", "\u00fc/"]),
        ({"Delimiter": "/", "Prefix": "a/"}, ["a/1", "a/2"], ["a/b/"]),
        ({"Delimiter": "/", "Prefix": "b/"}, ["b/", "b/4"], []),
        ({"Delimiter": "-"}, ["a", "a/1", "a/2", "a/b/3", "b/", "b/4", "c", "\u00fc/5", "\U0001f600"], ["c-"]),
        ({"Delimiter": "/b/"}, ["a", "a/1", "a/2", "b/", "b/4", "c", "c-d", "\u00fc/5", "\U0001f600"], ["a/b/"]),
        ({"StartAfter": "b/4"}, ["c", "c-d", "\u00fc/5", "\U0001f600"], []),
        ({"StartAfter": "a/b", "Prefix": "a"}, ["a/b/3"], []),
        ({"MaxKeys": 0}, [], []),
    ],
)
def test_prefix_delimiter_and_start(tree: Bucket, asked: dict[str, Any], keys: list[str], prefixes: list[str]) -> None:
    assert listed(tree, **asked) == (keys, prefixes)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("asked", [{}, {"Delimiter": "/"}, {"Prefix": "a", "Delimiter": "/"}])
def test_pages_together_are_the_whole(tree: Bucket, asked: dict[str, Any], size: int) -> None:
    pages = tree.client.get_paginator("list_objects_v2").paginate(
        Bucket=tree.name, PaginationConfig={"PageSize": size}, **asked
    )
    keys: list[str] = []
    prefixes: list[str] = []
    for page in pages:
        keys += [each["Key"] for each in page.get("Contents", [])]
        prefixes += [each["Prefix"] for each in page.get("CommonPrefixes", [])]
        assert page["KeyCount"] <= size

    assert (keys, prefixes) == listed(tree, **asked)


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("asked", [{}, {"Delimiter": "/"}])
def test_the_first_version_of_listing_has_pages_too(tree: Bucket, asked: dict[str, Any], size: int) -> None:
    pages = tree.client.get_paginator("list_objects").paginate(
        Bucket=tree.name, PaginationConfig={"PageSize": size}, **asked
    )
    keys: list[str] = []
    prefixes: list[str] = []
    for page in pages:
        keys += [each["Key"] for each in page.get("Contents", [])]
        prefixes += [each["Prefix"] for each in page.get("CommonPrefixes", [])]

    assert (keys, prefixes) == listed(tree, **asked)


def test_the_first_version_tells_a_next_marker_only_with_a_delimiter(tree: Bucket) -> None:
    plain = tree.client.list_objects(Bucket=tree.name, MaxKeys=2)
    rolled = tree.client.list_objects(Bucket=tree.name, MaxKeys=2, Delimiter="/")

    assert "NextMarker" not in plain
    assert rolled["NextMarker"] == "a/"
    assert plain["Contents"][0]["Owner"]["ID"]


def test_owners_are_told_when_asked_for(tree: Bucket) -> None:
    plain = tree.client.list_objects_v2(Bucket=tree.name, MaxKeys=1)["Contents"][0]
    owned = tree.client.list_objects_v2(Bucket=tree.name, MaxKeys=1, FetchOwner=True)["Contents"][0]

    assert "Owner" not in plain
    assert len(owned["Owner"]["ID"]) == 64


@pytest.mark.parametrize("asked", [{"MaxKeys": -1}, {"EncodingType": "base64"}, {"ContinuationToken": "nonsense"}])
def test_what_makes_no_sense_is_refused(tree: Bucket, asked: dict[str, Any]) -> None:
    with refused("InvalidArgument", 400):
        listed(tree, **asked)


def test_versions_of_keys_that_begin_alike_stay_with_their_keys(engines_client: Any) -> None:
    bucket = Bucket(engines_client, versioning="Enabled")
    expected = []
    for key in ("k", "k\x01", "k!", "k/1"):
        ids = [bucket.put(key)["VersionId"] for _ in range(3)]
        expected += [(key, each, False, each == ids[-1]) for each in reversed(ids)]

    assert bucket.versions() == sorted(expected, key=lambda each: each[0])


@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_of_versions_together_are_the_whole(versioned: Bucket, size: int) -> None:
    for key in ("a", "b/1", "b/2", "c"):
        versioned.put(key)
        versioned.delete(key)
        versioned.put(key)
        versioned.delete(key)
    for asked in ({}, {"Delimiter": "/"}):
        pages = list(
            versioned.client.get_paginator("list_object_versions").paginate(
                Bucket=versioned.name, PaginationConfig={"PageSize": size}, **asked
            )
        )

        whole = versioned.client.list_object_versions(Bucket=versioned.name, **asked)
        for part in ("Versions", "DeleteMarkers", "CommonPrefixes"):
            assert [each for page in pages for each in page.get(part, [])] == whole.get(part, [])
        latest = [each["Key"] for each in whole["DeleteMarkers"] if each["IsLatest"]]
        assert latest == (["a", "c"] if asked else ["a", "b/1", "b/2", "c"])
        assert not any(each["IsLatest"] for each in whole["Versions"])


def test_a_page_of_versions_may_begin_behind_the_version_null(bucket: Bucket) -> None:
    bucket.put("k")
    bucket.version("Enabled")
    newest = bucket.put("k")["VersionId"]
    bucket.put("l")

    assert bucket.versions(KeyMarker="k", VersionIdMarker=newest)[0][:2] == ("k", "null")
    assert [each[0] for each in bucket.versions(KeyMarker="k", VersionIdMarker="null")] == ["l"]
    assert [each[0] for each in bucket.versions(KeyMarker="k")] == ["l"]
    with refused("InvalidArgument", 400):
        bucket.versions(VersionIdMarker=newest)


def test_a_thousand_keys_are_a_page(bucket: Bucket) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: bucket.put(f"k{number:04}", b""), range(1003)))

    answer = bucket.client.list_objects_v2(Bucket=bucket.name, MaxKeys=5000)

    assert (answer["KeyCount"], answer["IsTruncated"], answer["MaxKeys"]) == (1000, True, 1000)
    rest = bucket.client.list_objects_v2(Bucket=bucket.name, ContinuationToken=answer["NextContinuationToken"])
    assert [each["Key"] for each in rest["Contents"]] == ["k1000", "k1001", "k1002"]
