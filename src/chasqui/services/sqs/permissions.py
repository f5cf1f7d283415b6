"""AddPermission and RemovePermission: statements of the queue's policy by label.

The policy is stored and shown; enforcing it is the access layer's. Its form is the one AWS writes.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from chasqui.base.call import Call
from chasqui.services.sqs import errors
from chasqui.services.sqs.policies import PRINCIPALS_MAX, STATEMENTS_MAX
from chasqui.services.sqs.queues import Queue, QueueDocument, read_queue, write_queue
from chasqui.services.sqs.room import Room
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
_OWNERS_ACTIONS = {
    "AddPermission",
    "CancelMessageMoveTask",
    "CreateQueue",
    "DeleteQueue",
    "ListMessageMoveTasks",
    "ListQueues",
    "ListQueueTags",
    "RemovePermission",
    "SetQueueAttributes",
    "StartMessageMoveTask",
    "TagQueue",
    "UntagQueue",
}
_ACTIONS_MAX = 7
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,80}\Z")


async def add_permission(room: Room, call: Call, request: AddPermissionRequest) -> None:
    queue = await room.queues.find(call, request.QueueUrl)
    label = _check_label(request.Label)
    accounts, actions = request.AWSAccountIds or [], request.Actions or []
    _check_actions(actions)
    if not accounts:
        raise errors.missing_parameter("AWSAccountIds")
    if len(accounts) > PRINCIPALS_MAX:
        raise errors.over_permissions("Principals", len(accounts), PRINCIPALS_MAX)
    for account in accounts:
        if len(account) != 12 or not account.isdigit():
            raise errors.invalid_value("PrincipalId", f"[{account}]", "Unable to verify.")

    async def change(tx: Transaction) -> None:
        resource, document = await read_queue(tx, queue)
        policy = _policy(queue, document)
        if any(statement.get("Sid") == label for statement in policy["Statement"]):
            raise errors.invalid_value("Label", label, "Already exists.")
        policy["Statement"].append(_statement(queue, label, accounts, actions))
        if len(policy["Statement"]) > STATEMENTS_MAX:
            raise errors.over_permissions("Statements", len(policy["Statement"]), STATEMENTS_MAX)
        await _write(room, tx, resource, document, policy)

    await room.store.transaction(change)


def _check_actions(actions: list[str]) -> None:
    if not actions:
        raise errors.missing_parameter("Actions")
    for action in actions:
        if action not in _ACTIONS:
            reason = (
                "Only the queue owner is allowed to invoke this action."
                if action in _OWNERS_ACTIONS
                else "Please refer to the appropriate WSDL for a list of valid actions."
            )
            raise errors.invalid_value("ActionName", f"SQS:{action}", reason)
    if len(actions) > _ACTIONS_MAX:
        raise errors.over_permissions("Actions", len(actions), _ACTIONS_MAX)


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
            where = " on existing policy" if kept else ""
            raise errors.invalid_value("Label", label, f"can't find label{where}.")
        policy["Statement"] = kept
        await _write(room, tx, resource, document, policy)

    await room.store.transaction(change)


def _check_label(label: str | None) -> str:
    if not label:
        raise errors.missing_parameter("Label")
    if not _LABEL.match(label):
        raise errors.invalid_value(
            "Label", label, "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length."
        )
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
