"""Packages: zip files made of a text, looked into, and changed in one place. Pure, and slow enough for a thread."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import BinaryIO, Final

import msgspec

TEXT_BYTES_MAX: Final = 64 * 1024
"""Files up to this size are shown."""
FILES_MAX: Final = 1000
EDITED_BYTES_MAX: Final = 8 * 1024 * 1024
"""Packages up to this size can be changed file by file."""
_MODE: Final = 0o755 << 16
_MADE: Final = (1980, 1, 1, 0, 0, 0)
_FAULTS: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError,
)  # fmt: skip
"""What `zipfile` raises of archives that are none, are damaged, or are written in a way that it does not know."""
_NAME_BYTES_MAX: Final = 0xFFFF


class Unreadable(Exception):
    """A package that is no zip file, or a file that can't be read, or has a name that none can have."""


class Entry(msgspec.Struct, frozen=True):
    """A file in a package; `size` unpacked."""

    name: str
    size: int


class Listing(msgspec.Struct, frozen=True):
    """A package's files, the first `FILES_MAX` of `count`."""

    entries: tuple[Entry, ...]
    count: int
    packed: int

    @property
    def small(self) -> bool:
        """Whether its files can be changed here."""
        return self.packed <= EDITED_BYTES_MAX and self.count <= FILES_MAX


class Shown(msgspec.Struct, frozen=True):
    """A file's content: `text` is None where it is too large or no text."""

    name: str
    size: int
    text: str | None


def packed(name: str, text: str) -> bytes:
    """A package of one file, which may be executed (a bootstrap is). The same text gives the same bytes. Raises
    `Unreadable` for a name that no package can have."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _write(archive, name, text.encode())
    return out.getvalue()


def _write(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    if not 0 < len(name.encode()) <= _NAME_BYTES_MAX:
        raise Unreadable("The name of a file has 1 to 65,535 bytes.")
    info = zipfile.ZipInfo(name, _MADE)
    info.external_attr = _MODE
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)


def look(file: BinaryIO, wanted: str) -> tuple[Listing, Shown | None]:
    """What is in a package, and one of its files: the one that is wanted, or the first that is text. Raises
    `Unreadable`."""
    try:
        with zipfile.ZipFile(file) as archive:
            found = [each for each in archive.infolist() if not each.filename.endswith("/")]
            size = file.seek(0, io.SEEK_END)
            entries = tuple(Entry(each.filename, each.file_size) for each in found[:FILES_MAX])
            chosen = next((each for each in found if each.filename == wanted), None)
            if chosen is None and not wanted:
                chosen = next((each for each in found if _plain(each.filename)), found[0] if found else None)
            shown = None if chosen is None else Shown(chosen.filename, chosen.file_size, _text(archive, chosen))
            return Listing(entries, len(found), size), shown
    except _FAULTS as error:
        raise Unreadable(str(error)) from error


def _plain(name: str) -> bool:
    return name.endswith((".py", ".js", ".mjs", ".cjs", ".ts", ".sh", "bootstrap"))


def _text(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> str | None:
    if info.file_size > TEXT_BYTES_MAX:
        return None
    with archive.open(info) as file:
        # A zip's directory may lie about a size.
        data = file.read(TEXT_BYTES_MAX + 1)
    if len(data) > TEXT_BYTES_MAX or b"\0" in data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def replaced(data: bytes, name: str, text: str) -> bytes:
    """A package with another text in one of its files, or one file more. Raises `Unreadable`."""
    out = io.BytesIO()
    try:
        with (
            zipfile.ZipFile(io.BytesIO(data)) as before,
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after,
        ):
            if not zipfile.ZipInfo(name).filename:  # nothing, or what begins with a NUL
                raise ValueError("A file has a name.")
            there = False
            for info in before.infolist():
                there = there or info.filename == name
                after.writestr(info, text.encode() if info.filename == name else before.read(info))
            if not there:
                _write(after, name, text.encode())
    except _FAULTS as error:
        raise Unreadable(str(error)) from error
    return out.getvalue()


def file_of(runtime: str, handler: str) -> str:
    """The file that a handler is looked for in: "app.handler" is in app.py, "index.handler" in index.mjs."""
    module = handler.rpartition(".")[0] or handler or "index"
    if runtime.startswith("python"):
        return f"{module.replace('.', '/')}.py"
    if runtime.startswith("nodejs"):
        return f"{module}.mjs"
    return "bootstrap"
