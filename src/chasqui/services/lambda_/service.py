"""Lambda as the application mounts it. Nothing here may import what the service is made of: that comes when it is
called, or when there are functions to work for."""

from __future__ import annotations

from chasqui.base.service import Service
from chasqui.services.lambda_.documents import PROVISIONED
from chasqui.services.lambda_.functions.downloads import front as downloads
from chasqui.services.lambda_.room import Room


class _Duty:
    """What goes on without being called, once there is a function."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def start(self) -> None:
        """Go on with what was under way."""
        self._room.store.watch_resources(PROVISIONED, self._provisioned)
        if await self._room.store.resources(PROVISIONED, limit=1):
            await self._room.provisioner.begin()

    def _provisioned(self, owner: str, name: str) -> None:
        """Another node may have been told to keep environments."""
        if "provisioner" not in vars(self._room):
            self._room.provisioner.changed(owner, name)

    async def close(self) -> None:
        """End what is under way."""
        if "runner" in self._room.__dict__:
            await self._room.runner.close()
        await self._room.background.close()


def lambda_service(room: Room) -> Service:
    """Lambda on these dependencies."""
    duty = _Duty(room)
    return Service(
        name="lambda",
        module="chasqui.services.lambda_.table",
        room=room,
        own_words=True,
        public=True,
        personal=True,
        start=duty.start,
        close=duty.close,
        fronts=(downloads(room),),
    )
