"""SNS as the application mounts it. Nothing here may import what the operations are made of: that comes when it is
called."""

from __future__ import annotations

from chasqui.base.service import Service
from chasqui.delivery.outbox import Outbox
from chasqui.services.sns.direct import Direct
from chasqui.services.sns.room import Room
from chasqui.services.sns.sms_control import control_handlers


def sns_service(room: Room, outbox: Outbox) -> Service:
    """SNS on these dependencies; the outbox is its own."""
    direct = Direct(room, outbox, lambda _channel, _attempted: None)

    async def close() -> None:
        await outbox.close_all()
        await room.background.close()
        await room.channels.close()

    return Service(
        name="sns",
        module="chasqui.services.sns.table",
        room=room,
        own_words=True,
        public=True,
        start=direct.start,
        close=close,
        control={**control_handlers(room), **room.channels.control},
    )
