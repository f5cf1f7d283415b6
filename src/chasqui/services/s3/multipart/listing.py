"""ListParts and ListMultipartUploads.

Source: API reference of the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chasqui.base.call import Call
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.buckets.owners import owner_of
from chasqui.services.s3.content.checksums import checksum_members
from chasqui.services.s3.content.sealing import refuse_customer_keys
from chasqui.services.s3.documents import PART, UPLOAD
from chasqui.services.s3.errors import invalid_argument
from chasqui.services.s3.keys import upload_name
from chasqui.services.s3.multipart.documents import (
    PartDocument,
    UploadDocument,
    decode_part,
    decode_upload,
    find_upload,
    initiator_told,
    parts_owner,
)
from chasqui.services.s3.objects.checks import check_key
from chasqui.services.s3.objects.listing import Rows, after_marker, after_prefix, rolled_up
from chasqui.services.s3.objects.lists import spelling
from chasqui.services.s3.objects.rendering import quoted, seconds
from chasqui.services.s3.types import (
    CommonPrefix,
    ListMultipartUploadsOutput,
    ListMultipartUploadsRequest,
    ListPartsOutput,
    ListPartsRequest,
    MultipartUpload,
    Part,
)

if TYPE_CHECKING:
    from chasqui.services.s3.room import Room

_MOST: Final = 1000
_INTEGER_MAX: Final = 2**31 - 1


def _limit(given: int | None, name: str, told: str, least: int) -> int:
    if given is None:
        return _MOST
    if not least <= given <= _INTEGER_MAX:
        raise invalid_argument(
            f"Argument {told} must be an integer between {least} and {_INTEGER_MAX}", name, str(given)
        )
    return min(given, _MOST)


async def list_parts(room: Room, call: Call, request: ListPartsRequest) -> ListPartsOutput:
    """ListParts."""
    key = check_key(request.Key)
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    refuse_customer_keys(request)
    limit = _limit(request.MaxParts, "max-parts", "max-parts", 0)
    marker = request.PartNumberMarker or 0
    if not 0 <= marker <= _INTEGER_MAX:
        raise invalid_argument(
            f"Argument part-number-marker must be an integer between 0 and {_INTEGER_MAX}",
            "part-number-marker",
            str(marker),
        )
    _, upload = await find_upload(room, bucket, key, request.UploadId)
    owner = parts_owner(bucket, upload.id)
    rows = await room.store.resources(PART, owner, after=(owner, f"{min(marker, 99_999):05d}"), limit=limit + 1)
    parts = [decode_part(row.document) for row in rows[:limit]]
    return ListPartsOutput(
        Bucket=bucket.name,
        Key=key,
        UploadId=upload.id,
        PartNumberMarker=marker,
        NextPartNumberMarker=parts[-1].number if parts else 0,
        MaxParts=limit,
        IsTruncated=len(rows) > limit,
        Parts=[_part(upload, each) for each in parts],
        Initiator=initiator_told(upload),
        Owner=owner_of(upload.draft.owner or bucket.account),
        StorageClass=upload.draft.storage_class,
        ChecksumAlgorithm=upload.algorithm,
        ChecksumType=upload.checksum_type if upload.algorithm is not None else None,
    )


def _part(upload: UploadDocument, part: PartDocument) -> Part:
    return Part(
        PartNumber=part.number,
        LastModified=part.modified_ms / 1000,
        ETag=quoted(part.etag),
        Size=part.size,
        **checksum_members({upload.computed: part.checksum}),
    )


async def list_multipart_uploads(
    room: Room, call: Call, request: ListMultipartUploadsRequest
) -> ListMultipartUploadsOutput:
    """ListMultipartUploads. An upload-id-marker counts only beside a key-marker."""
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    spell = spelling(request.EncodingType)
    limit = _limit(request.MaxUploads, "max-uploads", "max-uploads", 1)
    prefix, delimiter, marker = request.Prefix or "", request.Delimiter or "", request.KeyMarker or ""
    upload_marker = request.UploadIdMarker if marker else None
    uploads: list[UploadDocument] = []
    prefixes: list[str] = []
    truncated, next_key, next_upload = False, "", ""
    position = upload_name(marker, upload_marker) if upload_marker else after_marker(marker, prefix, delimiter)
    rows = Rows(room.store, UPLOAD, bucket, prefix, position, limit + 1)
    while (row := await rows.peek()) is not None:
        if len(uploads) + len(prefixes) == limit:
            truncated = True
            break
        upload = decode_upload(row.document)
        common = rolled_up(upload.key, prefix, delimiter)
        if common is None:
            uploads.append(upload)
            next_key, next_upload = upload.key, upload.id
            rows.drop()
        else:
            prefixes.append(common)
            next_key, next_upload = common, ""
            rows.skip(after_prefix(common))
    return ListMultipartUploadsOutput(
        Bucket=bucket.name,
        KeyMarker=spell(marker),
        UploadIdMarker=upload_marker or "",
        NextKeyMarker=spell(next_key),
        NextUploadIdMarker=next_upload,
        Prefix=spell(prefix),
        Delimiter=spell(delimiter) if delimiter else None,
        MaxUploads=limit,
        IsTruncated=truncated,
        Uploads=[_upload(bucket, each, spell(each.key)) for each in uploads],
        CommonPrefixes=[CommonPrefix(spell(each)) for each in prefixes],
        EncodingType=request.EncodingType,
    )


def _upload(bucket: Bucket, upload: UploadDocument, key: str) -> MultipartUpload:
    algorithm = upload.algorithm
    return MultipartUpload(
        UploadId=upload.id,
        Key=key,
        Initiated=seconds(upload.initiated_ms),
        StorageClass=upload.draft.storage_class,
        Owner=owner_of(upload.draft.owner or bucket.account),
        Initiator=initiator_told(upload),
        ChecksumAlgorithm=algorithm,
        ChecksumType=upload.checksum_type if algorithm is not None else None,
    )
