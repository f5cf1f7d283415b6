"""Which older versions of a bucket's objects go, by its lifecycle rules."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.documents import OBJECT, VERSION
from chasqui.services.s3.keys import key_of, row_name
from chasqui.services.s3.lifecycle import rules as lifecycle
from chasqui.services.s3.objects.document import ObjectDocument, decode_object

if TYPE_CHECKING:
    from chasqui.services.s3.room import Room
    from chasqui.services.s3.types import LifecycleRule

_PAGE: Final = 200


class Older(msgspec.Struct, frozen=True):
    """A version to be removed. `lone`: a delete marker with nothing before it and nothing after it."""

    key: str
    version_id: str
    lone: bool = False


class _Walk:
    """The versions of one key, from the newest on. `since_ms` is when the next one ceased to be current."""

    def __init__(self, key: str, current: ObjectDocument | None) -> None:
        self.key = key
        self.newer = 0
        self.since_ms = current.modified_ms if current is not None else None
        self.lone: ObjectDocument | None = None

    def step(self, rules: Sequence[LifecycleRule], document: ObjectDocument, now_ms: int) -> bool:
        """Go on to the next version. Whether it goes."""
        since_ms, self.since_ms = self.since_ms, document.modified_ms
        if since_ms is None:
            # It is the latest itself, a delete marker, and may turn out to be the only one.
            self.lone = document
            return False
        goes = lifecycle.noncurrent_goes(rules, self.key, document, since_ms, self.newer, now_ms)
        self.newer += 1
        if not goes:
            self.lone = None
        return goes

    def end(self, rules: Sequence[LifecycleRule], now_ms: int) -> Older | None:
        """The delete marker, if it is all that is left and goes."""
        marker = self.lone
        if marker is None or not marker.marker or not lifecycle.lone_marker_goes(rules, self.key, marker, now_ms):
            return None
        return Older(self.key, marker.version_id, lone=True)


async def older_to_remove(room: Room, bucket: Bucket, rules: Sequence[LifecycleRule]) -> AsyncIterator[Older]:
    """Versions and lone delete markers that go; a key's older versions come before its marker."""
    meant = [rule for rule in rules if rule.NoncurrentVersionExpiration is not None or rule.Expiration is not None]
    if not meant:
        return
    prefix, after = row_name(lifecycle.common_prefix(meant)), ""
    walk: _Walk | None = None
    while rows := await room.store.resources(VERSION, bucket.id, prefix=prefix, after=(bucket.id, after), limit=_PAGE):
        after = rows[-1].name
        now_ms = room.clock.now_ms()
        for row in rows:
            key, document = key_of(row.name), decode_object(row.document)
            if walk is None or walk.key != key:
                if walk is not None and (lone := walk.end(meant, now_ms)):
                    yield lone
                current = await room.store.resource(OBJECT, bucket.id, row_name(key))
                walk = _Walk(key, decode_object(current.document) if current is not None else None)
            if walk.step(meant, document, now_ms):
                yield Older(key, document.version_id)
    if walk is not None and (lone := walk.end(meant, room.clock.now_ms())):
        yield lone
