"""What x-amz-copy-source names. Pure.

Source: API reference, CopyObject ("x-amz-copy-source").
"""

from __future__ import annotations

from urllib.parse import unquote

import msgspec


class Source(msgspec.Struct, frozen=True):
    """A version of an object; `version_id` None is the current one."""

    bucket: str
    key: str
    version_id: str | None = None


def parse_source(header: str | None) -> Source | None:
    """The source that a field names ("bucket/key", "/bucket/key", with "?versionId=…"), percent-encoded or not; None
    when it names none."""
    if not header:
        return None
    path, mark, version = header.partition("?versionId=")
    bucket, _, key = _split(path)
    if not bucket or not key:
        return None
    return Source(bucket, key, (version or None) if mark else None)


def _split(path: str) -> tuple[str, str, str]:
    try:
        text = unquote(path, errors="strict")
    except UnicodeError:
        return "", "", ""
    return text.removeprefix("/").partition("/")
