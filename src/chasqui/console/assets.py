"""Scripts and styles, under names that change with what is in them, compressed once: when one is asked for."""

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
        self._plain: dict[str, Reply] = {}
        self._packed: dict[str, Reply] = {}
        for file in sorted(FOLDER.rglob("*")):
            if file.suffix in _TYPES:
                self._add(file)

    def _add(self, file: Path) -> None:
        data, name = file.read_bytes(), file.relative_to(FOLDER).as_posix()
        stem, _, suffix = name.rpartition(".")
        path = f"{STATIC}{stem}-{hashlib.sha256(data).hexdigest()[:12]}.{suffix}"
        self._paths[name] = path
        self._plain[path] = Reply(200, ((b"content-type", _TYPES[file.suffix]), *_FIELDS), data)

    def path(self, name: str) -> str:
        """The address of a file of `static/`."""
        return self._paths[name]

    def reply(self, path: str, accepted: str) -> Reply | None:
        """A file by its address; None for what is none."""
        plain = self._plain.get(path)
        if plain is None or "gzip" not in accepted:
            return plain
        if path not in self._packed:
            self._packed[path] = _packed(plain)
        return self._packed[path]


def _packed(plain: Reply) -> Reply:
    """The file as browsers get it: two milliseconds' work for the largest."""
    assert isinstance(plain.body, bytes)
    fields = (*plain.headers, (b"content-encoding", b"gzip"), (b"vary", b"accept-encoding"))
    return Reply(200, fields, gzip.compress(plain.body, 9, mtime=0))
