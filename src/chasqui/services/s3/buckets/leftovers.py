"""What is left of buckets that were deleted: multipart uploads that nobody completed do not keep a bucket, so they end
with it, one by one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from chasqui.services.s3.documents import LEFT, UPLOAD
from chasqui.services.s3.multipart.documents import decode_upload
from chasqui.services.s3.multipart.ending import end
from chasqui.store.port import Transaction, VersionConflict

if TYPE_CHECKING:
    from chasqui.services.s3.means import Means


def begin(means: Means) -> Callable[[], object]:
    """The function that stirs a new cleaner (`service.py`)."""
    return Cleaner(means).look


class Cleaner:
    """Works the rows off: one task, when there are any."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._working = False
        self._more = False

    def look(self) -> None:
        """There may be some."""
        self._more = True
        if not self._working:
            self._working = True
            self._means.background.start("s3 deleted buckets", self._work())

    async def _work(self) -> None:
        try:
            while self._more:
                self._more = False
                while rows := await self._means.store.resources(LEFT, "", limit=1):
                    try:
                        await self._means.store.transaction(partial(_slice, rows[0].name))
                    except VersionConflict:
                        continue  # another node was faster
        finally:
            self._working = False


async def _slice(bucket_id: str, tx: Transaction) -> None:
    """End one upload; without any, the bucket is done with."""
    uploads = await tx.list(UPLOAD, bucket_id, limit=1)
    if uploads:
        await tx.delete(uploads[0])
        await end(tx, f"{bucket_id}/{decode_upload(uploads[0].document).id}", [])
        return
    row = await tx.get(LEFT, "", bucket_id)
    if row is not None:
        await tx.delete(row)
