"""Operations that are called from inside the server: their results and refusals are those that clients see."""

from __future__ import annotations

from typing import Any

import pytest

from chasqui.app import build
from chasqui.base.errors import ServiceError
from chasqui.base.settings import load_settings
from chasqui.server.guests import Guest
from tests.unit.server.serving import run

# Service, operation, its input; code and status as AWS has them.
REFUSED: dict[str, tuple[str, str, dict[str, Any], str, int]] = {
    "iam": ("iam", "GetUser", {"UserName": "nobody"}, "NoSuchEntity", 404),
    "a role": ("iam", "GetRole", {"RoleName": "nobody"}, "NoSuchEntity", 404),
    "sns": ("sns", "GetTopicAttributes", {"TopicArn": "arn:aws:sns:us-east-1:000000000000:none"}, "NotFound", 404),
    "sqs": ("sqs", "GetQueueUrl", {"QueueName": "none"}, "QueueDoesNotExist", 400),
    "s3": ("s3", "ListObjectsV2", {"Bucket": "none"}, "NoSuchBucket", 404),
    "lambda": ("lambda", "GetFunction", {"FunctionName": "none"}, "ResourceNotFoundException", 404),
    "kms": ("kms", "DescribeKey", {"KeyId": "none"}, "NotFoundException", 400),
    "logs": ("logs", "DescribeLogStreams", {"logGroupName": "none"}, "ResourceNotFoundException", 400),
    "not implemented": ("sqs", "NoSuchOperation", {}, "NotImplementedException", 501),
}


async def refused(service: str, operation: str, given: dict[str, Any]) -> ServiceError:
    app = await build(load_settings(environ={}, overrides={"database": "memory", "port": 0}))
    try:
        await app.start()
        house = app.house
        guest = Guest(house.believed("000000000000"), "us-east-1", "http://localhost:4566", house.clock)
        with pytest.raises(ServiceError) as caught:
            await house.call(guest, service, operation, given)
        return caught.value
    finally:
        await app.close()


@pytest.mark.parametrize("which", REFUSED)
def test_a_refusal_has_the_status_that_clients_see(which: str) -> None:
    service, operation, given, code, status = REFUSED[which]

    error = run(refused(service, operation, given))

    assert (error.code, error.status) == (code, status)
