"""Services that act for somebody: let in by the resource's own policy, for whom it names."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from chasqui.access.authorizer import Authorizer
from chasqui.access.described import Described
from chasqui.base.principal import service_principal

QUEUE = "arn:aws:sqs:us-east-1:000000000000:FileS3Events"
BUCKET = "arn:aws:s3:::uploads"


def statement(**condition: Any) -> str:
    """The queue's policy of the S3 exercise (S1), with a condition."""
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "SQS:SendMessage",
        "Resource": QUEUE,
        **({"Condition": condition} if condition else {}),
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]})


GUARDED = statement(ArnLike={"aws:SourceArn": BUCKET}, StringEquals={"aws:SourceAccount": "000000000000"})


def asked(text: str | None, service: str = "s3.amazonaws.com", **context: str) -> bool:
    """Whether a service may send to a queue with this policy."""

    async def describe(arn: str) -> Described | None:
        return Described("000000000000", text) if arn == QUEUE else None

    authorizer = Authorizer(describe, lambda: True)
    facts = {name.replace("_", ":"): value for name, value in context.items()}
    return asyncio.run(authorizer.service_may(service_principal(service), "sqs:SendMessage", QUEUE, facts))[0]


def test_a_queue_without_a_policy_lets_no_service_in() -> None:
    assert not asked(None, aws_SourceArn=BUCKET, aws_SourceAccount="000000000000")


def test_the_named_service_is_let_in_for_the_named_bucket() -> None:
    assert asked(GUARDED, aws_SourceArn=BUCKET, aws_SourceAccount="000000000000")


@pytest.mark.parametrize(
    ("service", "bucket", "account"),
    [
        ("sns.amazonaws.com", BUCKET, "000000000000"),
        ("s3.amazonaws.com", "arn:aws:s3:::others", "000000000000"),
        ("s3.amazonaws.com", BUCKET, "111122223333"),
    ],
)
def test_a_confused_deputy_is_not(service: str, bucket: str, account: str) -> None:
    assert not asked(GUARDED, service, aws_SourceArn=bucket, aws_SourceAccount=account)


def test_a_service_that_does_not_say_for_whom_is_not_let_in_where_that_is_asked() -> None:
    assert not asked(GUARDED)
    assert asked(statement())


def test_a_policy_that_cannot_be_read_lets_nobody_in() -> None:
    assert not asked('{"Statement": [{"Effect": "Allow"')
