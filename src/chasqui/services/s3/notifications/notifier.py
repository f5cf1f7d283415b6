"""Who tells others of what happens to objects. An operation that changes one asks for a `Plan` before its transaction
and, where there is one, has it written within."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from chasqui.base.call import Call
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.store.port import Transaction

if TYPE_CHECKING:
    from chasqui.services.s3.means import Means


class ObjectEvent(msgspec.Struct, frozen=True):
    """What happened to an object, as far as only its transaction knows. `order` is the object's."""

    order: int
    size: int | None = None
    etag: str | None = None
    version_id: str | None = None


class Plan(Protocol):
    """Who is to be told of one event."""

    async def write(self, tx: Transaction, event: ObjectEvent) -> None:
        """Write it in the transaction that makes it true. Awaits nothing but the transaction; may be called again when
        the transaction is tried again."""
        ...


class Notifier:
    """Finds who is to be told."""

    def __init__(self, means: Means) -> None:
        self._means = means

    async def plan(self, call: Call, bucket: Bucket, event: str, key: str) -> Plan | None:
        """Who is to be told that `event` ("ObjectCreated:Put") happened to `key`; None when nobody is, which is decided
        without waiting."""
        if bucket.document.notifications is None:
            return None
        raise NotImplementedError
