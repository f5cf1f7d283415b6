"""Multipart uploads that were never completed, aborted by lifecycle rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.store.port import Lease

if TYPE_CHECKING:
    from chasqui.services.s3.room import Room


async def abort_uploads(room: Room, lease: Lease, bucket: Bucket) -> None:
    """Abort a bucket's uploads whose time is up."""
    del room, lease, bucket
