"""Tags on IAM's entities: checked, merged, shown. Keys are one without regard to case, but keep theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chasqui.base.errors import ServiceError
from chasqui.services.iam import errors, quotas
from chasqui.services.iam.types import Tag


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
