"""SNS as the application mounts it. Nothing here may import what the operations are made of: that comes when it is
called."""

from __future__ import annotations

from functools import partial

from chasqui.base.service import Service
from chasqui.services.sns.documents import DELETING
from chasqui.services.sns.room import Room


async def _go_on(room: Room) -> None:
    """Go on with what was under way when the server ended."""
    if await room.store.resources(DELETING, limit=1):
        # Only then is any of the service needed at the start.
        from chasqui.services.sns.deletion import resume  # noqa: PLC0415

        await resume(room)


def sns_service(room: Room) -> Service:
    """SNS on these dependencies."""
    return Service(
        name="sns",
        module="chasqui.services.sns.table",
        room=room,
        own_words=True,
        public=True,
        start=partial(_go_on, room),
        close=room.background.close,
    )
