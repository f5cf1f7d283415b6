"""Plain GETs of small objects, which are asked for again and again: what their answers are made of is remembered by the
object's document, byte for byte, so nothing has to be told when the object changes, on this node or on another. The
content is read and opened each time; that of objects under KMS keys is not anybody's to open, and never remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import msgspec

from chasqui.base.bounded import keep
from chasqui.base.call import Call
from chasqui.crypto.segments import small_opener
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.content.sealing import open_seal
from chasqui.services.s3.objects.document import ObjectDocument
from chasqui.services.s3.objects.finding import Look
from chasqui.services.s3.objects.rendering import object_members
from chasqui.services.s3.types import GetObjectOutput, GetObjectRequest
from chasqui.store.port import Resource
from chasqui.wire.protocol import Again, Repeated

if TYPE_CHECKING:
    from chasqui.services.s3.means import Means

_KEPT_MAX: Final = 4096
_DOCUMENT_BYTES_MAX: Final = 1024
"""Of such an object: without much metadata."""

Key = tuple[bytes, str, str | None]
"""The document, the bucket's versioning, the mode of checksums."""


class Known(msgspec.Struct, frozen=True):
    """What answers are made of."""

    document: ObjectDocument
    blob: str
    opened: Callable[[bytes], bytes]
    output: Repeated

    def answer(self, sealed: bytes) -> Again:
        return Again(self.output, self.opened(sealed))


class PlainLook(Look):
    """Recognises an object's row."""

    def __init__(self, known: dict[Key, Known], versioning: str, mode: str | None) -> None:
        self._all = known
        self._versioning = versioning
        self._mode = mode
        self.key: Key | None = None
        self.known: Known | None = None

    def __call__(self, row: Resource) -> str | None:
        self.key = key = (row.document, self._versioning, self._mode)
        self.known = known = self._all.get(key)
        if known is None:
            return super().__call__(row)
        self.document = known.document
        return known.blob


class Repeats:
    """What is remembered."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._known: dict[Key, Known] = {}

    def look(self, bucket: Bucket, request: GetObjectRequest) -> PlainLook | None:
        """For a request that asks for the current version whole, on no condition, and nothing else."""
        plain = GetObjectRequest(Bucket=request.Bucket, Key=request.Key, ChecksumMode=request.ChecksumMode)
        if request != plain or bucket.document.lifecycle:
            return None
        return PlainLook(self._known, bucket.document.versioning, request.ChecksumMode)

    async def answer(self, call: Call, bucket: Bucket, name: str, look: PlainLook, sealed: bytes) -> Again | None:
        """The answer with this content, as it is stored; None for what must be answered with more care."""
        known = look.known
        if known is None:
            document, key = look.document, look.key
            if document.sealing.kms_key is not None or key is None or len(key[0]) > _DOCUMENT_BYTES_MAX:
                return None
            blob = document.pieces[0].blob
            opened = small_opener((await open_seal(self._means, call, bucket, name, document.sealing)).piece_key(blob))
            output = GetObjectOutput(Body=b"", **object_members(bucket, document, None, key[2]))
            known = Known(document, blob, opened, Repeated(output))
            keep(self._known, key, known, _KEPT_MAX)
        return known.answer(sealed)
