"""A disk that forgets: a SQLite file system that remembers what each file held at its last sync and what was written
since, so that the moment of a power cut can be staged."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512


class Image:
    """One file: the bytes that are safe and the writes that may not be."""

    def __init__(self, safe: bytes) -> None:
        self.safe = bytearray(safe)
        self.loose: list[tuple[int, bytes | None]] = []

    def sync(self) -> None:
        for write in self.loose:
            self._apply(self.safe, write)
        self.loose.clear()

    @staticmethod
    def _apply(content: bytearray, write: tuple[int, bytes | None]) -> None:
        offset, data = write
        if data is None:
            del content[offset:]
            return
        if len(content) < offset:
            content.extend(bytes(offset - len(content)))
        content[offset : offset + len(data)] = data

    def after_cut(self, chance: random.Random) -> bytes:
        """What may be found after the cut: what was safe and any of the sectors written since."""
        content = bytearray(self.safe)
        kept = chance.random()
        for offset, data in self.loose:
            if data is None:
                if chance.random() < kept:
                    self._apply(content, (offset, None))
                continue
            for start in range(0, len(data), SECTOR):
                if chance.random() < kept:
                    self._apply(content, (offset + start, data[start : start + SECTOR]))
        return bytes(content)


class ForgetfulDisk(apsw.VFS):
    """Passes everything through and keeps the images. `cut` is called at the write with the number `cut_at`."""

    def __init__(self, name: str) -> None:
        self.name_ = name
        self.images: dict[str, Image] = {}
        self.writes = 0
        self.cut_at = -1
        self.cut: Callable[[], None] = lambda: None
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: Any) -> ForgetfulFile:
        return ForgetfulFile(self, name, flags)

    def xDelete(self, path: str, sync_directory: bool) -> None:
        self.images.pop(path, None)
        super().xDelete(path, sync_directory)

    def image(self, path: str) -> Image:
        if path not in self.images:
            file = Path(path)
            self.images[path] = Image(file.read_bytes() if path.endswith("-wal") and file.exists() else b"")
        return self.images[path]

    def wrote(self, path: str, offset: int, data: bytes | None) -> None:
        self.writes += 1
        if self.writes == self.cut_at:
            self.cut()
        self.image(path).loose.append((offset, data))


class ForgetfulFile(apsw.VFSFile):
    """A file of it."""

    def __init__(self, disk: ForgetfulDisk, name: Any, flags: Any) -> None:
        self.disk = disk
        self.path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        self.disk.wrote(self.path, offset, bytes(data))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:
        self.disk.wrote(self.path, size, None)
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:
        self.disk.image(self.path).sync()
        super().xSync(flags)


class ForgetfulSyncer:
    """Stands where the helper process stands: what it syncs is safe, and nothing is acknowledged before."""

    def __init__(self, disk: ForgetfulDisk) -> None:
        self.disk = disk
        self.log = ""
        self.done: Callable[[OSError | None], object] = lambda error: None

    def start(self, log: Path, done: Callable[[OSError | None], object]) -> None:
        self.log, self.done = str(log), done

    def sync(self) -> None:
        asyncio.get_running_loop().call_later(0.0005, self._synced)

    def _synced(self) -> None:
        self.disk.image(self.log).sync()
        self.done(None)

    def close(self) -> None:
        pass
