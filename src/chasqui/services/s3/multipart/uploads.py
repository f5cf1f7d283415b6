"""CreateMultipartUpload and AbortMultipartUpload.

Source: API reference of the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chasqui.base.call import Call
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.content.checksums import (
    COMPOSITE,
    CYCLIC,
    DEFAULT,
    FULL_OBJECT,
    invalid_request,
    known_algorithm,
)
from chasqui.services.s3.content.sealing import new_seal, sse_members
from chasqui.services.s3.documents import UPLOAD
from chasqui.services.s3.errors import invalid_argument, not_implemented
from chasqui.services.s3.keys import upload_name
from chasqui.services.s3.means import Means
from chasqui.services.s3.multipart.documents import (
    UploadDocument,
    encode,
    find_upload,
    initiator_of,
    new_upload_id,
    no_such_upload,
    parts_owner,
)
from chasqui.services.s3.multipart.ending import end
from chasqui.services.s3.objects.checks import check_key, refuse_unknown
from chasqui.services.s3.objects.put import drafted
from chasqui.services.s3.objects.writing import still_there
from chasqui.services.s3.types import (
    AbortMultipartUploadOutput,
    AbortMultipartUploadRequest,
    CreateMultipartUploadOutput,
    CreateMultipartUploadRequest,
)
from chasqui.store.port import Resource, Transaction

if TYPE_CHECKING:
    from chasqui.services.s3.room import Room


async def create_multipart_upload(
    room: Room, call: Call, request: CreateMultipartUploadRequest
) -> CreateMultipartUploadOutput:
    """CreateMultipartUpload."""
    key = check_key(request.Key)
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    refuse_unknown(request)
    algorithm, checksum_type = checksum_wanted(request.ChecksumAlgorithm, request.ChecksumType)
    now_ms = room.clock.now_ms()
    draft = drafted(call, bucket, request, now_ms)
    draft.sealing = (await new_seal(room, call, bucket, key, request)).sealing
    draft.checksum_type = checksum_type
    upload = UploadDocument(new_upload_id(now_ms), key, now_ms, draft, algorithm, checksum_type, *initiator_of(call))

    async def write(tx: Transaction) -> None:
        await still_there(tx, bucket)
        await tx.create(Resource(UPLOAD, bucket.id, upload_name(key, upload.id), encode(upload)))

    await room.store.transaction(write)
    return CreateMultipartUploadOutput(
        Bucket=bucket.name,
        Key=key,
        UploadId=upload.id,
        ChecksumAlgorithm=algorithm,
        ChecksumType=checksum_type if algorithm is not None else None,
        **sse_members(draft.sealing),
    )


def checksum_wanted(algorithm: str | None, type_: str | None) -> tuple[str | None, str]:
    """The checksum's algorithm (None for S3's choice) and type. Raises InvalidRequest for what does not go together."""
    if algorithm is None:
        if type_ is not None:
            raise invalid_request(
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
            )
        return None, FULL_OBJECT
    algorithm = known_algorithm(algorithm)
    if type_ is None:
        return algorithm, FULL_OBJECT if algorithm == DEFAULT else COMPOSITE
    if type_ not in (COMPOSITE, FULL_OBJECT):
        raise invalid_request("Value for x-amz-checksum-type header is invalid.")
    if (type_ == COMPOSITE and algorithm == DEFAULT) or (type_ == FULL_OBJECT and algorithm not in CYCLIC):
        raise invalid_request(
            f"The {type_} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        )
    return algorithm, type_


async def abort_multipart_upload(
    room: Room, call: Call, request: AbortMultipartUploadRequest
) -> AbortMultipartUploadOutput:
    """AbortMultipartUpload."""
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    if request.IfMatchInitiatedTime is not None:
        raise not_implemented("x-amz-if-match-initiated-time")
    await abort(room, bucket, check_key(request.Key), request.UploadId)
    return AbortMultipartUploadOutput()


async def abort(means: Means, bucket: Bucket, key: str, upload_id: str | None) -> None:
    """End an upload; its parts are nobody's. Also for who expires uploads. Raises NoSuchUpload."""
    row, upload = await find_upload(means, bucket, key, upload_id)

    async def write(tx: Transaction) -> None:
        current = await tx.get(UPLOAD, bucket.id, row.name)
        if current is None:
            raise no_such_upload(upload.id)
        await tx.delete(current)
        await end(tx, parts_owner(bucket, upload.id), [])

    await means.store.transaction(write)


def check_number(number: int | None) -> int:
    """A part's number. Raises InvalidArgument."""
    if number is None or not 1 <= number <= 10_000:
        raise invalid_argument(
            "Part number must be an integer between 1 and 10000, inclusive", "partNumber", str(number)
        )
    return number
