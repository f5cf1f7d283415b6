"""A document and the blob that it names, in one look."""

from __future__ import annotations

import asyncio
from typing import Any

from chasqui.store.port import Resource, Transaction

DOCUMENT = Resource("object", "bucket", "key", b"small")


async def ready(scene: Any, blob: bytes) -> None:
    staged = await scene.store.stage_blob(blob)

    async def write(tx: Transaction) -> None:
        await tx.create(DOCUMENT)
        await tx.put_blob(DOCUMENT.document.decode(), staged)

    await scene.store.transaction(write)


async def look(scene: Any, name: str = "key") -> tuple[Resource | None, bytes | None, list[bytes]]:
    seen: list[bytes] = []

    def named(resource: Resource) -> str:
        seen.append(resource.document)
        return resource.document.decode()

    found, blob = await scene.store.resource_and_blob("object", "bucket", name, named)
    return found, blob, seen


def test_a_resource_comes_with_its_small_blob_or_leaves_it_to_be_read(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await ready(scene, b"content")
        found, blob, seen = await look(scene)
        assert (found.document, seen) == (b"small", [b"small"])
        assert blob in (b"content", None)

    tell(story)


def test_a_blob_that_is_a_file_is_left_to_be_read(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await ready(scene, bytes(1_000_000))
        found, blob, _ = await look(scene)
        assert (found.document, blob) == (b"small", None)

    tell(story)


def test_of_what_is_not_there_nothing_is_named(tell: Any) -> None:
    async def story(scene: Any) -> None:
        assert await look(scene, "other") == (None, None, [])

    tell(story)


def test_large_blobs_that_replace_each_other_at_one_time_hold_nothing_up(tell: Any) -> None:
    async def story(scene: Any) -> None:
        async def replace(number: int) -> None:
            staged = await scene.store.stage_blob(bytes([number]) * 300_000)

            async def write(tx: Transaction) -> None:
                await tx.put_blob("the same", staged)

            await scene.store.transaction(write)

        for _ in range(10):
            await asyncio.gather(*(replace(number) for number in range(12)))
        pieces = [piece async for piece in scene.store.read_blob("the same")]
        assert len(b"".join(pieces)) == 300_000

    tell(story)
