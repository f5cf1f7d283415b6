"""Large blobs as objects of an S3-compatible store, through botocore's own client on threads of its own.

The address is `s3://bucket/prefix`, with `?endpoint_url=…&region=…` for what is not AWS; credentials are found as every
AWS client finds them. What an interrupted upload leaves is aborted where that is still possible; for the rest, give the
bucket a lifecycle rule that aborts incomplete multipart uploads.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chasqui.store.port import StoreError, StoreUnusable
from chasqui.store.postgres.files import PIECE_BYTES

T = TypeVar("T")

PART_BYTES = 8 << 20
"""What is larger is uploaded in parts of this size (S3 takes no part under 5 MiB but the last)."""

THREADS = 16
_MISSING = ("NoSuchKey", "404", "NotFound")


class Objects:
    """A place for files: see `files.Files`."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        options = {name: values[0] for name, values in parse_qs(parts.query).items()}
        unknown = set(options) - {"endpoint_url", "region"}
        if not parts.netloc or unknown:
            raise StoreUnusable(f"{address} is no s3://bucket/prefix?endpoint_url=…&region=… address")
        self._bucket = parts.netloc
        prefix = parts.path.strip("/")
        self._prefix = f"{prefix}/" if prefix else ""
        config = Config(
            connect_timeout=3,
            read_timeout=10,
            max_pool_connections=THREADS,
            retries={"mode": "standard", "max_attempts": 3},
            s3={"addressing_style": "path"} if "endpoint_url" in options else None,
            # Other stores than AWS' do not all know the checksums that became the default.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        session = botocore.session.get_session()
        self._client: Any = session.create_client(
            "s3", region_name=options.get("region"), endpoint_url=options.get("endpoint_url"), config=config
        )
        self._threads = ThreadPoolExecutor(THREADS, "chasqui-objects")

    async def check(self) -> None:
        """Raises `StoreUnusable` when the bucket cannot be used."""
        try:
            await self._do(self._client.head_bucket, Bucket=self._bucket)
        except (StoreError, FileNotFoundError) as error:
            raise StoreUnusable(f"the bucket {self._bucket} cannot be used: {error.__cause__}") from error

    async def _do(self, call: Callable[..., T], **arguments: Any) -> T:
        """Off the loop. Raises `FileNotFoundError` for what is not there, `StoreError` for what else goes wrong."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, lambda: call(**arguments))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _MISSING:
                raise FileNotFoundError(str(error)) from error
            raise StoreError(f"the object store refused: {error}") from error
        except (BotoCoreError, OSError) as error:
            raise StoreError(f"the object store cannot be reached: {error}") from error

    def _named(self, name: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + name}

    async def write(self, name: str, pieces: AsyncIterator[bytes]) -> int:
        held = bytearray()
        async for piece in pieces:
            held += piece
            if len(held) >= PART_BYTES:
                return await self._upload(name, held, pieces)
        await self._do(self._client.put_object, Body=bytes(held), **self._named(name))
        return len(held)

    async def _upload(self, name: str, held: bytearray, pieces: AsyncIterator[bytes]) -> int:
        started = await self._do(self._client.create_multipart_upload, **self._named(name))
        upload = {**self._named(name), "UploadId": started["UploadId"]}
        parts: list[dict[str, Any]] = []
        size = 0

        async def send() -> None:
            number = len(parts) + 1
            sent = await self._do(self._client.upload_part, Body=bytes(held), PartNumber=number, **upload)
            parts.append({"PartNumber": number, "ETag": sent["ETag"]})
            held.clear()

        try:
            size += len(held)
            await send()
            async for piece in pieces:
                size += len(piece)
                held += piece
                if len(held) >= PART_BYTES:
                    await send()
            if held:
                await send()
            await self._do(self._client.complete_multipart_upload, MultipartUpload={"Parts": parts}, **upload)
        except BaseException:
            # Not awaited: the caller may be gone, and what stays is the lifecycle rule's.
            self._threads.submit(self._client.abort_multipart_upload, **upload)
            raise
        return size

    async def read(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        if start >= end:
            return
        span = f"bytes={start}-{end - 1}"
        body = (await self._do(self._client.get_object, Range=span, **self._named(name)))["Body"]
        try:
            while start < end:
                piece: bytes = await self._do(body.read, amt=min(PIECE_BYTES, end - start))
                if not piece:
                    raise StoreError(f"the object {name} is shorter than its row says")
                start += len(piece)
                yield piece
        finally:
            body.close()

    async def remove(self, name: str) -> None:
        await self._do(self._client.delete_object, **self._named(name))

    async def close(self) -> None:
        self._threads.shutdown(wait=False)
        self._client.close()
