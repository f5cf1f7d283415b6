"""What of an object can change while its content stays: tags and ACL. PutObjectTagging, GetObjectTagging,
DeleteObjectTagging, GetObjectAcl, PutObjectAcl.

Source: API reference of these.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.services.s3 import types
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.buckets.tags import read_tags, tag_set
from chasqui.services.s3.notifications.notifier import ObjectEvent
from chasqui.services.s3.objects import acls
from chasqui.services.s3.objects.checks import TAGS_MAX
from chasqui.services.s3.objects.document import ObjectDocument, decode_object, encode_object
from chasqui.services.s3.objects.finding import find_object
from chasqui.services.s3.objects.get import TRIES
from chasqui.services.s3.objects.rendering import version_told
from chasqui.services.s3.objects.writing import next_order
from chasqui.store.port import Resource, Transaction

if TYPE_CHECKING:
    from chasqui.services.s3.room import Room


async def get_object_tagging(
    room: Room, call: Call, request: types.GetObjectTaggingRequest
) -> types.GetObjectTaggingOutput:
    """GetObjectTagging."""
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    _, document = await find_object(room, call, bucket, request.Key or "", request.VersionId)
    return types.GetObjectTaggingOutput(VersionId=version_told(bucket, document), TagSet=tag_set(document.tags))


async def put_object_tagging(
    room: Room, call: Call, request: types.PutObjectTaggingRequest
) -> types.PutObjectTaggingOutput:
    """PutObjectTagging."""
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    tags = read_tags(request.Tagging.TagSet if request.Tagging is not None else None, TAGS_MAX)

    def change(document: ObjectDocument) -> None:
        document.tags = tags

    document = await edit(room, call, bucket, request.Key or "", request.VersionId, change, "ObjectTagging:Put")
    return types.PutObjectTaggingOutput(VersionId=version_told(bucket, document))


async def delete_object_tagging(
    room: Room, call: Call, request: types.DeleteObjectTaggingRequest
) -> types.DeleteObjectTaggingOutput:
    """DeleteObjectTagging."""
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)

    def change(document: ObjectDocument) -> None:
        document.tags = {}

    document = await edit(room, call, bucket, request.Key or "", request.VersionId, change, "ObjectTagging:Delete")
    return types.DeleteObjectTaggingOutput(VersionId=version_told(bucket, document))


async def get_object_acl(room: Room, call: Call, request: types.GetObjectAclRequest) -> types.GetObjectAclOutput:
    """GetObjectAcl."""
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    _, document = await find_object(room, call, bucket, request.Key or "", request.VersionId)
    return acls.acl_output(bucket, document)


async def put_object_acl(room: Room, call: Call, request: types.PutObjectAclRequest) -> types.PutObjectAclOutput:
    """PutObjectAcl."""
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    canned, policy = acls.canned_of(bucket, request), request.AccessControlPolicy
    if canned is not None and policy is not None:
        raise ServiceError("UnexpectedContent", "This request does not support content", status=400)
    if canned is None and policy is None:
        raise ServiceError(
            "MissingSecurityHeader", "Your request was missing a required header", status=400,
            fields={"MissingHeaderName": "x-amz-acl"},
        )  # fmt: skip
    enforced = bucket.document.ownership == acls.ENFORCED

    def change(document: ObjectDocument) -> None:
        owner = bucket.account if enforced else document.owner or bucket.account
        acl = canned or "private"
        if policy is not None:
            acl = acls.canned_for(policy, owner, bucket.account)
            if enforced and acl != "private":
                raise acls.not_supported()
            acls.check_public(bucket, acl)
        document.acl = "private" if enforced else acl

    await edit(room, call, bucket, request.Key or "", request.VersionId, change, "ObjectAcl:Put")
    return types.PutObjectAclOutput()


async def edit(
    room: Room,
    call: Call,
    bucket: Bucket,
    key: str,
    version_id: str | None,
    change: Callable[[ObjectDocument], object],
    event: str,
) -> ObjectDocument:
    """Change a version's document, with its event. Raises what `find_object` and `change` do."""
    plan = await room.notifier.plan(call, bucket, event, key)

    async def write(found: Resource, tx: Transaction) -> ObjectDocument | None:
        row = await tx.get(found.type, found.owner, found.name)
        document = None if row is None else decode_object(row.document)
        if row is None or document is None or (version_id is not None and document.version_id != version_id):
            return None  # another version has taken its place
        change(document)
        await tx.replace(msgspec.structs.replace(row, document=encode_object(document)))
        if plan is not None:
            order = await next_order(tx, bucket, key, document, room.clock.now_ms(), versioned=True)
            await plan.write(tx, ObjectEvent(order, document.size, document.etag, version_told(bucket, document)))
        return document

    for _ in range(TRIES):
        found, _document = await find_object(room, call, bucket, key, version_id)
        written = await room.store.transaction(partial(write, found))
        if written is not None:
            return written
    raise ServiceError("OperationAborted", "The object is being replaced over and over. Please try again.", status=409)
