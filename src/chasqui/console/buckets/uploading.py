"""Uploading from a browser: small files whole, large ones in parts; each is a request whose body S3 reads as it
comes.

The page's script (`static/upload.js`) speaks to these routes; they answer JSON. Nothing is kept here between requests:
what an upload has got so far, S3 knows.
"""

from __future__ import annotations

import shlex
from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.buckets.facts import BucketFacts, folders
from chasqui.console.numbers import digits
from chasqui.console.page import Page

PART_BYTES: Final = 16 * 1024 * 1024
"""A part of a large file; at most ten thousand make one, so that the largest has 156 GiB."""
_LIST_BYTES_MAX: Final = 2 * 1024 * 1024
_FIELDS: Final = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)


class Parts(msgspec.Struct, frozen=True):
    """The ETags of an upload's parts, in order."""

    etags: list[str]


async def ask(page: Page, bucket: BucketFacts) -> Reply:
    """The page that uploads."""
    prefix = page.query.raw("prefix")
    command = f"aws s3 cp my-file {shlex.quote(f's3://{bucket.name}/{prefix}')} --endpoint-url {page.api.base_url}"
    return await page.render(
        "buckets/upload.html",
        bucket=bucket,
        prefix=prefix,
        steps=folders(prefix),
        part_bytes=PART_BYTES,
        command=command,
    )


def _said(status: int, **values: Any) -> Reply:
    return Reply(status, _FIELDS, msgspec.json.encode(values))


def _refused(error: ServiceError) -> Reply:
    return _said(error.status or 400, code=error.code, message=error.message)


def _key(page: Page) -> str:
    return page.query.raw("key")


async def whole(page: Page, bucket: BucketFacts) -> Reply:
    """A file of one request."""
    try:
        await page.api.upload(
            "s3",
            "PutObject",
            page.visit.body,
            Bucket=bucket.name,
            Key=_key(page),
            ContentType=page.query.get("type") or None,
            ContentLength=page.visit.body.length,
        )
    except ServiceError as error:
        return _refused(error)
    return _said(200)


async def begin(page: Page, bucket: BucketFacts) -> Reply:
    """Begin a file of several parts."""
    try:
        made = await page.api(
            "s3",
            "CreateMultipartUpload",
            Bucket=bucket.name,
            Key=_key(page),
            ContentType=page.query.get("type") or None,
        )
    except ServiceError as error:
        return _refused(error)
    return _said(200, upload=made["UploadId"])


async def part(page: Page, bucket: BucketFacts) -> Reply:
    """One of the parts."""
    number = page.query.get("number")
    try:
        kept = await page.api.upload(
            "s3",
            "UploadPart",
            page.visit.body,
            Bucket=bucket.name,
            Key=_key(page),
            UploadId=page.query.get("upload"),
            PartNumber=digits(number, 5) or 0,
            ContentLength=page.visit.body.length,
        )
    except ServiceError as error:
        return _refused(error)
    return _said(200, etag=kept["ETag"])


async def complete(page: Page, bucket: BucketFacts) -> Reply:
    """Make the parts one object."""
    try:
        etags = (await _parts(page)).etags
        await page.api(
            "s3",
            "CompleteMultipartUpload",
            Bucket=bucket.name,
            Key=_key(page),
            UploadId=page.query.get("upload"),
            MultipartUpload={"Parts": [{"PartNumber": at, "ETag": etag} for at, etag in enumerate(etags, 1)]},
        )
    except ServiceError as error:
        return _refused(error)
    return _said(200)


async def _parts(page: Page) -> Parts:
    """The body of `complete`. Raises `ServiceError`."""
    body, size = page.visit.body.whole, 0
    if body is None:
        pieces = []
        async for piece in page.visit.body:
            size += len(piece)
            if size > _LIST_BYTES_MAX:
                raise ServiceError("RequestEntityTooLarge", "The list of parts is too long.", status=413)
            pieces.append(piece)
        body = b"".join(pieces)
    try:
        return msgspec.json.decode(body, type=Parts)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ServiceError("InvalidRequest", "The list of parts can't be read.", status=400) from None


async def abort(page: Page, bucket: BucketFacts) -> Reply:
    """Throw away what has come of a file."""
    try:
        await page.api(
            "s3", "AbortMultipartUpload", Bucket=bucket.name, Key=_key(page), UploadId=page.query.get("upload")
        )
    except ServiceError as error:
        return _refused(error)
    return _said(200)
