"""ListObjects, ListObjectsV2 and ListObjectVersions.

Source: API reference of the three.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus

from chasqui.base.call import Call
from chasqui.services.s3 import types
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.buckets.owners import owner_of
from chasqui.services.s3.documents import NULL_VERSION, OBJECT
from chasqui.services.s3.errors import invalid_argument
from chasqui.services.s3.keys import row_name, version_name
from chasqui.services.s3.means import Means
from chasqui.services.s3.objects import listing
from chasqui.services.s3.objects.document import ObjectDocument, decode_object
from chasqui.services.s3.objects.rendering import quoted, seconds
from chasqui.services.s3.objects.versions import NULL, order_of

if TYPE_CHECKING:
    from chasqui.services.s3.room import Room

_KEYS_MAX: Final = 1000


async def list_objects(room: Room, call: Call, request: types.ListObjectsRequest) -> types.ListObjectsOutput:
    """ListObjects."""
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    spell, limit = spelling(request.EncodingType), _limit(request.MaxKeys)
    prefix, delimiter, marker = request.Prefix or "", request.Delimiter or "", request.Marker or ""
    position = listing.after_marker(marker, prefix, delimiter)
    page = await listing.list_keys(room.store, bucket, prefix, delimiter, position, limit)
    return types.ListObjectsOutput(
        IsTruncated=page.truncated,
        Marker=spell(marker),
        NextMarker=spell(page.last) if page.truncated and delimiter else None,
        Contents=[_object(bucket, each, spell, owner=True) for each in page.entries],
        CommonPrefixes=[types.CommonPrefix(spell(each)) for each in page.prefixes],
        Name=bucket.name,
        Prefix=spell(prefix),
        Delimiter=spell(delimiter) if delimiter else None,
        MaxKeys=limit,
        EncodingType=request.EncodingType,
    )


async def list_objects_v2(room: Room, call: Call, request: types.ListObjectsV2Request) -> types.ListObjectsV2Output:
    """ListObjectsV2."""
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    spell, limit = spelling(request.EncodingType), _limit(request.MaxKeys)
    prefix, delimiter, token = request.Prefix or "", request.Delimiter or "", request.ContinuationToken
    if token is not None:
        position = _position_of(token)
    else:
        position = listing.after_key(request.StartAfter) if request.StartAfter else ""
    page = await listing.list_keys(room.store, bucket, prefix, delimiter, position, limit)
    return types.ListObjectsV2Output(
        IsTruncated=page.truncated,
        Contents=[_object(bucket, each, spell, owner=bool(request.FetchOwner)) for each in page.entries],
        Name=bucket.name,
        Prefix=spell(prefix),
        Delimiter=spell(delimiter) if delimiter else None,
        MaxKeys=limit,
        CommonPrefixes=[types.CommonPrefix(spell(each)) for each in page.prefixes],
        EncodingType=request.EncodingType,
        KeyCount=page.count,
        ContinuationToken=token,
        NextContinuationToken=_token(page) if page.truncated else None,
        StartAfter=spell(request.StartAfter) if request.StartAfter else None,
    )


async def list_object_versions(
    room: Room, call: Call, request: types.ListObjectVersionsRequest
) -> types.ListObjectVersionsOutput:
    """ListObjectVersions."""
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    spell, limit = spelling(request.EncodingType), _limit(request.MaxKeys)
    prefix, delimiter = request.Prefix or "", request.Delimiter or ""
    marker, version = request.KeyMarker or "", request.VersionIdMarker
    position = await _version_position(room, bucket, prefix, delimiter, marker, version)
    page = await listing.list_versions(room.store, bucket, prefix, delimiter, position, limit)
    of_key = page.truncated and page.entries and page.entries[-1].key == page.last
    return types.ListObjectVersionsOutput(
        IsTruncated=page.truncated,
        KeyMarker=spell(marker),
        VersionIdMarker=version or "",
        NextKeyMarker=spell(page.last) if page.truncated else None,
        NextVersionIdMarker=page.entries[-1].document.version_id if of_key else None,
        Versions=[_version(bucket, each, spell) for each in page.entries if not each.document.marker],
        DeleteMarkers=[_marker(bucket, each, spell) for each in page.entries if each.document.marker],
        Name=bucket.name,
        Prefix=spell(prefix),
        Delimiter=spell(delimiter) if delimiter else None,
        MaxKeys=limit,
        CommonPrefixes=[types.CommonPrefix(spell(each)) for each in page.prefixes],
        EncodingType=request.EncodingType,
    )


# ------------------------------------------------------------------------------------------------- where a page begins


def _token(page: listing.Page) -> str:
    """A continuation token: where the next page begins, as nobody should write it by hand. It is short also where the
    position is not."""
    kind = "p" if page.position == listing.after_prefix(page.last) else "k"
    return base64.urlsafe_b64encode((kind + page.last).encode()).decode()


def _position_of(token: str) -> str:
    try:
        text = base64.b64decode(token, b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    match text[:1]:
        case "p":
            return listing.after_prefix(text[1:])
        case "k":
            return listing.after_key(text[1:])
    raise invalid_argument("The continuation token provided is incorrect", "continuation-token", token)


async def _version_position(
    means: Means, bucket: Bucket, prefix: str, delimiter: str, marker: str, version: str | None
) -> str:
    if not version:
        return listing.after_marker(marker, prefix, delimiter)
    if not marker:
        raise invalid_argument(
            "A version-id marker cannot be specified without a key marker.", "version-id-marker", version
        )
    order = await _order_of_null(means, bucket, marker) if version == NULL else order_of(version)
    if order is None:
        raise invalid_argument("Invalid version id specified", "version-id-marker", version)
    return version_name(marker, order)


async def _order_of_null(means: Means, bucket: Bucket, key: str) -> int:
    noted = await means.store.resource(NULL_VERSION, bucket.id, row_name(key))
    if noted is not None:
        return int(noted.document)
    row = await means.store.resource(OBJECT, bucket.id, row_name(key))
    current = None if row is None else decode_object(row.document)
    # Where there is none any more, it was the last that was told: the older ones, if any, come again.
    return current.order if current is not None and current.version_id == NULL else 2**63 - 1


def _limit(asked: int | None) -> int:
    if asked is None:
        return _KEYS_MAX
    if not 0 <= asked < 2**31:
        raise invalid_argument("Argument maxKeys must be an integer between 0 and 2147483647", "maxKeys", str(asked))
    return min(asked, _KEYS_MAX)


# ------------------------------------------------------------------------------------------------- what it says


def _plain(text: str) -> str:
    return text


def _url(text: str) -> str:
    return quote_plus(text, safe="/*")


def spelling(encoding: str | None) -> Any:
    """How keys are written. Raises InvalidArgument."""
    if encoding is None:
        return _plain
    if encoding != "url":
        raise invalid_argument("Invalid Encoding Method specified in Request", "encoding-type", encoding)
    return _url


def _algorithms(document: ObjectDocument) -> dict[str, Any]:
    if not document.checksums:
        return {}
    return {"ChecksumAlgorithm": list(document.checksums), "ChecksumType": document.checksum_type}


def _object(bucket: Bucket, entry: listing.Entry, spell: Any, *, owner: bool) -> types.Object:
    document = entry.document
    return types.Object(
        Key=spell(entry.key),
        LastModified=seconds(document.modified_ms),
        ETag=quoted(document.etag),
        Size=document.size,
        StorageClass=document.storage_class,
        Owner=owner_of(document.owner or bucket.account) if owner else None,
        **_algorithms(document),
    )


def _version(bucket: Bucket, entry: listing.Entry, spell: Any) -> types.ObjectVersion:
    document = entry.document
    return types.ObjectVersion(
        ETag=quoted(document.etag),
        Size=document.size,
        StorageClass=document.storage_class,
        Key=spell(entry.key),
        VersionId=document.version_id,
        IsLatest=entry.latest,
        LastModified=seconds(document.modified_ms),
        Owner=owner_of(document.owner or bucket.account),
        **_algorithms(document),
    )


def _marker(bucket: Bucket, entry: listing.Entry, spell: Any) -> types.DeleteMarkerEntry:
    document = entry.document
    return types.DeleteMarkerEntry(
        Owner=owner_of(document.owner or bucket.account),
        Key=spell(entry.key),
        VersionId=document.version_id,
        IsLatest=entry.latest,
        LastModified=seconds(document.modified_ms),
    )
