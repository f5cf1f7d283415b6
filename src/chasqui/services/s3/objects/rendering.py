"""Objects as answers tell them: times, ETags, versions, and the members that GetObject and HeadObject share. Pure."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any

from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.content.checksums import checksum_members
from chasqui.services.s3.content.sealing import sse_members
from chasqui.services.s3.objects.checks import header_members, printed_metadata
from chasqui.services.s3.objects.document import ObjectDocument
from chasqui.services.s3.objects.ranges import Span


def quoted(etag: str) -> str:
    """An ETag as clients see it."""
    return f'"{etag}"'


def seconds(modified_ms: int) -> float:
    """A LastModified: S3 tells whole seconds."""
    return float(modified_ms // 1000)


def http_date(at_ms: int) -> bytes:
    """A time as HTTP's fields have it."""
    return formatdate(at_ms / 1000, usegmt=True).encode()


def version_told(bucket: Bucket, document: ObjectDocument) -> str | None:
    """The version id as answers have it: None in buckets that were never versioned."""
    return document.version_id if bucket.document.versioning else None


def unmodified_fields(bucket: Bucket, document: ObjectDocument) -> tuple[tuple[bytes, bytes], ...]:
    """The fields of an answer that says 304."""
    fields = [(b"etag", quoted(document.etag).encode()), (b"last-modified", http_date(document.modified_ms))]
    version = version_told(bucket, document)
    if version is not None:
        fields.append((b"x-amz-version-id", version.encode()))
    return tuple(fields)


def object_members(
    bucket: Bucket, document: ObjectDocument, span: Span | None, checksum_mode: str | None
) -> dict[str, Any]:
    """What GetObject and HeadObject tell of a version."""
    found: dict[str, Any] = {
        "LastModified": seconds(document.modified_ms),
        "ETag": quoted(document.etag),
        "AcceptRanges": "bytes",
        "VersionId": version_told(bucket, document),
        **header_members(document.headers),
        **sse_members(document.sealing),
    }
    if document.metadata:
        found["Metadata"] = printed_metadata(document.metadata)
    if document.storage_class != "STANDARD":
        found["StorageClass"] = document.storage_class
    if document.tags:
        found["TagCount"] = len(document.tags)
    if span is not None:
        found["ContentRange"] = span.content_range
        found["PartsCount"] = span.parts
    if checksum_mode is not None and checksum_mode.upper() == "ENABLED":
        found.update(_checksums(document, span))
    return found


def _checksums(document: ObjectDocument, span: Span | None) -> dict[str, Any]:
    """Of what is answered: all of the object, or one of its parts."""
    if not document.checksums or (span is not None and span.end - span.start < span.of and span.checksum is None):
        return {}
    checksums = document.checksums
    if span is not None and span.checksum is not None:
        checksums = dict.fromkeys(document.checksums, span.checksum)
    return {**checksum_members(checksums), "ChecksumType": document.checksum_type}
