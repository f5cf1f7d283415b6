"""GetSubscriptionAttributes and SetSubscriptionAttributes."""

from __future__ import annotations

import msgspec

from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.service import Operation
from chasqui.services.sns import arns, counts, errors
from chasqui.services.sns.documents import (
    SUBSCRIPTION,
    TOPIC,
    SubscriptionDocument,
    read_subscription,
    read_topic,
    sns_arn,
)
from chasqui.services.sns.inputs import checked, subscription_place
from chasqui.services.sns.publishing import replay
from chasqui.services.sns.room import Room
from chasqui.services.sns.subscriptions import subscribed, subscription_attributes
from chasqui.services.sns.subscriptions.subscription_attributes import Subject
from chasqui.services.sns.subscriptions.subscriptions import accepted
from chasqui.services.sns.types import (
    GetSubscriptionAttributesInput,
    GetSubscriptionAttributesResponse,
    SetSubscriptionAttributesInput,
)
from chasqui.store.port import Transaction, VersionConflict


async def _owned(room: Room, call: Call, arn: str | None, action: str) -> tuple[str, str, SubscriptionDocument]:
    """(owner, name, document) of a subscription that the caller may deal with: its own, or of its topic. Raises
    `NotFound`."""
    owner, name = subscription_place(call, arn)
    found = await room.store.resource(SUBSCRIPTION, owner, name)
    document = read_subscription(found) if found is not None else None
    if document is None or not subscribed.is_there(document, room.clock.now_ms()):
        raise errors.subscription_not_found()
    if call.account not in (document.account, owner.partition("/")[0]):
        await room.demand(call, action, sns_arn(owner, name), {})
    return owner, name, document


async def get_subscription_attributes(
    room: Room, call: Call, request: GetSubscriptionAttributesInput
) -> GetSubscriptionAttributesResponse:
    owner, name, document = await _owned(room, call, request.SubscriptionArn, "sns:GetSubscriptionAttributes")
    topic = await room.store.resource(TOPIC, owner, name.partition(":")[0])
    policy = read_topic(topic).attributes.get("DeliveryPolicy", "") if topic is not None else ""
    return GetSubscriptionAttributesResponse(Attributes=subscription_attributes.shown(owner, name, document, policy))


async def set_subscription_attributes(room: Room, call: Call, request: SetSubscriptionAttributesInput) -> None:
    attribute = request.AttributeName or ""
    given = {attribute: request.AttributeValue or ""}
    if attribute not in subscription_attributes.SETTABLE:
        subscription_place(call, request.SubscriptionArn)
        raise errors.invalid_parameter("AttributeName")
    # Attributes are judged together: again, when others were changed meanwhile.
    while not await _try_to_set(room, call, request.SubscriptionArn, given):
        continue


async def _try_to_set(room: Room, call: Call, arn: str | None, given: dict[str, str]) -> bool:
    """Whether it is done; not when other attributes were changed meanwhile."""
    owner, name, document = await _owned(room, call, arn, "sns:SetSubscriptionAttributes")
    topic, region = name.partition(":")[0], owner.partition("/")[2]
    subject = Subject(document.protocol, topic.endswith(".fifo"), document.account, region)
    attributes = await accepted(document.attributes, given, subject, among=False)
    try:
        await room.store.transaction(lambda tx: _set(room, tx, owner, name, document, given, attributes))
    except VersionConflict:
        return False
    if "ReplayPolicy" in given and attributes.get("ReplayPolicy"):
        await replay.start(room, owner, name)
    return True


async def _set(
    room: Room,
    tx: Transaction,
    owner: str,
    name: str,
    judged: SubscriptionDocument,
    given: dict[str, str],
    attributes: dict[str, str],
) -> None:
    found = await tx.get(SUBSCRIPTION, owner, name)
    if found is None:
        raise errors.subscription_not_found()
    document = read_subscription(found)
    if document.attributes != judged.attributes:
        raise VersionConflict(found)
    tally = await counts.load(tx, owner, name.partition(":")[0])
    changed = msgspec.structs.replace(document, attributes=attributes, modified_ms=room.clock.now_ms())
    if given.keys() & {"ReplayPolicy"}:
        changed.replay, changed.replay_id = replay.PENDING if attributes.get("ReplayPolicy") else "", ""
    await subscribed.replace(tx, tally, found, changed)
    if attributes.get("FilterPolicy") and not document.attributes.get("FilterPolicy"):
        tally.check_filters(room.limits)
    await tally.write(tx)


OPERATIONS: dict[str, Operation] = {
    "GetSubscriptionAttributes": checked("GetSubscriptionAttributes", get_subscription_attributes),
    "SetSubscriptionAttributes": checked("SetSubscriptionAttributes", set_subscription_attributes),
}
ACTIONS: dict[str, Action] = {
    "GetSubscriptionAttributes": arns.of("GetSubscriptionAttributes", "read"),
    "SetSubscriptionAttributes": arns.of("SetSubscriptionAttributes", "write"),
}
