"""Objects as other services of this server read them (`fabric/objects.py`)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from chasqui.base.bodies import Outgoing
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.fabric.objects import StoredObject
from chasqui.services.s3.content.reading import Gone, payload
from chasqui.services.s3.objects.finding import find_object
from chasqui.services.s3.objects.get import TRIES
from chasqui.services.s3.objects.rendering import version_told

if TYPE_CHECKING:
    from chasqui.services.s3.room import Room


async def read_object(room: Room, call: Call, bucket_name: str, key: str, version_id: str | None) -> StoredObject:
    """An object for a caller who may read it: see `fabric/objects.ReadObject`."""
    bucket = await room.buckets.find(bucket_name)
    action = "s3:GetObject" if version_id is None else "s3:GetObjectVersion"
    await room.demand(call, action, f"{bucket.arn}/{key}", {} if version_id is None else {"s3:versionid": version_id})
    for _ in range(TRIES):
        _, document = await find_object(room, call, bucket, key, version_id)
        try:
            body = await payload(room, call, bucket, key, document)
        except Gone:
            continue
        outgoing = body if isinstance(body, Outgoing) else Outgoing(_once(body), len(body))
        return StoredObject(outgoing, document.size, document.etag, version_told(bucket, document))
    raise ServiceError("OperationAborted", "The object is being replaced over and over. Please try again.", status=409)


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
