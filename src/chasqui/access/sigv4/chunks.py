"""S3's aws-chunked bodies: chunks with their lengths, each signed or not, and trailers. Bytes in, payload out.

Source: S3 API reference, "Transferring payload in multiple chunks (chunked upload)" and "… including trailing headers".
A decoder holds no more than a chunk's header or the trailers: payload is handed on as it comes, before its chunk's
signature has been seen, so what was written of it counts only when `finish` has returned.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final, Literal

import msgspec
from cryptography.hazmat.primitives.hmac import HMAC

from chasqui.access.sigv4 import refusals
from chasqui.access.sigv4.check import STREAMING, signing_keys
from chasqui.access.sigv4.read import Presented
from chasqui.wire.protocol import Request

CHUNK_BYTES_MIN: Final = 8192
"""Only the last chunk may be smaller."""
_HEADER_BYTES_MAX: Final = 256
_TRAILERS_BYTES_MAX: Final = 8192
_SIGNED, _SIGNED_TRAILER, _UNSIGNED_TRAILER = STREAMING
_EMPTY: Final = hashlib.sha256(b"").hexdigest()
_TRAILER_SIGNATURE: Final = b"x-amz-trailer-signature"

State = Literal["header", "data", "after data", "trailers", "end"]


class ChunkSigning(msgspec.Struct):
    """The chain of signatures: each one signs the one before. `last` is the newest, at first the request's."""

    key: HMAC
    timestamp: str
    scope: str
    last: str

    def check_chunk(self, signature: str, data_sha256: str) -> None:
        """Raises `SignatureRefused` when a chunk's signature is not its own."""
        self._check(signature, "AWS4-HMAC-SHA256-PAYLOAD", f"{_EMPTY}\n{data_sha256}")

    def check_trailers(self, signature: str, trailers: bytes) -> None:
        """The same for the trailers, in canonical form: "name:value" with a line feed after each."""
        self._check(signature, "AWS4-HMAC-SHA256-TRAILER", hashlib.sha256(trailers).hexdigest())

    def _check(self, signature: str, algorithm: str, of: str) -> None:
        signer = self.key.copy()
        signer.update(f"{algorithm}\n{self.timestamp}\n{self.scope}\n{self.last}\n{of}".encode())
        if not hmac.compare_digest(signer.finalize().hex().encode(), signature.encode()):
            raise refusals.chunk_no_match()
        self.last = signature


def chunk_signing(presented: Presented, secret: str, now_ms: int) -> ChunkSigning | None:
    """How a request's chunks are signed; None where they are not."""
    if presented.payload not in (_SIGNED, _SIGNED_TRAILER):
        return None
    key = signing_keys.of(secret, presented.date, presented.region, presented.service, now_ms)
    return ChunkSigning(key, presented.timestamp, presented.scope, presented.signature.decode("latin-1"))


def chunk_decoder(presented: Presented, request: Request, secret: str, now_ms: int) -> ChunkDecoder:
    """The decoder for a request's body, whose signature has been checked. Its `payload` must be one of `STREAMING`.

    Raises `SignatureRefused` when the request does not tell how long its payload is.
    """
    length = request.header(b"x-amz-decoded-content-length") or ""
    if not (length.isascii() and length.isdecimal() and len(length) <= 15):
        raise refusals.missing_length()
    signing = chunk_signing(presented, secret, now_ms)
    told = (request.header(b"x-amz-trailer") or "").lower().replace(",", " ").split()
    return ChunkDecoder(presented.payload, int(length), signing, frozenset(name.encode() for name in told))


class ChunkDecoder:
    """Decodes one body: `feed` its bytes, then `finish`.

    `kind` is one of `STREAMING`, `length` the payload's in bytes, `trailers_told` the lower-case names in
    x-amz-trailer. `trailers` are there after `finish`. Without `signing`, signatures are there and are not verified.
    """

    def __init__(
        self, kind: str, length: int, signing: ChunkSigning | None, trailers_told: frozenset[bytes] = frozenset()
    ) -> None:
        assert signing is None or kind != _UNSIGNED_TRAILER, f"{kind} with signatures"
        self._signed = kind != _UNSIGNED_TRAILER
        self.trailers: dict[bytes, bytes] = {}
        self._signing = signing
        self._trailing = kind != _SIGNED
        self._trailers_told = trailers_told
        self._length = length
        self._got = 0
        self._state: State = "header"
        self._held = bytearray()
        self._number = 0
        self._size = 0
        self._left = 0
        self._signature = ""
        self._hash = hashlib.sha256()
        self._trailer_lines: list[bytes] = []
        self._trailers_bytes = 0

    def feed(self, data: bytes) -> bytes:
        """The payload in the next bytes of the body. Raises `SignatureRefused`; the decoder is of no use then."""
        payload: list[bytes] = []
        at = 0
        while at < len(data):
            if self._state == "data":
                piece = data[at : at + self._left]
                at += len(piece)
                self._take(piece)
                payload.append(piece)
            else:
                end = data.find(b"\n", at) + 1
                self._held += data[at : end or len(data)]
                at = end or len(data)
                self._check_held()
                if end:
                    line = bytes(self._held)
                    self._held.clear()
                    self._line(line)
        return payload[0] if len(payload) == 1 else b"".join(payload)

    def finish(self) -> dict[bytes, bytes]:
        """The body has ended; its trailers. Raises `SignatureRefused` when it is not whole."""
        if self._state != "end" or self._held:
            raise refusals.bad_chunks()
        return self.trailers

    def _check_held(self) -> None:
        if self._state == "trailers":
            if self._trailers_bytes + len(self._held) > _TRAILERS_BYTES_MAX:
                raise refusals.bad_trailer()
        elif len(self._held) > _HEADER_BYTES_MAX:
            raise refusals.bad_chunks()

    def _take(self, piece: bytes) -> None:
        self._left -= len(piece)
        self._got += len(piece)
        if self._signing is not None:
            self._hash.update(piece)
        if self._left == 0:
            self._state = "after data"

    def _line(self, line: bytes) -> None:
        if self._state == "trailers":
            self._trailer_line(line)
        elif self._state == "header":
            self._header_line(line)
        elif line != b"\r\n":
            raise refusals.bad_chunks()
        elif self._state == "after data":
            self._end_chunk()
            self._state = "header"
        # After the end, some clients send another empty line.

    def _header_line(self, line: bytes) -> None:
        """ "10000;chunk-signature=…" or, without signatures, "10000"."""
        head, _, extension = line.removesuffix(b"\r\n").partition(b";")
        name, _, signature = extension.partition(b"=")
        digits = head.decode("latin-1")
        if not line.endswith(b"\r\n") or not digits or len(digits) > 12 or set(digits) - set("0123456789abcdefABCDEF"):
            raise refusals.bad_chunks()
        if self._signed and (name != b"chunk-signature" or not signature):
            raise refusals.bad_chunks()
        size = int(digits, 16)
        self._number += 1
        if size and 0 < self._size < CHUNK_BYTES_MIN:
            raise refusals.small_chunk(self._number, self._size)
        if self._got + size > self._length:
            raise refusals.wrong_length(self._length, self._got + size)
        self._size = self._left = size
        self._signature = signature.decode("latin-1")
        self._state = "data"
        if not size:
            self._end_payload()

    def _end_chunk(self) -> None:
        if self._signing is not None:
            self._signing.check_chunk(self._signature, self._hash.hexdigest())
            self._hash = hashlib.sha256()

    def _end_payload(self) -> None:
        self._end_chunk()
        if self._got != self._length:
            raise refusals.wrong_length(self._length, self._got)
        self._state = "trailers"

    def _trailer_line(self, line: bytes) -> None:
        self._trailers_bytes += len(line)
        text = line.strip()
        if text:
            name, colon, value = text.partition(b":")
            name = name.strip().lower()
            if not self._trailing or not colon or not name or name in self.trailers:
                raise refusals.bad_trailer()
            self.trailers[name] = value.strip()
        # The signature may come after an empty line; nothing else may.
        elif not self._signed or not self._trailing or _TRAILER_SIGNATURE in self.trailers:
            self._end_trailers()
            self._state = "end"

    def _end_trailers(self) -> None:
        if self._signed and self._trailing:
            signature = self.trailers.pop(_TRAILER_SIGNATURE)
            if self._signing is not None:
                lines = b"".join([b"%b:%b\n" % trailer for trailer in self.trailers.items()])
                self._signing.check_trailers(signature.decode("latin-1"), lines)
        if self.trailers.keys() != self._trailers_told:
            raise refusals.bad_trailer()
