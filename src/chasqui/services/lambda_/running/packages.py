"""Functions' files: packages from the store, unpacked once into folders that environments share and must not change.

A folder is named by its packages' digests and appears whole (renamed into place) or not at all. Zips are anybody's:
names that lead outside, links through which others would be written, and more bytes than allowed are refused.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from chasqui.services.lambda_.running.contract import CannotRun, Package

if TYPE_CHECKING:
    from chasqui.store.port import Store

_KEPT_UNUSED: Final = 32
_PIECE_BYTES: Final = 1 << 20
_ENTRIES_MAX: Final = 200_000
_FOLDERS_MAX: Final = 1_000_000
"""Folders on the ways to all entries, each counted anew."""
_LINK_BYTES_MAX: Final = 4096


class Packages:
    """The unpacked packages of this process."""

    def __init__(self, store: Store, folder: Path, unzipped_bytes_max: int) -> None:
        self._store = store
        self._folder = folder
        self._bytes_max = unzipped_bytes_max
        self._folders: dict[str, asyncio.Task[Path]] = {}
        self._users: dict[str, int] = {}
        self._unused: dict[str, None] = {}
        self._removing: set[asyncio.Future[None]] = set()

    async def hold(self, packages: Sequence[Package]) -> Path:
        """The folder of these packages, each unpacked over those before it, until `release`. Raises `CannotRun`."""
        name = _name(packages)
        self._users[name] = self._users.get(name, 0) + 1
        self._unused.pop(name, None)
        unpacking = self._folders.get(name)
        if unpacking is None:
            unpacking = self._folders[name] = asyncio.get_running_loop().create_task(self._unpack(name, packages))
        try:
            # Others may wait for it too.
            return await asyncio.shield(unpacking)
        except BaseException:
            if unpacking.done() and self._folders.get(name) is unpacking:
                del self._folders[name]
            self.release(packages)
            raise

    def release(self, packages: Sequence[Package]) -> None:
        """The folder is no longer needed here; those used last are kept."""
        name = _name(packages)
        left = self._users.get(name, 0) - 1
        if left > 0:
            self._users[name] = left
            return
        self._users.pop(name, None)
        if name not in self._folders:
            return
        self._unused[name] = None
        while len(self._unused) > _KEPT_UNUSED:
            oldest = next(iter(self._unused))
            del self._unused[oldest], self._folders[oldest]
            removing = asyncio.get_running_loop().run_in_executor(None, _remove, self._folder / oldest)
            self._removing.add(removing)
            removing.add_done_callback(self._removing.discard)

    async def _unpack(self, name: str, packages: Sequence[Package]) -> Path:
        target = self._folder / name
        temporary = Path(await asyncio.to_thread(_temporary, self._folder))
        zips = []
        try:
            for number, package in enumerate(packages):
                path = temporary / f"{number}.zip"
                await self._fetch(package, path)
                zips.append(path)
            await asyncio.to_thread(unpack, zips, temporary / "all", self._bytes_max)
            await asyncio.to_thread(_settle, temporary / "all", target)
        finally:
            await asyncio.to_thread(_remove, temporary)
        return target

    async def _fetch(self, package: Package, path: Path) -> None:
        with await asyncio.to_thread(path.open, "wb") as file:
            try:
                async for piece in self._store.read_blob(package.blob):
                    await asyncio.to_thread(file.write, piece)
            except KeyError as error:
                raise CannotRun("CodeStorageError", "The function's code is no longer there.") from error


def _name(packages: Sequence[Package]) -> str:
    return hashlib.sha256("\n".join(each.sha256 for each in packages).encode()).hexdigest()[:40]


def _temporary(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    return tempfile.mkdtemp(prefix="new-", dir=folder)


def _settle(made: Path, target: Path) -> None:
    made.chmod(0o755)
    if target.exists():
        _remove(target)
    made.rename(target)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def unpack(zips: Sequence[Path], target: Path, bytes_max: int) -> None:
    """Unpack zips into a new folder, later ones over earlier ones; executable bits are kept. Raises `CannotRun`."""
    target.mkdir(mode=0o755)
    left = bytes_max
    for path in zips:
        try:
            with zipfile.ZipFile(path) as archive:
                left = _unpack_one(archive, target, left)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, zlib.error) as error:
            raise CannotRun("InvalidZipFileException", "Could not unzip uploaded file.") from error
        except OSError as error:
            raise CannotRun("InvalidZipFileException", f"Could not unzip uploaded file: {error.strerror}.") from error


def _unpack_one(archive: zipfile.ZipFile, target: Path, left: int) -> int:
    entries = archive.infolist()
    if len(entries) > _ENTRIES_MAX:
        raise ValueError("too many entries")
    if sum(entry.filename.count("/") for entry in entries) > _FOLDERS_MAX:
        raise ValueError("too many folders")
    links: list[Callable[[], None]] = []
    for entry in entries:
        path = _inside(target, entry.filename)
        _refuse_links(target, path)
        mode = entry.external_attr >> 16
        if stat.S_ISLNK(mode):
            # Afterwards, so that nothing is written through them.
            links.append(partial(_link, target, path, _target_of(archive, entry)))
        elif entry.is_dir():
            path.mkdir(mode=0o755, parents=True, exist_ok=True)
        else:
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            if path.is_symlink():
                path.unlink()
            left = _copy(archive, entry, path, left)
            path.chmod(0o644 | (mode & 0o111))
    for link in links:
        link()
    return left


def _target_of(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    with archive.open(entry) as source:
        target = source.read(_LINK_BYTES_MAX + 1)
    if not target or len(target) > _LINK_BYTES_MAX:
        raise ValueError("no link")
    return target.decode()


def _copy(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, left: int) -> int:
    with archive.open(entry) as source, path.open("wb") as file:
        while piece := source.read(_PIECE_BYTES):
            left -= len(piece)
            if left < 0:
                raise ValueError("too large unpacked")
            file.write(piece)
    return left


def _inside(target: Path, name: str) -> Path:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or parts[0] == "/" or ".." in parts or "\0" in name:
        raise ValueError("a name that leads outside")
    return target.joinpath(*parts)


def _refuse_links(target: Path, path: Path) -> None:
    """See that no link, of an earlier zip, lies on the way."""
    for parent in path.parents:
        if parent == target:
            return
        if parent.is_symlink():
            raise ValueError("a name that leads through a link")


def _link(target: Path, path: Path, to: str) -> None:
    _refuse_links(target, path)
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        path.unlink()
    path.symlink_to(to)
