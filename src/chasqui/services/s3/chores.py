"""What goes on after a request was answered: rows that are worked off in slices, so that no transaction takes long, and
that are there still after a restart."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from chasqui.store.port import StoreError, Transaction, VersionConflict

if TYPE_CHECKING:
    from chasqui.services.s3.means import Means

_PAUSE_SECONDS: Final = 1.0

_log = logging.getLogger("chasqui.s3")

Step = Callable[[Transaction, str], Awaitable[None]]
"""Works some of the row with this name off; deletes the row when there is no more. It may be gone already: another node
was faster."""


class Chore:
    """Works the rows of a type off: one task, when there are any."""

    def __init__(self, means: Means, type_: str, step: Step) -> None:
        self._means = means
        self._type = type_
        self._step = step
        self._working = False
        self._more = False

    def look(self) -> None:
        """There may be some."""
        self._more = True
        if not self._working:
            self._working = True
            self._means.background.start(self._type, self._work())

    async def _work(self) -> None:
        try:
            while self._more:
                self._more = False
                try:
                    await self._work_off()
                except StoreError as error:
                    _log.warning("the store does not answer a worker", extra={"error": str(error)})
                    self._more = True
                    await asyncio.sleep(_PAUSE_SECONDS)
        finally:
            self._working = False

    async def _named(self, name: str, tx: Transaction) -> None:
        await self._step(tx, name)

    async def _work_off(self) -> None:
        store = self._means.store
        while rows := await store.resources(self._type, "", limit=1):
            name = rows[0].name
            try:
                await store.transaction(partial(self._named, name))
            except VersionConflict:
                continue  # another node was faster
