"""Packages: zips that are looked at, stored as blobs and counted by who has them.

The bytes are stored as they came, not sealed: runners read them where they are (`docs/internals` says so). A package
that a version of a function shares with others, or with a layer, goes with the last who has it. Looking into zips and
hashing them takes processor time: that is done on threads.

Source: developer guide, "Lambda quotas"; messages as AWS gives them.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import tempfile
import zipfile
import zlib
from collections.abc import AsyncIterator, Awaitable
from typing import IO, Final, TypeVar

import msgspec

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.ids import new_uuid
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import PACKAGE
from chasqui.services.lambda_.means import Means
from chasqui.services.lambda_.running.contract import Package
from chasqui.store.port import Resource, StagedBlob, Transaction

Result = TypeVar("Result")

_PIECE_BYTES: Final = 256 * 1024
_HELD_BYTES_MAX: Final = 8 * 1024 * 1024
_DIRECTORY_BYTES_MAX: Final = 24 * 1024 * 1024
"""The largest list of files in a zip: each of them takes memory when it is read."""
_TAIL_BYTES: Final = 66 * 1024
_NOT_A_ZIP: Final = "Could not unzip uploaded file. Please check your file, then try to upload again."
_EMPTY: Final = "Uploaded file must be a non-empty zip"


class Source(msgspec.Struct, frozen=True):
    """Where a request has its zip: in itself, or in a bucket."""

    zip_file: bytes | None = None
    bucket: str = ""
    key: str = ""
    version: str | None = None


class Staged(msgspec.Struct, frozen=True):
    """A package that was looked at and waits for the transaction that needs it. `unzipped` is in bytes."""

    package: Package
    unzipped: int
    blob: StagedBlob | None
    """None: it was only looked at."""


class _Count(msgspec.Struct):
    """How many have a package."""

    users: int


async def stage(means: Means, call: Call, source: Source, *, dry: bool = False) -> Staged:
    """Look at a zip and write it where a transaction can take it; `dry`: only look. Raises what AWS says of bad
    ones."""
    if source.zip_file is not None:
        if len(source.zip_file) > means.limits.zip_bytes_max:
            raise errors.too_large(f"Zipped size must be smaller than {means.limits.zip_bytes_max} bytes")
        return await _stage(means, io.BytesIO(source.zip_file), source.zip_file, dry=dry)
    if not source.bucket:
        raise errors.invalid_parameter("Please provide a source for function code.")
    with tempfile.SpooledTemporaryFile(_HELD_BYTES_MAX) as file:
        await _fetch(means, call, source, file)
        return await _stage(means, file, _pieces(file), dry=dry)


async def _stage(means: Means, file: IO[bytes], data: bytes | AsyncIterator[bytes], *, dry: bool) -> Staged:
    size, digest, unzipped = await asyncio.to_thread(_look, file, means.limits.unzipped_bytes_max)
    package = Package(f"lambda/{new_uuid()}", digest, size)
    return Staged(package, unzipped, None if dry else await means.store.stage_blob(data))


async def _fetch(means: Means, call: Call, source: Source, file: IO[bytes]) -> None:
    """Copy the object out of its bucket. Raises InvalidParameterValueException in AWS' words."""
    if means.objects.read is None:
        raise errors.invalid_parameter("Error occurred while GetObject. There is no S3 on this server.")
    try:
        found = await means.objects.read(call, source.bucket, source.key, source.version)
        if found.size > means.limits.unzipped_bytes_max:
            raise errors.invalid_parameter(
                f"Unzipped size must be smaller than {means.limits.unzipped_bytes_max} bytes"
            )
        async for piece in found.payload.pieces:
            await asyncio.to_thread(file.write, piece)
    except ServiceError as error:
        if error.code == "InvalidParameterValueException" or (error.status or 400) >= 500:
            raise
        raise errors.invalid_parameter(
            f"Error occurred while GetObject. S3 Error Code: {error.code}. S3 Error Message: {error.message}"
        ) from error


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    await asyncio.to_thread(file.seek, 0)
    while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
        yield piece


def _look(file: IO[bytes], unzipped_max: int) -> tuple[int, str, int]:
    """Size, SHA-256 (base64) and unpacked size of a zip. Raises InvalidParameterValueException."""
    digest = hashlib.sha256()
    file.seek(0)
    size = 0
    while piece := file.read(_PIECE_BYTES):
        digest.update(piece)
        size += len(piece)
    if size == 0:
        raise errors.invalid_parameter(_EMPTY)
    if _directory_bytes(file, size) > _DIRECTORY_BYTES_MAX:
        raise errors.invalid_parameter(_NOT_A_ZIP)
    try:
        with zipfile.ZipFile(file) as archive:
            unzipped, entries = 0, 0
            for entry in archive.infolist():
                unzipped += entry.file_size
                entries += 1
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, OSError) as error:
        raise errors.invalid_parameter(_NOT_A_ZIP) from error
    if entries == 0:
        raise errors.invalid_parameter(_EMPTY)
    if unzipped > unzipped_max:
        raise errors.invalid_parameter(f"Unzipped size must be smaller than {unzipped_max} bytes")
    return size, base64.b64encode(digest.digest()).decode(), unzipped


def _directory_bytes(file: IO[bytes], size: int) -> int:
    """How large a zip says that its list of files is (APPNOTE.TXT, 4.3.14 and 4.3.16): the larger of the two places
    where it may say so."""
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read(_TAIL_BYTES)
    file.seek(0)
    end, end64 = tail.rfind(b"PK\x05\x06"), tail.rfind(b"PK\x06\x06")
    said = int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0
    said64 = int.from_bytes(tail[end64 + 40 : end64 + 48], "little") if end64 >= 0 else 0
    # All ones: the other place has it.
    return max(0 if said == 0xFFFFFFFF else said, said64)


# ------------------------------------------------------------------------------------------------- who has a package


async def keep(tx: Transaction, staged: Staged) -> None:
    """Store it for its first owner."""
    assert staged.blob is not None, "what was only looked at is not kept"
    await tx.put_blob(staged.package.blob, staged.blob)
    await tx.create(Resource(PACKAGE, "", staged.package.blob, msgspec.json.encode(_Count(1))))


async def held(means: Means, staged: Staged | None, work: Awaitable[Result]) -> Result:
    """The result of what is to keep a package; when it fails, the package's bytes are thrown away."""
    try:
        return await work
    except BaseException:
        if staged is not None and staged.blob is not None:
            means.store.drop_staged(staged.package.blob, staged.blob)
        raise


async def share(tx: Transaction, package: Package | None) -> bool:
    """One more has it; False when it is gone."""
    if package is None:
        return True
    found = await tx.get(PACKAGE, "", package.blob)
    if found is None:
        return False
    count = msgspec.json.decode(found.document, type=_Count)
    await tx.replace(msgspec.structs.replace(found, document=msgspec.json.encode(_Count(count.users + 1))))
    return True


async def drop(tx: Transaction, package: Package | None) -> None:
    """One has it no more; with the last it goes."""
    found = await tx.get(PACKAGE, "", package.blob) if package is not None else None
    if found is None:
        return
    users = msgspec.json.decode(found.document, type=_Count).users - 1
    if users:
        await tx.replace(msgspec.structs.replace(found, document=msgspec.json.encode(_Count(users))))
    else:
        await tx.delete(found)
        await tx.delete_blob(found.name)
