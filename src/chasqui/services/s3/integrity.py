"""What requests promise of the documents (XML, JSON) that they bring: held to their Content-MD5 and checksums, and
refused without any where S3 demands one. Bodies of objects are `content/`'s.

Source: API reference, PutBucketLifecycleConfiguration, PutBucketCors, PutBucketTagging, DeleteObjects (Content-MD5).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Final

from chasqui.base.digests import md5
from chasqui.services.s3 import errors
from chasqui.services.s3.content.checksums import ALGORITHMS, checksum_of, compare, promised_of

DEMANDING: Final = frozenset(("DeleteObjects", "PutBucketCors", "PutBucketLifecycleConfiguration", "PutBucketTagging"))
CHECKED: Final = DEMANDING | {
    "PutBucketAcl", "PutBucketEncryption", "PutBucketNotificationConfiguration", "PutBucketOwnershipControls",
    "PutBucketPolicy", "PutBucketVersioning", "PutObjectAcl", "PutObjectTagging", "PutPublicAccessBlock",
}  # fmt: skip
_OTHERS: Final = ("XXHASH64", "XXHASH3", "XXHASH128")


def check(operation: str, headers: Mapping[bytes, bytes], body: bytes) -> None:
    """Raises BadDigest, InvalidDigest and InvalidRequest."""
    if b"x-amz-trailer" in headers:
        return  # it was unframed, and its trailing checksum with it

    def field(name: str) -> str | None:
        value = headers.get(name.encode())
        return None if value is None else value.decode("latin-1").strip()

    said = {f"Checksum{name}": field(f"x-amz-checksum-{name.lower()}") for name in (*ALGORITHMS, *_OTHERS)}
    digest, algorithm = field("content-md5"), field("x-amz-sdk-checksum-algorithm")
    if digest is None and not any(said.values()):
        if operation in DEMANDING:
            raise errors.invalid_request("Missing required header for this request: Content-MD5")
        if algorithm is None:
            return
    promised = promised_of(SimpleNamespace(ContentMD5=digest, ChecksumAlgorithm=algorithm, **said))
    computed = {promised.algorithm: checksum_of(promised.algorithm, body)} if promised.algorithm is not None else {}
    compare(promised, {}, md5(body).digest(), computed)
