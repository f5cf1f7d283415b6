"""Large payloads under a key of their own: AES-256-GCM in segments, so that any range opens without the rest.

The plaintext is cut into segments of 64 KiB, the last one shorter or equal. Each is sealed by itself: its number is the
nonce (a key seals one payload, so none comes twice), and whether it is the last one is authenticated with it. So
segments that were changed, exchanged, left out, or cut off at the end do not open. It is the STREAM construction
(Hoang, Reyhanitabar, Rogaway, Vizár: "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015).
Pure: bytes in, bytes out; nothing here waits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chasqui.crypto.keyring import UnreadableEnvelope

SEGMENT_BYTES: Final = 64 * 1024
TAG_BYTES: Final = 16
SEALED_BYTES: Final = SEGMENT_BYTES + TAG_BYTES
_INNER: Final = b"\x00"
_LAST: Final = b"\x01"
_FIRST_NONCE: Final = bytes(12)

Bytes = bytes | bytearray | memoryview


def segments_of(size: int) -> int:
    """How many segments a payload of so many bytes has; an empty one has one, which is empty."""
    return max(1, -(-size // SEGMENT_BYTES))


def sealed_size(size: int) -> int:
    """Bytes of the ciphertext of so many bytes."""
    return size + TAG_BYTES * segments_of(size)


def seal_small(key: bytes, clear: bytes) -> bytes:
    """The ciphertext of a payload of one segment."""
    assert len(clear) <= SEGMENT_BYTES, "one segment"
    return AESGCM(key).encrypt(_FIRST_NONCE, clear, _LAST)


def open_small(key: bytes, sealed: bytes) -> bytes:
    """The payload of one segment. Raises `UnreadableEnvelope`."""
    try:
        return AESGCM(key).decrypt(_FIRST_NONCE, sealed, _LAST)
    except InvalidTag as error:
        raise UnreadableEnvelope("its key does not open this segment") from error


def small_opener(key: bytes) -> Callable[[bytes], bytes]:
    """`open_small` of one key."""
    decrypt = AESGCM(key).decrypt

    def opened(sealed: bytes) -> bytes:
        try:
            return decrypt(_FIRST_NONCE, sealed, _LAST)
        except InvalidTag as error:
            raise UnreadableEnvelope("its key does not open this segment") from error

    return opened


class Sealer:
    """Seals a payload as it comes."""

    def __init__(self, key: bytes) -> None:
        self._encrypt_into = AESGCM(key).encrypt_into
        self._held = bytearray()
        self._number = 0

    def add(self, pieces: list[bytes]) -> bytes:
        """The ciphertext of the segments that these pieces complete. The newest segment is held back, for it may be the
        last."""
        for piece in pieces:
            self._held += piece
        count = max(0, len(self._held) - 1) // SEGMENT_BYTES
        sealed = bytearray(count * SEALED_BYTES)
        with memoryview(self._held) as held, memoryview(sealed) as out:
            for at in range(count):
                self._encrypt_into(
                    (self._number + at).to_bytes(12, "big"),
                    held[at * SEGMENT_BYTES : (at + 1) * SEGMENT_BYTES],
                    _INNER,
                    out[at * SEALED_BYTES : (at + 1) * SEALED_BYTES],
                )
        self._number += count
        del self._held[: count * SEGMENT_BYTES]
        return bytes(sealed)

    def finish(self) -> bytes:
        """The last segment's ciphertext. Called once."""
        sealed = bytearray(len(self._held) + TAG_BYTES)
        self._encrypt_into(self._number.to_bytes(12, "big"), self._held, _LAST, sealed)
        self._held = bytearray()
        return bytes(sealed)


class Span:
    """Which bytes of a ciphertext must be read for the bytes [start, end) of a payload of `size` bytes."""

    __slots__ = ("first", "last", "sealed_end", "sealed_start", "skip", "wanted")

    def __init__(self, size: int, start: int, end: int) -> None:
        assert 0 <= start < end <= size, "a range within the payload"
        self.first = start // SEGMENT_BYTES
        self.last = segments_of(size) - 1
        until = (end - 1) // SEGMENT_BYTES
        self.sealed_start = self.first * SEALED_BYTES
        self.sealed_end = min((until + 1) * SEALED_BYTES, sealed_size(size))
        self.skip = start - self.first * SEGMENT_BYTES
        self.wanted = end - start


class Opener:
    """Opens a span of a ciphertext as it is read."""

    def __init__(self, key: bytes, span: Span) -> None:
        self._decrypt_into = AESGCM(key).decrypt_into
        self._number = span.first
        self._last = span.last
        self._left = span.sealed_end - span.sealed_start
        self._skip = span.skip
        self._wanted = span.wanted
        self._held = bytearray()

    def add(self, pieces: list[bytes]) -> bytes:
        """The payload of the segments that these pieces complete, no more than the span wants. Raises
        `UnreadableEnvelope`."""
        for piece in pieces:
            self._held += piece
            self._left -= len(piece)
        count = len(self._held) // SEALED_BYTES
        if self._left <= 0 and len(self._held) % SEALED_BYTES:
            count += 1
        clear = bytearray(count * SEGMENT_BYTES)
        size = 0
        with memoryview(self._held) as held, memoryview(clear) as out:
            for at in range(0, count * SEALED_BYTES, SEALED_BYTES):
                clear_bytes = max(0, min(SEALED_BYTES, len(held) - at) - TAG_BYTES)
                size += self._open(held[at : at + SEALED_BYTES], out[size : size + clear_bytes])
        del self._held[: count * SEALED_BYTES]
        end = min(size, self._skip + self._wanted)
        wanted = bytes(memoryview(clear)[self._skip : end])
        if count:
            self._skip = 0
        self._wanted -= len(wanted)
        return wanted

    def finish(self) -> None:
        """That all came which was wanted. Raises `UnreadableEnvelope`."""
        if self._wanted:
            raise UnreadableEnvelope("this payload was cut")

    def _open(self, sealed: memoryview, out: memoryview) -> int:
        try:
            size = self._decrypt_into(
                self._number.to_bytes(12, "big"), sealed, _LAST if self._number == self._last else _INNER, out
            )
        except (InvalidTag, ValueError) as error:
            raise UnreadableEnvelope("its key does not open this segment") from error
        self._number += 1
        return size
