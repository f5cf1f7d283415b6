"""Multipart uploads that were never completed, aborted by lifecycle rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chasqui.base.errors import ServiceError
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.documents import UPLOAD
from chasqui.services.s3.keys import row_name
from chasqui.services.s3.lifecycle import rules as lifecycle
from chasqui.services.s3.multipart.documents import decode_upload
from chasqui.services.s3.multipart.uploads import abort
from chasqui.store.port import VersionConflict

if TYPE_CHECKING:
    from chasqui.services.s3.room import Room

_PAGE: Final = 200


async def abort_uploads(room: Room, bucket: Bucket) -> int:
    """Abort a bucket's uploads whose time is up; how many. Two nodes that both do it do no harm: an upload does not
    change, and ends once."""
    rules = [rule for rule in bucket.document.lifecycle if rule.AbortIncompleteMultipartUpload is not None]
    if not rules:
        return 0
    owner, prefix, after, aborted = bucket.id, row_name(lifecycle.common_prefix(rules)), "", 0
    while rows := await room.store.resources(UPLOAD, owner, prefix=prefix, after=(owner, after), limit=_PAGE):
        after, now_ms = rows[-1].name, room.clock.now_ms()
        for upload in (decode_upload(row.document) for row in rows):
            due = lifecycle.upload_due(rules, upload.key, upload.initiated_ms)
            if due is not None and due.at_ms <= now_ms:
                aborted += await _abort(room, bucket, upload.key, upload.id)
    return aborted


async def _abort(room: Room, bucket: Bucket, key: str, upload: str) -> bool:
    try:
        await abort(room, bucket, key, upload)
    except (ServiceError, VersionConflict):
        return False  # it was completed or aborted meanwhile
    return True
