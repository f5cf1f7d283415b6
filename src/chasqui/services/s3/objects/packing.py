"""Pieces and parts of an object of many, packed: a document with thousands of each would take long to read, at every
request for the object. What is packed is read as far as it is needed. Pure.

A record is a part: its number, its size, its blob's name (zeros for an empty part, which has none) and its checksum.
Before them, the length of the checksums.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, overload

from chasqui.services.s3.objects.document import ObjectDocument, Part, Piece

_HEAD: Final = 1
_RECORD: Final = struct.Struct(">HQ18s")
_SIZE: Final = struct.Struct(">2xQ18x")
_PREFIX: Final = "s3/"
_NAME_LENGTH: Final = len(_PREFIX) + 2 * 18
_NO_BLOB: Final = bytes(18)


def pack(parts: Sequence[Part], pieces: Sequence[Piece]) -> bytes:
    """Parts with their pieces, of which each that is not empty has one; nothing where they are not as they usually
    are."""
    left = iter(pieces)
    checksums = [b"" if part.checksum is None else _bytes_of(part.checksum) for part in parts]
    length = len(checksums[0]) if checksums else 0
    if not parts or length > 255 or any(len(each) != length for each in checksums):
        return b""
    if length == 0 and any(part.checksum is not None for part in parts):
        return b""
    records = [bytes([length])]
    for part, checksum in zip(parts, checksums, strict=True):
        blob = _NO_BLOB
        if part.size:
            piece = next(left, None)
            raw = _raw(piece.blob) if piece is not None and piece.size == part.size else None
            if raw is None:
                return b""
            blob = raw
        records.append(_RECORD.pack(part.number, part.size, blob) + checksum)
    return b"" if next(left, None) is not None else b"".join(records)


def _bytes_of(checksum: str) -> bytes:
    try:
        return base64.b64decode(checksum, validate=True)
    except binascii.Error:
        return b""


def _raw(blob: str) -> bytes | None:
    """A blob's name in bytes; None for one that is not as they are made."""
    try:
        raw = bytes.fromhex(blob.removeprefix(_PREFIX)) if len(blob) == _NAME_LENGTH else b""
    except ValueError:
        return None
    return raw if len(raw) == len(_NO_BLOB) and raw != _NO_BLOB and _name(raw) == blob else None


def _name(raw: bytes) -> str:
    return _PREFIX + raw.hex()


def _width(packed: bytes) -> int:
    return _RECORD.size + packed[0]


class PackedParts(Sequence[Part]):
    """The parts of what is packed, made as they are asked for."""

    def __init__(self, packed: bytes) -> None:
        self._packed = packed
        self._width = _width(packed)

    def __len__(self) -> int:
        return (len(self._packed) - _HEAD) // self._width

    @overload
    def __getitem__(self, index: int) -> Part: ...
    @overload
    def __getitem__(self, index: slice) -> list[Part]: ...
    def __getitem__(self, index: int | slice) -> Part | list[Part]:
        if isinstance(index, slice):
            return [self._at(each) for each in range(*index.indices(len(self)))]
        count = len(self)
        if not -count <= index < count:
            raise IndexError(index)
        return self._at(index % count)

    def _at(self, index: int) -> Part:
        start = _HEAD + index * self._width
        number, size, _ = _RECORD.unpack_from(self._packed, start)
        checksum = self._packed[start + _RECORD.size : start + self._width]
        return Part(number, size, base64.b64encode(checksum).decode() if checksum else None)

    def start_of(self, index: int) -> int:
        """Where in the object a part begins, in bytes."""
        width = self._width
        return sum(_SIZE.unpack_from(self._packed, _HEAD + at * width)[0] for at in range(index))


def parts_of(document: ObjectDocument) -> Sequence[Part]:
    """The parts of an object, none where it was not made of parts."""
    return PackedParts(document.packed) if document.packed else document.parts


def pieces_from(packed: bytes, start: int) -> tuple[int, Iterable[Piece]]:
    """The pieces from the one on that has the byte `start`, and how many bytes are before it."""
    width, before = _width(packed), 0
    for at in range(_HEAD, len(packed), width):
        (size,) = _SIZE.unpack_from(packed, at)
        if before + size > start:
            return before, _pieces(packed, at)
        before += size
    return before, ()


def _pieces(packed: bytes, start: int) -> Iterator[Piece]:
    for at in range(start, len(packed), _width(packed)):
        _, size, blob = _RECORD.unpack_from(packed, at)
        if size:
            yield Piece(_name(blob), size)


def split(packed: bytes, records: int) -> Iterator[bytes]:
    """The same in several, of so many records each."""
    if packed:
        step = _width(packed) * records
        for at in range(_HEAD, len(packed), step):
            yield packed[:_HEAD] + packed[at : at + step]


def cut(packed: bytes, records: int) -> tuple[list[str], bytes]:
    """The blobs of the first so many records, and the rest; nothing when there is none."""
    end = _HEAD + _width(packed) * records
    names = [piece.blob for piece in _pieces(packed[:end], _HEAD)]
    return names, packed[:_HEAD] + packed[end:] if len(packed) > end else b""
