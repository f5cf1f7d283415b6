"""A scene for what S3 does with bytes: a store, keys, a bucket, bodies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from chasqui.base.call import Call
from chasqui.base.clock import TestClock
from chasqui.base.principal import root_of
from chasqui.base.sections import S3Quotas
from chasqui.crypto.keyring import memory_ring
from chasqui.crypto.kms.data_keys import DataKeys, allow
from chasqui.crypto.kms.vault import Vault
from chasqui.services.s3 import types
from chasqui.services.s3.buckets.bucket import Bucket, BucketDocument, bucket_resource
from chasqui.services.s3.content.checksums import NOTHING_PROMISED, Promised
from chasqui.services.s3.content.intake import Taken, keep, take
from chasqui.services.s3.content.reading import read
from chasqui.services.s3.content.sealing import Seal, new_seal, open_seal
from chasqui.services.s3.means import Means
from chasqui.services.s3.objects.document import ObjectDocument
from chasqui.store.port import Transaction
from chasqui.store.sqlite import SqliteStore, open_store
from chasqui.telemetry.counters import Counters

NOW = 1_700_000_000_000
CALL = Call("000000000000", "us-east-1", root_of("000000000000"), "000000000000", "http://localhost")
PLAIN = types.PutObjectRequest()


class Body:
    """A body that comes in pieces, or is there."""

    def __init__(self, data: bytes, *, step: int = 0, trailers: dict[str, str] | None = None) -> None:
        self._data = data
        self._step = step
        self.length: int | None = len(data)
        self.whole = None if step else data
        self.trailers = trailers or {}

    async def _pieces(self) -> AsyncIterator[bytes]:
        for at in range(0, len(self._data), self._step):
            await asyncio.sleep(0)
            yield self._data[at : at + self._step]

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._pieces()


class Scene:
    """What a test's story is told with."""

    def __init__(self, store: SqliteStore, authorize: Any = allow) -> None:
        self.store = store
        self.clock = TestClock(NOW)
        ring = memory_ring()
        self.vault = Vault(store, self.clock, ring)
        keys = DataKeys(self.vault, authorize)
        nobody: Any = None
        self.means = Means(
            store, self.clock, ring, S3Quotas(put_bytes_max=64 << 20), Counters(), "us-east-1", nobody, nobody, keys,
            nobody,
        )  # fmt: skip
        document = BucketDocument("000000000000", "us-east-1", NOW)
        self.bucket = Bucket(msgspec.structs.replace(bucket_resource("photos", document), generation=7))

    async def seal(self, wishes: types.PutObjectRequest = PLAIN, key: str = "cat.jpg") -> Seal:
        return await new_seal(self.means, CALL, self.bucket, key, wishes)

    async def take(
        self, body: Body, promised: Promised = NOTHING_PROMISED, wishes: types.PutObjectRequest = PLAIN
    ) -> Taken:
        return await take(self.means, body, promised, await self.seal(wishes))

    async def put(self, body: Body, wishes: types.PutObjectRequest = PLAIN) -> ObjectDocument:
        """Take a body and keep it, without a row of its own."""
        taken = await self.take(body, wishes=wishes)

        async def nothing(_tx: Transaction) -> None: ...

        await keep(self.means, taken, nothing)
        return ObjectDocument(
            1, "null", NOW, size=taken.size, etag=taken.md5, pieces=taken.pieces, sealing=taken.sealing
        )

    async def get(self, document: ObjectDocument, start: int = 0, end: int | None = None) -> bytes:
        seal = await open_seal(self.means, CALL, self.bucket, "cat.jpg", document.sealing)
        return b"".join([each async for each in read(self.means, seal, document, start, end)])

    def staged_files(self) -> int:
        return len(list((self.store._blobs.directory / "staging").iterdir()))

    def files(self) -> list[Path]:
        """The blobs' files, wherever they are."""
        return [each for each in self.store._blobs.directory.rglob("*") if each.is_file()]


def told(story: Callable[[Scene], Awaitable[None]], folder: Path | None = None) -> None:
    """Run a story on a store of its own."""

    async def run() -> None:
        store = await open_store(folder, clock=TestClock(NOW))
        try:
            await story(Scene(store))
        finally:
            await store.close()

    asyncio.run(run())
