"""Bytes on their way in and out: what is kept, what is refused, and that nothing is left of what was refused."""

from __future__ import annotations

import base64
import hashlib
import os
import zlib
from pathlib import Path

import pytest

from chasqui.base.errors import ServiceError
from chasqui.services.s3.content.checksums import Promised
from chasqui.services.s3.content.intake import keep
from chasqui.services.s3.content.reading import Gone, payload
from chasqui.store.port import Transaction
from tests.unit.s3_content.support import CALL, Body, Scene, told

LARGE = os.urandom(3_000_001)


def crc32(data: bytes) -> str:
    return base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


@pytest.mark.parametrize("size", [1, 4096, 65_536, 65_537, 3_000_001])
@pytest.mark.parametrize("step", [0, 100_000])
def test_what_was_taken_is_read_again(tmp_path: Path, size: int, step: int) -> None:
    async def story(scene: Scene) -> None:
        document = await scene.put(Body(LARGE[:size], step=step))
        assert document.etag == hashlib.md5(LARGE[:size]).hexdigest()
        assert await scene.get(document) == LARGE[:size]

    told(story, tmp_path)


def test_up_to_64_kib_lie_in_rows_and_more_in_files(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.put(Body(LARGE[:65_536]))
        assert scene.files() == []
        await scene.put(Body(LARGE[:65_537]))
        assert len(scene.files()) == 1

    told(story, tmp_path)


def test_nothing_of_an_object_lies_in_the_clear(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.put(Body(b"a secret of the house " * 10_000))
        await scene.put(Body(b"a secret of the house"))

    told(story, tmp_path)
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and b"a secret of" in file.read_bytes()]


def test_an_empty_body_has_no_pieces() -> None:
    async def story(scene: Scene) -> None:
        document = await scene.put(Body(b""))
        assert (document.pieces, document.etag) == ([], "d41d8cd98f00b204e9800998ecf8427e")
        assert await payload(scene.means, CALL, scene.bucket, "cat.jpg", document) == b""

    told(story)


def test_a_range_is_read_alone() -> None:
    async def story(scene: Scene) -> None:
        document = await scene.put(Body(LARGE, step=300_000))
        assert await scene.get(document, 1_234_567, 2_345_678) == LARGE[1_234_567:2_345_678]

    told(story)


def test_a_small_answer_is_whole_and_a_large_one_comes_in_pieces() -> None:
    async def story(scene: Scene) -> None:
        document = await scene.put(Body(LARGE, step=300_000))
        assert await payload(scene.means, CALL, scene.bucket, "cat.jpg", document, 10, 20) == LARGE[10:20]
        answer = await payload(scene.means, CALL, scene.bucket, "cat.jpg", document)
        assert not isinstance(answer, bytes)
        assert (answer.length, b"".join([each async for each in answer.pieces])) == (len(LARGE), LARGE)

    told(story)


def test_of_what_was_deleted_meanwhile_nothing_is_read() -> None:
    async def story(scene: Scene) -> None:
        for size in (100, 100_000):
            document = await scene.put(Body(LARGE[:size]))

            async def delete(tx: Transaction, name: str = document.pieces[0].blob) -> None:
                await tx.delete_blob(name)

            await scene.store.transaction(delete)
            with pytest.raises(Gone):
                await payload(scene.means, CALL, scene.bucket, "cat.jpg", document)

    told(story)


@pytest.mark.parametrize("step", [0, 100_000])
def test_a_checksum_that_is_kept_is_told(step: int) -> None:
    async def story(scene: Scene) -> None:
        taken = await scene.take(Body(LARGE, step=step), Promised(algorithm="CRC32", value=crc32(LARGE)))
        assert taken.checksums == {"CRC32": crc32(LARGE)}

    told(story)


@pytest.mark.parametrize("told_ahead", [True, False])
@pytest.mark.parametrize("step", [0, 100_000])
def test_a_checksum_may_come_behind_the_body(step: int, told_ahead: bool) -> None:
    async def story(scene: Scene) -> None:
        body = Body(LARGE, step=step, trailers={"x-amz-checksum-crc32": crc32(LARGE)})
        promised = Promised(algorithm="CRC32", told=True) if told_ahead else Promised()
        assert (await scene.take(body, promised)).checksums == {"CRC32": crc32(LARGE)}

    told(story)


def test_crc64nvme_is_computed_where_nobody_asks_for_another() -> None:
    async def story(scene: Scene) -> None:
        # From AWS' documentation of the algorithm's parameters: the check value of "123456789".
        taken = await scene.take(Body(b"123456789"))
        assert taken.checksums == {"CRC64NVME": base64.b64encode(bytes.fromhex("ae8b14860a799888")).decode()}

    told(story)


@pytest.mark.parametrize("size", [100, 200_000])
@pytest.mark.parametrize(
    ("promised", "trailers", "code"),
    [
        (Promised(md5=bytes(16)), {}, "BadDigest"),
        (Promised(algorithm="CRC32", value="AAAAAA=="), {}, "BadDigest"),
        (Promised(algorithm="CRC32", told=True), {"x-amz-checksum-crc32": "AAAAAA=="}, "BadDigest"),
        (Promised(algorithm="CRC32", told=True), {}, "InvalidRequest"),
        (Promised(algorithm="CRC32", told=True), {"x-amz-checksum-sha1": "AAAA"}, "InvalidRequest"),
    ],
)
def test_a_promise_that_is_not_kept_is_refused_and_nothing_stays(
    tmp_path: Path, size: int, promised: Promised, trailers: dict[str, str], code: str
) -> None:
    async def story(scene: Scene) -> None:
        with pytest.raises(ServiceError) as caught:
            await scene.take(Body(LARGE[:size], step=50_000 if size > 50_000 else 0, trailers=trailers), promised)
        assert caught.value.code == code
        await scene.store.blob_size("any")
        assert scene.files() == []

    told(story, tmp_path)


def test_what_is_too_large_is_refused_before_it_is_read_or_as_soon_as_it_shows(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.means.limits = type(scene.means.limits)(put_bytes_max=1_000_000)
        for known in (True, False):
            body = Body(LARGE, step=100_000)
            body.length = body.length if known else None
            with pytest.raises(ServiceError) as caught:
                await scene.take(body)
            assert caught.value.code == "EntityTooLarge"
        assert scene.files() == []

    told(story, tmp_path)


def test_what_a_transaction_refuses_is_thrown_away(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        taken = await scene.take(Body(LARGE))

        async def refuse(_tx: Transaction) -> None:
            raise ServiceError("PreconditionFailed", "no")

        with pytest.raises(ServiceError):
            await keep(scene.means, taken, refuse)
        await scene.store.blob_size("any")
        assert scene.files() == []

    told(story, tmp_path)


def test_what_a_transaction_kept_is_not_thrown_away_however_its_end_was_told(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        document = await scene.put(Body(LARGE))
        [file] = scene.files()
        name = document.pieces[0].blob
        [size] = [await scene.store.blob_size(name)]
        assert size is not None
        staged = type((await scene.take(Body(LARGE))).staged[0][1])(size, None, file.name)
        scene.store.drop_staged(name, staged)
        assert await scene.get(document) == LARGE

    told(story, tmp_path)
