"""What objects of many parts leave behind is deleted in slices."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from chasqui.base.background import Background
from chasqui.base.clock import SystemClock
from chasqui.services.s3.buckets.bucket import Bucket, BucketDocument, bucket_resource
from chasqui.services.s3.documents import GARBAGE
from chasqui.services.s3.objects.document import ObjectDocument, Piece
from chasqui.services.s3.objects.garbage import begin
from chasqui.services.s3.objects.removing import remove
from chasqui.services.s3.objects.writing import write_version
from chasqui.store.port import Store, Transaction
from chasqui.store.sqlite import open_store

PARTS = 100


async def _put(store: Store, bucket: Bucket, *, now_ms: int = 1) -> None:
    staged = [await store.stage_blob(b"part") for _ in range(PARTS)]
    pieces = [Piece(f"piece-{number}", 4) for number in range(PARTS)]

    async def write(tx: Transaction) -> None:
        for piece, blob in zip(pieces, staged, strict=True):
            await tx.put_blob(piece.blob, blob)
        await write_version(tx, bucket, "k", ObjectDocument(0, "", now_ms, pieces=pieces), now_ms)

    await store.transaction(write)


async def _left(store: Store) -> int:
    return sum([await store.blob_size(f"piece-{number}") is not None for number in range(PARTS)])


async def _story() -> None:
    store = await open_store(None, clock=SystemClock())
    background = Background()
    try:
        made = await store.transaction(lambda tx: tx.create(bucket_resource("b", BucketDocument("1", "r", 0))))
        bucket = Bucket(made)
        await _put(store, bucket)
        await store.transaction(lambda tx: remove(tx, bucket, "k", 2))
        assert await _left(store) == PARTS
        assert len(await store.resources(GARBAGE)) == 1

        look = begin(cast("Any", SimpleNamespace(store=store, background=background)))
        look()
        while await store.resources(GARBAGE):
            await asyncio.sleep(0)

        assert await _left(store) == 0
    finally:
        await background.close()
        await store.close()


def test_the_parts_of_a_deleted_object_go_in_slices() -> None:
    asyncio.run(_story())


async def _orders() -> list[int]:
    store = await open_store(None, clock=SystemClock())
    try:
        made = await store.transaction(lambda tx: tx.create(bucket_resource("b", BucketDocument("1", "r", 0))))
        bucket = Bucket(made)
        orders = []
        for _ in range(3):
            document = ObjectDocument(0, "", 7)
            await store.transaction(lambda tx, document=document: write_version(tx, bucket, "k", document, 7))  # type: ignore[misc]
            removed = await store.transaction(lambda tx: remove(tx, bucket, "k", 7))
            orders += [document.order, removed.order]
        return orders
    finally:
        await store.close()


def test_sequencers_rise_also_within_a_millisecond_and_across_deletes() -> None:
    orders = asyncio.run(_orders())

    assert orders == sorted(set(orders))
