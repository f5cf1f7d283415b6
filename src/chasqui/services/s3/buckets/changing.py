"""How a bucket's configuration is changed: read, altered and written in one transaction."""

from __future__ import annotations

from collections.abc import Callable

from chasqui.services.s3 import errors
from chasqui.services.s3.buckets.bucket import Bucket, BucketDocument, bucket_resource
from chasqui.services.s3.documents import BUCKET, LIFECYCLE
from chasqui.services.s3.lifecycle.rules import last_midnight
from chasqui.services.s3.room import Room
from chasqui.store.port import Resource, Transaction, VersionConflict

Alter = Callable[[BucketDocument], None]


async def configure(room: Room, name: str | None, expected_owner: str | None, alter: Alter) -> None:
    """Let `alter` change the document of a bucket. It may raise, and is called again where somebody else changed the
    bucket meanwhile. Raises NoSuchBucket, and AccessDenied for another owner's than the expected one."""
    while True:
        bucket = await room.buckets.find(name, expected_owner)

        async def change(tx: Transaction, bucket: Bucket = bucket) -> None:
            current = await tx.get(BUCKET, "", bucket.name)
            if current is None or current.generation != bucket.resource.generation:
                raise errors.no_such_bucket(bucket.name)
            document = Bucket(current).document
            had_rules = bool(document.lifecycle)
            alter(document)
            await tx.replace(bucket_resource(bucket.name, document, current))
            if bool(document.lifecycle) != had_rules:
                await _list_for_lifecycle(tx, bucket.name, room.clock.now_ms(), listed=not had_rules)

        try:
            await room.store.transaction(change)
            return
        except VersionConflict:
            continue


async def _list_for_lifecycle(tx: Transaction, name: str, now_ms: int, *, listed: bool) -> None:
    """Put a bucket on the list of those with lifecycle rules, or take it off. Rules count from the next midnight on."""
    row = await tx.get(LIFECYCLE, "", name)
    if listed and row is None:
        await tx.create(Resource(LIFECYCLE, "", name, str(last_midnight(now_ms)).encode()))
    elif row is not None and not listed:
        await tx.delete(row)
