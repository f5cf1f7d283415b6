"""GetDataProtectionPolicy and PutDataProtectionPolicy."""

from __future__ import annotations

from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.service import Operation
from chasqui.services.sns import arns, errors
from chasqui.services.sns.documents import TOPIC, read_topic, topic_resource
from chasqui.services.sns.inputs import checked, topic_place
from chasqui.services.sns.room import Room
from chasqui.services.sns.topics import data_protection
from chasqui.services.sns.topics.topics import found_topic
from chasqui.services.sns.types import (
    GetDataProtectionPolicyInput,
    GetDataProtectionPolicyResponse,
    PutDataProtectionPolicyInput,
)
from chasqui.store.port import Transaction


async def get_data_protection_policy(
    room: Room, call: Call, request: GetDataProtectionPolicyInput
) -> GetDataProtectionPolicyResponse:
    found = await room.store.resource(TOPIC, *topic_place(call, request.ResourceArn, "ResourceArn"))
    if found is None:
        raise errors.topic_not_found()
    return GetDataProtectionPolicyResponse(DataProtectionPolicy=read_topic(found).data_protection)


async def put_data_protection_policy(room: Room, call: Call, request: PutDataProtectionPolicyInput) -> None:
    owner, name = topic_place(call, request.ResourceArn, "ResourceArn")
    policy = data_protection.accept(request.DataProtectionPolicy or "")

    async def change(tx: Transaction) -> None:
        found = await found_topic(tx, owner, name)
        document = read_topic(found)
        document.data_protection = policy
        document.modified_ms = room.clock.now_ms()
        await tx.replace(topic_resource(owner, name, document, found))

    await room.store.transaction(change)


OPERATIONS: dict[str, Operation] = {
    "GetDataProtectionPolicy": checked("GetDataProtectionPolicy", get_data_protection_policy),
    "PutDataProtectionPolicy": checked("PutDataProtectionPolicy", put_data_protection_policy),
}
ACTIONS: dict[str, Action] = {
    "GetDataProtectionPolicy": arns.of("GetDataProtectionPolicy", "read", resource=arns.resource),
    "PutDataProtectionPolicy": arns.of("PutDataProtectionPolicy", "write", resource=arns.resource),
}
