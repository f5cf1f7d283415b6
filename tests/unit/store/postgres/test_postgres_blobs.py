"""Blobs in rows, in pieces in the database, and in a shared folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from chasqui.store.port import BLOB_ROW_BYTES_MAX, StagedBlob, StoreError, StoreFull, StoreUnusable, Transaction
from chasqui.store.postgres import files as places
from chasqui.store.postgres import objects
from chasqui.store.postgres.blobs import open_files
from chasqui.store.postgres.files import Folder, pieces_of
from tests.unit.store.postgres.object_store import ObjectStore

LARGE = bytes(range(256)) * 2600  # two pieces and a bit


@pytest.fixture(params=["database", "folder", "objects"])
def place(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str | None]:
    if request.param == "objects":
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.setattr(objects, "PART_BYTES", 300_000)
        with ObjectStore() as running:
            yield f"s3://bucket/some/where?endpoint_url={running.url}&region=eu-west-1"
    else:
        yield None if request.param == "database" else str(folder)


async def read(node: Any, key: str, *span: int) -> bytes:
    return b"".join([piece async for piece in node.blobs.read(key, *(span or (0, None)))])


async def kept(node: Any, place: str | None) -> int:
    """How many files there are."""
    if isinstance(node.blobs.files, objects.Objects):
        return len(ObjectStore.running.objects)
    if place is not None:
        return sum(each.is_file() for each in Path(place).rglob("*"))
    return len(await node.sql("select distinct file from blob_piece"))


@pytest.mark.parametrize("size", [0, 10, BLOB_ROW_BYTES_MAX, BLOB_ROW_BYTES_MAX + 1, len(LARGE)])
def test_what_was_put_is_read_whole_and_in_part_on_every_node(tell: Any, place: str | None, size: int) -> None:
    async def story(scene: Any) -> None:
        one, other = await scene.node(blobs=place), await scene.node(blobs=place)
        data = LARGE[:size]

        async def dribble() -> AsyncIterator[bytes]:
            for at in range(0, size, 10_000):
                yield data[at : at + 10_000]

        for staged in (await one.blobs.stage(data), await one.blobs.stage(dribble())):
            assert staged.size == size
            await one.change("put_blob", "key", staged)
            assert await other.blobs.size("key") == size
            assert await read(other, "key") == data
            for start, end in ((0, 1), (1, 5), (size - 3, size), (size // 2, size + 9), (300_000, 300_010), (5, 5)):
                assert await read(other, "key", start, end) == data[max(0, start) : end]
        await one.swept()
        assert await kept(one, place) == (size > BLOB_ROW_BYTES_MAX)

    tell(story)


def test_a_blob_that_is_deleted_or_replaced_leaves_nothing_behind(tell: Any, place: str | None) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node(blobs=place)
        wanted: list[int] = []
        node.blobs.sweep_wanted = lambda: wanted.append(1)
        await node.change("put_blob", "key", await node.blobs.stage(LARGE))
        await node.change("put_blob", "key", await node.blobs.stage(b"small"))
        await node.change("put_blob", "key", await node.blobs.stage(LARGE))
        await node.change("delete_blob", "key")
        await node.change("delete_blob", "key")
        assert len(wanted) == 2
        await node.swept()
        assert await kept(node, place) == 0
        assert await node.sql("select * from blob_garbage") == []
        assert await node.blobs.size("key") is None
        with pytest.raises(KeyError):
            await read(node, "key")

    tell(story)


def test_staged_bytes_that_nobody_took_are_swept_in_a_day_and_not_before(tell: Any, place: str | None) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node(blobs=place)
        late = await node.blobs.stage(LARGE)
        await node.swept()
        assert await kept(node, place) == 1
        await node.sql("update blob_garbage set after_ms=0")
        await node.swept()
        assert await kept(node, place) == 0
        with pytest.raises(StoreError, match="too long ago"):
            await node.change("put_blob", "key", late)
        assert await node.blobs.size("key") is None

    tell(story)


def test_a_transaction_that_fails_leaves_staged_bytes_to_be_taken_again(tell: Any, place: str | None) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node(blobs=place)
        staged = await node.blobs.stage(LARGE)

        async def fails(transaction: Transaction) -> None:
            await transaction.put_blob("key", staged)
            raise ValueError("no")

        with pytest.raises(ValueError, match="no"):
            await node.transaction(fails)
        await node.swept()
        await node.change("put_blob", "key", staged)
        assert await read(node, "key") == LARGE

    tell(story)


def test_a_reader_whose_file_is_swept_before_it_begins_reads_what_is_there_now(tell: Any, place: str | None) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node(blobs=place)
        await node.change("put_blob", "key", await node.blobs.stage(LARGE))
        find, found = node.blobs._find, []

        async def find_and_lose(*arguments: Any) -> Any:
            got = await find(*arguments)
            if not found:
                found.append(got)
                await node.change("put_blob", "key", await node.blobs.stage(LARGE[::-1]))
                await node.swept()
            return got

        node.blobs._find = find_and_lose
        assert await read(node, "key") == LARGE[::-1]

    tell(story)


def test_what_a_sender_raises_while_it_sends_is_raised_as_it_is(tell: Any, place: str | None) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node(blobs=place)

        async def breaks_off() -> AsyncIterator[bytes]:
            yield LARGE
            raise ConnectionResetError("the client went away")

        with pytest.raises(ConnectionResetError):
            await node.blobs.stage(breaks_off())
        await node.sql("update blob_garbage set after_ms=0")
        await node.swept()
        assert await kept(node, place) == 0

    tell(story)


def test_a_full_folder_is_told_as_such(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Any, file: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(places.Folder, "_finish", full)
    with pytest.raises(StoreFull):
        asyncio.run(Folder(folder).write("ab", pieces_of(b"x", None)))


def test_a_folder_that_cannot_be_made_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnusable):
        Folder(tmp_path / "file" / "blobs")


def test_pieces_are_of_one_size_but_the_last() -> None:
    async def sizes(start: bytes, *rest: bytes) -> list[int]:
        async def more() -> AsyncIterator[bytes]:
            for each in rest:
                yield each

        return [len(piece) async for piece in pieces_of(start, more())]

    n = places.PIECE_BYTES
    assert asyncio.run(sizes(b"x" * (n * 2 + 5), b"y" * (n - 5))) == [n, n, n]
    assert asyncio.run(sizes(b"x", b"y", b"")) == [2]
    assert asyncio.run(sizes(b"")) == []


def test_a_row_holds_what_is_small(tell: Any) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node()
        assert await node.blobs.stage(b"abc") == StagedBlob(3, b"abc", None)

    tell(story)


def test_an_upload_in_parts_that_breaks_off_is_aborted(tell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "PART_BYTES", 300_000)

    async def story(store: ObjectStore) -> None:
        place = objects.Objects(f"s3://bucket?endpoint_url={store.url}&region=eu-west-1")

        async def breaks_off() -> AsyncIterator[bytes]:
            yield LARGE
            yield LARGE
            raise ConnectionResetError("the client went away")

        with pytest.raises(ConnectionResetError):
            await place.write("name", breaks_off())
        while store.uploads:
            await asyncio.sleep(0.01)
        assert store.objects == {}
        await place.close()

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with ObjectStore() as running:
        asyncio.run(story(running))


@pytest.mark.parametrize("address", ["s3://", "s3://bucket?colour=red", "s3://elsewhere?endpoint_url={url}&region=eu"])
def test_a_bucket_that_cannot_be_used_is_refused_at_the_start(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with ObjectStore() as running, pytest.raises(StoreUnusable):
        asyncio.run(open_files(None, address.format(url=running.url)))
