"""Versions of objects being removed, within a transaction: simply, by a delete marker, or for good by their ids."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.documents import NULL_VERSION, OBJECT, VERSION
from chasqui.services.s3.errors import invalid_version_id
from chasqui.services.s3.keys import row_name, version_name
from chasqui.services.s3.objects.document import ObjectDocument, decode_object, encode_object
from chasqui.services.s3.objects.garbage import free_object
from chasqui.services.s3.objects.versions import NULL, new_version_id, order_of
from chasqui.services.s3.objects.writing import (
    Conditions,
    check_conditions,
    demote,
    end_null,
    newest_older,
    next_order,
    note_null,
    still_there,
)
from chasqui.store.port import Resource, Transaction

What = Literal["", "Delete", "DeleteMarkerCreated"]


class Removed(msgspec.Struct, frozen=True):
    """What became of a removal. `what` names its event ("ObjectRemoved:…", "LifecycleExpiration:…"), "" when nothing
    was there to be removed. `marker`: a delete marker was made, or (by its id) removed. `version_id` is what clients
    are told: the marker's, or the one that was asked for. `order` is the event's sequencer, `etag` and `size` those of
    what was removed, or hidden by a marker."""

    what: What = ""
    marker: bool = False
    version_id: str | None = None
    order: int = 0
    size: int | None = None
    etag: str | None = None


_NOTHING: Final = Removed()


async def remove(
    tx: Transaction,
    bucket: Bucket,
    key: str,
    now_ms: int,
    *,
    version_id: str | None = None,
    if_match: str | None = None,
    owner: str = "",
) -> Removed:
    """Remove a key's current version, or the version with this id, as the bucket's versioning has it.

    What is not there is removed without an error. `owner` is the account of whoever makes a delete marker. Raises
    NoSuchBucket, InvalidArgument for what is no version id, and PreconditionFailed or NoSuchKey as `if_match` (an ETag
    or "*") refuses.
    """
    versioning = (await still_there(tx, bucket)).versioning
    row = await tx.get(OBJECT, bucket.id, row_name(key))
    current = None if row is None else decode_object(row.document)
    if if_match is not None:
        check_conditions(Conditions(if_match=if_match), key, current)
    if version_id is not None:
        return await _remove_version(tx, bucket, key, now_ms, row, current, version_id)
    if not versioning:
        if row is None or current is None:
            return _NOTHING
        order = await next_order(tx, bucket, key, current, now_ms, versioned=False)
        await free_object(tx, current)
        await tx.delete(row)
        return Removed("Delete", order=order, size=current.size, etag=current.etag)
    order = await next_order(tx, bucket, key, current, now_ms, versioned=True)
    if versioning == "Enabled":
        marker_id = new_version_id(order)
        if row is not None and current is not None:
            await demote(tx, bucket, key, row, current)
    else:
        marker_id = NULL
        await end_null(tx, bucket, key, row, current, versioned=True)
    if row is not None:
        await tx.delete(row)
    marker = ObjectDocument(order, marker_id, now_ms, marker=True, owner=owner or bucket.account)
    await tx.create(Resource(VERSION, bucket.id, version_name(key, order), encode_object(marker)))
    if marker_id == NULL:
        await note_null(tx, bucket, key, order)
    return Removed("DeleteMarkerCreated", marker=True, version_id=marker_id, order=order)


async def _remove_version(
    tx: Transaction,
    bucket: Bucket,
    key: str,
    now_ms: int,
    row: Resource | None,
    current: ObjectDocument | None,
    version_id: str,
) -> Removed:
    if row is not None and current is not None and current.version_id == version_id:
        await tx.delete(row)
        removed = current
    else:
        older = await find_older(tx, bucket, key, version_id)
        if older is None:
            return Removed(version_id=version_id)
        await tx.delete(older)
        removed = decode_object(older.document)
        if version_id == NULL:
            await _forget_null(tx, bucket, key)
    await free_object(tx, removed)
    if removed is current or current is None:
        await _promote(tx, bucket, key)
    order = await next_order(tx, bucket, key, removed, now_ms, versioned=True)
    return Removed("Delete", removed.marker, version_id, order, removed.size, removed.etag)


async def find_older(tx: Transaction, bucket: Bucket, key: str, version_id: str) -> Resource | None:
    """The row of an older version, or of a delete marker, by its id. Raises InvalidArgument for what is no version
    id."""
    if version_id == NULL:
        noted = await tx.get(NULL_VERSION, bucket.id, row_name(key))
        return None if noted is None else await tx.get(VERSION, bucket.id, version_name(key, int(noted.document)))
    order = order_of(version_id)
    if order is None:
        raise invalid_version_id(version_id)
    older = await tx.get(VERSION, bucket.id, version_name(key, order))
    return older if older is not None and decode_object(older.document).version_id == version_id else None


async def _promote(tx: Transaction, bucket: Bucket, key: str) -> None:
    """A key has no current version: the newest of the older ones is that, unless it is a delete marker."""
    newest = await newest_older(tx, bucket, key)
    if newest is None:
        return
    document = decode_object(newest.document)
    if document.marker:
        return
    await tx.delete(newest)
    await tx.create(Resource(OBJECT, bucket.id, row_name(key), newest.document))
    if document.version_id == NULL:
        await _forget_null(tx, bucket, key)


async def _forget_null(tx: Transaction, bucket: Bucket, key: str) -> None:
    noted = await tx.get(NULL_VERSION, bucket.id, row_name(key))
    assert noted is not None, "the version null among the older ones is noted"
    await tx.delete(noted)
