"""Who may do what: asked beside the policies of topics, buckets and KMS keys."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.console.caller import Caller
from tests.support import Server

ROLE = "arn:aws:iam::000000000000:role/checked"
FOREIGN = "111122223333"


def policy(resource: str, actions: str | list[str], *more: dict[str, Any], **changes: Any) -> str:
    statement = {"Sid": "one", "Effect": "Allow", "Principal": {"AWS": FOREIGN}, "Action": actions}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": resource, **changes}, *more]})


@pytest.fixture(scope="module")
def checked(server: Server) -> dict[str, str]:
    """A topic, a bucket and two keys with policies, and a role that may do everything; pages by what they are of."""
    iam, kms = server.client("iam"), server.client("kms")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName="checked", AssumeRolePolicyDocument=document)
    rights = {"Effect": "Allow", "Action": ["sns:*", "s3:*", "kms:*"], "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [rights]})
    iam.put_role_policy(RoleName="checked", PolicyName="its", PolicyDocument=text)
    topic = server.client("sns").create_topic(Name="checked")["TopicArn"]
    denied = {"Sid": "no", "Effect": "Deny", "Principal": "*", "Action": "sns:DeleteTopic", "Resource": topic}
    server.client("sns").set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=policy(topic, "sns:Publish", denied)
    )
    server.client("s3").create_bucket(Bucket="checked")
    server.client("s3").put_bucket_policy(
        Bucket="checked", Policy=policy("arn:aws:s3:::checked/shared/*", "s3:GetObject")
    )
    own = kms.create_key()["KeyMetadata"]["KeyId"]
    closed = kms.create_key(BypassPolicyLockoutSafetyCheck=True, Policy=policy("*", "kms:*"))["KeyMetadata"]["KeyId"]
    return {
        "topic": "topics/checked/policy",
        "bucket": "buckets/checked/permissions",
        "key": f"access/keys/{own}",
        "closed key": f"access/keys/{closed}",
    }


@pytest.mark.parametrize(
    ("page", "who", "action", "more", "answer"),
    [
        ("topic", FOREIGN, "Publish", "", "Allowed"),
        ("topic", FOREIGN, "Subscribe", "", "Not allowed"),
        ("topic", ROLE, "Subscribe", "", "Allowed"),
        ("topic", ROLE, "DeleteTopic", "", "Denied"),
        ("topic", "s3.amazonaws.com", "Publish", "&source=arn:aws:s3:::pictures", "Not allowed"),
        ("bucket", FOREIGN, "GetObject", "&key=shared/a.txt", "Allowed"),
        ("bucket", FOREIGN, "GetObject", "", "Not allowed"),
        ("bucket", FOREIGN, "PutObject", "&key=shared/a.txt", "Not allowed"),
        ("bucket", ROLE, "ListBucket", "", "Allowed"),
        ("bucket", "nobody at all", "GetObject", "", "InvalidInput"),
        ("key", ROLE, "Decrypt", "", "Allowed"),
        ("key", FOREIGN, "Decrypt", "", "Not allowed"),
        ("closed key", FOREIGN, "Decrypt", "", "Allowed"),
        ("closed key", ROLE, "Decrypt", "", "Not allowed"),
    ],
)
def test_it_is_told_who_may_do_what(
    server: Server, checked: dict[str, str], page: str, who: str, action: str, more: str, answer: str
) -> None:
    asked = f"{checked[page]}?principal={quote(who, safe='')}&action={action}{more}"
    told = Caller(server.url).get(asked).text.partition('id="may"')[2].partition('role="status"')[2]
    said = told.partition("</div>")[0]
    assert f">{answer}<" in said or f">{answer}:" in said, said


@pytest.mark.parametrize("page", ["topic", "bucket", "key", "closed key"])
def test_policies_are_checked_as_they_stand(server: Server, checked: dict[str, str], page: str) -> None:
    text = Caller(server.url).get(checked[page]).text
    assert "Nothing is wrong with its form." in text or "line " in text


def test_what_is_asked_is_text(server: Server, checked: dict[str, str]) -> None:
    hostile = '"><script>alert(1)</script>'
    asked = f"{checked['bucket']}?principal={quote(hostile)}&action={quote(hostile)}&key={quote(hostile)}"
    text = Caller(server.url).get(asked).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text
