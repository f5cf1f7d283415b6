"""Tags on IAM's entities: checked, merged, kept, shown. Keys that differ in case alone are one key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar, cast

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.services.iam import errors, quotas
from chasqui.services.iam.entities import Kind, write
from chasqui.services.iam.paging import Paged, page
from chasqui.services.iam.service import Room
from chasqui.services.iam.types import Tag
from chasqui.store.port import Transaction


def given_tags(tags: Iterable[Tag] | None) -> dict[str, str]:
    """The tags of a request. Raises `InvalidInput` when a key comes twice, or is one of AWS' own."""
    found: dict[str, str] = {}
    keys = set()
    for tag in tags or ():
        key, value = tag.Key or "", tag.Value or ""
        if key.lower() in keys:
            raise errors.invalid_input("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
        if key.lower().startswith("aws:"):
            raise errors.invalid_input("Tag keys with the prefix aws: are reserved for AWS use.")
        keys.add(key.lower())
        found[key] = value
    return found


def merged(tags: Mapping[str, str], added: Mapping[str, str]) -> dict[str, str]:
    """An entity's tags and new ones, which take the place of those with their keys. Raises `LimitExceeded`."""
    left = without(tags, added)
    if len(left) + len(added) > quotas.TAGS:
        raise ServiceError("LimitExceeded", "The number of tags has reached the maximum limit.")
    return {**left, **added}


def without(tags: Mapping[str, str], keys: Iterable[str]) -> dict[str, str]:
    """An entity's tags less those with these keys."""
    gone = {key.lower() for key in keys}
    return {key: value for key, value in tags.items() if key.lower() not in gone}


def shown(tags: Mapping[str, str]) -> list[Tag]:
    """Tags as answers have them."""
    return [Tag(Key=key, Value=value) for key, value in tags.items()]


class _Tagged(Protocol):
    tags: dict[str, str]


Entity = TypeVar("Entity", bound=msgspec.Struct)


async def add(room: Room, kind: Kind[Entity], account: str, name: str | None, given: Iterable[Tag] | None) -> None:
    """Tag an entity."""
    added = given_tags(given)
    await _change(room, kind, account, name, lambda old: merged(old, added))


async def remove(room: Room, kind: Kind[Entity], account: str, name: str | None, keys: Iterable[str] | None) -> None:
    """Take tags away from an entity."""
    gone = list(keys or ())
    await _change(room, kind, account, name, lambda old: without(old, gone))


async def _change(
    room: Room, kind: Kind[Entity], account: str, name: str | None, changed: Callable[[dict[str, str]], dict[str, str]]
) -> None:
    async def change(tx: Transaction) -> None:
        resource, document = await kind.read(tx, account, name or "")
        tagged = cast("_Tagged", document)
        tagged.tags = changed(tagged.tags)
        await write(tx, resource, document)

    await room.store.transaction(change)


async def page_of(
    room: Room, kind: Kind[Entity], account: str, name: str | None, request: Paged
) -> tuple[list[Tag], str | None]:
    """One page of an entity's tags, by key, and the next page's marker."""
    document = await kind.find(room.store, account, name or "")
    return page(shown(cast("_Tagged", document).tags), request, lambda tag: tag.Key or "")
