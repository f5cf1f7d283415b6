"""How objects are encrypted: whose key seals an object's secret, and who may have it opened.

Every object, and every multipart upload, has a secret of 256 bits of its own. It is sealed by the server's ring
("AES256", SSE-S3) or under a KMS key ("aws:kms", on the caller's behalf), and stands in its document (`Sealing.key`). A
piece's key is derived of the secret and of the piece's name, which is never used twice, so that thousands of parts
need one sealed secret. `crypto/segments.py` is what is done with a piece's key.

Source: S3 user guide, "Protecting data with encryption"; "Using server-side encryption with AWS KMS keys".
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from chasqui.base.call import Call
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.means import Means
from chasqui.services.s3.objects.document import Sealing


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


async def new_seal(means: Means, call: Call, bucket: Bucket, key: str, wishes: Wishes) -> Seal:
    """A secret for a new object (or upload), sealed as the request wishes, else as the bucket has it, else by the ring.
    Waits for nothing unless there is a KMS key. Raises InvalidArgument for wishes that contradict each other, KMS'
    refusals as S3 words them (KMS.DisabledException …), and NotImplemented for keys of the customer's."""
    raise NotImplementedError


async def open_seal(means: Means, call: Call, bucket: Bucket, key: str, sealing: Sealing) -> Seal:
    """The secret of an object that is there, or of an upload. Raises KMS' refusals when the caller may not have it."""
    raise NotImplementedError


def sse_members(sealing: Sealing) -> dict[str, object]:
    """ServerSideEncryption, SSEKMSKeyId and BucketKeyEnabled, as members of an answer."""
    raise NotImplementedError


def refuse_customer_keys(wishes: object) -> None:
    """Raise NotImplemented when a request brings a key of the customer's (SSE-C)."""
    raise NotImplementedError
