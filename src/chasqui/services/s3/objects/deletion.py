"""DeleteObject and DeleteObjects.

Source: API reference, DeleteObject and DeleteObjects; S3 user guide, "How to perform conditional deletes".
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.errors import malformed_xml, not_implemented
from chasqui.services.s3.notifications.notifier import ObjectEvent, Plan
from chasqui.services.s3.objects.checks import check_key
from chasqui.services.s3.objects.permits import demand
from chasqui.services.s3.objects.removing import Removed, remove
from chasqui.services.s3.types import (
    DeletedObject,
    DeleteObjectOutput,
    DeleteObjectRequest,
    DeleteObjectsOutput,
    DeleteObjectsRequest,
    Error,
    ObjectIdentifier,
)
from chasqui.store.port import Transaction

if TYPE_CHECKING:
    from chasqui.services.s3.room import Room

KEYS_MAX: Final = 1000
_SLICE: Final = 40
"""Keys of one transaction: more would hold the loop for too long."""

_EMPTY_ETAG: Final = "d41d8cd98f00b204e9800998ecf8427e"


class Removal(msgspec.Struct):
    """A key, or one of its versions, to be removed, with who is to be told; and what became of it. What was `refused`
    is not even tried."""

    key: str
    version_id: str | None
    if_match: str | None
    deleted: Plan | None = None
    marked: Plan | None = None
    removed: Removed | None = None
    error: ServiceError | None = None
    refused: bool = False

    async def run(self, tx: Transaction, bucket: Bucket, now_ms: int, owner: str) -> Removed:
        """Within a transaction: remove it, with its event. Raises what `remove` does, before anything is done."""
        removed = await remove(
            tx, bucket, self.key, now_ms, version_id=self.version_id, if_match=self.if_match, owner=owner
        )
        if removed.what == "Delete" and self.deleted is not None:
            await self.deleted.write(tx, ObjectEvent(removed.order, version_id=removed.version_id))
        elif removed.what == "DeleteMarkerCreated" and self.marked is not None:
            event = ObjectEvent(removed.order, etag=_EMPTY_ETAG, version_id=removed.version_id)
            await self.marked.write(tx, event)
        return removed


async def planned(
    room: Room, call: Call, bucket: Bucket, key: str, version_id: str | None, if_match: str | None
) -> Removal:
    """A removal with who is to be told of it."""
    deleted = await room.notifier.plan(call, bucket, "ObjectRemoved:Delete", key)
    marked = None
    if version_id is None:
        marked = await room.notifier.plan(call, bucket, "ObjectRemoved:DeleteMarkerCreated", key)
    return Removal(key, version_id, if_match, deleted, marked)


async def delete_object(room: Room, call: Call, request: DeleteObjectRequest) -> DeleteObjectOutput:
    """DeleteObject."""
    key = check_key(request.Key)
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    if request.MFA is not None:
        raise not_implemented("x-amz-mfa")
    if request.IfMatchLastModifiedTime is not None:
        raise not_implemented("x-amz-if-match-last-modified-time")
    if request.IfMatchSize is not None:
        raise not_implemented("x-amz-if-match-size")
    removal = await planned(room, call, bucket, key, request.VersionId, request.IfMatch)
    owner = call.account
    removed = await room.store.transaction(lambda tx: removal.run(tx, bucket, room.clock.now_ms(), owner))
    return DeleteObjectOutput(DeleteMarker=removed.marker or None, VersionId=removed.version_id)


async def delete_objects(room: Room, call: Call, request: DeleteObjectsRequest) -> DeleteObjectsOutput:
    """DeleteObjects. Leave is asked for each key, as AWS does."""
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    if request.MFA is not None:
        raise not_implemented("x-amz-mfa")
    asked = request.Delete.Objects if request.Delete is not None else None
    if not asked or len(asked) > KEYS_MAX or any(not each.Key for each in asked):
        raise malformed_xml()
    removals = []
    for number, each in enumerate(asked):
        if number % _SLICE == _SLICE - 1:
            await asyncio.sleep(0)  # others' turn
        removals.append(await _permitted(room, call, bucket, each))
    slices = [removals[at : at + _SLICE] for at in range(0, len(removals), _SLICE)]
    working = [room.store.transaction(_Work(room, call, bucket, each).run) for each in slices]
    for pending in working:
        await pending
    quiet = bool(request.Delete is not None and request.Delete.Quiet)
    return DeleteObjectsOutput(
        Deleted=[] if quiet else [_deleted(each) for each in removals if each.error is None],
        Errors=[_error(each) for each in removals if each.error is not None],
    )


class _Work:
    """Some of a batch, in one transaction."""

    def __init__(self, room: Room, call: Call, bucket: Bucket, removals: Sequence[Removal]) -> None:
        self._room = room
        self._call = call
        self._bucket = bucket
        self._removals = removals

    async def run(self, tx: Transaction) -> None:
        for each in self._removals:
            if each.refused:
                continue
            each.error = None
            try:
                each.removed = await each.run(tx, self._bucket, self._room.clock.now_ms(), self._call.account)
            except ServiceError as error:
                if error.code == "NoSuchBucket":
                    raise
                each.error = error


async def _permitted(room: Room, call: Call, bucket: Bucket, asked: ObjectIdentifier) -> Removal:
    key, version_id = asked.Key or "", asked.VersionId or None
    try:
        check_key(key)
        arn = f"{bucket.arn}/{key}"
        if version_id is None:
            await demand(room, call, "s3:DeleteObject", arn)
        else:
            await demand(room, call, "s3:DeleteObjectVersion", arn, {"s3:versionid": version_id})
    except ServiceError as error:
        return Removal(key, version_id, None, error=error, refused=True)
    return await planned(room, call, bucket, key, version_id, asked.ETag)


def _deleted(each: Removal) -> DeletedObject:
    removed = each.removed
    assert removed is not None, "what did not fail was removed"
    if not removed.marker:
        return DeletedObject(Key=each.key, VersionId=each.version_id)
    return DeletedObject(
        Key=each.key, VersionId=each.version_id, DeleteMarker=True, DeleteMarkerVersionId=removed.version_id
    )


def _error(each: Removal) -> Error:
    error = each.error
    assert error is not None
    return Error(Key=each.key, VersionId=each.version_id, Code=error.code, Message=error.message)
