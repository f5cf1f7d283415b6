"""Scripts and styles, under names that change with what is in them, compressed once."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from typing import Final

from chasqui.base.fronts import Reply
from chasqui.console.guarding import STATIC

FOLDER: Final = Path(__file__).with_name("static")
_TYPES: Final = {
    ".js": b"text/javascript; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".png": b"image/png",
}
_FIELDS: Final = (
    (b"cache-control", b"public, max-age=31536000, immutable"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; sandbox"),
)


class Assets:
    """The files of `static/`."""

    def __init__(self) -> None:
        self._paths: dict[str, str] = {}
        self._replies: dict[str, tuple[Reply, Reply]] = {}
        for file in sorted(FOLDER.rglob("*")):
            if file.suffix in _TYPES:
                self._add(file)

    def _add(self, file: Path) -> None:
        data, name = file.read_bytes(), file.relative_to(FOLDER).as_posix()
        stem, _, suffix = name.rpartition(".")
        path = f"{STATIC}{stem}-{hashlib.sha256(data).hexdigest()[:12]}.{suffix}"
        fields = ((b"content-type", _TYPES[file.suffix]), *_FIELDS)
        plain = Reply(200, fields, data)
        packed = (*fields, (b"content-encoding", b"gzip"), (b"vary", b"accept-encoding"))
        self._paths[name] = path
        self._replies[path] = plain, Reply(200, packed, gzip.compress(data, 9, mtime=0))

    def path(self, name: str) -> str:
        """The address of a file of `static/`."""
        return self._paths[name]

    def reply(self, path: str, accepted: str) -> Reply | None:
        """A file by its address; None for what is none."""
        found = self._replies.get(path)
        return found and found["gzip" in accepted]
