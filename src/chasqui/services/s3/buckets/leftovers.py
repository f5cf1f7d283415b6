"""What is left of buckets that were deleted: multipart uploads that nobody completed do not keep a bucket, so they end
with it, one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chasqui.services.s3.chores import Chore
from chasqui.services.s3.documents import LEFT, UPLOAD
from chasqui.services.s3.multipart.documents import decode_upload
from chasqui.services.s3.multipart.ending import end
from chasqui.store.port import Transaction

if TYPE_CHECKING:
    from chasqui.services.s3.means import Means


def begin(means: Means) -> Callable[[], object]:
    """The function that stirs the chore (`service.py`)."""
    return Chore(means, LEFT, _slice).look


async def _slice(tx: Transaction, bucket_id: str) -> None:
    """End one upload; without any, the bucket is done with."""
    uploads = await tx.list(UPLOAD, bucket_id, limit=1)
    if uploads:
        await tx.delete(uploads[0])
        await end(tx, f"{bucket_id}/{decode_upload(uploads[0].document).id}", [])
        return
    row = await tx.get(LEFT, "", bucket_id)
    if row is not None:
        await tx.delete(row)
