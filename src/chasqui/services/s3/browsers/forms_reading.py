"""A form as it comes (multipart/form-data): its fields, then its file's bytes as they are wanted.

No I/O of its own: it reads an iterator of bytes. Source: RFC 7578; RFC 2046, section 5.1; S3 API reference, "POST
Object" (all fields come before the file, what comes behind it does not count).
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Final

from chasqui.base.errors import ServiceError

FIELDS_BYTES_MAX: Final = 20_000
_HEAD_BYTES_MAX: Final = 4096
_BOUNDARY: Final = re.compile(r'boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
_PARAMETER: Final = re.compile(
    rb'(?:\A|[;\s])(name|filename)="((?:[^"\\]|\\.)*)"|(?:\A|[;\s])(name|filename)=([^;"\s]+)'
)


def boundary_of(content_type: str) -> bytes:
    """What stands between the parts. Raises MalformedPOSTRequest."""
    match = _BOUNDARY.search(content_type)
    if match is None:
        raise malformed()
    return (match[1] or match[2]).encode("latin-1")


class FormReader:
    """Reads a form once: `fields`, then `file`. Names of fields are in lower case."""

    def __init__(self, pieces: AsyncIterator[bytes], boundary: bytes) -> None:
        self._pieces = pieces
        self._between = b"\r\n--" + boundary
        # The first boundary may stand at the very beginning.
        self._held = bytearray(b"\r\n")
        self.filename = ""
        self.has_file = False

    async def fields(self) -> dict[str, str]:
        """The fields before the file. Raises MalformedPOSTRequest, MaxPostPreDataLengthExceeded and InvalidArgument."""
        found: dict[str, str] = {}
        size = 0
        await self._until(self._between, FIELDS_BYTES_MAX)
        while not await self._at_end():
            head = await self._until(b"\r\n\r\n", _HEAD_BYTES_MAX)
            name, filename, is_file = _disposition(bytes(head))
            if name.lower() == "file" or is_file:
                self.filename, self.has_file = filename, True
                return found
            value = await self._until(self._between, FIELDS_BYTES_MAX)
            size += len(head) + len(value)
            if size > FIELDS_BYTES_MAX:
                raise _too_long()
            try:
                found[name.lower()] = value.decode()
            except UnicodeDecodeError:
                raise malformed() from None
        return found

    async def file(self) -> AsyncIterator[bytes]:
        """The file's bytes. What comes behind it is read and thrown away. Raises MalformedPOSTRequest when the form
        ends before the file does."""
        between = self._between
        keep = len(between) - 1
        while True:
            at = self._held.find(between)
            if at >= 0:
                break
            if len(self._held) > keep:
                piece = bytes(memoryview(self._held)[: len(self._held) - keep])
                del self._held[: len(piece)]
                yield piece
            await self._more()
        if at:
            yield bytes(memoryview(self._held)[:at])
        self._held.clear()
        async for _ in self._pieces:
            pass

    async def _at_end(self) -> bool:
        """Whether the boundary that was passed is the last one."""
        while len(self._held) < 2:
            await self._more()
        return self._held[:2] == b"--"

    async def _until(self, end: bytes, most: int) -> bytes:
        """The bytes up to `end`, which is passed."""
        looked = 0
        while (at := self._held.find(end, max(0, looked - len(end)))) < 0:
            looked = len(self._held)
            if looked > most:
                raise _too_long()
            await self._more()
        found = bytes(memoryview(self._held)[:at])
        del self._held[: at + len(end)]
        return found

    async def _more(self) -> None:
        piece = await anext(self._pieces, None)
        if piece is None:
            raise malformed()
        self._held += piece


def _disposition(head: bytes) -> tuple[str, str, bool]:
    """(name, file's name, whether it is a file) by a part's head."""
    for line in head.split(b"\r\n"):
        field, _, value = line.partition(b":")
        if field.strip().lower() == b"content-disposition":
            found: dict[bytes, str] = {}
            for quoted_name, quoted, plain_name, plain in _PARAMETER.findall(value):
                text = re.sub(rb"\\(.)", rb"\1", quoted) if quoted_name else plain
                found.setdefault(quoted_name or plain_name, text.decode("utf-8", "replace"))
            if b"name" in found:
                return found[b"name"], found.get(b"filename", ""), b"filename" in found
    raise malformed()


def malformed() -> ServiceError:
    return ServiceError(
        "MalformedPOSTRequest",
        "The body of your POST request is not well-formed multipart/form-data.",
        status=400,
    )


def _too_long() -> ServiceError:
    return ServiceError(
        "MaxPostPreDataLengthExceeded",
        "Your POST request fields preceding the upload file was too large.",
        status=400,
        fields={"MaxPostPreDataLengthBytes": FIELDS_BYTES_MAX},
    )
