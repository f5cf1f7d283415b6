"""The bytes of objects on their way out: pieces one after the other, opened segment by segment.

Names of blobs are never used twice, so whoever reads by an old document finds its bytes or none, never another's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from chasqui.base.bodies import Outgoing
from chasqui.base.call import Call
from chasqui.base.errors import ChasquiError
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.content.sealing import Seal
from chasqui.services.s3.means import Means
from chasqui.services.s3.objects.document import ObjectDocument


class Gone(ChasquiError):
    """The object was replaced or deleted since its document was read: read that anew."""


async def payload(
    means: Means, call: Call, bucket: Bucket, key: str, document: ObjectDocument, start: int = 0, end: int | None = None
) -> bytes | Outgoing:
    """The bytes [start, end) for an answer: at once where they are few, else as the client takes them, of which the
    first have been read. Raises `Gone`, and what `open_seal` raises."""
    raise NotImplementedError


def read(
    means: Means, seal: Seal, document: ObjectDocument, start: int = 0, end: int | None = None
) -> AsyncIterator[bytes]:
    """The bytes [start, end) in pieces, for copies and other services; close it when it is not read to its end. Raises
    `Gone`, midway too."""
    raise NotImplementedError
