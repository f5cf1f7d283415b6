"""Buckets' access control lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.strict import refusal

EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"


@pytest.fixture
def listed(s3: Any, open_bucket: str) -> str:
    """A bucket that has ACLs, public ones too."""
    controls = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    s3.put_bucket_ownership_controls(Bucket=open_bucket, OwnershipControls=controls)
    return open_bucket


def _granted(s3: Any, bucket: str) -> list[tuple[str, str]]:
    grants = s3.get_bucket_acl(Bucket=bucket)["Grants"]
    return [(each["Grantee"].get("URI", "owner"), each["Permission"]) for each in grants]


def test_a_new_buckets_owner_may_do_everything(s3: Any, bucket: str) -> None:
    acl = s3.get_bucket_acl(Bucket=bucket)

    assert acl["Grants"] == [
        {"Grantee": {"ID": acl["Owner"]["ID"], "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
    ]


def test_a_bucket_that_enforces_its_owner_takes_no_acls(s3: Any, open_bucket: str) -> None:
    assert refusal(s3.put_bucket_acl, Bucket=open_bucket, ACL="public-read")[0] == "AccessControlListNotSupported"


def test_a_canned_acl_is_told_as_grants(s3: Any, listed: str) -> None:
    s3.put_bucket_acl(Bucket=listed, ACL="public-read-write")

    assert _granted(s3, listed) == [("owner", "FULL_CONTROL"), (EVERYBODY, "READ"), (EVERYBODY, "WRITE")]


def test_grants_that_a_canned_acl_stands_for_are_taken(s3: Any, listed: str) -> None:
    s3.put_bucket_acl(Bucket=listed, GrantRead=f'uri="{EVERYBODY}"')

    assert _granted(s3, listed) == [("owner", "FULL_CONTROL"), (EVERYBODY, "READ")]


def test_an_acl_can_be_put_as_it_was_read(s3: Any, listed: str) -> None:
    s3.put_bucket_acl(Bucket=listed, ACL="authenticated-read")
    acl = s3.get_bucket_acl(Bucket=listed)
    s3.put_bucket_acl(Bucket=listed, ACL="private")

    s3.put_bucket_acl(Bucket=listed, AccessControlPolicy={"Owner": acl["Owner"], "Grants": acl["Grants"]})

    assert s3.get_bucket_acl(Bucket=listed)["Grants"] == acl["Grants"]


def test_other_grants_are_refused_rather_than_ignored(s3: Any, listed: str) -> None:
    assert refusal(s3.put_bucket_acl, Bucket=listed, GrantRead='id="abc"')[:2] == ("NotImplemented", 501)


def test_public_acls_are_blocked(s3: Any, listed: str) -> None:
    s3.put_public_access_block(Bucket=listed, PublicAccessBlockConfiguration={"BlockPublicAcls": True})

    code, status, message = refusal(s3.put_bucket_acl, Bucket=listed, ACL="public-read")

    assert (code, status) == ("AccessDenied", 403)
    assert "because public ACLs are prevented by the BlockPublicAcls setting" in message


def test_a_bucket_with_a_public_acl_cannot_enforce_its_owner(s3: Any, listed: str) -> None:
    s3.put_bucket_acl(Bucket=listed, ACL="public-read")
    controls = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}

    code, *_ = refusal(s3.put_bucket_ownership_controls, Bucket=listed, OwnershipControls=controls)

    assert code == "InvalidBucketAclWithObjectOwnership"


@pytest.mark.parametrize("acl", ["bucket-owner-read", "bucket-owner-full-control"])
def test_objects_canned_acls_are_ignored_when_a_bucket_is_created(s3: Any, name: str, acl: str) -> None:
    s3.create_bucket(Bucket=name, ACL=acl)

    (grant,) = s3.get_bucket_acl(Bucket=name)["Grants"]
    assert grant["Permission"] == "FULL_CONTROL"


def test_a_bucket_is_not_created_with_a_public_acl(s3: Any, name: str) -> None:
    code, *_ = refusal(s3.create_bucket, Bucket=name, ACL="public-read", ObjectOwnership="ObjectWriter")

    assert code == "InvalidBucketAclWithBlockPublicAccessError"
