"""Objects in buckets as other services read them: a function's package, later a definition or a batch of items."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from chasqui.base.bodies import Outgoing
from chasqui.base.call import Call


class StoredObject(msgspec.Struct, frozen=True):
    """An object that was found: its payload, and what names this version of it. `version_id` is None in buckets that
    were never versioned."""

    payload: Outgoing
    size: int
    etag: str
    version_id: str | None


ReadObject = Callable[[Call, str, str, str | None], Awaitable[StoredObject]]
"""(call, bucket, key, version id): the object, if the caller may read it (s3:GetObject, s3:GetObjectVersion). Raises
S3's `ServiceError`s (NoSuchBucket, NoSuchKey, NoSuchVersion, AccessDenied)."""


class Objects:
    """Who reads objects; nobody, until a service says that it does."""

    def __init__(self) -> None:
        self.read: ReadObject | None = None
