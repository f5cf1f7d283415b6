"""Versions of objects being written, within a transaction: what becomes of the one that was current before.

Order (`ObjectDocument.order`) is decided here: it rises with each version of a key and is the sequencer of its events.
"""

from __future__ import annotations

from typing import Final

import msgspec

from chasqui.services.s3.buckets.bucket import Bucket, BucketDocument
from chasqui.services.s3.documents import BUCKET, NULL_VERSION, OBJECT, VERSION
from chasqui.services.s3.errors import conditional_conflict, no_such_bucket, no_such_key, precondition_failed
from chasqui.services.s3.keys import row_name, version_name, versions_prefix
from chasqui.services.s3.objects.document import ObjectDocument, decode_object, encode_object
from chasqui.services.s3.objects.garbage import free_object
from chasqui.services.s3.objects.versions import NULL, new_version_id
from chasqui.store.port import Resource, Transaction

_ORDERS_PER_MS: Final = 20
"""As a power of two."""


class Conditions(msgspec.Struct, frozen=True):
    """What must hold of the current version for a write to happen: `if_match` is an ETag (quotes do not matter, "*" is
    any), `if_none_match` can only be "*". `since_ms`: a version that was put after that is a conflict (a multipart
    upload's initiation)."""

    if_match: str | None = None
    if_none_match: str | None = None
    since_ms: int | None = None


ALWAYS: Final = Conditions()


class Written(msgspec.Struct, frozen=True):
    """A version that was written. `version_id` is what clients are told: None in buckets that were never versioned.
    `replaced` tells whether the key had a current version before."""

    document: ObjectDocument
    version_id: str | None
    replaced: bool


async def write_version(
    tx: Transaction,
    bucket: Bucket,
    key: str,
    document: ObjectDocument,
    now_ms: int,
    conditions: Conditions = ALWAYS,
) -> Written:
    """Make `document` the current version of a key, as the bucket's versioning has it: it is given its `order` and
    `version_id`, the version before is kept as an older one, or ends and its blobs with it.

    The document's blobs are put by the caller, in the same transaction. Raises NoSuchBucket when the bucket was deleted
    meanwhile, and what `conditions` refuse: PreconditionFailed, NoSuchKey (If-Match where there is nothing),
    ConditionalRequestConflict.
    """
    versioning = (await still_there(tx, bucket)).versioning
    row = await tx.get(OBJECT, bucket.id, row_name(key))
    before = None if row is None else decode_object(row.document)
    if conditions is not ALWAYS:
        check_conditions(conditions, key, before)
    document.order = await next_order(tx, bucket, key, before, now_ms, versioned=versioning != "")
    if versioning == "Enabled":
        document.version_id = new_version_id(document.order)
        if row is not None and before is not None:
            await demote(tx, bucket, key, row, before)
    else:
        document.version_id = NULL
        await end_null(tx, bucket, key, row, before, versioned=versioning != "")
    encoded = encode_object(document)
    if row is None:
        await tx.create(Resource(OBJECT, bucket.id, row_name(key), encoded))
    else:
        await tx.replace(msgspec.structs.replace(row, document=encoded))
    return Written(document, document.version_id if versioning else None, row is not None)


def check_conditions(conditions: Conditions, key: str, current: ObjectDocument | None) -> None:
    """Whether a write may happen to a key with this current version. Raises what refuses it."""
    if conditions.if_none_match is not None and current is not None:
        raise precondition_failed("If-None-Match")
    if conditions.if_match is not None:
        if current is None:
            raise no_such_key(key)
        if conditions.if_match not in ("*", current.etag) and conditions.if_match.strip('"') != current.etag:
            raise precondition_failed("If-Match")
        if conditions.since_ms is not None and conditions.since_ms < current.modified_ms:
            raise conditional_conflict("If-Match", key)


async def still_there(tx: Transaction, bucket: Bucket) -> BucketDocument:
    """The bucket as it is at the commit. Raises NoSuchBucket."""
    row = await tx.get(BUCKET, "", bucket.name)
    if row is None or row.generation != bucket.resource.generation:
        raise no_such_bucket(bucket.name)
    return bucket.document if row.version == bucket.resource.version else Bucket(row).document


async def newest_older(tx: Transaction, bucket: Bucket, key: str) -> Resource | None:
    """The newest row of a key among its older versions and delete markers."""
    rows = await tx.list(VERSION, bucket.id, prefix=versions_prefix(key), limit=1)
    return rows[0] if rows else None


async def next_order(
    tx: Transaction, bucket: Bucket, key: str, before: ObjectDocument | None, now_ms: int, *, versioned: bool
) -> int:
    """The order of what happens to a key next."""
    last = 0
    if before is not None:
        last = before.order
    elif versioned:
        newest = await newest_older(tx, bucket, key)
        last = 0 if newest is None else decode_object(newest.document).order
    # The bucket's own last one: what was deleted is followed by more within the millisecond.
    bucket.last_order = max(last + 1, now_ms << _ORDERS_PER_MS, bucket.last_order + 1)
    return bucket.last_order


async def demote(tx: Transaction, bucket: Bucket, key: str, row: Resource, document: ObjectDocument) -> None:
    """Keep what was current as an older version; its own row is the caller's to replace or to delete."""
    await tx.create(Resource(VERSION, bucket.id, version_name(key, document.order), row.document))
    if document.version_id == NULL:
        await note_null(tx, bucket, key, document.order)


async def note_null(tx: Transaction, bucket: Bucket, key: str, order: int) -> None:
    """Note where the version "null" of a key is among the older ones: there is none noted yet."""
    await tx.create(Resource(NULL_VERSION, bucket.id, row_name(key), str(order).encode()))


async def end_null(
    tx: Transaction, bucket: Bucket, key: str, row: Resource | None, current: ObjectDocument | None, *, versioned: bool
) -> None:
    """Another version "null" is about to be: the one that there is ends. What is current under another id becomes an
    older version; the current row itself is the caller's."""
    if row is not None and current is not None:
        if current.version_id == NULL:
            await free_object(tx, current)
            return  # there is but one
        await demote(tx, bucket, key, row, current)
    if versioned:
        noted = await tx.get(NULL_VERSION, bucket.id, row_name(key))
        if noted is not None:
            await tx.delete(noted)
            older = await tx.get(VERSION, bucket.id, version_name(key, int(noted.document)))
            assert older is not None, "a noted version is there"
            await free_object(tx, decode_object(older.document))
            await tx.delete(older)
