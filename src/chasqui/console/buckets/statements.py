"""The statement by which a queue or a topic lets a bucket send to it, and how it comes into a policy. Pure."""

from __future__ import annotations

import json
from typing import Any, Final

_ACTIONS: Final = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction"}


def statement(arn: str, bucket_arn: str, account: str) -> dict[str, Any]:
    """What lets S3 send to `arn` what happens in a bucket (S3 user guide, "Granting permissions to publish event
    notification messages to a destination"). The account stands there because buckets' ARNs name none."""
    service = arn.split(":")[2]
    return {
        "Sid": sid_of(bucket_arn),
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": _ACTIONS.get(service, ""),
        "Resource": arn,
        "Condition": {"ArnLike": {"aws:SourceArn": bucket_arn}, "StringEquals": {"aws:SourceAccount": account}},
    }


def sid_of(bucket_arn: str) -> str:
    """An id for a bucket's statement: letters and digits, as every kind of policy takes it."""
    return "S3" + "".join(each for each in bucket_arn.rpartition(":")[2].title() if each.isascii() and each.isalnum())


def with_statement(policy: str, added: dict[str, Any]) -> str:
    """A policy with one statement more, in place of an older one of its id. Raises `ValueError` for a policy that
    can't be read."""
    document: dict[str, Any] = json.loads(policy) if policy.strip() else {"Version": "2012-10-17", "Statement": []}
    if not isinstance(document, dict):
        raise ValueError(policy)
    found = document.get("Statement", [])
    statements = found if isinstance(found, list) else [found]
    kept = [each for each in statements if not (isinstance(each, dict) and each.get("Sid") == added["Sid"])]
    return json.dumps({**document, "Statement": [*kept, added]}, ensure_ascii=False)
