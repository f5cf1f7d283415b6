"""What is left of deleted platform applications: their endpoints go in slices, also after a restart."""

from __future__ import annotations

from typing import Final

from chasqui.services.sns.push.push_documents import ENDED, ENDPOINT, TOKEN
from chasqui.services.sns.room import Room
from chasqui.store.port import Transaction, VersionConflict

_SLICE: Final = 50


def start_sweeping(room: Room, owner: str, application: str) -> None:
    """Delete the endpoints of an application that is gone, in the background; `application` is its id."""
    room.background.start(f"sweep {application}", sweep(room, owner, application))


async def sweep(room: Room, owner: str, application: str) -> None:
    """Delete them, a slice a transaction. Another node may be at it too: then that one goes on."""

    async def slice_(tx: Transaction) -> bool:
        for type_ in (ENDPOINT, TOKEN):
            left = await tx.children(type_, application, limit=_SLICE)
            for each in left:
                await tx.delete(each)
            if left:
                return True
        ended = await tx.get(ENDED, owner, application)
        if ended is not None:
            await tx.delete(ended)
        return False

    try:
        while await room.store.transaction(slice_):
            pass
    except VersionConflict:
        return
