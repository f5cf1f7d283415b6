"""How objects are encrypted: whose key seals an object's secret, and who may have it opened.

Every object, and every multipart upload, has a secret of 256 bits of its own. It is sealed by the server's ring
("AES256", SSE-S3) or under a KMS key ("aws:kms", on the caller's behalf), and stands in its document (`Sealing.key`). A
piece's key is derived of the secret and of the piece's name, which is never used twice, so that thousands of parts
need one sealed secret. `crypto/segments.py` is what is done with a piece's key.

Source: S3 user guide, "Protecting data with encryption"; "Using server-side encryption with AWS KMS keys".
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from typing import Any, Final, Protocol

import msgspec

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.crypto.keyring import BY_KMS
from chasqui.crypto.kms.data_keys import Scope
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.errors import access_denied, invalid_argument, not_implemented
from chasqui.services.s3.means import Means
from chasqui.services.s3.objects.document import Sealing

RING: Final = "AES256"
KMS: Final = "aws:kms"
_SECRET_BYTES: Final = 32
_MANAGED_KEY: Final = "alias/aws/s3"
_CONTEXT_NAME: Final = "aws:s3:arn"
_REUSE_MS: Final = 5 * 60 * 1000
_HEADER: Final = "x-amz-server-side-encryption"
_CUSTOMER: Final = "x-amz-server-side-encryption-customer-algorithm"
_DENIED: Final = ("AccessDenied", "AccessDeniedException")


class Wishes(Protocol):
    """What requests say of encryption: PutObject's, CopyObject's, CreateMultipartUpload's input."""

    ServerSideEncryption: str | None
    SSEKMSKeyId: str | None
    SSEKMSEncryptionContext: str | None
    BucketKeyEnabled: bool | None
    SSECustomerAlgorithm: str | None
    SSECustomerKey: str | None
    SSECustomerKeyMD5: str | None


class Seal(msgspec.Struct, frozen=True):
    """An object's secret, open, and how it stands in the object's document."""

    sealing: Sealing
    secret: bytes

    def piece_key(self, name: str) -> bytes:
        """The key of the piece that lies under this name."""
        return hmac.digest(self.secret, name.encode(), "sha256")


async def new_seal(means: Means, call: Call, bucket: Bucket, key: str, wishes: Wishes) -> Seal:
    """A secret for a new object (or upload), sealed as the request wishes, else as the bucket has it, else by the ring.
    Waits for nothing unless there is a KMS key. Raises InvalidArgument for wishes that contradict each other, KMS'
    refusals as S3 words them (KMS.DisabledException …), and NotImplemented for keys of the customer's."""
    refuse_customer_keys(wishes)
    sealing = _wanted(bucket, wishes)
    secret = os.urandom(_SECRET_BYTES)
    if sealing is None:
        return Seal(Sealing(RING, None, False, None, means.ring.seal(secret)), secret)
    scope = _scope(call, bucket, key, sealing)
    assert sealing.kms_key is not None, "a KMS key has a name"
    try:
        # Documents name the key itself: an alias may point to another one tomorrow.
        arn = await means.data_keys.arn_of(scope, sealing.kms_key)
        [sealed] = await means.data_keys.seal_all(call, scope, arn, [secret])
    except ServiceError as error:
        raise _told(error) from error
    return Seal(msgspec.structs.replace(sealing, kms_key=arn, key=sealed), secret)


async def open_seal(means: Means, call: Call | None, bucket: Bucket, key: str, sealing: Sealing) -> Seal:
    """The secret of an object that is there, or of an upload; without a `call` for the server itself. Raises KMS'
    refusals when the caller may not have it."""
    if sealing.key[0] != BY_KMS:
        return Seal(sealing, means.ring.open(sealing.key))
    try:
        scope = _scope(call, bucket, key, sealing)
        return Seal(sealing, await means.data_keys.open(scope, sealing.key, call))
    except ServiceError as error:
        raise _told(error) from error


def sse_members(sealing: Sealing) -> dict[str, Any]:
    """ServerSideEncryption, SSEKMSKeyId and BucketKeyEnabled, as members of an answer."""
    members: dict[str, Any] = {"ServerSideEncryption": sealing.algorithm}
    if sealing.kms_key is not None:
        members["SSEKMSKeyId"] = sealing.kms_key
        if sealing.bucket_key:
            members["BucketKeyEnabled"] = True
    return members


def refuse_customer_keys(wishes: Any) -> None:
    """Raise NotImplemented when a request brings a key of the customer's (SSE-C)."""
    if not (wishes.SSECustomerAlgorithm is wishes.SSECustomerKey is wishes.SSECustomerKeyMD5 is None):
        raise not_implemented(_CUSTOMER)


# --------------------------------------------------------------------------------------------------------------- wishes


def _wanted(bucket: Bucket, wishes: Wishes) -> Sealing | None:
    """The sealing under a KMS key, still without the sealed secret; None for the ring's."""
    algorithm, kms_key, bucket_key = wishes.ServerSideEncryption, wishes.SSEKMSKeyId, wishes.BucketKeyEnabled
    if algorithm is None:
        if kms_key is not None or wishes.SSEKMSEncryptionContext is not None:
            raise _kms_only(algorithm)
        rule = bucket.document.encryption
        default = None if rule is None else rule.ApplyServerSideEncryptionByDefault
        if rule is None or default is None or default.SSEAlgorithm != KMS:
            return None
        algorithm, kms_key = KMS, default.KMSMasterKeyID
        bucket_key = rule.BucketKeyEnabled if bucket_key is None else bucket_key
    elif algorithm == RING:
        if kms_key is not None or wishes.SSEKMSEncryptionContext is not None:
            raise _kms_only(algorithm)
        return None
    elif algorithm != KMS:
        if algorithm == "aws:kms:dsse":
            raise not_implemented(_HEADER)
        raise invalid_argument("The encryption method specified is not supported", _HEADER, algorithm)
    context = wishes.SSEKMSEncryptionContext
    _extra(context)
    return Sealing(algorithm, kms_key or _MANAGED_KEY, bool(bucket_key), context)


def _kms_only(algorithm: str | None) -> ServiceError:
    return invalid_argument(
        "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
        _HEADER,
        algorithm or "null",
    )


def _extra(context: str | None) -> tuple[tuple[str, str], ...]:
    """The pairs of an encryption context as a request gives it. Raises InvalidArgument."""
    if context is None:
        return ()
    try:
        pairs = msgspec.json.decode(base64.b64decode(context, validate=True), type=dict[str, str])
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise invalid_argument(
            "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which"
            " represents a string-string map",
            f"{_HEADER}-context",
            context,
        ) from error
    return tuple(sorted(pairs.items()))


def _scope(call: Call | None, bucket: Bucket, key: str, sealing: Sealing) -> Scope:
    """What KMS is told: the object, or the bucket where the bucket has a key of its own."""
    arn = bucket.arn if sealing.bucket_key else f"{bucket.arn}/{key}"
    extra = tuple(pair for pair in _extra(sealing.context) if pair[0] != _CONTEXT_NAME)
    account = (call.account if call is not None else "") or bucket.account
    via = f"s3.{bucket.region}.amazonaws.com"
    # Parts are opened again to be written to: AWS asks both of multipart uploads, but one of a single request.
    return Scope(arn, _CONTEXT_NAME, via, f"{account}/{bucket.region}", _REUSE_MS, extra, ("kms:GenerateDataKey",))


def _told(error: ServiceError) -> ServiceError:
    """KMS' refusal as S3's."""
    if error.code == "AccessDenied":
        return error
    if error.code in _DENIED:
        return ServiceError("AccessDenied", error.message, status=403) if error.message else access_denied()
    return ServiceError(f"KMS.{error.code}", error.message, status=400)
