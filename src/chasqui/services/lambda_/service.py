"""Lambda as the application mounts it. Nothing here may import what the service is made of: that comes when it is
called, or when there are functions to work for."""

from __future__ import annotations

import asyncio
import importlib
from typing import Final

from chasqui.base.service import Service
from chasqui.services.lambda_.documents import FUNCTION
from chasqui.services.lambda_.functions.downloads import front as downloads
from chasqui.services.lambda_.invoking.urls.front import url_front
from chasqui.services.lambda_.room import Room

_WORK: Final = "chasqui.services.lambda_.invoking.work"


class _Duty:
    """What goes on without being called, once there is a function."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._begun = False

    async def start(self) -> None:
        """Go on with what was under way."""
        self._room.store.watch_resources(FUNCTION, self._changed)
        if await self._room.store.resources(FUNCTION, limit=1):
            self._begin()

    def _changed(self, _owner: str, _name: str) -> None:
        if not self._begun:
            self._begin()

    def _begin(self) -> None:
        self._begun = True
        self._room.background.start("work", self._work())

    async def _work(self) -> None:
        module = await asyncio.get_running_loop().run_in_executor(None, importlib.import_module, _WORK)
        await module.begin(self._room)

    async def close(self) -> None:
        """End what is under way."""
        await self._room.outbox.close_all()
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
        fronts=(url_front(room), downloads(room)),
    )
