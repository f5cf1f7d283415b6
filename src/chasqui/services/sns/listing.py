"""Pages of what is stored: 100 at a time, and an opaque NextToken."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from chasqui.base.positions import name_in, token_after
from chasqui.services.sns import errors
from chasqui.store.port import Resource, Store

PAGE: Final = 100
"""API reference, ListSubscriptions: "each call returns a limited list of subscriptions, up to 100"."""


def position(token: str | None, member: str = "NextToken") -> str:
    """The name that a page goes on after, "" for the first. Raises `InvalidParameter`."""
    name = name_in(token) if token else ""
    if name is None:
        raise errors.invalid_parameter(member)
    return name


async def owned_page(
    store: Store, type_: str, owner: str, token: str | None, *, limit: int = PAGE, member: str = "NextToken"
) -> tuple[list[Resource], str | None]:
    """One page of an owner's resources, by name, and the next page's token. Raises `InvalidParameter`."""
    after = position(token, member)
    found = await store.resources(type_, owner, after=(owner, after), limit=limit + 1)
    return found[:limit], token_after(found[limit - 1].name) if len(found) > limit else None


async def page(
    read: Callable[[str], Awaitable[list[Resource]]],
    after: str,
    named: Callable[[Resource], str],
    wanted: Callable[[Resource], bool],
    most: int = PAGE,
) -> tuple[list[Resource], bool]:
    """Up to `most` wanted resources after a name, and whether there are more. `read` gives up to `PAGE` after one."""
    found: list[Resource] = []
    while True:
        batch = await read(after)
        found += filter(wanted, batch)
        if len(found) > most:
            return found[:most], True
        if len(batch) < PAGE:
            return found, False
        after = named(batch[-1])
