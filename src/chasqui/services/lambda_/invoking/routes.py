"""The routes of asynchronous events: one of the outbox for each function that has a queue of events.

They are opened when the server starts, and as functions come, change and go, on whichever node.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from chasqui.services.lambda_.documents import FUNCTION
from chasqui.services.lambda_.functions.documents import FunctionDocument, read
from chasqui.services.lambda_.invoking.attempts import Attempts
from chasqui.store.port import Resource, StoreError

if TYPE_CHECKING:
    from chasqui.services.lambda_.room import Room

_PAGE: Final = 200
PAUSE_SECONDS: Final = 1.0
"""After a store that does not answer."""

_log = logging.getLogger("chasqui.lambda")


class Routes:
    """The routes of one node."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._queues: dict[tuple[str, str], int] = {}
        """The queues that are worked off, by the function's owner and name."""
        self._changed: dict[tuple[str, str], None] = {}
        self._looking = False

    async def start(self) -> None:
        """Work off what waits, and what comes."""
        self._room.store.watch_resources(FUNCTION, self._note)
        after = ("", "")
        while page := await self._room.store.resources(FUNCTION, after=after, limit=_PAGE):
            for each in page:
                self._open(each)
            after = (page[-1].owner, page[-1].name)
            await asyncio.sleep(0)  # others' requests come first

    def _note(self, owner: str, name: str) -> None:
        self._changed[owner, name] = None
        if not self._looking:
            self._looking = True
            self._room.background.start("event routes", self._look())

    async def _look(self) -> None:
        """Look at what has changed, until nothing more has."""
        try:
            while self._changed:
                owner, name = key = next(iter(self._changed))
                try:
                    resource = await self._room.store.resource(FUNCTION, owner, name)
                except StoreError as error:
                    _log.warning("a function's events were not looked at", extra={"error": str(error)})
                    await asyncio.sleep(PAUSE_SECONDS)
                    continue
                self._changed.pop(key, None)
                if resource is None:
                    self._close(key)
                else:
                    self._open(resource)
        finally:
            self._looking = False

    def _close(self, key: tuple[str, str]) -> None:
        queue = self._queues.pop(key, None)
        if queue is not None:
            self._room.outbox.close(queue)

    def _open(self, resource: Resource) -> None:
        key = resource.owner, resource.name
        document = read(FunctionDocument, resource)
        if self._queues.get(key, document.queue) != document.queue:
            self._close(key)
        if document.queue:
            self._queues[key] = document.queue
            limit = self._concurrency(document.reserved)
            self._room.outbox.open(Attempts(self._room, *key, document.queue, limit).route)

    def _concurrency(self, reserved: int | None) -> int:
        """How many of a function's events are tried at a time: what it may, but never all that this node has."""
        limits = self._room.limits
        most = max(1, limits.environments_max // 2)
        return max(1, min(most, limits.concurrency if reserved is None else reserved))
