"""What is configured on buckets, read back as it was put, and refused as AWS refuses it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.strict import refusal


@pytest.mark.parametrize(
    ("read", "code"),
    [
        ("get_bucket_tagging", "NoSuchTagSet"),
        ("get_bucket_policy", "NoSuchBucketPolicy"),
        ("get_bucket_policy_status", "NoSuchBucketPolicy"),
        ("get_bucket_cors", "NoSuchCORSConfiguration"),
        ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
        ("get_bucket_website", "NoSuchWebsiteConfiguration"),
        ("get_bucket_replication", "ReplicationConfigurationNotFoundError"),
        ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"),
    ],
)
def test_what_was_never_set_is_not_found(s3: Any, bucket: str, read: str, code: str) -> None:
    assert refusal(getattr(s3, read), Bucket=bucket)[:2] == (code, 404)


def test_a_new_bucket_is_as_new_buckets_are_on_aws(s3: Any, bucket: str) -> None:
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    ownership = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    encryption = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]

    assert set(block.values()) == {True}
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert encryption == [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"


def test_versioning_is_enabled_and_suspended(s3: Any, bucket: str) -> None:
    seen = []
    for status in ("Enabled", "Suspended"):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
        seen.append(s3.get_bucket_versioning(Bucket=bucket)["Status"])

    assert seen == ["Enabled", "Suspended"]


@pytest.mark.parametrize(
    ("configuration", "code"),
    [
        ({}, "IllegalVersioningConfigurationException"),
        ({"Status": "On"}, "MalformedXML"),
        ({"Status": "Enabled", "MFADelete": "Enabled"}, "NotImplemented"),
    ],
)
def test_versioning_that_is_none_is_refused(s3: Any, bucket: str, configuration: dict[str, str], code: str) -> None:
    assert refusal(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration=configuration)[0] == code


def test_tags_are_kept_and_deleted(s3: Any, bucket: str) -> None:
    tags = [{"Key": "team", "Value": "blue"}, {"Key": "cost/centre", "Value": ""}]
    answer = s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})

    kept = s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    s3.delete_bucket_tagging(Bucket=bucket)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert kept == tags
    assert refusal(s3.get_bucket_tagging, Bucket=bucket)[0] == "NoSuchTagSet"


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([("aws:x", "1")], "InvalidTag"),
        ([("a", "1"), ("a", "2")], "InvalidTag"),
        ([("k" * 129, "1")], "InvalidTag"),
        ([("k", "v" * 257)], "InvalidTag"),
        ([(f"k{number}", "v") for number in range(51)], "BadRequest"),
    ],
)
def test_tags_that_are_none_are_refused(s3: Any, bucket: str, tags: list[tuple[str, str]], code: str) -> None:
    given = {"TagSet": [{"Key": key, "Value": value} for key, value in tags]}

    assert refusal(s3.put_bucket_tagging, Bucket=bucket, Tagging=given)[0] == code


def _encryption(algorithm: str, key: str | None = None, **more: Any) -> dict[str, Any]:
    default = {"SSEAlgorithm": algorithm, **({"KMSMasterKeyID": key} if key else {})}
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": default, **more}]}


def test_encryption_by_a_kms_key_is_kept(s3: Any, bucket: str) -> None:
    wanted = _encryption("aws:kms", "arn:aws:kms:us-east-1:000000000000:key/1", BucketKeyEnabled=True)
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=wanted)

    kept = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    s3.delete_bucket_encryption(Bucket=bucket)
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]

    assert kept == wanted
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


@pytest.mark.parametrize(
    ("configuration", "code"),
    [
        (_encryption("AES256", "a-key"), "InvalidArgument"),
        (_encryption("ROT13"), "MalformedXML"),
        (_encryption("aws:kms:dsse"), "NotImplemented"),
        ({"Rules": []}, "MalformedXML"),
    ],
)
def test_encryption_that_is_none_is_refused(s3: Any, bucket: str, configuration: dict[str, Any], code: str) -> None:
    call = s3.put_bucket_encryption

    assert refusal(call, Bucket=bucket, ServerSideEncryptionConfiguration=configuration)[0] == code


def test_ownership_without_controls_is_not_found(s3: Any, bucket: str) -> None:
    s3.delete_bucket_ownership_controls(Bucket=bucket)

    assert refusal(s3.get_bucket_ownership_controls, Bucket=bucket)[0] == "OwnershipControlsNotFoundError"


def test_public_access_that_is_not_blocked_is_told(s3: Any, bucket: str) -> None:
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    some = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    s3.delete_public_access_block(Bucket=bucket)

    assert [name for name, value in some.items() if value] == ["BlockPublicAcls"]
    assert refusal(s3.get_public_access_block, Bucket=bucket)[0] == "NoSuchPublicAccessBlockConfiguration"


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"AllowedMethods": ["PATCH"], "AllowedOrigins": ["*"]}, "InvalidRequest"),
        ({"AllowedMethods": ["GET"], "AllowedOrigins": ["http://*.*"]}, "InvalidRequest"),
        ({"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "ExposeHeaders": ["x-*"]}, "InvalidRequest"),
        ({"AllowedMethods": ["GET"], "AllowedOrigins": []}, "MalformedXML"),
    ],
)
def test_cors_rules_that_are_none_are_refused(s3: Any, bucket: str, rule: dict[str, Any], code: str) -> None:
    assert refusal(s3.put_bucket_cors, Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})[0] == code


def test_what_is_not_implemented_is_refused(s3: Any, bucket: str) -> None:
    website = {"IndexDocument": {"Suffix": "index.html"}}

    assert refusal(s3.put_bucket_website, Bucket=bucket, WebsiteConfiguration=website)[1] == 501
