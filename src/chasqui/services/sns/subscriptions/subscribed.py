"""A subscription's rows, written together: its document, its queue, and what finds it otherwise than by name.

Beside the document (`documents.py`) there are, in the topic's owner: (`BY_ENDPOINT`, "topic:digest of protocol and
endpoint") by which Subscribe finds what it made before; and, while a token waits for its subscriber, (`WAITING`,
"topic:when the token ends:uuid"), so that what was never confirmed is found oldest first. A subscription of another
account than the topic's has (`FOREIGN`, the subscriber's owner, "topic's account:topic:uuid"), for that account's list.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from chasqui.services.sns.counts import Tally
from chasqui.services.sns.documents import (
    OUTSIDE,
    SUBSCRIPTION,
    SubscriptionDocument,
    read_subscription,
    subscription_resource,
)
from chasqui.store.port import Resource, Transaction

BY_ENDPOINT: Final = "sns:subscription-by-endpoint"
WAITING: Final = "sns:waiting-subscription"
FOREIGN: Final = "sns:foreign-subscription"

SWEPT_AT_ONCE: Final = 20
"""So many subscriptions that were never confirmed a Subscribe takes away."""


def by_endpoint(name: str, protocol: str, endpoint: str) -> str:
    """The name under which the subscription of an endpoint is found; `name` is the topic's, or begins with it."""
    digest = hashlib.sha256(f"{protocol} {endpoint}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"{name.partition(':')[0]}:{digest}"


def is_there(document: SubscriptionDocument, now_ms: int) -> bool:
    """Whether a subscription is there for those who ask: it has not ended, and may still be confirmed if it is not."""
    return document.confirmed or (not document.ended and document.token_until_ms > now_ms)


def _waiting(name: str, document: SubscriptionDocument | None) -> str | None:
    if document is None or document.confirmed or not document.token_until_ms:
        return None
    topic, _, id_ = name.partition(":")
    return f"{topic}:{document.token_until_ms:015d}:{id_}"


def _foreign(owner: str, name: str, document: SubscriptionDocument) -> tuple[str, str] | None:
    account, _, region = owner.partition("/")
    return None if document.account == account else (f"{document.account}/{region}", f"{account}:{name}")


async def find(tx: Transaction, owner: str, topic: str, protocol: str, endpoint: str) -> Resource | None:
    """The subscription of an endpoint to a topic, whatever its state."""
    index = await tx.get(BY_ENDPOINT, owner, by_endpoint(topic, protocol, endpoint))
    return await tx.get(SUBSCRIPTION, owner, index.document.decode()) if index is not None else None


async def create(
    tx: Transaction, tally: Tally, owner: str, name: str, document: SubscriptionDocument
) -> SubscriptionDocument:
    """Make a subscription, with a queue where its deliveries need one. Answers the document as it is kept."""
    if document.protocol in OUTSIDE:
        document = msgspec.structs.replace(document, queue=await tx.create_queue(ordered=False))
    await tx.create(subscription_resource(owner, name, document))
    index = by_endpoint(name, document.protocol, document.endpoint)
    await tx.create(Resource(BY_ENDPOINT, owner, index, name.encode()))
    foreign = _foreign(owner, name, document)
    if foreign is not None:
        await tx.create(Resource(FOREIGN, *foreign, b""))
    await _wait(tx, owner, name, None, document)
    tally.move(None, document)
    return document


async def replace(tx: Transaction, tally: Tally, read: Resource, document: SubscriptionDocument) -> None:
    """Change a subscription that was read; its protocol, endpoint and accounts stay."""
    old = read_subscription(read)
    await tx.replace(subscription_resource(read.owner, read.name, document, read))
    await _wait(tx, read.owner, read.name, old, document)
    tally.move(old, document)


async def remove(tx: Transaction, tally: Tally, read: Resource) -> None:
    """Take a subscription away with all that is its."""
    old = read_subscription(read)
    await tx.delete(read)
    await _delete(tx, BY_ENDPOINT, read.owner, by_endpoint(read.name, old.protocol, old.endpoint))
    foreign = _foreign(read.owner, read.name, old)
    if foreign is not None:
        await _delete(tx, FOREIGN, *foreign)
    if old.queue:
        await tx.delete_queue(old.queue)
    await _wait(tx, read.owner, read.name, old, None)
    tally.move(old, None)


async def _wait(
    tx: Transaction, owner: str, name: str, old: SubscriptionDocument | None, new: SubscriptionDocument | None
) -> None:
    before, after = _waiting(name, old), _waiting(name, new)
    if before != after and before is not None:
        await _delete(tx, WAITING, owner, before)
    if before != after and after is not None:
        await tx.create(Resource(WAITING, owner, after, name.encode()))


async def _delete(tx: Transaction, type_: str, owner: str, name: str) -> None:
    found = await tx.get(type_, owner, name)
    if found is not None:
        await tx.delete(found)


async def lapsed(tx: Transaction, owner: str, topic: str, now_ms: int, limit: int = 1000) -> list[Resource]:
    """The subscriptions of a topic (of all with "") that nobody can confirm any more, those first that ended first."""
    prefix = f"{topic}:" if topic else ""
    found = []
    for row in await tx.list(WAITING, owner, prefix=prefix, limit=limit):
        if int(row.name.split(":")[1]) > now_ms:
            # Of one topic those that follow end later still.
            if topic:
                break
            continue
        subscription = await tx.get(SUBSCRIPTION, owner, row.document.decode())
        if subscription is not None:
            found.append(subscription)
    return found


async def sweep(tx: Transaction, tally: Tally, owner: str, topic: str, now_ms: int) -> None:
    """Take away what nobody has confirmed in time."""
    for each in await lapsed(tx, owner, topic, now_ms, SWEPT_AT_ONCE):
        await remove(tx, tally, each)
