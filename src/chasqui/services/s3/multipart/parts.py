"""UploadPart and UploadPartCopy.

Source: API reference of the two.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from chasqui.base.bodies import Incoming
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.content.checksums import DEFAULT, Promised, checksum_members, invalid_request, promised_of
from chasqui.services.s3.content.intake import Replayed, Taken, drop, keep, take
from chasqui.services.s3.content.reading import Gone, read
from chasqui.services.s3.content.sealing import Seal, open_seal, refuse_customer_keys, sse_members
from chasqui.services.s3.documents import PART, UPLOAD
from chasqui.services.s3.errors import invalid_argument
from chasqui.services.s3.multipart.documents import (
    PartDocument,
    UploadDocument,
    decode_part,
    decode_upload,
    encode,
    find_upload,
    no_such_upload,
    part_resource,
    parts_owner,
)
from chasqui.services.s3.multipart.uploads import check_number
from chasqui.services.s3.objects.checks import check_key
from chasqui.services.s3.objects.copying import find_source, source_of
from chasqui.services.s3.objects.document import ObjectDocument
from chasqui.services.s3.objects.garbage import free
from chasqui.services.s3.objects.get import TRIES
from chasqui.services.s3.objects.rendering import quoted, seconds, version_told
from chasqui.services.s3.types import (
    CopyPartResult,
    UploadPartCopyOutput,
    UploadPartCopyRequest,
    UploadPartOutput,
    UploadPartRequest,
)
from chasqui.store.port import Resource, Transaction

if TYPE_CHECKING:
    from chasqui.services.s3.room import Room

_RANGE: Final = re.compile(r"bytes=(\d{1,15})-(\d{1,15})\Z", re.ASCII)


async def upload_part(room: Room, call: Call, request: UploadPartRequest) -> UploadPartOutput:
    """UploadPart."""
    key = check_key(request.Key)
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    refuse_customer_keys(request)
    number = check_number(request.PartNumber)
    row, upload = await find_upload(room, bucket, key, request.UploadId)
    promised = promised_of(request)
    if promised.algorithm is not None:
        _check_algorithm(upload, promised.algorithm)
    seal = await open_seal(room, call, bucket, key, upload.draft.sealing)
    beside = () if promised.algorithm == upload.computed else (upload.computed,)
    body: Incoming | None = request.Body
    assert body is not None, "the body of an UploadPart is there, also when it is empty"
    taken = await take(room, body, promised, seal, beside=beside)
    try:
        _check_algorithm(upload, next(iter(taken.checksums)) if taken.given else None)
    except ServiceError:
        drop(room, taken)
        raise
    await _keep_part(room, bucket, row, upload, number, taken)
    told = next(iter(taken.checksums.items()))
    return UploadPartOutput(
        ETag=quoted(taken.md5), **checksum_members(dict((told,))), **sse_members(upload.draft.sealing)
    )


def _check_algorithm(upload: UploadDocument, given: str | None) -> None:
    """Raise InvalidRequest for a part with another checksum than the upload's. Where S3 chose, any will do; where the
    upload has S3's own, none will."""
    wanted = upload.algorithm
    if wanted is not None and given != wanted and not (given is None and wanted == DEFAULT):
        raise invalid_request(
            f"Checksum Type mismatch occurred, expected checksum Type: {wanted.lower()}, actual checksum Type:"
            f" {given.lower() if given is not None else 'null'}"
        )


async def upload_part_copy(room: Room, call: Call, request: UploadPartCopyRequest) -> UploadPartCopyOutput:
    """UploadPartCopy."""
    key = check_key(request.Key)
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    refuse_customer_keys(request)
    number = check_number(request.PartNumber)
    source = source_of(request.CopySource)
    row, upload = await find_upload(room, bucket, key, request.UploadId)
    seal = await open_seal(room, call, bucket, key, upload.draft.sealing)
    origin = await room.buckets.find(source.bucket, request.ExpectedSourceBucketOwner)
    for _ in range(TRIES):
        found = await find_source(room, call, origin, source, request)
        start, end = source_range(request.CopySourceRange, found.size)
        try:
            taken = await _copied(room, call, origin, source.key, found, start, end, upload, seal)
        except Gone:
            continue
        part = await _keep_part(room, bucket, row, upload, number, taken)
        result = CopyPartResult(
            ETag=quoted(taken.md5), LastModified=seconds(part.modified_ms), **_copied_checksums(upload, taken)
        )
        return UploadPartCopyOutput(
            CopySourceVersionId=version_told(origin, found),
            CopyPartResult=result,
            **sse_members(upload.draft.sealing),
        )
    raise ServiceError("OperationAborted", "The source is being replaced over and over. Please try again.", status=409)


def _copied_checksums(upload: UploadDocument, taken: Taken) -> dict[str, Any]:
    return checksum_members(taken.checksums) if upload.algorithm is not None else {}


async def _copied(
    room: Room,
    call: Call,
    origin: Bucket,
    origin_key: str,
    found: ObjectDocument,
    start: int,
    end: int,
    upload: UploadDocument,
    seal: Seal,
) -> Taken:
    """The source's bytes, taken in anew under the upload's secret."""
    opened = await open_seal(room, call, origin, origin_key, found.sealing)
    pieces = read(room, opened, found, start, end)
    try:
        return await take(room, Replayed(pieces, end - start), Promised(algorithm=upload.computed), seal)
    finally:
        await pieces.aclose()


def source_range(text: str | None, size: int) -> tuple[int, int]:
    """The bytes [start, end) that x-amz-copy-source-range names. Raises InvalidArgument and InvalidRequest."""
    if text is None:
        return 0, size
    header = "x-amz-copy-source-range"
    match = _RANGE.match(text)
    if match is None:
        raise invalid_argument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the"
            " zero-based offsets of the first and last bytes to copy",
            header,
            text,
        )
    first, last = int(match[1]), int(match[2])
    if first > last or last >= size:
        raise invalid_argument(f"Range specified is not valid for source object of size: {size}", header, text)
    return first, last + 1


async def _keep_part(
    room: Room, bucket: Bucket, row: Resource, upload: UploadDocument, number: int, taken: Taken
) -> PartDocument:
    """Make it a part of the upload, in place of the one that had the number. Raises NoSuchUpload."""
    checksum = taken.checksums[upload.computed]
    part = PartDocument(number, taken.size, taken.md5, checksum, room.clock.now_ms(), taken.pieces)
    resource = part_resource(bucket, upload.id, part)

    async def write(tx: Transaction) -> None:
        current = await tx.get(UPLOAD, bucket.id, row.name)
        if current is None:
            raise no_such_upload(upload.id)
        before = await tx.get(PART, parts_owner(bucket, upload.id), resource.name)
        if before is None:
            await tx.create(resource)
            return
        await free(tx, decode_part(before.document).pieces)
        await tx.replace(msgspec.structs.replace(before, document=resource.document))
        changed = decode_upload(current.document)
        changed.replaced += 1
        await tx.replace(msgspec.structs.replace(current, document=encode(changed)))

    await keep(room, taken, write)
    return part
