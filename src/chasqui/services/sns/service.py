"""SNS as the application mounts it. Nothing here may import what the operations are made of: that comes when it is
called."""

from __future__ import annotations

from chasqui.base.service import Service
from chasqui.services.sns.room import Room


def sns_service(room: Room) -> Service:
    """SNS on these dependencies."""
    return Service(
        name="sns",
        module="chasqui.services.sns.table",
        room=room,
        own_words=True,
        public=True,
        close=room.background.close,
    )
