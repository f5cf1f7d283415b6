"""Objects being found, outside of transactions: the current version of a key, or one by its id, and what their absence
is answered with."""

from __future__ import annotations

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.content.reading import small_blob
from chasqui.services.s3.documents import NULL_VERSION, OBJECT, VERSION
from chasqui.services.s3.errors import access_denied, invalid_version_id, no_such_key, no_such_version
from chasqui.services.s3.keys import row_name, version_name, versions_prefix
from chasqui.services.s3.means import Means
from chasqui.services.s3.objects.document import ObjectDocument, decode_object
from chasqui.services.s3.objects.permits import demand
from chasqui.services.s3.objects.rendering import http_date
from chasqui.services.s3.objects.versions import NULL, order_of
from chasqui.store.port import Resource

_MARKER = (b"x-amz-delete-marker", b"true")


async def find_current(means: Means, call: Call, bucket: Bucket, key: str) -> Resource:
    """The row of a key's current version. Raises NoSuchKey, or AccessDenied when the caller may not list the bucket,
    and so not know either."""
    row = await means.store.resource(OBJECT, bucket.id, row_name(key))
    if row is None:
        await may_know(means, call, bucket)
        raise await _missing(means, bucket, key)
    return row


async def find_version(means: Means, call: Call, bucket: Bucket, key: str, version_id: str) -> Resource:
    """The row of a version by its id, delete markers included. Raises NoSuchVersion, InvalidArgument for what is no id,
    and AccessDenied as above."""
    row = await _version(means, bucket.id, key, version_id)
    if row is not None:
        return row
    if version_id != NULL and order_of(version_id) is None:
        raise invalid_version_id(version_id)
    await may_know(means, call, bucket)
    raise no_such_version(key, version_id)


async def _version(means: Means, bucket_id: str, key: str, version_id: str) -> Resource | None:
    row = await means.store.resource(OBJECT, bucket_id, row_name(key))
    if row is not None and decode_object(row.document).version_id == version_id:
        return row
    if version_id == NULL:
        noted = await means.store.resource(NULL_VERSION, bucket_id, row_name(key))
        order = None if noted is None else int(noted.document)
    else:
        order = order_of(version_id)
    if order is None:
        return None
    row = await means.store.resource(VERSION, bucket_id, version_name(key, order))
    return row if row is not None and decode_object(row.document).version_id == version_id else None


async def look_up(means: Means, bucket_id: str, key: str, version_id: str | None) -> ObjectDocument | None:
    """A version, the current one without an id; None when there is none. For who judges, not for who answers."""
    if version_id is None:
        row = await means.store.resource(OBJECT, bucket_id, row_name(key))
    else:
        row = await _version(means, bucket_id, key, version_id)
    return None if row is None else decode_object(row.document)


async def find_object(
    means: Means, call: Call, bucket: Bucket, key: str, version_id: str | None
) -> tuple[Resource, ObjectDocument]:
    """A version that has content. Raises what the two above do, and MethodNotAllowed for a delete marker's id."""
    if version_id is None:
        row = await find_current(means, call, bucket, key)
        return row, decode_object(row.document)
    row = await find_version(means, call, bucket, key, version_id)
    document = decode_object(row.document)
    if document.marker:
        raise _method_not_allowed(document)
    return row, document


class Look:
    """Reads the document of an object's row while the store has it in its hands, to name the object's blob."""

    document: ObjectDocument

    def __call__(self, row: Resource) -> str | None:
        self.document = decode_object(row.document)
        return small_blob(self.document)


async def find_content(
    means: Means, call: Call, bucket: Bucket, key: str, version_id: str | None, look: Look
) -> bytes | None:
    """`find_object` for who wants the content too: the document is `look`'s, and with a small object's current version
    comes its stored blob, where it is at hand."""
    if version_id is not None:
        look.document = (await find_object(means, call, bucket, key, version_id))[1]
        return None
    row, sealed = await means.store.resource_and_blob(OBJECT, bucket.id, row_name(key), look)
    if row is None:
        await may_know(means, call, bucket)
        raise await _missing(means, bucket, key)
    return sealed


async def may_know(means: Means, call: Call, bucket: Bucket) -> None:
    """Whether the caller may be told that a key does not exist. Raises AccessDenied."""
    try:
        await demand(means, call, "s3:ListBucket", bucket.arn)
    except ServiceError:
        raise access_denied() from None


async def _missing(means: Means, bucket: Bucket, key: str) -> ServiceError:
    error = no_such_key(key)
    if bucket.document.versioning:
        rows = await means.store.resources(VERSION, bucket.id, prefix=versions_prefix(key), limit=1)
        if rows:
            marker = decode_object(rows[0].document)
            error.headers = (_MARKER, (b"x-amz-version-id", marker.version_id.encode()))
    return error


def _method_not_allowed(marker: ObjectDocument) -> ServiceError:
    return ServiceError(
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
        status=405,
        fields={"Method": "GET", "ResourceType": "DeleteMarker"},
        headers=(
            _MARKER,
            (b"x-amz-version-id", marker.version_id.encode()),
            (b"last-modified", http_date(marker.modified_ms)),
            (b"allow", b"DELETE"),
        ),
    )
