"""Tags, ACLs and attributes of objects."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.s3_objects.support import Bucket, refused

TAGS = [{"Key": "a", "Value": "1"}, {"Key": "b c", "Value": ""}]


def tags_of(bucket: Bucket, key: str, **more: Any) -> Any:
    return bucket.client.get_object_tagging(Bucket=bucket.name, Key=key, **more)["TagSet"]


def tag(bucket: Bucket, key: str, tags: list[dict[str, str]], **more: Any) -> Any:
    return bucket.client.put_object_tagging(Bucket=bucket.name, Key=key, Tagging={"TagSet": tags}, **more)


def test_tags_come_back_and_go(bucket: Bucket) -> None:
    bucket.put("k", Tagging="old=1")
    tag(bucket, "k", TAGS)

    assert tags_of(bucket, "k") == TAGS
    bucket.client.delete_object_tagging(Bucket=bucket.name, Key="k")
    assert tags_of(bucket, "k") == []
    assert bucket.read("k") == b"content"


def test_each_version_has_tags_of_its_own(versioned: Bucket) -> None:
    first = versioned.put("k")["VersionId"]
    second = versioned.put("k")["VersionId"]

    assert tag(versioned, "k", TAGS[:1], VersionId=first)["VersionId"] == first

    assert tags_of(versioned, "k", VersionId=first) == TAGS[:1]
    assert tags_of(versioned, "k", VersionId=second) == []


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([{"Key": f"k{n}", "Value": ""} for n in range(11)], "BadRequest"),
        ([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}], "InvalidTag"),
        ([{"Key": "x" * 129, "Value": ""}], "InvalidTag"),
        ([{"Key": "a", "Value": "x" * 257}], "InvalidTag"),
        ([{"Key": "aws:a", "Value": ""}], "InvalidTag"),
        ([{"Key": "a", "Value": "<>"}], "InvalidTag"),
    ],
)
def test_tags_have_limits(bucket: Bucket, tags: list[dict[str, str]], code: str) -> None:
    bucket.put("k")

    with refused(code, 400):
        tag(bucket, "k", tags)


def test_what_is_not_there_has_no_tags(bucket: Bucket) -> None:
    with refused("NoSuchKey", 404):
        tags_of(bucket, "nothing")
    with refused("NoSuchKey", 404):
        tag(bucket, "nothing", TAGS)


def test_where_the_bucket_owner_is_enforced_acls_cannot_be_set(bucket: Bucket) -> None:
    bucket.put("k", ACL="bucket-owner-full-control")

    with refused("AccessControlListNotSupported", 400):
        bucket.client.put_object_acl(Bucket=bucket.name, Key="k", ACL="public-read")
    [grant] = bucket.client.get_object_acl(Bucket=bucket.name, Key="k")["Grants"]
    assert grant["Permission"] == "FULL_CONTROL"


def test_canned_acls_are_told_as_grants(client: Any) -> None:
    bucket = Bucket(client, ObjectOwnership="ObjectWriter")
    client.delete_public_access_block(Bucket=bucket.name)
    bucket.put("k", ACL="public-read")

    answer = client.get_object_acl(Bucket=bucket.name, Key="k")

    grants = [(each["Grantee"].get("URI", "")[-8:], each["Permission"]) for each in answer["Grants"]]
    assert grants == [("", "FULL_CONTROL"), ("AllUsers", "READ")]
    client.put_object_acl(Bucket=bucket.name, Key="k", ACL="private")
    assert len(client.get_object_acl(Bucket=bucket.name, Key="k")["Grants"]) == 1


def test_grants_can_say_what_a_canned_acl_says(client: Any) -> None:
    bucket = Bucket(client, ObjectOwnership="ObjectWriter")
    client.delete_public_access_block(Bucket=bucket.name)
    bucket.put("k", ACL="public-read")
    told = client.get_object_acl(Bucket=bucket.name, Key="k")
    bucket.put("other")

    policy = {"Owner": told["Owner"], "Grants": told["Grants"]}
    client.put_object_acl(Bucket=bucket.name, Key="other", AccessControlPolicy=policy)

    assert client.get_object_acl(Bucket=bucket.name, Key="other")["Grants"] == told["Grants"]
    with refused("NotImplemented", 501):
        client.put_object_acl(
            Bucket=bucket.name, Key="other", AccessControlPolicy={**policy, "Grants": told["Grants"][1:]}
        )


def test_attributes_are_those_asked_for(bucket: Bucket) -> None:
    etag = bucket.put("k", b"hello")["ETag"]

    answer = bucket.client.get_object_attributes(
        Bucket=bucket.name, Key="k", ObjectAttributes=["ETag", "Checksum", "ObjectSize", "StorageClass", "ObjectParts"]
    )

    assert answer["ETag"] == etag.strip('"')
    assert answer["Checksum"]["ChecksumCRC32"] == "NhCmhg=="
    assert (answer["ObjectSize"], answer["StorageClass"]) == (5, "STANDARD")
    assert "ObjectParts" not in answer
    only = bucket.client.get_object_attributes(Bucket=bucket.name, Key="k", ObjectAttributes=["ObjectSize"])
    assert "ETag" not in only
    with refused("InvalidArgument", 400):
        bucket.client.get_object_attributes(Bucket=bucket.name, Key="k", ObjectAttributes=["Colour"])
