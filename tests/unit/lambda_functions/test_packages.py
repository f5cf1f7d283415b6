"""Packages out of buckets, and what is told of those that cannot be had."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from chasqui.assembly import assemble
from chasqui.base.bodies import Outgoing
from chasqui.base.call import Call
from chasqui.base.clock import TestClock
from chasqui.base.errors import ServiceError
from chasqui.base.settings import Settings
from chasqui.crypto.keyring import memory_ring
from chasqui.fabric.objects import StoredObject
from chasqui.services.lambda_.functions import creating
from chasqui.services.lambda_.functions.packages import Source, held, stage
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import CreateFunctionRequest, FunctionCode
from chasqui.store.sqlite import open_store
from chasqui.wire.values import parse_blob
from tests.unit.lambda_functions.conftest import ROLE, zipped
from tests.unit.lambda_functions.serving import FakeRunner
from tests.unit.lambda_functions.test_directory import ACCOUNT, CALL, REGION

LARGE = zipped({"app.py": f"{'x' * 300_000} = 1\n"})


class Bucket:
    """A bucket with one object; notes who asked for what."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.asked: list[tuple[str, str, str | None]] = []

    async def read(self, _call: Call, bucket: str, key: str, version: str | None) -> StoredObject:
        self.asked.append((bucket, key, version))
        if key != "code.zip":
            raise ServiceError("NoSuchKey", "The specified key does not exist.", status=404)
        return StoredObject(Outgoing(self._pieces(), len(self.content)), len(self.content), "etag", None)

    async def _pieces(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self.content), 100_000):
            yield self.content[start : start + 100_000]


def played(play: Callable[[Room, Bucket], Awaitable[None]], folder: Path | None = None) -> None:
    """Run a play with a bucket that holds a package; in `folder` packages are files."""

    async def run() -> None:
        clock = TestClock()
        store = await open_store(folder, clock=clock)
        room = assemble(Settings(database="memory"), store, clock, memory_ring()).functions
        bucket = Bucket(LARGE)
        vars(room)["runner"] = FakeRunner()
        room.objects.read = bucket.read
        try:
            await play(room, bucket)
        finally:
            await room.background.close()
            await store.close()

    asyncio.run(run())


def test_a_function_is_made_of_an_object() -> None:
    async def play(room: Room, bucket: Bucket) -> None:
        code = FunctionCode(S3Bucket="code", S3Key="code.zip", S3ObjectVersion="v7")

        made = await creating.create_function(
            room, CALL, CreateFunctionRequest("f", "python3.12", ROLE, "app.handler", code)
        )

        target = await room.functions.target(ACCOUNT, REGION, "f")
        assert target is not None
        assert target.deployment.code is not None
        stored = b"".join([piece async for piece in room.store.read_blob(target.deployment.code.blob)])
        assert (made.CodeSize, stored) == (len(LARGE), LARGE)
        assert bucket.asked == [("code", "code.zip", "v7")]

    played(play)


def test_an_object_that_is_not_there_is_told_as_s3_tells_it() -> None:
    async def play(room: Room, _bucket: Bucket) -> None:
        with pytest.raises(ServiceError) as error:
            await stage(room, CALL, Source(bucket="code", key="other.zip"))

        assert error.value.code == "InvalidParameterValueException"
        assert error.value.message == (
            "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not"
            " exist."
        )

    played(play)


def test_an_object_that_is_no_zip_is_refused() -> None:
    async def play(room: Room, bucket: Bucket) -> None:
        bucket.content = LARGE[:-30]

        with pytest.raises(ServiceError, match="Could not unzip uploaded file"):
            await stage(room, CALL, Source(bucket="code", key="code.zip"))

    played(play)


def test_a_zip_of_more_files_than_memory_has_room_for_is_not_even_listed() -> None:
    async def play(room: Room, _bucket: Bucket) -> None:
        at = LARGE.rindex(b"PK\x05\x06")
        lying = LARGE[: at + 12] + (100 << 20).to_bytes(4, "little") + LARGE[at + 16 :]

        with pytest.raises(ServiceError, match="Could not unzip uploaded file"):
            await stage(room, CALL, Source(zip_file=lying))

    played(play)


def test_a_package_that_nobody_takes_leaves_no_file(tmp_path: Path) -> None:
    async def play(room: Room, _bucket: Bucket) -> None:
        staged = await stage(room, CALL, Source(zip_file=LARGE))

        async def fail() -> None:
            raise ServiceError("ResourceConflictException", "there is one already")

        with pytest.raises(ServiceError):
            await held(room, staged, fail())
        for _ in range(200):
            if not list((tmp_path / "blobs" / "staging").iterdir()):
                return
            await asyncio.sleep(0.01)
        raise AssertionError("the file is still there")

    played(play, tmp_path)


@pytest.mark.parametrize("size", [0, 196_607, 196_608, 196_609, 1_000_000])
def test_large_base64_is_read_in_pieces(size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)

    assert parse_blob(base64.b64encode(data[:size]).decode()) == data[:size]


def test_padding_within_large_base64_is_refused() -> None:
    text = base64.b64encode(bytes(196_608)).decode()

    with pytest.raises(ValueError, match="not base64"):
        parse_blob(f"{text[:-4]}AA=={text}")
