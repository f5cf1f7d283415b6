"""AddPermission and RemovePermission: statements of the topic's policy by label."""

from __future__ import annotations

import re
from collections.abc import Callable

from chasqui.base.actions import Action
from chasqui.base.arn import is_account
from chasqui.base.call import Call
from chasqui.base.service import Operation
from chasqui.services.sns import arns, errors
from chasqui.services.sns.documents import read_topic, sns_arn, topic_resource
from chasqui.services.sns.inputs import checked, topic_place
from chasqui.services.sns.room import Room
from chasqui.services.sns.topics import topic_policies
from chasqui.services.sns.topics.topic_policies import Policy
from chasqui.services.sns.topics.topics import found_topic
from chasqui.services.sns.types import AddPermissionInput, RemovePermissionInput
from chasqui.store.port import Transaction

_LABEL = re.compile(r"[A-Za-z0-9_-]{1,80}\Z")


async def add_permission(room: Room, call: Call, request: AddPermissionInput) -> None:
    label, accounts, actions = request.Label or "", request.AWSAccountId or [], request.ActionName or []
    if not _LABEL.match(label):
        raise errors.invalid_parameter("Label")
    if not accounts or not all(map(is_account, accounts)):
        raise errors.invalid_parameter("AWSAccountId")
    if not actions:
        raise errors.invalid_parameter("ActionName")
    await _change(
        room,
        call,
        request.TopicArn,
        lambda policy, arn: topic_policies.with_permission(policy, arn, label, accounts, actions),
    )


async def remove_permission(room: Room, call: Call, request: RemovePermissionInput) -> None:
    label = request.Label or ""
    await _change(room, call, request.TopicArn, lambda policy, _: topic_policies.without_permission(policy, label))


async def _change(room: Room, call: Call, topic_arn: str | None, changed: Callable[[Policy, str], Policy]) -> None:
    owner, name = topic_place(call, topic_arn)
    arn = sns_arn(owner, name)

    async def change(tx: Transaction) -> None:
        found = await found_topic(tx, owner, name)
        document = read_topic(found)
        text = document.attributes.get("Policy")
        before = topic_policies.read(text) if text else topic_policies.default_policy(arn)
        after = changed(before, arn)
        if after == before:
            return
        if after["Statement"]:
            document.attributes["Policy"] = topic_policies.write(after)
        else:
            document.attributes.pop("Policy", None)
        document.modified_ms = room.clock.now_ms()
        await tx.replace(topic_resource(owner, name, document, found))

    await room.store.transaction(change)


OPERATIONS: dict[str, Operation] = {
    "AddPermission": checked("AddPermission", add_permission),
    "RemovePermission": checked("RemovePermission", remove_permission),
}
ACTIONS: dict[str, Action] = {
    "AddPermission": arns.of("AddPermission", "permissions", resource=arns.topic),
    "RemovePermission": arns.of("RemovePermission", "permissions", resource=arns.topic),
}
