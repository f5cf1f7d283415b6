"""Pages of a bucket's keys and versions: rows read in small batches, and what a common prefix hides is skipped, never
walked over.

Source: API reference, ListObjectsV2, ListObjects, ListObjectVersions.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import msgspec

from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.documents import OBJECT, VERSION
from chasqui.services.s3.keys import key_of, row_name, versions_prefix
from chasqui.services.s3.objects.document import ObjectDocument, decode_object
from chasqui.store.port import Resource, Store

_BATCH: Final = 128
"""Rows read at a time: the documents of objects of many parts are large."""

_LAST: Final = chr(0x10FFFF) * 256
"""Greater than what may follow in any key."""


class Entry(msgspec.Struct, frozen=True):
    """A version (or delete marker) on a page. `latest`: it is the key's current one."""

    key: str
    document: ObjectDocument
    latest: bool = True


class Page(msgspec.Struct):
    """What a listing gives: entries and common prefixes, in order. `position` is where the next one begins (after it),
    when it was `truncated`; `last` the key or the prefix that came last."""

    entries: list[Entry] = []
    prefixes: list[str] = []
    truncated: bool = False
    position: str = ""
    last: str = ""

    @property
    def count(self) -> int:
        return len(self.entries) + len(self.prefixes)


def after_key(key: str) -> str:
    """The position after a key's current version and all older ones."""
    return versions_prefix(key) + "g"  # orders are hexadecimal


def after_prefix(prefix: str) -> str:
    """The position after all keys with this prefix."""
    return row_name(prefix) + _LAST


def rolled_up(key: str, prefix: str, delimiter: str) -> str | None:
    """The common prefix that a key is listed under, None when it is listed itself."""
    if not delimiter:
        return None
    at = key.find(delimiter, len(prefix))
    return None if at < 0 else key[: at + len(delimiter)]


def after_marker(marker: str, prefix: str, delimiter: str) -> str:
    """The position that a marker (ListObjects', a key-marker) means: a common prefix that it lies in is over."""
    common = rolled_up(marker, prefix, delimiter) if marker.startswith(prefix) else None
    if not marker:
        return ""
    return after_key(marker) if common is None else after_prefix(common)


class Rows:
    """Rows of one type from a position on, read as they are asked for; `skip` jumps ahead."""

    def __init__(self, store: Store, type_: str, bucket: Bucket, prefix: str, position: str, limit: int) -> None:
        self._store = store
        self._type = type_
        self._owner = bucket.id
        self._prefix = row_name(prefix)
        self._position = position
        self._limit = min(limit, _BATCH)
        self._held: list[Resource] = []
        self._at = 0
        self._ended = False

    async def peek(self) -> Resource | None:
        """The next row; None at the end."""
        while self._at >= len(self._held):
            if self._ended:
                return None
            self._held = await self._store.resources(
                self._type, self._owner, prefix=self._prefix, after=(self._owner, self._position), limit=self._limit
            )
            self._at = 0
            if len(self._held) < self._limit:
                self._ended = True
            else:
                self._position = self._held[-1].name
        return self._held[self._at]

    def drop(self) -> None:
        """The row that was seen is done with."""
        self._at += 1

    def skip(self, position: str) -> None:
        """Go on behind a position."""
        held = self._held
        while self._at < len(held) and held[self._at].name <= position:
            self._at += 1
        if self._at >= len(held) and not self._ended:
            self._position = max(self._position, position)


async def list_keys(store: Store, bucket: Bucket, prefix: str, delimiter: str, position: str, limit: int) -> Page:
    """Current versions from behind a position on."""
    page = Page()
    if limit == 0:
        return page
    rows = Rows(store, OBJECT, bucket, prefix, position, limit + 1)
    while (row := await rows.peek()) is not None:
        if page.count == limit:
            page.truncated = True
            return page
        key = key_of(row.name)
        common = rolled_up(key, prefix, delimiter)
        if common is None:
            page.entries.append(Entry(key, decode_object(row.document)))
            page.position, page.last = row.name, key
            rows.drop()
        else:
            page.prefixes.append(common)
            page.position, page.last = after_prefix(common), common
            rows.skip(page.position)
    return page


async def list_versions(store: Store, bucket: Bucket, prefix: str, delimiter: str, position: str, limit: int) -> Page:
    """All versions and delete markers from behind a position on, each key's from the newest on."""
    page = Page()
    if limit == 0:
        return page
    current = Rows(store, OBJECT, bucket, prefix, position, limit + 1)
    older = Rows(store, VERSION, bucket, prefix, position, limit + 1)
    before = key_of(position) if position != row_name(key_of(position)) else None
    async for row, rows in _merged(current, older):
        if page.count == limit:
            page.truncated = True
            return page
        key = key_of(row.name)
        common = rolled_up(key, prefix, delimiter)
        if common is None:
            # Without a current version, the newest of the older ones (a delete marker) is the latest.
            page.entries.append(Entry(key, decode_object(row.document), rows is current or key != before))
            page.position, page.last, before = row.name, key, key
            rows.drop()
        else:
            page.prefixes.append(common)
            page.position, page.last = after_prefix(common), common
            current.skip(page.position)
            older.skip(page.position)
    return page


async def _merged(current: Rows, older: Rows) -> AsyncIterator[tuple[Resource, Rows]]:
    """The next row of either, by name, until both have ended; who takes it drops it."""
    while True:
        first, second = await current.peek(), await older.peek()
        if first is None and second is None:
            return
        if second is None or (first is not None and first.name < second.name):
            assert first is not None
            yield first, current
        else:
            yield second, older
