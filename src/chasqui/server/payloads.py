"""What S3's clients say of their payloads, and whether it is so: hashes, aws-chunked framing, lengths.

A request tells in x-amz-content-sha256 how its payload is promised: by its hash, not at all, or in chunks that may be
signed and may have trailers after them. Services see an `Incoming` (`base/bodies.py`), from which all of that is gone.
Source: S3 API reference, "Authenticating requests: using the Authorization header".
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from typing import Final
from urllib.parse import unquote_plus

import msgspec

from chasqui.access.sigv4 import refusals
from chasqui.access.sigv4.check import STREAMING, UNSIGNED
from chasqui.access.sigv4.chunks import ChunkDecoder, ChunkSigning
from chasqui.base.errors import ServiceError
from chasqui.server.inflow import BrokenBody, Inflow
from chasqui.wire.protocol import Request

#: More than this is hashed on a thread.
AT_ONCE_BYTES_MAX: Final = 64 * 1024
_HASH: Final = b"x-amz-content-sha256"
_DECODED: Final = b"x-amz-decoded-content-length"
_ENCODING: Final = b"content-encoding"
_PRESIGNED_HASH: Final = "X-Amz-Content-Sha256="
_DIGITS_MAX: Final = 15
_HEX: Final = frozenset("0123456789abcdef")


class Promise(msgspec.Struct, frozen=True):
    """What a request says of its payload: `sha256` in hex, or "" for none; `chunked` is one of `STREAMING`, or "" for a
    payload that is the body. `length` is the payload's, None when it is not told."""

    sha256: str
    chunked: str
    length: int | None


def promise_of(request: Request) -> Promise:
    """Read it. Raises `SignatureRefused` where it cannot be kept."""
    told = request.header(_HASH)
    if told is None and _PRESIGNED_HASH in request.query:
        told = next(
            (unquote_plus(each[len(_PRESIGNED_HASH) :]) for each in request.query.split("&")
             if each.startswith(_PRESIGNED_HASH)), None,
        )  # fmt: skip
    told = (told or "").strip()
    if not told or told == UNSIGNED:
        return Promise("", "", _length(request, b"content-length"))
    if told in STREAMING:
        length = _length(request, _DECODED)
        if length is None:
            raise refusals.missing_length()
        return Promise("", told, length)
    if len(told) == 64 and _HEX.issuperset(told.lower()):
        return Promise(told, "", _length(request, b"content-length"))
    if told.startswith("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"):
        raise refusals.other_algorithm("s3", "AWS4-ECDSA-P256-SHA256", presigned=False)
    raise refusals.bad_content_hash(told)


def _length(request: Request, name: bytes) -> int | None:
    text = request.header(name)
    if text is None:
        return None
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX):
        raise refusals.missing_length()
    return int(text)


def without_framing(request: Request, promise: Promise) -> Request:
    """The request as the operation sees it: the payload's own length and encoding in place of the body's."""
    if not promise.chunked:
        return request
    headers = dict(request.headers)
    headers[b"content-length"] = b"%d" % (promise.length or 0)
    coded = [each.strip() for each in headers.pop(_ENCODING, b"").split(b",")]
    kept = [each for each in coded if each and each.lower() != b"aws-chunked"]
    if kept:
        headers[_ENCODING] = b",".join(kept)
    return request._replace(headers=headers)


class Checks:
    """The work on one payload: `take` its body piece by piece, then `finish`. Both may run on a thread, one after the
    other. They raise `SignatureRefused`."""

    def __init__(self, promise: Promise, request: Request, signing: ChunkSigning | None) -> None:
        self._told = promise.sha256
        self._hash = hashlib.sha256() if promise.sha256 else None
        self.decoder: ChunkDecoder | None = None
        if promise.chunked:
            named = (request.header(b"x-amz-trailer") or "").lower().replace(",", " ").split()
            told = frozenset(name.encode() for name in named)
            self.decoder = ChunkDecoder(promise.chunked, promise.length or 0, signing, told)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return self._hash is None and self.decoder is None

    def take(self, data: bytes) -> bytes:
        """The payload in some of the body."""
        if self._hash is not None:
            self._hash.update(data)
        return data if self.decoder is None else self.decoder.feed(data)

    def finish(self) -> dict[str, str]:
        """The body has ended; its trailers."""
        if self._hash is not None:
            found = self._hash.hexdigest()
            if not hmac.compare_digest(self._told.lower().encode(), found.encode()):
                raise refusals.content_hash_mismatch(self._told, found)
        if self.decoder is None:
            return {}
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in self.decoder.finish().items()}

    def all_of(self, body: bytes) -> tuple[bytes, dict[str, str]]:
        """The payload of a whole body, and its trailers."""
        payload = self.take(body) if body else b""
        return payload, self.finish()


class Whole:
    """A payload that has come: see `base.bodies.Incoming`."""

    __slots__ = ("trailers", "whole")

    def __init__(self, whole: bytes, trailers: dict[str, str]) -> None:
        self.whole = whole
        self.trailers = trailers

    @property
    def length(self) -> int:
        return len(self.whole)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self.whole:
            yield self.whole


class Streamed:
    """A payload that comes as it is read: see `base.bodies.Incoming`."""

    __slots__ = ("_checks", "_done", "_hashing", "_stream", "length", "trailers", "whole")

    def __init__(self, stream: Inflow, checks: Checks, length: int | None) -> None:
        self.length = length
        self.trailers: dict[str, str] = {}
        self.whole: bytes | None = None
        self._stream = stream
        self._checks = checks
        self._done = False
        self._hashing: asyncio.Future[bytes] | None = None

    def __aiter__(self) -> Streamed:
        return self

    async def __anext__(self) -> bytes:
        while not self._done:
            try:
                data = await self._stream.take()
            except BrokenBody as error:
                raise told(error) from error
            payload = await self._check(data) if data else await self._finish()
            if payload:
                return payload
        raise StopAsyncIteration

    async def _check(self, data: bytes) -> bytes:
        checks = self._checks
        await self._settle()
        if checks.idle or len(data) <= AT_ONCE_BYTES_MAX:
            return checks.take(data)
        working = asyncio.get_running_loop().run_in_executor(None, checks.take, data)
        if checks.decoder is not None:
            return await working
        # What is hashed is the payload itself: its reader can go on meanwhile.
        self._hashing = working
        return data

    async def _settle(self) -> None:
        if self._hashing is not None:
            await self._hashing
            self._hashing = None

    async def _finish(self) -> bytes:
        await self._settle()
        self._done = True
        self.trailers = self._checks.finish()
        return b""


Payload = Whole | Streamed


def told(error: BrokenBody) -> ServiceError:
    """What an operation is told of a body that did not come to its end, in S3's words."""
    if error.status == 408:
        return ServiceError(
            "RequestTimeout",
            "Your socket connection to the server was not read from or written to within the timeout period."
            " Idle connections will be closed.",
            status=400,
        )
    return ServiceError("IncompleteBody", error.reason if error.status else "The client has gone.", status=400)


async def whole_of(body: bytes, checks: Checks) -> Whole:
    """The payload of a body that has come. Raises `SignatureRefused`."""
    if checks.idle:
        return Whole(body, {})
    if len(body) <= AT_ONCE_BYTES_MAX:
        return Whole(*checks.all_of(body))
    return Whole(*await asyncio.get_running_loop().run_in_executor(None, checks.all_of, body))


def check_length(table: Mapping[bytes, bytes], promise: Promise) -> None:
    """Refuse an object that does not say how long it is (S3 API reference, PutObject: Content-Length is required)."""
    if promise.chunked or b"content-length" in table:
        return
    if b"transfer-encoding" in table:
        raise ServiceError(
            "NotImplemented",
            "A header you provided implies functionality that is not implemented",
            status=501,
            fields={"Header": "Transfer-Encoding"},
        )
    raise refusals.missing_length()
