"""AddPermission and RemovePermission: statements of the queue's policy by label.

The policy is stored and shown; enforcing it is the access layer's. Its form is the one AWS writes.
"""

from __future__ import annotations

from typing import Any

import msgspec

from chasqui.base.call import Call
from chasqui.services.sqs import errors
from chasqui.services.sqs.queues import Queue, QueueDocument, read_queue, write_queue
from chasqui.services.sqs.room import Room
from chasqui.services.sqs.send import check_identifier
from chasqui.services.sqs.types import AddPermissionRequest, RemovePermissionRequest
from chasqui.store.port import Resource, Transaction

_ACTIONS = {
    "*",
    "SendMessage",
    "ReceiveMessage",
    "DeleteMessage",
    "ChangeMessageVisibility",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "PurgeQueue",
}
_ACTIONS_MAX = 7
_LABEL_LENGTH_MAX = 80


async def add_permission(room: Room, call: Call, request: AddPermissionRequest) -> None:
    queue = await room.queues.find(call, request.QueueUrl)
    label = _check_label(request.Label)
    accounts, actions = request.AWSAccountIds or [], request.Actions or []
    if not accounts:
        raise errors.missing_parameter("AWSAccountIds")
    if not actions:
        raise errors.missing_parameter("Actions")
    for account in accounts:
        if len(account) != 12 or not account.isdigit():
            raise errors.invalid_value("PrincipalId", [account], "Unable to verify.")
    for action in actions:
        if action not in _ACTIONS:
            raise errors.invalid_value("ActionName", action, "Only the queue owner is allowed to invoke this action.")
    if len(actions) > _ACTIONS_MAX:
        raise errors.over_actions(len(actions), _ACTIONS_MAX)

    async def change(tx: Transaction) -> None:
        resource, document = await read_queue(tx, queue)
        policy = _policy(queue, document)
        if any(statement.get("Sid") == label for statement in policy["Statement"]):
            raise errors.invalid_value("Label", label, "Already exists.")
        policy["Statement"].append(_statement(queue, label, accounts, actions))
        await _write(room, tx, resource, document, policy)

    await room.store.transaction(change)


def _statement(queue: Queue, label: str, accounts: list[str], actions: list[str]) -> dict[str, Any]:
    principals = [f"arn:aws:iam::{account}:root" for account in accounts]
    names = [f"SQS:{action}" for action in actions]
    return {
        "Sid": label,
        "Effect": "Allow",
        "Principal": {"AWS": principals[0] if len(principals) == 1 else principals},
        "Action": names[0] if len(names) == 1 else names,
        "Resource": queue.arn,
    }


async def remove_permission(room: Room, call: Call, request: RemovePermissionRequest) -> None:
    queue = await room.queues.find(call, request.QueueUrl)
    label = _check_label(request.Label)

    async def change(tx: Transaction) -> None:
        resource, document = await read_queue(tx, queue)
        policy = _policy(queue, document)
        kept = [statement for statement in policy["Statement"] if statement.get("Sid") != label]
        if len(kept) == len(policy["Statement"]):
            raise errors.invalid_value("Label", label, "can't find label.")
        policy["Statement"] = kept
        await _write(room, tx, resource, document, policy)

    await room.store.transaction(change)


def _check_label(label: str | None) -> str:
    if not label:
        raise errors.missing_parameter("Label")
    if len(label) > _LABEL_LENGTH_MAX:
        raise errors.invalid_value("Label", label, "Label must be at most 80 characters long.")
    check_identifier("Label", label)
    return label


def _policy(queue: Queue, document: QueueDocument) -> dict[str, Any]:
    """The queue's policy with its statements as a list; a new one when there is none."""
    text = document.attributes.get("Policy")
    if not text:
        return {"Version": "2008-10-17", "Id": f"{queue.arn}/SQSDefaultPolicy", "Statement": []}
    policy: dict[str, Any] = msgspec.json.decode(text)
    if isinstance(policy["Statement"], dict):
        policy["Statement"] = [policy["Statement"]]
    return policy


async def _write(
    room: Room, tx: Transaction, resource: Resource, document: QueueDocument, policy: dict[str, Any]
) -> None:
    if policy["Statement"]:
        document.attributes["Policy"] = msgspec.json.encode(policy).decode()
    else:
        document.attributes.pop("Policy", None)
    document.modified_s = room.clock.now_ms() // 1000
    await write_queue(tx, resource, document)
