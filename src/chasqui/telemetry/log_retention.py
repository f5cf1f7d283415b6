"""Deletes what log groups need not keep any longer: an hour after a look the next one, as long as a group has a
retention. It deletes in slices; readers leave out what is too old from the moment that it is."""

from __future__ import annotations

from typing import Final

from chasqui.base.background import Background
from chasqui.base.clock import Timer
from chasqui.store.port import StoreError
from chasqui.telemetry.log_groups import (
    GROUP,
    STREAM,
    LogGroups,
    read_group,
    read_stream,
    retained_from_ms,
    stream_name,
)

_SOON_MS: Final = 60_000
_EVERY_MS: Final = 3_600_000
_LEASE: Final = "logs:retention"
_LEASE_MS: Final = 60_000
_PAGE: Final = 500


class Retention:
    """The work of one server; of many that share a database, one does it."""

    def __init__(self, groups: LogGroups) -> None:
        self._groups = groups
        self._store, self._clock = groups.store, groups.clock
        self._background = Background()
        self._timer: Timer | None = None
        self._running = False

    async def start(self) -> None:
        """Look soon at what was due while nobody looked."""
        self._arm(_SOON_MS)

    async def close(self) -> None:
        """End what is under way; the rest is done another time."""
        if self._timer is not None:
            self._timer.cancel()
        await self._background.close()

    def stir(self) -> None:
        """A group keeps its events for another time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._arm(0)

    def _arm(self, after_ms: int) -> None:
        if self._timer is None:
            self._timer = self._clock.call_at(self._clock.now_ms() + after_ms, self._due)

    def _due(self) -> None:
        self._timer = None
        if not self._running:
            self._running = True
            self._background.start("deleting old log events", self._look())
        else:
            self._arm(_SOON_MS)

    async def _look(self) -> None:
        again_ms = 0
        try:
            lease = await self._store.lease(_LEASE, _LEASE_MS)
            if lease is None:
                again_ms = _EVERY_MS
                return
            try:
                if await self._sweep():
                    again_ms = _EVERY_MS
            finally:
                await lease.release()
        except StoreError:
            again_ms = _EVERY_MS
        finally:
            self._running = False
            if again_ms:
                self._arm(again_ms)

    async def _sweep(self) -> bool:
        """Whether there is a group that does not keep everything."""
        after, found_one = ("", ""), False
        while True:
            page = await self._store.resources(GROUP, after=after, limit=_PAGE)
            for each in page:
                before_ms = retained_from_ms(read_group(each), self._clock.now_ms())
                if before_ms:
                    found_one = True
                    await self._sweep_group(each.owner, each.name, before_ms)
            if len(page) < _PAGE:
                return found_one
            after = (page[-1].owner, page[-1].name)

    async def _sweep_group(self, owner: str, group: str, before_ms: int) -> None:
        prefix, after = stream_name(group, ""), ""
        while True:
            page = await self._store.resources(STREAM, owner, prefix=prefix, after=(owner, after), limit=_PAGE)
            for each in page:
                if 0 < read_stream(each).first_ms < before_ms:
                    while await self._groups.trim(owner, each.name, before_ms):
                        pass
            if len(page) < _PAGE:
                return
            after = page[-1].name
