"""The statement by which a queue, a topic or a function lets a bucket send to it. Pure."""

from __future__ import annotations

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
