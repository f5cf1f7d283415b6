"""PutObject, and what every new object of one piece goes through: its transaction with its event.

Source: API reference, PutObject.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chasqui.base.call import Call
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.content.checksums import checksum_members, promised_of
from chasqui.services.s3.content.intake import Taken, drop, keep, take
from chasqui.services.s3.content.sealing import new_seal, sse_members
from chasqui.services.s3.lifecycle.rules import expiration_header
from chasqui.services.s3.notifications.notifier import ObjectEvent
from chasqui.services.s3.objects.acls import owner_and_acl
from chasqui.services.s3.objects.checks import (
    check_key,
    check_metadata,
    headers_of,
    parse_tagging,
    refuse_unknown,
    storage_class_of,
)
from chasqui.services.s3.objects.conditions import conditions_of
from chasqui.services.s3.objects.document import ObjectDocument
from chasqui.services.s3.objects.rendering import quoted
from chasqui.services.s3.objects.writing import ALWAYS, Conditions, Written, write_version
from chasqui.services.s3.types import PutObjectOutput, PutObjectRequest
from chasqui.store.port import Transaction

if TYPE_CHECKING:
    from chasqui.services.s3.room import Room


async def put_object(room: Room, call: Call, request: PutObjectRequest) -> PutObjectOutput:
    """PutObject."""
    key = check_key(request.Key)
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    refuse_unknown(request)
    conditions = conditions_of(request)
    promised = promised_of(request)
    document = drafted(call, bucket, request, room.clock.now_ms())
    seal = await new_seal(room, call, bucket, key, request)
    assert request.Body is not None, "an operation that streams has a body"
    taken = await take(room, request.Body, promised, seal)
    written = await put_taken(room, call, bucket, key, document, taken, conditions=conditions)
    members = taken_members(taken)
    return PutObjectOutput(
        ETag=quoted(taken.md5),
        VersionId=written.version_id,
        Expiration=expiration_header(bucket, key, document),
        **members,
        **sse_members(taken.sealing),
    )


def taken_members(taken: Taken) -> dict[str, Any]:
    """The checksums of what was taken in, as members of an answer."""
    if not taken.checksums:
        return {}
    return {"ChecksumType": "FULL_OBJECT", **checksum_members(taken.checksums)}


def drafted(call: Call, bucket: Bucket, request: Any, now_ms: int) -> ObjectDocument:
    """A document with what a request (PutObject's, CreateMultipartUpload's) says of a new object, but for its content.
    Raises what refuses headers, metadata, tags, storage class and ACL."""
    owner, acl = owner_and_acl(call, bucket, request)
    return ObjectDocument(
        0,
        "",
        now_ms,
        headers=headers_of(request),
        metadata=check_metadata(request.Metadata),
        tags=parse_tagging(request.Tagging) if request.Tagging else {},
        storage_class=storage_class_of(request.StorageClass),
        owner=owner,
        acl=acl,
    )


async def put_taken(
    room: Room,
    call: Call,
    bucket: Bucket,
    key: str,
    document: ObjectDocument,
    taken: Taken,
    *,
    conditions: Conditions = ALWAYS,
    event: str = "ObjectCreated:Put",
) -> Written:
    """Write what was taken in as a key's current version, with its event: all of it or nothing. `document` is as
    `drafted` gives it, with `modified_ms`. Raises what `write_version` does."""
    document.size, document.etag = taken.size, taken.md5
    document.pieces, document.sealing = taken.pieces, taken.sealing
    document.checksums, document.checksum_type = taken.checksums, "FULL_OBJECT"
    try:
        plan = await room.notifier.plan(call, bucket, event, key)
    except BaseException:
        drop(room, taken)
        raise

    async def write(tx: Transaction) -> Written:
        written = await write_version(tx, bucket, key, document, room.clock.now_ms(), conditions)
        if plan is not None:
            await plan.write(tx, ObjectEvent(document.order, document.size, document.etag, written.version_id))
        return written

    return await keep(room, taken, write)
