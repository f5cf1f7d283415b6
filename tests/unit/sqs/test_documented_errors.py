"""Every error that the API reference lists for an operation: caused here, or named with the reason why it never comes.

Errors that several operations share are caused once for each of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.support import CREDENTIALS, eventually
from tests.unit.sqs.conftest import make_queues
from tests.unit.sqs.support import arn, redrive, refusal, send

NEVER = {
    "RequestThrottled": "requests are not throttled",
    "InvalidSecurity": "plain HTTP and any signature are taken until access control lands",
    "InvalidIdFormat": "of receipt handles from API versions before 2012-11-05",
    "MessageNotInflight": "AWS has told InvalidParameterValue in its place for years",
    "KmsDisabled": "caused in tests/scenarios/test_q9_kms.py",
    "KmsInvalidState": "caused in tests/scenarios/test_q9_kms.py",
    "KmsNotFound": "caused in tests/scenarios/test_q9_kms.py",
    "KmsOptInRequired": "every account has KMS",
    "KmsThrottled": "KMS is not throttled",
    "KmsAccessDenied": "caused in tests/scenarios/test_q9_kms.py",
    "KmsInvalidKeyUsage": "caused in tests/scenarios/test_q9_kms.py",
}
# These take no queue URL, so never InvalidAddress.
WITHOUT_ADDRESS = (
    "CancelMessageMoveTask",
    "CreateQueue",
    "GetQueueUrl",
    "ListMessageMoveTasks",
    "ListQueues",
    "StartMessageMoveTask",
)
# The others support everything that they can be asked for, so never UnsupportedOperation.
SUPPORTS_LESS = ("CancelMessageMoveTask", "SendMessage", "SendMessageBatch")

Cause = Callable[[Any, str], tuple[str, str, int]]
LIST_VALUE = {"a": {"DataType": "String", "StringListValues": ["x"]}}
# What each operation needs beside a queue's URL.
PARAMETERS: dict[str, dict[str, Any]] = {
    "AddPermission": {"Label": "l", "AWSAccountIds": ["111111111111"], "Actions": ["*"]},
    "ChangeMessageVisibility": {"ReceiptHandle": "x", "VisibilityTimeout": 1},
    "ChangeMessageVisibilityBatch": {"Entries": [{"Id": "1", "ReceiptHandle": "x", "VisibilityTimeout": 1}]},
    "DeleteMessage": {"ReceiptHandle": "x"},
    "DeleteMessageBatch": {"Entries": [{"Id": "1", "ReceiptHandle": "x"}]},
    "RemovePermission": {"Label": "l"},
    "SendMessage": {"MessageBody": "x"},
    "SendMessageBatch": {"Entries": [{"Id": "1", "MessageBody": "x"}]},
    "SetQueueAttributes": {"Attributes": {"DelaySeconds": "1"}},
    "TagQueue": {"Tags": {"a": "b"}},
    "UntagQueue": {"TagKeys": ["a"]},
}


def call(sqs: Any, operation: str, **parameters: Any) -> tuple[str, str, int]:
    method = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).lstrip("_")
    return refusal(getattr(sqs, method), **parameters)


def of_queue(operation: str, url: str) -> Cause:
    """The operation on another address."""
    if operation == "GetQueueUrl":
        return lambda sqs, _: call(sqs, operation, QueueName="missing")
    return lambda sqs, queue: call(sqs, operation, **PARAMETERS.get(operation, {}), QueueUrl=url.format(queue=queue))


def with_entries(operation: str, entries: list[dict[str, Any]]) -> Cause:
    return lambda sqs, queue: call(sqs, operation, QueueUrl=queue, Entries=entries)


def batch_causes(operation: str) -> dict[tuple[str, str], Cause]:
    (entry,) = PARAMETERS[operation]["Entries"]
    return {
        (operation, "EmptyBatchRequest"): with_entries(operation, []),
        (operation, "TooManyEntriesInBatchRequest"): with_entries(operation, [entry] * 11),
        (operation, "BatchEntryIdsNotDistinct"): with_entries(operation, [entry] * 2),
        (operation, "InvalidBatchEntryId"): with_entries(operation, [{**entry, "Id": "?"}]),
    }


def full_queue(sqs: Any, queue: str) -> tuple[str, str, int]:
    send(sqs, queue, *"abcd")
    sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    return call(sqs, "ReceiveMessage", QueueUrl=queue)


def purged_queue(sqs: Any, queue: str) -> tuple[str, str, int]:
    sqs.purge_queue(QueueUrl=queue)
    return call(sqs, "PurgeQueue", QueueUrl=queue)


def deleted_queue(sqs: Any, queue: str) -> tuple[str, str, int]:
    sqs.delete_queue(QueueUrl=queue)
    return call(sqs, "CreateQueue", QueueName=queue.rpartition("/")[2])


def long_policy(sqs: Any, queue: str) -> tuple[str, str, int]:
    statements = [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}] * 21
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return call(sqs, "SetQueueAttributes", QueueUrl=queue, Attributes={"Policy": policy})


def many_actions(sqs: Any, queue: str) -> tuple[str, str, int]:
    return call(sqs, "AddPermission", QueueUrl=queue, **{**PARAMETERS["AddPermission"], "Actions": ["*"] * 8})


def ended_task(sqs: Any, queue: str) -> tuple[str, str, int]:
    dead = arn(sqs, queue)
    sqs.create_queue(QueueName="source", Attributes={"RedrivePolicy": redrive(dead)})
    handle = sqs.start_message_move_task(SourceArn=dead)["TaskHandle"]
    eventually(lambda: sqs.list_message_move_tasks(SourceArn=dead)["Results"][0]["Status"] == "COMPLETED")
    return call(sqs, "CancelMessageMoveTask", TaskHandle=handle)


def missing_source(operation: str) -> Cause:
    return lambda sqs, queue: call(sqs, operation, SourceArn=arn(sqs, queue) + "-missing")


def unknown_task(sqs: Any, queue: str) -> tuple[str, str, int]:
    handle = "eyJ0YXNrSWQiOiJ4Iiwic291cmNlQXJuIjoiYXJuOmF3czpzcXM6dXMtZWFzdC0xOjE6bSJ9"
    return call(sqs, "CancelMessageMoveTask", TaskHandle=handle)


def in_batch(sqs: Any, queue: str) -> tuple[str, str, int]:
    """An entry's own failure, in the form of an error."""
    entries = [{"Id": "1", "MessageBody": "x", "MessageAttributes": LIST_VALUE}]
    (failed,) = sqs.send_message_batch(QueueUrl=queue, Entries=entries)["Failed"]
    return failed["Code"], failed["Message"], 400


CAUSES: dict[tuple[str, str], Cause] = {
    **batch_causes("SendMessageBatch"),
    **batch_causes("DeleteMessageBatch"),
    **batch_causes("ChangeMessageVisibilityBatch"),
    ("SendMessageBatch", "BatchRequestTooLong"): with_entries(
        "SendMessageBatch", [{"Id": "1", "MessageBody": "x" * 1_048_577}]
    ),
    ("SendMessageBatch", "UnsupportedOperation"): in_batch,
    ("SendMessage", "UnsupportedOperation"): lambda sqs, queue: call(
        sqs, "SendMessage", QueueUrl=queue, MessageBody="x", MessageAttributes=LIST_VALUE
    ),
    ("SendMessage", "InvalidMessageContents"): lambda sqs, queue: call(
        sqs, "SendMessage", QueueUrl=queue, MessageBody="\x0b"
    ),
    ("DeleteMessage", "ReceiptHandleIsInvalid"): of_queue("DeleteMessage", "{queue}"),
    ("ChangeMessageVisibility", "ReceiptHandleIsInvalid"): of_queue("ChangeMessageVisibility", "{queue}"),
    ("ReceiveMessage", "OverLimit"): full_queue,
    ("AddPermission", "OverLimit"): many_actions,
    ("SetQueueAttributes", "OverLimit"): long_policy,
    ("SetQueueAttributes", "InvalidAttributeName"): lambda sqs, queue: call(
        sqs, "SetQueueAttributes", QueueUrl=queue, Attributes={"Colour": "red"}
    ),
    ("SetQueueAttributes", "InvalidAttributeValue"): lambda sqs, queue: call(
        sqs, "SetQueueAttributes", QueueUrl=queue, Attributes={"DelaySeconds": "red"}
    ),
    ("GetQueueAttributes", "InvalidAttributeName"): lambda sqs, queue: call(
        sqs, "GetQueueAttributes", QueueUrl=queue, AttributeNames=["Colour"]
    ),
    ("CreateQueue", "InvalidAttributeName"): lambda sqs, _: call(
        sqs, "CreateQueue", QueueName="x", Attributes={"Colour": "red"}
    ),
    ("CreateQueue", "InvalidAttributeValue"): lambda sqs, _: call(
        sqs, "CreateQueue", QueueName="x", Attributes={"DelaySeconds": "red"}
    ),
    ("CreateQueue", "QueueNameExists"): lambda sqs, queue: call(
        sqs, "CreateQueue", QueueName=queue.rpartition("/")[2], Attributes={"DelaySeconds": "9"}
    ),
    ("CreateQueue", "QueueDeletedRecently"): deleted_queue,
    ("PurgeQueue", "PurgeQueueInProgress"): purged_queue,
    ("StartMessageMoveTask", "ResourceNotFoundException"): missing_source("StartMessageMoveTask"),
    ("ListMessageMoveTasks", "ResourceNotFoundException"): missing_source("ListMessageMoveTasks"),
    ("CancelMessageMoveTask", "ResourceNotFoundException"): unknown_task,
    ("CancelMessageMoveTask", "UnsupportedOperation"): ended_task,
}


def documented() -> list[tuple[str, str]]:
    client = boto3.client("sqs", **CREDENTIALS)
    model = client.meta.service_model
    names = [(name, shape.name) for name in model.operation_names for shape in model.operation_model(name).error_shapes]
    client.close()
    return names


def cause_of(operation: str, error: str) -> Cause | None:
    if error == "QueueDoesNotExist":
        return of_queue(operation, "{queue}-missing")
    if error == "InvalidAddress" and operation not in WITHOUT_ADDRESS:
        return of_queue(operation, "http://localhost/1/2/3")
    return CAUSES.get((operation, error))


def is_never_given(operation: str, error: str) -> bool:
    supported = error == "UnsupportedOperation" and operation not in SUPPORTS_LESS
    unaddressed = error == "InvalidAddress" and operation in WITHOUT_ADDRESS
    return error in NEVER or supported or unaddressed


REACHED = [each for each in documented() if cause_of(*each)]


@pytest.mark.parametrize(("operation", "error"), REACHED, ids=["-".join(each) for each in REACHED])
def test_a_documented_error_is_given(strict: Any, operation: str, error: str) -> None:
    queue = make_queues(strict)()
    cause = cause_of(operation, error)
    assert cause

    assert cause(strict, queue)[0] == error


def test_every_other_documented_error_has_a_reason() -> None:
    assert [each for each in documented() if not cause_of(*each) and not is_never_given(*each)] == []
