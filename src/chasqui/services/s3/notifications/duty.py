"""What S3 does for notifications without being called, once a bucket has a queue of events. Imported when the server
starts: nothing of the work itself may be."""

from __future__ import annotations

import asyncio
import importlib
from typing import Final

from chasqui.delivery.outbox import Outbox
from chasqui.services.s3.documents import BUCKET
from chasqui.services.s3.room import Room
from chasqui.store.port import Resource, StoreError

_WORK: Final = "chasqui.services.s3.notifications.couriers"
_MARK: Final = b'"events_queue"'
"""What a bucket's document has when it has a queue: nothing is decoded to find that out."""

_PAGE: Final = 500


class Duty:
    """Begins the work when there is some."""

    def __init__(self, room: Room, outbox: Outbox) -> None:
        self._room = room
        self._outbox = outbox
        self._begun = False

    async def start(self) -> None:
        """Go on with what was under way, and begin with what comes."""
        store = self._room.store
        store.watch_resources(BUCKET, self._changed)
        after = ("", "")
        while not self._begun and (page := await store.resources(BUCKET, after=after, limit=_PAGE)):
            if any(map(_has_queue, page)):
                self._begin()
            after = (page[-1].owner, page[-1].name)

    def _changed(self, _owner: str, name: str) -> None:
        if not self._begun:
            self._room.background.start("events", self._look(name))

    async def _look(self, name: str) -> None:
        while not self._begun:
            try:
                resource = await self._room.store.resource(BUCKET, "", name)
            except StoreError:
                await asyncio.sleep(1)
                continue
            if resource is not None and _has_queue(resource):
                self._begin()
            return

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            self._room.background.start("events", self._work())

    async def _work(self) -> None:
        module = await asyncio.get_running_loop().run_in_executor(None, importlib.import_module, _WORK)
        await module.Couriers(self._room, self._outbox).start()


def _has_queue(resource: Resource) -> bool:
    return _MARK in resource.document
