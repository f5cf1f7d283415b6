"""What SQS' own tests share."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.sqs.conftest import NewQueue


def refusal(operation: Any, **parameters: Any) -> tuple[str, str, int]:
    """(code, message, status) of the error that a call must give. The code is the modelled one, as SDKs name it."""
    with pytest.raises(ClientError) as caught:
        operation(**parameters)
    response = caught.value.response
    error = response["Error"]
    return error.get("QueryErrorCode", error["Code"]), error["Message"], response["ResponseMetadata"]["HTTPStatusCode"]


def arn(sqs: Any, url: str) -> str:
    return attribute(sqs, url, "QueueArn")


def attribute(sqs: Any, url: str, name: str) -> str:
    return str(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


def redrive(target_arn: str, receives: int = 1) -> str:
    return json.dumps({"deadLetterTargetArn": target_arn, "maxReceiveCount": receives})


def with_dead_letters(sqs: Any, new_queue: NewQueue, receives: int = 1, **options: Any) -> tuple[str, str]:
    """(source, dead-letter queue)."""
    dead = new_queue(**options)
    return new_queue(RedrivePolicy=redrive(arn(sqs, dead), receives), **options), dead


def send(sqs: Any, url: str, *bodies: str, **options: Any) -> list[dict[str, Any]]:
    return [sqs.send_message(QueueUrl=url, MessageBody=body, **options) for body in bodies]


def receive(sqs: Any, url: str, **options: Any) -> list[dict[str, Any]]:
    return list(sqs.receive_message(QueueUrl=url, **{"MaxNumberOfMessages": 10, **options}).get("Messages", []))


def bodies(sqs: Any, url: str, **options: Any) -> list[str]:
    return [message["Body"] for message in receive(sqs, url, **options)]
