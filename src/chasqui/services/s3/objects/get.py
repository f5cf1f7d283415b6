"""GetObject and HeadObject: a version, whole or in part, if the request's conditions hold.

Source: API reference, GetObject and HeadObject.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.content.reading import Gone, payload
from chasqui.services.s3.content.sealing import refuse_customer_keys
from chasqui.services.s3.lifecycle.rules import expiration_header
from chasqui.services.s3.objects.conditions import asked_of, check_read
from chasqui.services.s3.objects.document import ObjectDocument
from chasqui.services.s3.objects.finding import Look, find_content, find_object
from chasqui.services.s3.objects.packing import parts_of
from chasqui.services.s3.objects.ranges import Span, part_span, range_of
from chasqui.services.s3.objects.rendering import http_date, object_members, unmodified_fields
from chasqui.services.s3.types import GetObjectOutput, GetObjectRequest, HeadObjectOutput, HeadObjectRequest
from chasqui.wire.protocol import Again

if TYPE_CHECKING:
    from chasqui.services.s3.room import Room

TRIES: Final = 5
"""So often an object is looked up anew that is replaced while it is being read."""

_OVERRIDES: Final = (
    ("ResponseContentType", "ContentType"),
    ("ResponseCacheControl", "CacheControl"),
    ("ResponseContentDisposition", "ContentDisposition"),
    ("ResponseContentEncoding", "ContentEncoding"),
    ("ResponseContentLanguage", "ContentLanguage"),
)


async def get_object(room: Room, call: Call, request: GetObjectRequest) -> GetObjectOutput | Again:
    """GetObject."""
    refuse_customer_keys(request)
    key = request.Key or ""
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    overrides = _overrides(call, request)
    plain = room.repeats.look(bucket, request)
    for _ in range(TRIES):
        look = plain or Look()
        sealed = await find_content(room, call, bucket, key, request.VersionId, look)
        if plain is not None and sealed is not None:
            again = await room.repeats.answer(call, bucket, key, plain, sealed)
            if again is not None:
                return again
        document = look.document
        span = _span(room, bucket, document, request)
        start, end = (0, None) if span is None else (span.start, span.end)
        try:
            body = await payload(room, call, bucket, key, document, start, end, sealed)
        except Gone:
            continue
        members = object_members(bucket, document, span, request.ChecksumMode)
        if bucket.document.lifecycle and request.VersionId is None:
            members["Expiration"] = expiration_header(bucket, key, document)
        if overrides:
            members.update(overrides)
        return GetObjectOutput(Body=body, **members)
    raise ServiceError("OperationAborted", "The object is being replaced over and over. Please try again.", status=409)


async def head_object(room: Room, call: Call, request: HeadObjectRequest) -> HeadObjectOutput:
    """HeadObject."""
    refuse_customer_keys(request)
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    overrides = _overrides(call, request)
    _, document = await find_object(room, call, bucket, request.Key or "", request.VersionId)
    span = _span(room, bucket, document, request)
    members = {**object_members(bucket, document, span, request.ChecksumMode), **overrides}
    if bucket.document.lifecycle and request.VersionId is None:
        members["Expiration"] = expiration_header(bucket, request.Key or "", document)
    length = document.size if span is None else span.end - span.start
    return HeadObjectOutput(ContentLength=length, **members)


def _span(
    room: Room, bucket: Bucket, document: ObjectDocument, request: GetObjectRequest | HeadObjectRequest
) -> Span | None:
    """Which bytes of the version are asked for, if the conditions hold for it."""
    asked = asked_of(request)
    if asked is not None:
        check_read(asked, document, room.clock.now_ms(), unmodified_fields(bucket, document))
    if request.PartNumber is not None:
        if request.Range is not None:
            raise ServiceError(
                "InvalidRequest", "Cannot specify both Range header and partNumber query parameter", status=400
            )
        return part_span(request.PartNumber, document.size, parts_of(document))
    return range_of(request.Range, document.size)


def _overrides(call: Call, request: Any) -> dict[str, str]:
    """The headers that the request wants the answer to have. Raises InvalidRequest for strangers."""
    found = {member: value for asked, member in _OVERRIDES if (value := getattr(request, asked)) is not None}
    if request.ResponseExpires is not None:
        found["Expires"] = http_date(int(request.ResponseExpires * 1000)).decode()
    if found and call.principal.kind == "anonymous":
        raise ServiceError(
            "InvalidRequest",
            "Request specific response headers cannot be used for anonymous GET requests.",
            status=400,
        )
    return found
