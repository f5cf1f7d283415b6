"""ListSubscriptions and ListSubscriptionsByTopic.

An account's list has its own subscriptions to its own topics, then those to other accounts' topics; a topic's has
everybody's.
"""

from __future__ import annotations

from chasqui.base.actions import Action
from chasqui.base.call import Call, owner_of
from chasqui.base.positions import token_after
from chasqui.base.service import Operation
from chasqui.services.sns import arns
from chasqui.services.sns.documents import (
    SUBSCRIPTION,
    SubscriptionDocument,
    read_subscription,
    shown_endpoint,
    sns_arn,
)
from chasqui.services.sns.inputs import checked, topic_place
from chasqui.services.sns.listing import PAGE, page, position
from chasqui.services.sns.room import Room
from chasqui.services.sns.subscriptions.subscribed import FOREIGN, is_there
from chasqui.services.sns.topics.topics import found_topic
from chasqui.services.sns.types import (
    ListSubscriptionsByTopicInput,
    ListSubscriptionsByTopicResponse,
    ListSubscriptionsInput,
    ListSubscriptionsResponse,
    Subscription,
)
from chasqui.store.port import Resource, Transaction

_OWN, _FOREIGN = "own ", "foreign "
"""What a token's name begins with: which of an account's two lists it is in."""


def _shown(resource: Resource, document: SubscriptionDocument) -> Subscription:
    return Subscription(
        SubscriptionArn=sns_arn(resource.owner, resource.name) if document.confirmed else "PendingConfirmation",
        Owner=document.account,
        Protocol=document.protocol,
        Endpoint=shown_endpoint(document.endpoint),
        TopicArn=sns_arn(resource.owner, resource.name.partition(":")[0]),
    )


def _shown_all(found: list[Resource]) -> list[Subscription]:
    return [_shown(each, read_subscription(each)) for each in found]


async def list_subscriptions_by_topic(
    room: Room, call: Call, request: ListSubscriptionsByTopicInput
) -> ListSubscriptionsByTopicResponse:
    owner, topic = topic_place(call, request.TopicArn)
    arn = sns_arn(owner, topic)
    now_ms = room.clock.now_ms()
    start = position(request.NextToken)

    async def read(tx: Transaction) -> tuple[list[Resource], bool]:
        await found_topic(tx, owner, topic)
        return await page(
            lambda after: tx.children(SUBSCRIPTION, arn, after=after, limit=PAGE),
            start,
            lambda each: f"{each.owner} {each.name}",
            lambda each: is_there(read_subscription(each), now_ms),
        )

    found, more = await room.store.transaction(read)
    return ListSubscriptionsByTopicResponse(
        Subscriptions=_shown_all(found),
        NextToken=token_after(f"{found[-1].owner} {found[-1].name}") if more else None,
    )


async def list_subscriptions(room: Room, call: Call, request: ListSubscriptionsInput) -> ListSubscriptionsResponse:
    owner = owner_of(call)
    start = position(request.NextToken)
    found: list[Resource] = []
    if not start.startswith(_FOREIGN):
        found, more = await _own(room, owner, start.removeprefix(_OWN))
        if more:
            return _answer(found, f"{_OWN}{found[-1].name}")
    others, last = await _others(room, owner, start.removeprefix(_FOREIGN) if start.startswith(_FOREIGN) else "",
                                 PAGE - len(found))  # fmt: skip
    return _answer(found + others, f"{_FOREIGN}{last}" if last is not None else None)


def _answer(found: list[Resource], next_name: str | None) -> ListSubscriptionsResponse:
    return ListSubscriptionsResponse(
        Subscriptions=_shown_all(found), NextToken=token_after(next_name) if next_name is not None else None
    )


async def _own(room: Room, owner: str, start: str) -> tuple[list[Resource], bool]:
    """Subscriptions of an account to its own topics, after a name, and whether there are more."""
    account, now_ms = owner.partition("/")[0], room.clock.now_ms()

    def wanted(resource: Resource) -> bool:
        document = read_subscription(resource)
        return document.account == account and is_there(document, now_ms)

    async def read(after: str) -> list[Resource]:
        return await room.store.resources(SUBSCRIPTION, owner, after=(owner, after), limit=PAGE)

    return await page(read, start, lambda each: each.name, wanted)


async def _others(room: Room, owner: str, start: str, most: int) -> tuple[list[Resource], str | None]:
    """Up to `most` subscriptions of an account to others' topics, after a name; the last name read when there are more,
    else None."""
    region, now_ms = owner.partition("/")[2], room.clock.now_ms()
    rows = await room.store.resources(FOREIGN, owner, after=(owner, start), limit=most + 1)
    found = []
    for row in rows[:most]:
        account, _, name = row.name.partition(":")
        resource = await room.store.resource(SUBSCRIPTION, f"{account}/{region}", name)
        if resource is not None and is_there(read_subscription(resource), now_ms):
            found.append(resource)
    if len(rows) <= most:
        return found, None
    return found, rows[most - 1].name if most else start


OPERATIONS: dict[str, Operation] = {
    "ListSubscriptions": checked("ListSubscriptions", list_subscriptions),
    "ListSubscriptionsByTopic": checked("ListSubscriptionsByTopic", list_subscriptions_by_topic),
}
ACTIONS: dict[str, Action] = {
    "ListSubscriptions": arns.of("ListSubscriptions", "list"),
    "ListSubscriptionsByTopic": arns.of("ListSubscriptionsByTopic", "list", resource=arns.topic),
}
