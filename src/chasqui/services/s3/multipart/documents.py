"""What is kept of multipart uploads and their parts: JSON arrays, as objects are."""

from __future__ import annotations

import re
import secrets
from typing import Final

import msgspec

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.buckets.owners import canonical_id
from chasqui.services.s3.content.checksums import DEFAULT
from chasqui.services.s3.documents import PART, UPLOAD
from chasqui.services.s3.keys import upload_name
from chasqui.services.s3.means import Means
from chasqui.services.s3.objects.document import ObjectDocument, Piece
from chasqui.services.s3.types import Initiator
from chasqui.store.port import Resource

PARTS_MAX: Final = 10_000
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}\Z")
_RANDOM_BYTES: Final = 63


class UploadDocument(msgspec.Struct, array_like=True):
    """A multipart upload. `draft` is what its object will be, but for the content; its sealing has the secret of all
    parts. `algorithm` is the checksum that was asked for, None for S3's choice. `initiator` is the account's canonical
    id or the user's ARN. `replaced` counts parts that took another's place: who completes must have seen the last
    one."""

    id: str
    key: str
    initiated_ms: int
    draft: ObjectDocument
    algorithm: str | None
    checksum_type: str
    initiator: str
    initiator_name: str | None = None
    replaced: int = 0

    @property
    def computed(self) -> str:
        """The checksum that each part has."""
        return self.algorithm or DEFAULT


class PartDocument(msgspec.Struct, array_like=True, frozen=True):
    """A part that was uploaded. `etag` is its MD5 in hex, `checksum` base64 in the upload's algorithm."""

    number: int
    size: int
    etag: str
    checksum: str
    modified_ms: int
    pieces: list[Piece]


encode = msgspec.json.Encoder().encode
decode_upload = msgspec.json.Decoder(UploadDocument).decode
decode_part = msgspec.json.Decoder(PartDocument).decode


def new_upload_id(now_ms: int) -> str:
    """An id; a key's uploads sort by when they were begun, as S3 lists them."""
    return f"{now_ms:012x}{secrets.token_urlsafe(_RANDOM_BYTES)}"


def initiator_of(call: Call) -> tuple[str, str | None]:
    """Id and display name of whoever begins an upload: a user's are its ARN and name."""
    principal = call.principal
    if principal.kind in ("root", "anonymous") or not principal.arn:
        return canonical_id(call.account), None
    return principal.arn, principal.arn.rpartition(":")[2].partition("/")[2]


def initiator_told(upload: UploadDocument) -> Initiator:
    """The Initiator element."""
    return Initiator(ID=upload.initiator, DisplayName=upload.initiator_name)


async def find_upload(means: Means, bucket: Bucket, key: str, upload_id: str | None) -> tuple[Resource, UploadDocument]:
    """An upload that is under way. Raises NoSuchUpload."""
    row = None
    if upload_id is not None and _ID.match(upload_id):
        row = await means.store.resource(UPLOAD, bucket.id, upload_name(key, upload_id))
    if row is None:
        raise no_such_upload(upload_id or "")
    return row, decode_upload(row.document)


def parts_owner(bucket: Bucket, upload_id: str) -> str:
    """Who owns the rows of an upload's parts."""
    return f"{bucket.id}/{upload_id}"


def part_resource(bucket: Bucket, upload_id: str, part: PartDocument) -> Resource:
    """The row of a part; numbers sort as text."""
    return Resource(PART, parts_owner(bucket, upload_id), f"{part.number:05d}", encode(part))


def no_such_upload(upload_id: str) -> ServiceError:
    return ServiceError(
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or"
        " completed.",
        status=404,
        fields={"UploadId": upload_id},
    )
