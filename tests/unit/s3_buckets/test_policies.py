"""Bucket policies: what is taken as one, in S3's words, and which are public."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chasqui.services.s3.buckets.policy_rules import is_public
from tests.strict import allow, policy, refusal


def _public(bucket: str, **more: Any) -> str:
    return policy(allow("s3:GetObject", on=f"arn:aws:s3:::{bucket}/*", Principal="*", **more))


def test_a_policy_is_kept_as_it_was_put(s3: Any, open_bucket: str) -> None:
    text = _public(open_bucket)
    answer = s3.put_bucket_policy(Bucket=open_bucket, Policy=text)

    kept = s3.get_bucket_policy(Bucket=open_bucket)["Policy"]
    s3.delete_bucket_policy(Bucket=open_bucket)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert kept == text
    assert refusal(s3.get_bucket_policy, Bucket=open_bucket)[0] == "NoSuchBucketPolicy"


def _with(bucket: str, **changes: Any) -> str:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    statement |= changes
    return json.dumps({"Version": "2012-10-17", "Statement": {k: v for k, v in statement.items() if v is not None}})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Resource": "arn:aws:s3:::another/*"}, "Policy has invalid resource"),
        ({"Resource": "arn:aws:sqs:us-east-1:000000000000:q"}, "Policy has invalid resource"),
        ({"Action": "s3:Frobnicate"}, "Policy has invalid action"),
        ({"Action": "sqs:SendMessage"}, "Policy has invalid action"),
        ({"Action": "s3:ListBucket"}, "Action does not apply to any resource(s) in statement"),
        ({"Principal": {"AWS": "nobody"}}, "Invalid principal in policy"),
        ({"Principal": None}, "Missing required field Principal"),
        ({"Action": None}, "Missing required field Action"),
        ({"Resource": None}, "Missing required field Resource"),
        ({"Effect": "Perhaps"}, "Invalid effect: Perhaps"),
        ({"Colour": "red"}, "Unknown field Colour"),
    ],
)
def test_a_policy_that_is_none_is_refused_in_s3s_words(
    s3: Any, open_bucket: str, changes: dict[str, Any], message: str
) -> None:
    told = refusal(s3.put_bucket_policy, Bucket=open_bucket, Policy=_with(open_bucket, **changes))

    assert told == ("MalformedPolicy", 400, message)


@pytest.mark.parametrize("text", ["", "x", "[]", "{"])
def test_a_policy_must_be_json(s3: Any, open_bucket: str, text: str) -> None:
    code, _, message = refusal(s3.put_bucket_policy, Bucket=open_bucket, Policy=text)

    assert (code, message) == ("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'")


def test_a_policy_for_the_bucket_and_what_is_in_it_may_name_both_kinds_of_actions(s3: Any, open_bucket: str) -> None:
    arn = f"arn:aws:s3:::{open_bucket}"
    text = policy(allow("s3:ListBucket", "s3:GetObject", on=[arn, f"{arn}/*"], Principal={"AWS": "000000000000"}))

    s3.put_bucket_policy(Bucket=open_bucket, Policy=text)

    assert s3.get_bucket_policy_status(Bucket=open_bucket)["PolicyStatus"] == {"IsPublic": False}


def test_a_public_policy_is_told_to_be_public(s3: Any, open_bucket: str) -> None:
    s3.put_bucket_policy(Bucket=open_bucket, Policy=_public(open_bucket))

    assert s3.get_bucket_policy_status(Bucket=open_bucket)["PolicyStatus"] == {"IsPublic": True}


def test_public_policies_are_blocked_on_new_buckets(s3: Any, bucket: str) -> None:
    code, status, message = refusal(s3.put_bucket_policy, Bucket=bucket, Policy=_public(bucket))

    assert (code, status) == ("AccessDenied", 403)
    assert "because public policies are prevented by the BlockPublicPolicy setting" in message


def test_a_policy_that_is_too_long_is_refused(s3: Any, open_bucket: str) -> None:
    text = _with(open_bucket, Resource=[f"arn:aws:s3:::{open_bucket}/{'x' * 900}{number}" for number in range(25)])

    assert refusal(s3.put_bucket_policy, Bucket=open_bucket, Policy=text)[0] == "PolicyTooLarge"


@pytest.mark.parametrize(
    ("condition", "public"),
    [
        ({}, True),
        ({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, False),
        ({"StringLike": {"aws:SourceVpc": "vpc-*"}}, True),
        ({"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}, True),
        ({"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}, True),
        ({"IpAddress": {"aws:SourceIp": "54.240.143.0/24"}}, False),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
        ({"NotIpAddress": {"aws:SourceIp": "54.240.143.0/24"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:*"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:*:topic"}}, True),
        ({"StringLike": {"aws:Referer": "https://example.com/*"}}, True),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, False),
    ],
)
def test_conditions_that_tie_to_somebody_known_make_a_policy_private(condition: dict[str, Any], public: bool) -> None:
    assert is_public(_public("b", Condition=condition)) is public


def test_not_principal_opens_to_everybody_else() -> None:
    statement = {"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "Action": "s3:*", "Resource": "*"}

    assert is_public(policy(statement))


def test_a_denial_opens_nothing() -> None:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}

    assert not is_public(policy(statement))
