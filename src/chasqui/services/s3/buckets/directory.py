"""The buckets at hand."""

from __future__ import annotations

from chasqui.base.bounded import keep
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.documents import BUCKET
from chasqui.services.s3.errors import access_denied, no_such_bucket
from chasqui.store.port import Store

_KEPT_MAX = 10_000


class Directory:
    """Finds buckets by name; what is at hand is as new as the store says (`Store.fresh`)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._at_hand: dict[str, Bucket] = {}
        self._changes = 0
        store.watch_resources(BUCKET, self._changed)

    def _changed(self, _owner: str, name: str) -> None:
        self._changes += 1
        self._at_hand.pop(name, None)

    def at_hand(self, name: str | None) -> Bucket | None:
        """The bucket, if it needs no looking up."""
        found = self._at_hand.get(name or "")
        return found if found is not None and self._store.fresh() else None

    async def named(self, name: str) -> Bucket | None:
        """The bucket, None when there is none."""
        found = self._at_hand.get(name)
        if found is not None and self._store.fresh():
            return found
        changes = self._changes
        resource = await self._store.resource(BUCKET, "", name)
        if resource is None:
            return None
        found = Bucket(resource)
        if changes == self._changes:
            keep(self._at_hand, name, found, _KEPT_MAX)
        return found

    async def find(self, name: str | None, expected_owner: str | None = None) -> Bucket:
        """The bucket that an operation names. Raises NoSuchBucket, and AccessDenied when it is another's than
        `expected_owner` (x-amz-expected-bucket-owner)."""
        found = await self.named(name or "")
        if found is None:
            raise no_such_bucket(name or "")
        if expected_owner is not None and expected_owner != found.account:
            raise access_denied()
        return found
