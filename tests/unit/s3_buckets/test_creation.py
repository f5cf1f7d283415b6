"""Buckets made, listed, found and deleted, as AWS does it."""

from __future__ import annotations

import http.client
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.strict import refusal
from tests.support import Server, eventually

WEST = {"LocationConstraint": "us-west-2"}


def test_a_new_bucket_is_listed_with_its_time(s3: Any, bucket: str) -> None:
    found = {each["Name"]: each["CreationDate"] for each in s3.list_buckets()["Buckets"]}

    assert found[bucket].year >= 2025


def test_creating_ones_own_bucket_again_is_fine_in_us_east_1(s3: Any, bucket: str) -> None:
    assert s3.create_bucket(Bucket=bucket)["Location"] == f"/{bucket}"


def test_creating_ones_own_bucket_again_is_refused_elsewhere(s3: Any, name: str) -> None:
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=WEST)

    code, status, _ = refusal(s3.create_bucket, Bucket=name, CreateBucketConfiguration=WEST)

    assert (code, status) == ("BucketAlreadyOwnedByYou", 409)


def test_anothers_bucket_cannot_be_created(house: Server, bucket: str) -> None:
    other = house.client("s3", aws_access_key_id="111122223333")

    code, status, message = refusal(other.create_bucket, Bucket=bucket)

    assert (code, status) == ("BucketAlreadyExists", 409)
    assert message.startswith("The requested bucket name is not available.")


@pytest.mark.parametrize(
    "name", ["ab", "Upper", "under_score", "a..b", "192.168.5.4", "xn--abc", "abc-s3alias", "-abc"]
)
def test_names_that_break_the_rules_are_refused(house: Server, name: str) -> None:
    # By hand: boto3 looks at names itself.
    connection = http.client.HTTPConnection(house.url.removeprefix("http://"))
    connection.request("PUT", f"/{name}", headers={"Authorization": _SIGNED})
    answer = connection.getresponse()

    assert answer.status == 400
    assert b"<Code>InvalidBucketName</Code>" in answer.read()


_SIGNED = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00"


def test_a_region_must_be_told_outside_of_us_east_1(house: Server, name: str) -> None:
    ireland = house.client("s3", region_name="eu-west-1")

    code, status, message = refusal(ireland.create_bucket, Bucket=name)

    assert (code, status) == ("IllegalLocationConstraintException", 400)
    assert "The unspecified location constraint is incompatible" in message


def test_a_regional_endpoint_makes_no_buckets_elsewhere(house: Server, name: str) -> None:
    ireland = house.client("s3", region_name="eu-west-1")

    code, _, message = refusal(ireland.create_bucket, Bucket=name, CreateBucketConfiguration=WEST)

    assert code == "IllegalLocationConstraintException"
    assert message.startswith("The us-west-2 location constraint is incompatible")


def test_us_east_1_is_no_location_constraint(s3: Any, name: str) -> None:
    code, *_ = refusal(s3.create_bucket, Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-east-1"})

    assert code == "InvalidLocationConstraint"


def test_object_lock_is_refused_rather_than_ignored(s3: Any, name: str) -> None:
    code, status, _ = refusal(s3.create_bucket, Bucket=name, ObjectLockEnabledForBucket=True)

    assert (code, status) == ("NotImplemented", 501)


def test_head_tells_the_region(s3: Any, name: str) -> None:
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=WEST)

    assert s3.head_bucket(Bucket=name)["BucketRegion"] == "us-west-2"
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] == "us-west-2"


def test_us_east_1_has_no_location(s3: Any, bucket: str) -> None:
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None


def test_a_missing_bucket_is_not_found(s3: Any, name: str) -> None:
    assert refusal(s3.head_bucket, Bucket=name)[1] == 404
    code, status, _ = refusal(s3.get_bucket_versioning, Bucket=name)

    assert (code, status) == ("NoSuchBucket", 404)


def test_another_owner_than_expected_is_refused(s3: Any, bucket: str) -> None:
    code, status, _ = refusal(s3.get_bucket_acl, Bucket=bucket, ExpectedBucketOwner="111122223333")

    assert (code, status) == ("AccessDenied", 403)


def test_a_call_that_was_signed_for_another_region_is_told_the_right_one(house: Server, bucket: str) -> None:
    ireland = house.client("s3", region_name="eu-west-1")
    answers: list[dict[str, Any]] = []
    ireland.meta.events.register("response-received.s3", lambda parsed_response, **_: answers.append(parsed_response))

    # boto3 follows by itself.
    ireland.get_bucket_versioning(Bucket=bucket)

    first = answers[0]
    assert first["Error"]["Code"] == "AuthorizationHeaderMalformed"
    assert first["Error"]["Region"] == "us-east-1"
    assert first["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"] == "us-east-1"


def test_a_deleted_bucket_is_gone(s3: Any, bucket: str) -> None:
    s3.delete_bucket(Bucket=bucket)

    assert refusal(s3.delete_bucket, Bucket=bucket)[0] == "NoSuchBucket"
    assert bucket not in {each["Name"] for each in s3.list_buckets()["Buckets"]}


def test_a_bucket_with_an_object_is_not_deleted(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")

    code, status, message = refusal(s3.delete_bucket, Bucket=bucket)

    assert (code, status, message) == ("BucketNotEmpty", 409, "The bucket you tried to delete is not empty")


def test_a_bucket_with_nothing_but_delete_markers_is_not_deleted(s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.delete_object(Bucket=bucket, Key="never there")

    code, _, message = refusal(s3.delete_bucket, Bucket=bucket)

    assert code == "BucketNotEmpty"
    assert message.endswith("You must delete all versions in the bucket.")


def test_a_bucket_made_again_has_nothing_of_the_former(s3: Any, bucket: str) -> None:
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    s3.delete_bucket(Bucket=bucket)

    s3.create_bucket(Bucket=bucket)

    assert refusal(s3.get_bucket_tagging, Bucket=bucket)[0] == "NoSuchTagSet"


def test_buckets_are_listed_in_pages(house: Server) -> None:
    mine = house.client("s3", aws_access_key_id="222233334444")
    names = [f"paged-{letter}" for letter in "abcde"]
    for each in names:
        mine.create_bucket(Bucket=each)

    pages = [
        [each["Name"] for each in page["Buckets"]]
        for page in mine.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 2})
    ]

    assert pages == [names[:2], names[2:4], names[4:]]


def test_buckets_are_listed_by_prefix_and_region(house: Server) -> None:
    mine = house.client("s3", aws_access_key_id="333344445555")
    for each in ("alpha-1", "beta-1", "beta.2", "gamma-1"):
        mine.create_bucket(Bucket=each)
    mine.create_bucket(Bucket="beta-west", CreateBucketConfiguration=WEST)

    by_prefix = mine.list_buckets(Prefix="beta")
    by_region = mine.list_buckets(BucketRegion="us-west-2")

    assert [each["Name"] for each in by_prefix["Buckets"]] == ["beta-1", "beta-west", "beta.2"]
    assert by_prefix["Prefix"] == "beta"
    assert [(each["Name"], each["BucketRegion"]) for each in by_region["Buckets"]] == [("beta-west", "us-west-2")]


def test_an_account_has_so_many_buckets_at_most(tmp_path: Any) -> None:
    with Server(tmp_path, environ={"CHASQUI_S3_BUCKETS_MAX": "2"}) as small:
        s3 = small.client("s3")
        for each in ("one", "two"):
            s3.create_bucket(Bucket=each)

        code, status, _ = refusal(s3.create_bucket, Bucket="three")
        s3.delete_bucket(Bucket="one")
        s3.create_bucket(Bucket="three")

    assert (code, status) == ("TooManyBuckets", 400)


def test_a_bucket_is_deleted_with_the_uploads_that_nobody_completed(tmp_path: Any) -> None:
    with Server(tmp_path) as one:
        s3 = one.client("s3")
        s3.create_bucket(Bucket="left")
        begun = s3.create_multipart_upload(Bucket="left", Key="large")
        s3.upload_part(Bucket="left", Key="large", UploadId=begun["UploadId"], PartNumber=1, Body=b"x" * 300_000)
        files = _files(tmp_path)

        s3.delete_bucket(Bucket="left")

        assert files
        eventually(lambda: not _files(tmp_path))


def _files(data: Path) -> list[Path]:
    """The large blobs."""
    return [each for each in (data / "blobs").rglob("*") if each.is_file()]


def test_a_reset_server_has_no_buckets(tmp_path: Any) -> None:
    with Server(tmp_path) as one:
        s3 = one.client("s3")
        s3.create_bucket(Bucket="gone")
        s3.put_object(Bucket="gone", Key="a", Body=b"x")

        urllib.request.urlopen(urllib.request.Request(f"{one.url}/_chasqui/reset", method="POST")).close()

        assert refusal(s3.head_bucket, Bucket="gone")[1] == 404
        s3.create_bucket(Bucket="gone")
        assert s3.list_objects_v2(Bucket="gone")["KeyCount"] == 0
