"""Pages of what is stored, and of what was gathered: an opaque NextMarker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from chasqui.base.positions import name_in, token_after
from chasqui.services.lambda_ import errors
from chasqui.store.port import Resource, Store

PAGE: Final = 50
"""What a page has at most, whatever MaxItems says (API reference, ListFunctions)."""

Item = TypeVar("Item")


def _after(marker: str | None) -> str:
    name = name_in(marker) if marker else ""
    if name is None:
        raise errors.invalid_parameter("Invalid marker")
    return name


async def owned_page(
    store: Store, type_: str, owner: str, marker: str | None, items_max: int | None, *, prefix: str = ""
) -> tuple[list[Resource], str | None]:
    """One page of an owner's resources, by name, and the next page's marker. Raises InvalidParameterValueException."""
    limit = min(items_max or PAGE, PAGE)
    found = await store.resources(type_, owner, prefix=prefix, after=(owner, _after(marker)), limit=limit + 1)
    return found[:limit], token_after(found[limit - 1].name) if len(found) > limit else None


def page_of(
    items: Sequence[Item], marker: str | None, items_max: int | None, key: Callable[[Item], str]
) -> tuple[Sequence[Item], str | None]:
    """One page of what is in order already; the marker is the key of the last one that was shown, and the page begins
    anew where that is gone. Raises InvalidParameterValueException."""
    limit = min(items_max or PAGE, PAGE)
    last = _after(marker)
    start = next((number for number, item in enumerate(items, 1) if key(item) == last), 0) if last else 0
    shown = items[start : start + limit]
    more = start + limit < len(items)
    return shown, token_after(key(shown[-1])) if more else None
