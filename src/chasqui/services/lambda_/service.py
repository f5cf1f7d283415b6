"""Lambda as the application mounts it. Nothing here may import what the service is made of: that comes when it is
called, or when there are functions to work for."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from chasqui.base.service import Service
from chasqui.services.lambda_.documents import FUNCTION, MAPPING, PROVISIONED
from chasqui.services.lambda_.functions.downloads import front as downloads
from chasqui.services.lambda_.invoking.urls.front import url_front
from chasqui.services.lambda_.room import Room

_WORK: Final = {
    FUNCTION: "chasqui.services.lambda_.invoking.work",
    MAPPING: "chasqui.services.lambda_.mappings.work",
    PROVISIONED: "chasqui.services.lambda_.functions.work",
}
"""What goes on without being called, once there is a resource of a type."""


class _Duty:
    """Begins the work that there is, and ends it."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._begun: set[str] = set()
        self._closers: list[Callable[[], Awaitable[None]]] = []

    async def start(self) -> None:
        """Go on with what was under way."""
        for type_ in _WORK:
            self._room.store.watch_resources(type_, partial(self._changed, type_))
            if await self._room.store.resources(type_, limit=1):
                self._begin(type_)

    def _changed(self, type_: str, _owner: str, _name: str) -> None:
        self._begin(type_)

    def _begin(self, type_: str) -> None:
        if type_ not in self._begun:
            self._begun.add(type_)
            self._room.background.start("work", self._work(_WORK[type_]))

    async def _work(self, name: str) -> None:
        module = await asyncio.get_running_loop().run_in_executor(None, importlib.import_module, name)
        self._closers.append(await module.begin(self._room))

    async def close(self) -> None:
        """End what is under way."""
        for close in self._closers:
            await close()
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
