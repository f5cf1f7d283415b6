"""CompleteMultipartUpload: the object takes over its parts' pieces, none is copied; one transaction with its event.

Source: API reference, CompleteMultipartUpload.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import msgspec

from chasqui.base.call import Call
from chasqui.base.errors import ChasquiError, ServiceError
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.content.checksums import checksum_members, invalid_request
from chasqui.services.s3.content.intake import too_large
from chasqui.services.s3.content.sealing import refuse_customer_keys, sse_members
from chasqui.services.s3.documents import OBJECT, PART, UPLOAD
from chasqui.services.s3.keys import row_name
from chasqui.services.s3.lifecycle.rules import expiration_header
from chasqui.services.s3.means import Means
from chasqui.services.s3.multipart.assembling import (
    Assembled,
    Expected,
    Listed,
    assemble,
    checksums_in,
    listed_of,
)
from chasqui.services.s3.multipart.documents import (
    PartDocument,
    UploadDocument,
    decode_part,
    decode_upload,
    find_upload,
    no_such_upload,
    parts_owner,
)
from chasqui.services.s3.multipart.ending import end, ranges_of
from chasqui.services.s3.notifications.notifier import ObjectEvent
from chasqui.services.s3.objects.checks import check_key
from chasqui.services.s3.objects.conditions import conditions_of
from chasqui.services.s3.objects.document import ObjectDocument, decode_object
from chasqui.services.s3.objects.packing import pack
from chasqui.services.s3.objects.rendering import quoted, version_told
from chasqui.services.s3.objects.writing import ALWAYS, Conditions, Written, write_version
from chasqui.services.s3.types import CompleteMultipartUploadOutput, CompleteMultipartUploadRequest
from chasqui.store.port import Resource, Transaction

if TYPE_CHECKING:
    from chasqui.services.s3.room import Room

_PAGE: Final = 1000
_AT_ONCE: Final = 100
"""So many parts are put together without a thread."""
_TRIES: Final = 5


class _Replaced(ChasquiError):
    """A part was replaced since the parts were read."""


async def complete_multipart_upload(
    room: Room, call: Call, request: CompleteMultipartUploadRequest
) -> CompleteMultipartUploadOutput:
    """CompleteMultipartUpload. Again, after it succeeded: the same answer, as long as the object is there."""
    key = check_key(request.Key)
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    refuse_customer_keys(request)
    conditions = conditions_of(request)
    listed = listed_of(request.MultipartUpload, request.UploadId or "")
    expected = Expected(_size(request.MpuObjectSize), request.ChecksumType, checksums_in(request))
    for _ in range(_TRIES):
        try:
            row, upload = await find_upload(room, bucket, key, request.UploadId)
        except ServiceError as error:
            done = await _done_before(room, bucket, key, request.UploadId)
            if done is None:
                raise error
            return _told(call, bucket, key, done, version_told(bucket, done))
        assembled = await _assembled(room, bucket, upload, listed, expected)
        try:
            written = await _write(room, call, bucket, row, upload, listed, assembled, conditions)
        except _Replaced:
            continue
        return _told(call, bucket, key, written.document, written.version_id)
    raise ServiceError("OperationAborted", "The upload's parts are being replaced. Please try again.", status=409)


def _size(given: int | None) -> int | None:
    """x-amz-mp-object-size. Raises InvalidRequest."""
    if given is not None and given < 0:
        raise invalid_request(f"Value for x-amz-mp-object-size header is less than zero: '{given}'")
    return given


async def _done_before(room: Room, bucket: Bucket, key: str, upload_id: str | None) -> ObjectDocument | None:
    """The current object, if this upload made it."""
    row = await room.store.resource(OBJECT, bucket.id, row_name(key))
    document = None if row is None else decode_object(row.document)
    return document if document is not None and document.upload and document.upload == upload_id else None


async def _assembled(
    room: Room, bucket: Bucket, upload: UploadDocument, listed: list[Listed], expected: Expected
) -> Assembled:
    """What the listed parts make. Raises what refuses them."""
    uploaded = await read_parts(room, bucket, upload.id)
    smallest = room.limits.part_bytes_min
    if len(listed) <= _AT_ONCE:
        assembled = assemble(upload, listed, uploaded, expected, smallest)
    else:
        assembled = await asyncio.to_thread(_assemble_many, upload, listed, uploaded, expected, smallest)
    if assembled.size > room.limits.object_bytes_max:
        raise too_large(assembled.size, room.limits.object_bytes_max)
    return assembled


def _assemble_many(
    upload: UploadDocument,
    listed: list[Listed],
    uploaded: dict[int, PartDocument],
    expected: Expected,
    part_bytes_min: int,
) -> Assembled:
    assembled = assemble(upload, listed, uploaded, expected, part_bytes_min)
    assembled.packed = pack(assembled.parts, assembled.pieces)
    return assembled


async def read_parts(means: Means, bucket: Bucket, upload_id: str) -> dict[int, PartDocument]:
    """All parts of an upload, by number."""
    owner = parts_owner(bucket, upload_id)
    found: dict[int, PartDocument] = {}
    after = ""
    while True:
        rows = await means.store.resources(PART, owner, after=(owner, after), limit=_PAGE)
        for row in rows:
            part = decode_part(row.document)
            found[part.number] = part
        if len(rows) < _PAGE:
            return found
        after = rows[-1].name


async def _write(
    room: Room,
    call: Call,
    bucket: Bucket,
    row: Resource,
    upload: UploadDocument,
    listed: list[Listed],
    assembled: Assembled,
    conditions: Conditions,
) -> Written:
    plan = await room.notifier.plan(call, bucket, "ObjectCreated:CompleteMultipartUpload", upload.key)
    document = upload.draft
    document.size, document.etag = assembled.size, assembled.etag
    if assembled.packed:
        document.packed = assembled.packed
    else:
        document.pieces, document.parts = assembled.pieces, assembled.parts
    document.checksums, document.upload = assembled.checksums, upload.id
    taken = ranges_of([each.number for each in listed])
    now_ms = room.clock.now_ms()
    document.modified_ms = now_ms
    if conditions is not ALWAYS:
        conditions = msgspec.structs.replace(conditions, since_ms=upload.initiated_ms)

    async def write(tx: Transaction) -> Written:
        current = await tx.get(UPLOAD, bucket.id, row.name)
        if current is None:
            raise no_such_upload(upload.id)
        if decode_upload(current.document).replaced != upload.replaced:
            raise _Replaced(upload.id)
        written = await write_version(tx, bucket, upload.key, document, now_ms, conditions)
        await tx.delete(current)
        await end(tx, parts_owner(bucket, upload.id), taken)
        if plan is not None:
            await plan.write(tx, ObjectEvent(document.order, document.size, document.etag, written.version_id))
        return written

    return await room.store.transaction(write)


def _told(
    call: Call, bucket: Bucket, key: str, document: ObjectDocument, version_id: str | None
) -> CompleteMultipartUploadOutput:
    return CompleteMultipartUploadOutput(
        Location=f"{call.base_url}/{bucket.name}/{quote(key)}",
        Bucket=bucket.name,
        Key=key,
        ETag=quoted(document.etag),
        ChecksumType=document.checksum_type,
        VersionId=version_id,
        Expiration=expiration_header(bucket, key, document),
        **checksum_members(document.checksums),
        **sse_members(document.sealing),
    )
