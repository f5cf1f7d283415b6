"""CopyObject: an object read and written anew, under a secret of its own.

Source: API reference, CopyObject.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.content.checksums import Promised, known_algorithm
from chasqui.services.s3.content.intake import Replayed, Taken, take
from chasqui.services.s3.content.reading import Gone, read
from chasqui.services.s3.content.sealing import new_seal, open_seal, refuse_customer_keys, sse_members
from chasqui.services.s3.errors import invalid_argument, not_implemented
from chasqui.services.s3.lifecycle.rules import expiration_header
from chasqui.services.s3.objects.checks import check_key, refuse_unknown
from chasqui.services.s3.objects.conditions import asked_of_source, check_source, conditions_of
from chasqui.services.s3.objects.document import ObjectDocument
from chasqui.services.s3.objects.finding import find_object
from chasqui.services.s3.objects.get import TRIES
from chasqui.services.s3.objects.permits import demand
from chasqui.services.s3.objects.put import drafted, put_taken, taken_members
from chasqui.services.s3.objects.rendering import quoted, seconds, version_told
from chasqui.services.s3.objects.sources import Source, parse_source
from chasqui.services.s3.types import CopyObjectOutput, CopyObjectRequest, CopyObjectResult

if TYPE_CHECKING:
    from chasqui.services.s3.room import Room

BYTES_MAX: Final = 5 * 1024**3
_ITSELF: Final = (
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's"
    " metadata, storage class, website redirect location or encryption attributes."
)


async def copy_object(room: Room, call: Call, request: CopyObjectRequest) -> CopyObjectOutput:
    """CopyObject."""
    key = check_key(request.Key)
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    source = source_of(request.CopySource)
    replaces = _directive(request.MetadataDirective, "metadata"), _directive(request.TaggingDirective, "tagging")
    refuse_unknown(request)
    if request.AnnotationDirective is not None:
        raise not_implemented("x-amz-annotation-directive")
    conditions = conditions_of(request)
    draft = drafted(call, bucket, request, 0)
    if _is_itself(bucket, key, source, request, replaces_metadata=replaces[0]):
        raise ServiceError("InvalidRequest", _ITSELF, status=400)
    origin = await room.buckets.find(source.bucket, request.ExpectedSourceBucketOwner)
    for _ in range(TRIES):
        found = await find_source(room, call, origin, source, request)
        document = msgspec.structs.replace(draft, modified_ms=room.clock.now_ms())
        if not replaces[0]:
            document.headers, document.metadata = found.headers, found.metadata
        if not replaces[1]:
            document.tags = await _copied_tags(room, call, origin, source, bucket, key, found)
        try:
            taken = await _take(room, call, origin, source.key, found, bucket, key, request)
        except Gone:
            continue
        written = await put_taken(
            room, call, bucket, key, document, taken, conditions=conditions, event="ObjectCreated:Copy"
        )
        result = CopyObjectResult(
            ETag=quoted(taken.md5),
            LastModified=seconds(document.modified_ms),
            **taken_members(taken),
        )
        return CopyObjectOutput(
            result,
            CopySourceVersionId=version_told(origin, found),
            VersionId=written.version_id,
            Expiration=expiration_header(bucket, key, document),
            **sse_members(taken.sealing),
        )
    raise ServiceError("OperationAborted", "The source is being replaced over and over. Please try again.", status=409)


def source_of(header: str | None) -> Source:
    """What x-amz-copy-source names. Raises InvalidArgument."""
    source = parse_source(header)
    if source is None:
        raise invalid_argument(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
            "x-amz-copy-source",
            header or "",
        )
    return source


async def find_source(room: Room, call: Call, origin: Bucket, source: Source, request: object) -> ObjectDocument:
    """The version that a copy (CopyObject's, UploadPartCopy's) reads, if its conditions hold. Raises what GetObject
    does, in a copy's words."""
    refuse_customer_keys(request)
    try:
        _, found = await find_object(room, call, origin, source.key, source.version_id)
    except ServiceError as error:
        if error.code != "MethodNotAllowed":
            raise
        raise ServiceError(
            "InvalidRequest",
            "The source of a copy request may not specifically refer to a delete marker by version id.",
            status=400,
        ) from None
    check_source(asked_of_source(request), found, room.clock.now_ms())
    return found


async def _take(
    room: Room,
    call: Call,
    origin: Bucket,
    origin_key: str,
    found: ObjectDocument,
    bucket: Bucket,
    key: str,
    request: CopyObjectRequest,
) -> Taken:
    """The source's bytes, taken in anew."""
    if found.size > BYTES_MAX:
        raise ServiceError(
            "InvalidRequest",
            f"The specified copy source is larger than the maximum allowable size for a copy source: {BYTES_MAX}",
            status=400,
        )
    opened = await open_seal(room, call, origin, origin_key, found.sealing)
    seal = await new_seal(room, call, bucket, key, request)
    asked = request.ChecksumAlgorithm
    algorithm = known_algorithm(asked) if asked is not None else next(iter(found.checksums), None)
    return await take(room, Replayed(read(room, opened, found), found.size), Promised(algorithm=algorithm), seal)


async def _copied_tags(
    room: Room, call: Call, origin: Bucket, source: Source, bucket: Bucket, key: str, found: ObjectDocument
) -> dict[str, str]:
    """The source's tags, which the caller must be allowed to read and to write."""
    if found.tags:
        action = "s3:GetObjectTagging" if source.version_id is None else "s3:GetObjectVersionTagging"
        await demand(room, call, action, f"{origin.arn}/{source.key}")
        await demand(room, call, "s3:PutObjectTagging", f"{bucket.arn}/{key}")
    return found.tags


def _directive(given: str | None, of: str) -> bool:
    """Whether it says REPLACE. Raises InvalidArgument for what is neither that nor COPY."""
    if given not in (None, "COPY", "REPLACE"):
        raise invalid_argument(f"Unknown {of} directive.", f"x-amz-{of}-directive", given or "")
    return given == "REPLACE"


def _is_itself(
    bucket: Bucket, key: str, source: Source, request: CopyObjectRequest, *, replaces_metadata: bool
) -> bool:
    """Whether a copy would change nothing. A version named by its id may become the current one again."""
    if (source.bucket, source.key, source.version_id) != (bucket.name, key, None):
        return False
    changes = replaces_metadata or request.StorageClass or request.ServerSideEncryption
    return not changes and bucket.document.encryption is None
