"""Lifecycle rules carried out: once a day, at midnight UTC by the store's clock, by one node.

A bucket that has rules has a row (LIFECYCLE, "", its name), whose document is the last midnight that was worked off.
One task sleeps until the next midnight; whoever gets the lease then works off the buckets whose row is behind, page by
page, and removes in small transactions that check the lease. A node that dies leaves rows behind; another takes them
when the lease is over. Nothing is decided on what was read outside: each removal looks again at what it removes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from chasqui.base.call import Call
from chasqui.base.principal import service_principal
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.documents import LIFECYCLE, OBJECT
from chasqui.services.s3.keys import key_of, row_name
from chasqui.services.s3.lifecycle import rules as lifecycle
from chasqui.services.s3.lifecycle.older import Older, older_to_remove
from chasqui.services.s3.lifecycle.uploads import abort_uploads
from chasqui.services.s3.notifications.notifier import ObjectEvent, Plan
from chasqui.services.s3.objects.document import decode_object
from chasqui.services.s3.objects.removing import remove
from chasqui.store.port import Lease, LeaseLost, StoreError, Transaction, VersionConflict

if TYPE_CHECKING:
    from chasqui.services.s3.room import Room

LEASE_MS: Final = 15_000
_PAGE: Final = 200
_LEASE: Final = "s3:lifecycle"
_SERVICE: Final = service_principal("s3.amazonaws.com")

_log = logging.getLogger("chasqui.s3")


def begin(room: Room) -> Callable[[], object]:
    """The function that stirs this node's part in it."""
    return Worker(room).stir


class Worker:
    """One node's part in it."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._woken: asyncio.Future[None] | None = None
        self._running = False
        self._stirred = False

    def stir(self) -> None:
        """A bucket's rules came, or went: begin, or look again at when to wake."""
        self._stirred = True
        if not self._running:
            self._running = True
            self._room.background.start("s3 lifecycle", self._work())
        elif self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    async def _work(self) -> None:
        try:
            while self._stirred:
                self._stirred = False
                while await self._any():
                    # The clock may go on while this goes on: the next time is counted from here.
                    midnight = lifecycle.last_midnight(self._room.clock.now_ms())
                    again = await self._catch_up(midnight)
                    await self._sleep(midnight + lifecycle.DAY_MS, again)
        finally:
            self._running = False

    async def _any(self) -> bool:
        """Whether any bucket has rules."""
        while True:
            try:
                return bool(await self._room.store.resources(LIFECYCLE, "", limit=1))
            except StoreError:
                await asyncio.sleep(LEASE_MS / 1000)

    async def _sleep(self, until_ms: int, again: bool) -> None:
        """Until a time, or until somebody stirs; `again`: until another node's lease may be over."""
        if self._stirred:
            self._stirred = False
            return
        loop = asyncio.get_running_loop()
        woken = self._woken = loop.create_future()

        def wake() -> None:
            if not woken.done():
                woken.set_result(None)

        timer = self._room.clock.call_at(until_ms, wake)
        # Leases are of real time.
        retry = loop.call_later(LEASE_MS / 1000, wake) if again else None
        try:
            await woken
            self._stirred = False
        finally:
            timer.cancel()
            if retry is not None:
                retry.cancel()

    async def _catch_up(self, midnight: int) -> bool:
        """Work off what is behind. Whether something may be left that another node, or this one later, has to do."""
        try:
            behind = await self._behind(midnight)
            if not behind:
                return False
            lease = await self._room.store.lease(_LEASE, LEASE_MS)
            if lease is None:
                return True
            try:
                for name in behind:
                    await self._bucket(lease, name, midnight)
            finally:
                await lease.release()
        except StoreError as error:
            _log.warning("lifecycle rules wait for the store", extra={"error": str(error)})
            return True
        return False

    async def _behind(self, midnight: int) -> list[str]:
        found: list[str] = []
        after = ""
        while rows := await self._room.store.resources(LIFECYCLE, "", after=("", after), limit=_PAGE):
            found += [row.name for row in rows if int(row.document) < midnight]
            after = rows[-1].name
        return found

    async def _bucket(self, lease: Lease, name: str, midnight: int) -> None:
        bucket = await self._room.buckets.named(name)
        if bucket is not None and lifecycle.enabled(bucket.document.lifecycle):
            work = _Bucket(self._room, lease, bucket)
            await work.current()
            await work.older()
            work.removed += await abort_uploads(self._room, bucket)
            _log.info("lifecycle rules were carried out", extra={"bucket": name, "removed": work.removed})

        async def note(tx: Transaction) -> None:
            await tx.check_lease(lease)
            row = await tx.get(LIFECYCLE, "", name)
            if row is not None and int(row.document) < midnight:
                await tx.replace(msgspec.structs.replace(row, document=str(midnight).encode()))

        await self._room.store.transaction(note)


class _Bucket:
    """One bucket being worked off."""

    def __init__(self, room: Room, lease: Lease, bucket: Bucket) -> None:
        self._room = room
        self._lease = lease
        self._bucket = bucket
        self._rules = lifecycle.enabled(bucket.document.lifecycle)
        self._call = Call(bucket.account, bucket.region, _SERVICE, _SERVICE.name, "")
        self._loop = asyncio.get_running_loop()
        self._renew_at = self._loop.time() + LEASE_MS / 3000
        self.removed = 0

    async def current(self) -> None:
        """Current versions whose time is up."""
        rules = [rule for rule in self._rules if rule.Expiration is not None]
        if not rules:
            return
        owner, prefix, after = self._bucket.id, row_name(lifecycle.common_prefix(rules)), ""
        store, clock = self._room.store, self._room.clock
        while rows := await store.resources(OBJECT, owner, prefix=prefix, after=(owner, after), limit=_PAGE):
            await self._hold()
            after, now_ms = rows[-1].name, clock.now_ms()
            found = [(key_of(row.name), decode_object(row.document)) for row in rows]
            await asyncio.gather(
                *(
                    self._remove(key, document.order)
                    for key, document in found
                    if (due := lifecycle.expiry(rules, key, document)) is not None and due.at_ms <= now_ms
                )
            )

    async def older(self) -> None:
        """Older versions whose time is up, and delete markers that are all that is left of their keys."""
        async for older in older_to_remove(self._room, self._bucket, self._rules):
            await self._hold()
            await self._remove_older(older)

    async def _hold(self) -> None:
        """Keep the lease. Raises `LeaseLost`."""
        now = self._loop.time()
        if not self._lease.held:
            raise LeaseLost("another node carries lifecycle rules out")
        if now >= self._renew_at:
            self._renew_at = now + LEASE_MS / 3000
            if not await self._lease.renew(LEASE_MS):
                raise LeaseLost("another node carries lifecycle rules out")

    async def _remove(self, key: str, order: int) -> None:
        marks = self._bucket.document.versioning != ""
        what = "LifecycleExpiration:DeleteMarkerCreated" if marks else "LifecycleExpiration:Delete"
        plan = await self._room.notifier.plan(self._call, self._bucket, what, key)
        await self._try(partial(self._expire, key, order, plan))

    async def _expire(self, key: str, order: int, plan: Plan | None, tx: Transaction) -> bool:
        await tx.check_lease(self._lease)
        row = await tx.get(OBJECT, self._bucket.id, row_name(key))
        if row is None or decode_object(row.document).order != order:
            return False  # another version by now, which has its own time
        gone = await remove(tx, self._bucket, key, self._room.clock.now_ms(), owner=self._bucket.account)
        if plan is not None:
            await plan.write(tx, ObjectEvent(gone.order, gone.size, gone.etag, gone.version_id))
        return True

    async def _remove_older(self, older: Older) -> None:
        plan = await self._room.notifier.plan(self._call, self._bucket, "LifecycleExpiration:Delete", older.key)
        await self._try(partial(self._end, older, plan))

    async def _end(self, older: Older, plan: Plan | None, tx: Transaction) -> bool:
        await tx.check_lease(self._lease)
        if older.lone and await tx.get(OBJECT, self._bucket.id, row_name(older.key)) is not None:
            return False  # there is a current version again
        now_ms = self._room.clock.now_ms()
        gone = await remove(tx, self._bucket, older.key, now_ms, version_id=older.version_id)
        if gone.what and plan is not None:
            await plan.write(tx, ObjectEvent(gone.order, gone.size, gone.etag, older.version_id))
        return bool(gone.what)

    async def _try(self, work: Callable[[Transaction], Awaitable[bool]]) -> None:
        while True:
            try:
                self.removed += await self._room.store.transaction(work)
                return
            except VersionConflict:
                continue
