"""Deleting a topic: its subscriptions go with it, the first ones at once, the others in slices.

What is left to do is a resource (`DELETING`), so that a restart, or another node, goes on. A topic of the same name can
only be made when nothing of the old one is left, or its subscriptions would be the new one's: who makes it does the
rest of the work first.
"""

from __future__ import annotations

from typing import Final

from chasqui.services.sns import counts
from chasqui.services.sns.documents import DELETING, SUBSCRIPTION, read_topic, sns_arn
from chasqui.services.sns.room import Room
from chasqui.services.sns.subscriptions import subscribed
from chasqui.store.port import Resource, Transaction, VersionConflict

SLICE: Final = 25
"""So many subscriptions go in one transaction: some statements each, within 5 ms."""


async def delete_topic(tx: Transaction, owner: str, name: str, read: Resource) -> bool:
    """Delete a topic that was read; whether there are more of its subscriptions than one transaction takes."""
    document = read_topic(read)
    await tx.delete(read)
    if document.once:
        await tx.delete_queue(document.once)
    if document.archive:
        await tx.delete_log(document.archive)
    tally = await counts.load(tx, owner, name)
    tally.account.topics -= 1
    tally.account.fifo_topics -= name.endswith(".fifo")
    await tally.write(tx)
    if await _delete_slice(tx, owner, name):
        return False
    await tx.create(Resource(DELETING, owner, name, b""))
    return True


async def _delete_slice(tx: Transaction, owner: str, name: str) -> bool:
    """Delete some of a topic's subscriptions; whether they were the last."""
    found = await tx.children(SUBSCRIPTION, sns_arn(owner, name), limit=SLICE)
    tally = await counts.load(tx, owner, name)
    for each in found:
        await subscribed.remove(tx, tally, each)
    await tally.write(tx)
    if len(found) < SLICE:
        await counts.forget(tx, owner, name)
        return True
    return False


async def is_under_way(tx: Transaction, owner: str, name: str) -> bool:
    """Whether something of a deleted topic of this name is left."""
    return await tx.get(DELETING, owner, name) is not None


async def finish(room: Room, owner: str, name: str) -> None:
    """Delete what is left of a topic's subscriptions, slice by slice. Several may do so at once."""

    async def step(tx: Transaction) -> bool:
        left = await tx.get(DELETING, owner, name)
        if left is None:
            return True
        if not await _delete_slice(tx, owner, name):
            return False
        await tx.delete(left)
        return True

    done = False
    while not done:
        try:
            done = await room.store.transaction(step)
        except VersionConflict:
            # Another node does the same, and was quicker with some of it.
            continue


def go_on(room: Room, owner: str, name: str) -> None:
    """Finish in the background."""
    room.background.start(f"delete {owner} {name}", finish(room, owner, name))


async def resume(room: Room) -> None:
    """Go on with what was under way when a server ended."""
    after = ("", "")
    while page := await room.store.resources(DELETING, after=after, limit=100):
        for each in page:
            go_on(room, each.owner, each.name)
        after = (page[-1].owner, page[-1].name)
