"""GetObjectAttributes.

Source: API reference, GetObjectAttributes.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.services.s3 import types
from chasqui.services.s3.content.checksums import checksum_members
from chasqui.services.s3.content.sealing import refuse_customer_keys
from chasqui.services.s3.errors import invalid_argument
from chasqui.services.s3.objects.document import ObjectDocument
from chasqui.services.s3.objects.finding import find_object
from chasqui.services.s3.objects.packing import parts_of
from chasqui.services.s3.objects.rendering import seconds, version_told

if TYPE_CHECKING:
    from chasqui.services.s3.room import Room

_KNOWN: Final = frozenset(("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"))
_PARTS_MAX: Final = 1000


async def get_object_attributes(
    room: Room, call: Call, request: types.GetObjectAttributesRequest
) -> types.GetObjectAttributesOutput:
    """GetObjectAttributes."""
    refuse_customer_keys(request)
    wanted = {each.strip() for each in request.ObjectAttributes or () if each.strip()}
    if not wanted:
        raise ServiceError(
            "InvalidRequest",
            "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty",
            status=400,
        )
    if not wanted <= _KNOWN:
        raise invalid_argument(
            "Invalid attribute name specified.", "x-amz-object-attributes", ",".join(sorted(wanted - _KNOWN))
        )
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    _, document = await find_object(room, call, bucket, request.Key or "", request.VersionId)
    output = types.GetObjectAttributesOutput(
        LastModified=seconds(document.modified_ms), VersionId=version_told(bucket, document)
    )
    if "ETag" in wanted:
        output.ETag = document.etag
    if "Checksum" in wanted and document.checksums:
        output.Checksum = types.Checksum(**checksum_members(document.checksums), ChecksumType=document.checksum_type)
    if "ObjectParts" in wanted and document.packed:
        output.ObjectParts = await asyncio.to_thread(_parts, document, request.PartNumberMarker, request.MaxParts)
    elif "ObjectParts" in wanted and document.parts:
        output.ObjectParts = _parts(document, request.PartNumberMarker, request.MaxParts)
    if "StorageClass" in wanted:
        output.StorageClass = document.storage_class
    if "ObjectSize" in wanted:
        output.ObjectSize = document.size
    return output


def _parts(document: ObjectDocument, marker: int | None, most: int | None) -> types.GetObjectAttributesParts:
    """A page of the parts. They are only told one by one when they have checksums of their own."""
    after, limit = marker or 0, min(_PARTS_MAX if most is None else max(0, most), _PARTS_MAX)
    parts = parts_of(document)
    found = types.GetObjectAttributesParts(TotalPartsCount=len(parts))
    if any(part.checksum is None for part in parts):
        return found
    rest = [part for part in parts if part.number > after]
    page = rest[:limit]
    found.PartNumberMarker, found.MaxParts, found.IsTruncated = after, limit, len(rest) > len(page)
    found.NextPartNumberMarker = page[-1].number if page else 0
    algorithm = next(iter(document.checksums), "")
    found.Parts = [
        types.ObjectPart(PartNumber=part.number, Size=part.size, **checksum_members({algorithm: part.checksum or ""}))
        for part in page
    ]
    return found
