"""Caches that are emptied when they are full: plain dictionaries, so that looking up costs what a dictionary does."""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


def keep(cache: dict[K, V], key: K, value: V, most: int) -> None:
    """Add to a cache of `most` entries."""
    if len(cache) >= most:
        cache.clear()
    cache[key] = value
