"""Buckets are in a region, and are called there. A call that was signed for another one is told where: on AWS it came
to another region's endpoint; here every region has the same, so what is wrong is what it was signed for.

Source: S3 API reference, "Error responses" (AuthorizationHeaderMalformed); S3 user guide, "Making requests".
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from functools import wraps
from typing import Any, Final

from chasqui.base.call import Call
from chasqui.base.service import Operation
from chasqui.services.s3 import errors
from chasqui.services.s3.room import Room

ANYWHERE: Final = frozenset(("CreateBucket", "ListBuckets", "GetBucketLocation"))
"""Operations that any region answers."""


def in_region(operations: Mapping[str, Operation]) -> dict[str, Operation]:
    """The same operations, refusing calls that were signed for another region than their bucket's."""
    return {name: each if name in ANYWHERE else _gated(each) for name, each in operations.items()}


def _gated(operation: Operation) -> Operation:
    @wraps(operation)
    def called(room: Room, call: Call, request: Any) -> Coroutine[Any, Any, Any]:
        # No coroutine of its own where the bucket is at hand and right: it is on everybody's way.
        bucket = room.buckets.at_hand(request.Bucket)
        if bucket is not None and (bucket.region == call.region or not call.principal.access_key):
            return operation(room, call, request)
        return _looked_up(operation, room, call, request)

    return called


async def _looked_up(operation: Operation, room: Room, call: Call, request: Any) -> Any:
    bucket = await room.buckets.named(request.Bucket or "")
    if bucket is not None and bucket.region != call.region and call.principal.access_key:
        raise errors.wrong_region(call.region, bucket.region)
    return await operation(room, call, request)
