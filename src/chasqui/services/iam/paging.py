"""IAM's way of paging: `MaxItems` (1 to 1000, 100 when absent) and an opaque `Marker`, here the name to go on after."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import msgspec

from chasqui.services.iam import errors
from chasqui.store.port import Resource, Store

T = TypeVar("T")
ITEMS_DEFAULT = 100
_BATCH = 500


class Paged(Protocol):
    """A request that asks for a page."""

    @property
    def Marker(self) -> str | None: ...

    @property
    def MaxItems(self) -> int | None: ...


def items_max(request: Paged) -> int:
    """How many items the page may have."""
    return request.MaxItems or ITEMS_DEFAULT


def marker_after(name: str) -> str:
    """The marker of a page that goes on after this name."""
    return base64.urlsafe_b64encode(name.encode()).decode()


def marked(request: Paged) -> str:
    """The name that the page begins after; "" for the first. Raises `ValidationError`."""
    if not request.Marker:
        return ""
    try:
        return base64.b64decode(request.Marker, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise errors.validation_error("Invalid Marker.") from None


def page(items: Sequence[T], request: Paged, name: Callable[[T], str]) -> tuple[list[T], str | None]:
    """One page of items that are at hand, by name, and the next page's marker (None: there is none)."""
    after, most = marked(request), items_max(request)
    rest = sorted((item for item in items if name(item) > after), key=name)
    return rest[:most], marker_after(name(rest[most - 1])) if len(rest) > most else None


async def stored_page(
    store: Store, type_: str, account: str, request: Paged, wanted: Callable[[Resource], bool]
) -> tuple[list[Resource], str | None]:
    """One page of an account's resources that are wanted, by name, and the next page's marker."""
    after, most = marked(request), items_max(request)
    found, last = await stored_after(store, type_, account, after, most, wanted)
    return found, marker_after(last) if last else None


async def stored_after(
    store: Store, type_: str, account: str, after: str, most: int, wanted: Callable[[Resource], bool]
) -> tuple[list[Resource], str]:
    """Up to `most` wanted resources after a name, and the last one's name when there are more, else ""."""
    found: list[Resource] = []
    while True:
        batch = await store.resources(type_, account, after=(account, after), limit=_BATCH)
        found += filter(wanted, batch)
        if len(found) > most:
            return found[:most], found[most - 1].name
        if len(batch) < _BATCH:
            return found, ""
        after = batch[-1].name


class _Pathed(msgspec.Struct):
    path: str = "/"


_pathed = msgspec.json.Decoder(_Pathed).decode


def under(path_prefix: str | None) -> Callable[[Resource], bool]:
    """Whether an entity's path begins so."""
    if path_prefix in (None, "/"):
        return lambda _: True
    prefix = str(path_prefix)
    return lambda resource: _pathed(resource.document).path.startswith(prefix)
