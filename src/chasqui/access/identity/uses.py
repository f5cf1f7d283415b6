"""When access keys were last used (GetAccessKeyLastUsed): gathered in memory, written at most once a minute.

As on AWS, what is shown may be a little old; a server that is killed forgets its last minute.
"""

from __future__ import annotations

from chasqui.access.identity.documents import ACCESS_KEY, KEY_USE, KeyUse, decode, encode
from chasqui.base.background import Background
from chasqui.base.clock import Clock, Timer
from chasqui.store.port import Resource, Store, StoreError, Transaction

_EVERY_MS = 60_000
_GATHERED_MAX = 10_000


class KeyUses:
    """Notes uses, and writes them down."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._background = Background()
        self._gathered: dict[str, tuple[int, str, str]] = {}
        self._timer: Timer | None = None

    def note(self, access_key: str, at_ms: int, region: str, service: str) -> None:
        """A key was used just now."""
        if len(self._gathered) < _GATHERED_MAX or access_key in self._gathered:
            self._gathered[access_key] = (at_ms, region, service)
        if self._timer is None:
            self._timer = self._clock.call_at(at_ms + _EVERY_MS, self._due)

    def _due(self) -> None:
        self._timer = None
        self._background.start("key uses", self.flush())

    async def flush(self) -> None:
        """Write what was gathered."""
        gathered, self._gathered = self._gathered, {}
        for access_key, (at_ms, region, service) in gathered.items():
            use = KeyUse(at_s=at_ms // 1000, region=region, service=service)
            try:
                await self._store.transaction(lambda tx, key=access_key, use=use: _write(tx, key, use))  # type: ignore[misc]
            except StoreError:
                return

    async def close(self) -> None:
        """Write what is left; nothing is noted from now on."""
        if self._timer is not None:
            self._timer.cancel()
        await self._background.close()
        await self.flush()


async def _write(tx: Transaction, access_key: str, use: KeyUse) -> None:
    if await tx.get(ACCESS_KEY, "", access_key) is None:
        return
    resource = await tx.get(KEY_USE, "", access_key)
    if resource is None:
        await tx.create(Resource(KEY_USE, "", access_key, encode(use)))
    elif decode(KeyUse, resource).at_s < use.at_s:
        await tx.replace(Resource(KEY_USE, "", access_key, encode(use), None, resource.version, resource.generation))
