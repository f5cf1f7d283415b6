"""Subscribe, ConfirmSubscription and Unsubscribe.

Source: API reference of the three; SNS developer guide, "Subscribing an Amazon SQS queue in another account",
"HTTP/HTTPS subscription confirmation JSON format" and "… unsubscribe confirmation JSON format".
"""

from __future__ import annotations

import asyncio
from functools import partial

import msgspec

from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.ids import new_uuid
from chasqui.base.service import Operation
from chasqui.services.sns import arns, counts, errors
from chasqui.services.sns.counts import Tally
from chasqui.services.sns.documents import (
    SUBSCRIPTION,
    TOPIC,
    Protocol,
    SubscriptionDocument,
    TopicDocument,
    read_subscription,
    read_topic,
    sns_arn,
)
from chasqui.services.sns.inputs import checked, is_signed, subscription_place, topic_place
from chasqui.services.sns.publishing import replay
from chasqui.services.sns.room import Room
from chasqui.services.sns.subscriptions import confirmation, subscribed, subscribers, subscription_attributes
from chasqui.services.sns.subscriptions.confirmation import Asked
from chasqui.services.sns.subscriptions.subscription_attributes import Subject
from chasqui.services.sns.topics.topics import check_large_subscription, found_topic
from chasqui.services.sns.types import (
    ConfirmSubscriptionInput,
    ConfirmSubscriptionResponse,
    SubscribeInput,
    SubscribeResponse,
    UnsubscribeInput,
)
from chasqui.store.port import Resource, Transaction

_PENDING = "pending confirmation"
_LONG = 4096
"""Longer attributes (filter policies have up to 256 KiB) are read off the event loop."""

_TOLD_ALWAYS = frozenset(("http", "https"))
_TOLD_OF_OTHERS = frozenset(("email", "email-json", "sqs"))


class _Wish(msgspec.Struct, frozen=True):
    """What a Subscribe asks for."""

    call: Call
    owner: str
    topic: str
    protocol: Protocol
    endpoint: str
    given: dict[str, str]
    attributes: dict[str, str]
    confirmed: bool
    id: str
    token: str

    @property
    def fifo(self) -> bool:
        return self.topic.endswith(".fifo")


async def subscribe(room: Room, call: Call, request: SubscribeInput) -> SubscribeResponse:
    wish = await _read_wish(call, request)
    if wish.protocol == "application":
        await _check_application(room, wish.endpoint)
    name, asked, begun = await room.store.transaction(lambda tx: _subscribe(room, tx, wish))
    if asked is not None:
        await confirmation.send(room, call, asked)
    if begun and wish.attributes.get("ReplayPolicy"):
        await replay.start(room, wish.owner, name)
    shown = asked is None or request.ReturnSubscriptionArn
    return SubscribeResponse(SubscriptionArn=sns_arn(wish.owner, name) if shown else _PENDING)


async def _read_wish(call: Call, request: SubscribeInput) -> _Wish:
    owner, topic = topic_place(call, request.TopicArn)
    fifo = topic.endswith(".fifo")
    protocol = subscribers.read_protocol(request.Protocol or "", fifo=fifo)
    endpoint = subscribers.read_endpoint(protocol, request.Endpoint, fifo=fifo)
    given = dict(request.Attributes or {})
    for name in given:
        if name not in subscription_attributes.SETTABLE:
            raise errors.invalid_parameter(f"Attributes Reason: Unknown attribute {name}")
    region = owner.partition("/")[2]
    attributes = await accepted({}, given, Subject(protocol, fifo, call.account, region), among=True)
    confirmed = not subscribers.needs_confirmation(protocol, endpoint, call.account)
    id_ = new_uuid()
    return _Wish(call, owner, topic, protocol, endpoint, given, attributes, confirmed, id_, confirmation.new_token(id_))


async def accepted(kept: dict[str, str], given: dict[str, str], subject: Subject, *, among: bool) -> dict[str, str]:
    """A subscription's attributes with those given. Raises `InvalidParameter`."""
    work = partial(subscription_attributes.accept, kept, given, subject)
    try:
        if max(map(len, (*kept.values(), *given.values())), default=0) > _LONG:
            return await asyncio.get_running_loop().run_in_executor(None, work)
        return work()
    except errors.Unacceptable as error:
        raise errors.refusal(error, among=among) from None


async def _check_application(room: Room, endpoint: str) -> None:
    """A mobile endpoint must be there."""
    place = arns.place_of_endpoint(endpoint)
    if place is None or await room.store.resource(*place) is None:
        raise errors.invalid_parameter(f"Endpoint Reason: Endpoint does not exist for endpoint {endpoint}")


async def _subscribe(room: Room, tx: Transaction, wish: _Wish) -> tuple[str, Asked | None, bool]:
    """(the subscription's name, who is to be asked to confirm it, whether it was not there before)."""
    topic = read_topic(await found_topic(tx, wish.owner, wish.topic))
    tally = await counts.load(tx, wish.owner, wish.topic)
    now_ms = room.clock.now_ms()
    await subscribed.sweep(tx, tally, wish.owner, wish.topic, now_ms)
    existing = await subscribed.find(tx, wish.owner, wish.topic, wish.protocol, wish.endpoint)
    if existing is not None and not subscribed.is_there(read_subscription(existing), now_ms):
        # It ended, or nobody confirmed it in time.
        await subscribed.remove(tx, tally, existing)
        existing = None
    if existing is None:
        name, document = await _create(room, tx, tally, wish, topic)
    else:
        wish = msgspec.structs.replace(wish, token=confirmation.retokened(wish.token, existing.name))
        name, document = existing.name, await _again(room, tx, tally, wish, existing)
    await tally.write(tx)
    asked = None
    if not document.confirmed:
        asked = _asked("SubscriptionConfirmation", wish.owner, name, document, wish.token, topic)
    return name, asked, existing is None


def _asked(
    kind: confirmation.Kind, owner: str, name: str, document: SubscriptionDocument, token: str, topic: TopicDocument
) -> Asked:
    return Asked(kind, owner, name, document, token, topic.attributes.get("SignatureVersion", "1"))


async def _create(
    room: Room, tx: Transaction, tally: Tally, wish: _Wish, topic: TopicDocument
) -> tuple[str, SubscriptionDocument]:
    check_large_subscription(topic.attributes, wish.protocol, tally.topic)
    name = f"{wish.topic}:{wish.id}"
    now_ms = room.clock.now_ms()
    document = SubscriptionDocument(
        wish.protocol,
        wish.endpoint,
        wish.call.account,
        wish.call.principal.arn,
        now_ms,
        wish.attributes,
        modified_ms=now_ms,
        replay=replay.PENDING if wish.attributes.get("ReplayPolicy") else "",
    )
    document = await subscribed.create(tx, tally, wish.owner, name, _wished(room, wish, document))
    await _check_limits(room, tx, tally, wish)
    return name, document


def _wished(room: Room, wish: _Wish, document: SubscriptionDocument) -> SubscriptionDocument:
    """The document in the state in which a Subscribe leaves it."""
    if wish.confirmed:
        return msgspec.structs.replace(document, confirmed=True, authenticated=True)
    return confirmation.asking(room, document, wish.token)


async def _check_limits(room: Room, tx: Transaction, tally: Tally, wish: _Wish) -> None:
    """Raises `SubscriptionLimitExceeded` and `FilterPolicyLimitExceeded`."""
    if tally.account.pending > room.limits.pending_max:
        await _sweep_account(room, tx, tally, wish)
    tally.check_subscriptions(room.limits, fifo=wish.fifo)
    if wish.attributes.get("FilterPolicy"):
        tally.check_filters(room.limits)


async def _sweep_account(room: Room, tx: Transaction, tally: Tally, wish: _Wish) -> None:
    """Before an account is told that too many of its subscriptions wait: some may have waited in vain."""
    now_ms = room.clock.now_ms()
    lapsed = await subscribed.lapsed(tx, wish.owner, "", now_ms, room.limits.pending_max)
    for each in lapsed[: subscribed.SWEPT_AT_ONCE]:
        topic = each.name.partition(":")[0]
        other = tally if topic == wish.topic else await tally.beside(tx, wish.owner, topic)
        await subscribed.remove(tx, other, each)
        if other is not tally:
            await other.write_topic(tx)


async def _again(room: Room, tx: Transaction, tally: Tally, wish: _Wish, existing: Resource) -> SubscriptionDocument:
    """Subscribe what has been subscribed before: the same subscription, asked again if it still waits."""
    old = read_subscription(existing)
    if not subscription_attributes.same(old.attributes, wish.attributes, wish.given):
        raise errors.invalid_parameter("Attributes Reason: Subscription already exists with different attributes")
    if old.confirmed:
        return old
    document = _wished(room, wish, old)
    await subscribed.replace(tx, tally, existing, document)
    return document


async def confirm_subscription(
    room: Room, call: Call, request: ConfirmSubscriptionInput
) -> ConfirmSubscriptionResponse:
    owner, topic = topic_place(call, request.TopicArn)
    token = request.Token or ""
    id_ = confirmation.subscription_of(token)
    if id_ is None:
        raise errors.invalid_token()
    name = f"{topic}:{id_}"
    signed_end = is_signed(call) and (request.AuthenticateOnUnsubscribe or "").lower() == "true"

    async def confirm(tx: Transaction) -> None:
        found = await tx.get(SUBSCRIPTION, owner, name)
        document = read_subscription(found) if found is not None else None
        if found is None or document is None or not confirmation.confirms(token, document, room.clock.now_ms()):
            raise errors.invalid_parameter("Token")
        if document.confirmed:
            return
        # What it leads to is gone: there is nothing to confirm.
        if await tx.get(TOPIC, owner, topic) is None:
            raise errors.invalid_parameter("Token")
        changed = msgspec.structs.replace(
            document,
            confirmed=True,
            ended=False,
            authenticated=is_signed(call),
            unsubscribe_signed=signed_end,
            modified_ms=room.clock.now_ms(),
        )
        tally = await counts.load(tx, owner, topic)
        await subscribed.replace(tx, tally, found, changed)
        if document.ended:
            tally.check_subscriptions(room.limits, fifo=topic.endswith(".fifo"))
            tally.check_filters(room.limits)
        await tally.write(tx)

    await room.store.transaction(confirm)
    return ConfirmSubscriptionResponse(SubscriptionArn=sns_arn(owner, name))


async def unsubscribe(room: Room, call: Call, request: UnsubscribeInput) -> None:
    owner, name = subscription_place(call, request.SubscriptionArn)
    found = await room.store.resource(SUBSCRIPTION, owner, name)
    if found is None or not subscribed.is_there(read_subscription(found), room.clock.now_ms()):
        return
    document = read_subscription(found)
    owns = is_signed(call) and call.account in (document.account, owner.partition("/")[0])
    if document.unsubscribe_signed and not owns:
        if not is_signed(call):
            raise errors.authorization_error(
                "This subscription can only be deleted by its owner, with a signed request"
            )
        await room.demand(call, "sns:Unsubscribe", sns_arn(owner, name), {})
    told = document.protocol in _TOLD_ALWAYS or (document.protocol in _TOLD_OF_OTHERS and not owns)
    token = confirmation.new_token(name.partition(":")[2])
    asked = await room.store.transaction(
        lambda tx: _end(room, tx, owner, name, token if told and document.confirmed else "")
    )
    if asked is not None:
        await confirmation.send(room, call, asked)


async def _end(room: Room, tx: Transaction, owner: str, name: str, token: str) -> Asked | None:
    """End a subscription: with a token it can be restored for a while, without it is gone."""
    found = await tx.get(SUBSCRIPTION, owner, name)
    if found is None:
        return None
    topic = name.partition(":")[0]
    tally = await counts.load(tx, owner, topic)
    tally.topic.deleted += 1
    document = None
    if token:
        document = confirmation.asking(room, read_subscription(found), token)
        document = msgspec.structs.replace(document, ended=True, modified_ms=room.clock.now_ms())
        if document.queue:
            # What has not been delivered no longer is.
            await tx.purge_queue(document.queue)
        await subscribed.replace(tx, tally, found, document)
    else:
        await subscribed.remove(tx, tally, found)
    await tally.write(tx)
    read = await tx.get(TOPIC, owner, topic)
    if document is None or read is None:
        return None
    return _asked("UnsubscribeConfirmation", owner, name, document, token, read_topic(read))


OPERATIONS: dict[str, Operation] = {
    "ConfirmSubscription": checked("ConfirmSubscription", confirm_subscription),
    "Subscribe": checked("Subscribe", subscribe),
    "Unsubscribe": checked("Unsubscribe", unsubscribe),
}
ACTIONS: dict[str, Action] = {
    "ConfirmSubscription": arns.of(
        "ConfirmSubscription", "write", resource=arns.topic, unsigned=True, hidden=("Token",)
    ),
    "Subscribe": arns.of("Subscribe", "write", resource=arns.topic, context=arns.subscribing),
    "Unsubscribe": arns.of("Unsubscribe", "write", unsigned=True),
}
