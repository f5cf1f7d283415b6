"""The keys that AWS manages (`alias/aws/sqs` …): which there are, and the policy that each comes with.

The policy lets everybody in the account use the key who may use the service, and only through the service (KMS
developer guide, "Viewing a key policy", and each service's page on encryption at rest).
"""

from __future__ import annotations

import json
from typing import Final

from chasqui.base.arn import partition_of
from chasqui.crypto.kms.documents import KeyDocument, Material
from chasqui.crypto.kms.keys import DAY_MS

# Service, as kms:ViaService and the policy's id spell it, to its name.
_SERVICES: Final = {
    "dynamodb": "Amazon DynamoDB",
    "events": "Amazon EventBridge",
    "kinesis": "Amazon Kinesis",
    "lambda": "AWS Lambda",
    "s3": "Amazon S3",
    "secretsmanager": "AWS Secrets Manager",
    "sns": "Amazon SNS",
    "sqs": "Simple Queue Service (SQS)",
    "ssm": "AWS Systems Manager",
    "states": "AWS Step Functions",
}
_PREFIX: Final = "aws/"


def is_managed(alias: str) -> bool:
    """Whether an alias (without "alias/") is one of AWS' own that a key stands behind."""
    return alias.startswith(_PREFIX) and alias.removeprefix(_PREFIX) in _SERVICES


def document(owner: str, alias: str, material: Material, now_ms: int) -> KeyDocument:
    """The managed key of an alias; rotated every year, as AWS does."""
    service = alias.removeprefix(_PREFIX)
    return KeyDocument(
        created_ms=now_ms,
        policy=managed_policy(owner, alias),
        description=f"Default key that protects my {_SERVICES[service]} data when no other key is defined",
        manager="AWS",
        rotation_days=365,
        rotate_at_ms=now_ms + 365 * DAY_MS,
        materials=[material],
    )


def managed_policy(owner: str, alias: str) -> str:
    """The policy of an alias' managed key."""
    service = alias.removeprefix(_PREFIX)
    account, _, region = owner.partition("/")
    use = {
        "Sid": f"Allow access through {_SERVICES[service]} for all principals in the account that are authorized to"
        f" use {_SERVICES[service]}",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [
            "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant",
            "kms:DescribeKey",
        ],
        "Resource": "*",
        "Condition": {
            "StringEquals": {"kms:ViaService": f"{service}.{region}.amazonaws.com", "kms:CallerAccount": account}
        },
    }  # fmt: skip
    look = {
        "Sid": "Allow direct access to key metadata to the account",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition_of(region)}:iam::{account}:root"},
        "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Id": f"auto-{service}-1", "Statement": [use, look]})


def default_policy(owner: str) -> str:
    """What a key is created with when it is given none: its account's root may do everything, and with that IAM's
    policies of the account count. Laid out as AWS shows it."""
    account, _, region = owner.partition("/")
    root = f"arn:{partition_of(region)}:iam::{account}:root"
    return (
        '{\n  "Version" : "2012-10-17",\n  "Id" : "key-default-1",\n  "Statement" : [ {\n'
        '    "Sid" : "Enable IAM User Permissions",\n    "Effect" : "Allow",\n'
        f'    "Principal" : {{\n      "AWS" : "{root}"\n    }},\n'
        '    "Action" : "kms:*",\n    "Resource" : "*"\n  } ]\n}'
    )
