"""Lifecycle rules: what is taken as one, what they say of objects, and that they are carried out."""

from __future__ import annotations

import json
import re
import urllib.request
from typing import Any

import pytest

from chasqui.services.s3.lifecycle import rules as lifecycle
from chasqui.services.s3.objects.document import ObjectDocument
from chasqui.services.s3.types import (
    LifecycleExpiration,
    LifecycleRule,
    LifecycleRuleAndOperator,
    LifecycleRuleFilter,
    NoncurrentVersionExpiration,
    Tag,
)
from tests.strict import refusal
from tests.support import Server, eventually

DAY = lifecycle.DAY_MS


def rule(**given: Any) -> dict[str, Any]:
    return {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, **given}


def put(s3: Any, bucket: str, *rules: dict[str, Any]) -> None:
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": list(rules)})


def pass_days(house: Server, days: int) -> None:
    body = json.dumps({"advance_seconds": days * 86_400}).encode()
    request = urllib.request.Request(
        f"{house.url}/_chasqui/clock", body, {"Content-Type": "application/json"}, method="POST"
    )
    urllib.request.urlopen(request).close()


# ------------------------------------------------------------------------------------------------------------ accepted


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (rule(), "InvalidRequest"),
        (rule(Status="On", Expiration={"Days": 1}), "MalformedXML"),
        (rule(ID="x" * 256, Expiration={"Days": 1}), "InvalidArgument"),
        (rule(Expiration={"Days": 0}), "InvalidArgument"),
        (rule(Expiration={"Days": 1, "ExpiredObjectDeleteMarker": True}), "MalformedXML"),
        (rule(Expiration={"Date": "2030-01-01T10:00:00Z"}), "InvalidArgument"),
        (rule(Prefix="a", Expiration={"Days": 1}), "MalformedXML"),
        (rule(Filter={"And": {"Prefix": "a"}}, Expiration={"Days": 1}), "MalformedXML"),
        (rule(NoncurrentVersionExpiration={"NewerNoncurrentVersions": 1}), "MalformedXML"),
        (rule(Transitions=[{"Days": 30, "StorageClass": "GLACIER"}]), "NotImplemented"),
        (
            rule(
                Filter={"Tag": {"Key": "a", "Value": "b"}},
                AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1},
            ),
            "InvalidRequest",
        ),
    ],
)
def test_rules_that_are_none_are_refused(s3: Any, bucket: str, given: dict[str, Any], code: str) -> None:
    call = s3.put_bucket_lifecycle_configuration

    assert refusal(call, Bucket=bucket, LifecycleConfiguration={"Rules": [given]})[0] == code


def test_two_rules_of_one_id_are_refused(s3: Any, bucket: str) -> None:
    both = {"Rules": [rule(Expiration={"Days": 1}), rule(Expiration={"Days": 2})]}

    assert refusal(s3.put_bucket_lifecycle_configuration, Bucket=bucket, LifecycleConfiguration=both)[0] == (
        "InvalidArgument"
    )


def test_rules_are_kept_and_get_ids(s3: Any, bucket: str) -> None:
    given = rule(Expiration={"Days": 7}, NoncurrentVersionExpiration={"NoncurrentDays": 1})
    del given["ID"]
    put(s3, bucket, given)

    (kept,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    s3.delete_bucket_lifecycle(Bucket=bucket)

    assert len(kept.pop("ID")) == 36
    assert kept == given
    assert refusal(s3.get_bucket_lifecycle_configuration, Bucket=bucket)[0] == "NoSuchLifecycleConfiguration"


# ------------------------------------------------------------------------------------------------------ what they mean


def _document(modified_ms: int = 0, size: int = 10, **tags: str) -> ObjectDocument:
    return ObjectDocument(1, "null", modified_ms, size=size, tags=tags)


def _rule(chosen: LifecycleRuleFilter, **given: Any) -> LifecycleRule:
    return LifecycleRule(ID="r", Status=given.pop("Status", "Enabled"), Filter=chosen, **given)


def test_days_are_rounded_up_to_the_next_midnight() -> None:
    rules = [_rule(LifecycleRuleFilter(), Expiration=LifecycleExpiration(Days=3))]
    half_past_ten = 14 * DAY + 37_800_000

    due = lifecycle.expiry(rules, "a", _document(half_past_ten))

    assert due == (18 * DAY, "r")


def test_a_disabled_rule_says_nothing() -> None:
    rules = [_rule(LifecycleRuleFilter(), Status="Disabled", Expiration=LifecycleExpiration(Days=3))]

    assert lifecycle.expiry(rules, "a", _document()) is None


def test_the_earliest_of_several_rules_counts() -> None:
    rules = [
        LifecycleRule(ID="late", Status="Enabled", Prefix="", Expiration=LifecycleExpiration(Days=9)),
        LifecycleRule(ID="soon", Status="Enabled", Prefix="a", Expiration=LifecycleExpiration(Date=2 * 86_400.0)),
    ]

    assert lifecycle.expiry(rules, "abc", _document()) == (2 * DAY, "soon")
    assert lifecycle.expiry(rules, "xyz", _document()) == (10 * DAY, "late")


@pytest.mark.parametrize(
    ("chosen", "means"),
    [
        (LifecycleRuleFilter(), True),
        (LifecycleRuleFilter(Prefix="logs/"), True),
        (LifecycleRuleFilter(Prefix="log/"), False),
        (LifecycleRuleFilter(Tag=Tag(Key="kind", Value="temporary")), True),
        (LifecycleRuleFilter(Tag=Tag(Key="kind", Value="kept")), False),
        (LifecycleRuleFilter(ObjectSizeGreaterThan=10), False),
        (LifecycleRuleFilter(ObjectSizeGreaterThan=9), True),
        (LifecycleRuleFilter(ObjectSizeLessThan=10), False),
        (LifecycleRuleFilter(And=LifecycleRuleAndOperator(Prefix="logs/", ObjectSizeLessThan=11)), True),
        (
            LifecycleRuleFilter(
                And=LifecycleRuleAndOperator(Prefix="logs/", Tags=[Tag(Key="kind", Value="temporary"), Tag("b", "c")])
            ),
            False,
        ),
    ],
)
def test_filters_choose_by_prefix_tags_and_size(chosen: LifecycleRuleFilter, means: bool) -> None:
    assert lifecycle.means(_rule(chosen), "logs/1", 10, {"kind": "temporary"}) is means


def test_the_newest_older_versions_may_be_kept() -> None:
    expiration = NoncurrentVersionExpiration(NoncurrentDays=1, NewerNoncurrentVersions=2)
    rules = [_rule(LifecycleRuleFilter(), NoncurrentVersionExpiration=expiration)]

    goes = [lifecycle.noncurrent_goes(rules, "a", _document(), 0, newer, 9 * DAY) for newer in range(4)]

    assert goes == [False, False, True, True]


def test_pages_are_read_from_what_all_rules_have_in_common() -> None:
    rules = [_rule(LifecycleRuleFilter(Prefix=prefix)) for prefix in ("logs/2024", "logs/2025", "logs/2")]

    assert lifecycle.common_prefix(rules) == "logs/2"
    assert lifecycle.common_prefix([*rules, _rule(LifecycleRuleFilter())]) == ""


# --------------------------------------------------------------------------------------------------------- carried out


def _keys(s3: Any, bucket: str) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_objects_expire_when_their_days_are_over(house: Server, s3: Any, bucket: str) -> None:
    for key in ("keep/1", "logs/1", "logs/2"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    put(s3, bucket, rule(Filter={"Prefix": "logs/"}, Expiration={"Days": 2}))

    pass_days(house, 1)
    before = _keys(s3, bucket)
    pass_days(house, 2)

    assert before == ["keep/1", "logs/1", "logs/2"]
    eventually(lambda: _keys(s3, bucket) == ["keep/1"])


def test_in_versioned_buckets_objects_expire_by_delete_markers(house: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    put(s3, bucket, rule(Expiration={"Days": 1}))

    pass_days(house, 2)

    markers = eventually(lambda: s3.list_object_versions(Bucket=bucket).get("DeleteMarkers"))
    assert [(each["Key"], each["IsLatest"]) for each in markers] == [("a", True)]
    assert len(s3.list_object_versions(Bucket=bucket)["Versions"]) == 1


def test_older_versions_expire_and_then_the_marker_that_is_left(house: Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2", b"3"):
        s3.put_object(Bucket=bucket, Key="kept", Body=body)
    s3.put_object(Bucket=bucket, Key="deleted", Body=b"1")
    s3.delete_object(Bucket=bucket, Key="deleted")
    put(
        s3,
        bucket,
        rule(Expiration={"ExpiredObjectDeleteMarker": True}, NoncurrentVersionExpiration={"NoncurrentDays": 1}),
    )

    pass_days(house, 2)

    def left() -> bool:
        found = s3.list_object_versions(Bucket=bucket)
        versions = [(each["Key"], each["IsLatest"]) for each in found.get("Versions", [])]
        return versions == [("kept", True)] and "DeleteMarkers" not in found

    eventually(left)


def test_rules_go_on_after_a_restart(tmp_path: Any) -> None:
    with Server(tmp_path, "--test-clock") as first:
        s3 = first.client("s3")
        s3.create_bucket(Bucket="kept")
        s3.put_object(Bucket="kept", Key="a", Body=b"x")
        put(s3, "kept", rule(Expiration={"Days": 1}))
    with Server(tmp_path, "--test-clock") as second:
        s3 = second.client("s3")
        pass_days(second, 3)

        eventually(lambda: _keys(s3, "kept") == [])


def test_uploads_that_nobody_completed_are_aborted(house: Server, s3: Any, bucket: str) -> None:
    begun = s3.create_multipart_upload(Bucket=bucket, Key="large")
    s3.upload_part(Bucket=bucket, Key="large", UploadId=begun["UploadId"], PartNumber=1, Body=b"x" * 1000)
    put(s3, bucket, rule(AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1}))

    pass_days(house, 2)

    eventually(lambda: "Uploads" not in s3.list_multipart_uploads(Bucket=bucket))


def test_answers_tell_when_an_object_expires(s3: Any, bucket: str) -> None:
    put(s3, bucket, rule(ID="soon gone", Filter={"Prefix": "logs/"}, Expiration={"Days": 1}))

    told = s3.put_object(Bucket=bucket, Key="logs/1", Body=b"x")["Expiration"]
    other = s3.put_object(Bucket=bucket, Key="keep/1", Body=b"x")

    assert re.fullmatch(r'expiry-date="\w{3}, \d\d \w{3} \d{4} 00:00:00 GMT", rule-id="soon gone"', told)
    assert s3.head_object(Bucket=bucket, Key="logs/1")["Expiration"] == told
    assert s3.get_object(Bucket=bucket, Key="logs/1")["Expiration"] == told
    assert "Expiration" not in other
