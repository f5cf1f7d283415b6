"""The mappings at work on this node: a poller for each that is enabled. Imported when there is a mapping."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from chasqui.services.lambda_.documents import MAPPING
from chasqui.services.lambda_.mappings.documents import MappingDocument, read_mapping
from chasqui.services.lambda_.mappings.growth import Growth
from chasqui.services.lambda_.mappings.poller import Poller
from chasqui.store.port import StoreError

if TYPE_CHECKING:
    from chasqui.services.lambda_.room import Room

GRACE_SECONDS: Final = 3.0
PAUSE_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 960.0
"""The longest that a batch takes: a function's longest timeout and some."""

_PAGE: Final = 200

_log = logging.getLogger("chasqui.lambda")

Key = tuple[str, str]
"""(owner, UUID)."""


class Work:
    """The pollers. Every node polls every mapping: claims keep them apart."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._pollers: dict[Key, tuple[MappingDocument, Poller]] = {}
        self._ending: set[Poller] = set()
        self._changed: dict[Key, None] = {}
        self._looking = False
        self._closed = False

    async def start(self) -> None:
        """Go on with what is there, and with what comes."""
        self._room.store.watch_resources(MAPPING, self._note)
        after = ("", "")
        while page := await self._room.store.resources(MAPPING, after=after, limit=_PAGE):
            for each in page:
                self._note(each.owner, each.name)
            after = (page[-1].owner, page[-1].name)

    async def close(self) -> None:
        """End; batches under way get a moment."""
        self._closed = True
        for key in list(self._pollers):
            self._stop(key)
        await asyncio.gather(*(each.ended(GRACE_SECONDS) for each in self._ending))

    def _note(self, owner: str, uuid: str) -> None:
        self._changed[owner, uuid] = None
        if not self._looking and not self._closed:
            self._looking = True
            self._room.background.start("mappings", self._look())

    async def _look(self) -> None:
        """Take over what changed."""
        try:
            while self._changed and not self._closed:
                key = next(iter(self._changed))
                del self._changed[key]
                try:
                    await self._look_at(key)
                except StoreError as error:
                    self._changed[key] = None
                    _log.warning("the store does not answer a worker", extra={"error": str(error)})
                    await asyncio.sleep(PAUSE_SECONDS)
        finally:
            self._looking = False

    async def _look_at(self, key: Key) -> None:
        resource = await self._room.store.resource(MAPPING, *key)
        document = read_mapping(resource) if resource is not None else None
        running = self._pollers.get(key)
        if document is not None and document.enabled:
            if running is not None and running[0] == document:
                return
            self._stop(key)
            growth = Growth(asyncio.get_running_loop().time)
            poller = Poller(self._room, *key, document, growth, lambda reason: self._told(key[1], reason))
            self._pollers[key] = (document, poller)
            poller.start()
        else:
            self._stop(key)

    def _stop(self, key: Key) -> None:
        running = self._pollers.pop(key, None)
        if running is not None:
            poller = running[1]
            poller.stop()
            self._ending.add(poller)
            if not self._closed:
                self._room.background.start("ending a mapping", self._end(poller))

    async def _end(self, poller: Poller) -> None:
        await poller.ended(LONGEST_SECONDS)
        self._ending.discard(poller)

    def _told(self, uuid: str, reason: str) -> None:
        if reason:
            _log.warning("an event source mapping can not go on for now", extra={"mapping": uuid, "reason": reason})


async def begin(room: Room) -> Callable[[], Awaitable[None]]:
    """Go on with what is there, and with what comes; returns what ends it."""
    work = Work(room)
    await work.start()
    return work.close
