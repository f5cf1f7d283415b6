"""TagResource, UntagResource, ListResourceTags."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chasqui.base.call import Call
from chasqui.crypto.kms import errors
from chasqui.crypto.kms.documents import KeyDocument
from chasqui.services.kms.rules import key_to_change, key_to_manage, page, read_marker
from chasqui.services.kms.service import Room
from chasqui.services.kms.types import (
    ListResourceTagsRequest,
    ListResourceTagsResponse,
    Tag,
    TagResourceRequest,
    UntagResourceRequest,
)

_TAGS_MAX: Final = 50
_LIST_DEFAULT: Final = 50


def read_tags(tags: Iterable[Tag] | None) -> dict[str, str]:
    """Tags as a key keeps them. Raises `TagException`."""
    found: dict[str, str] = {}
    for tag in tags or ():
        name = tag.TagKey or ""
        if name.startswith("aws:"):
            raise errors.refused("TagException", "aws: prefixed tag key names are not allowed for external use.")
        if name in found:
            raise errors.refused("TagException", "Duplicate tag keys")
        found[name] = tag.TagValue or ""
    _check_count(found)
    return found


def _check_count(tags: dict[str, str]) -> None:
    if len(tags) > _TAGS_MAX:
        raise errors.refused("LimitExceededException", f"A key has at most {_TAGS_MAX} tags.")


async def tag_resource(room: Room, call: Call, request: TagResourceRequest) -> None:
    key = await key_to_change(room, call, request.KeyId)
    added = read_tags(request.Tags)

    def edit(document: KeyDocument) -> None:
        if document.delete_at_ms:
            raise errors.pending_deletion(key.arn)
        document.tags = {**document.tags, **added}
        _check_count(document.tags)

    await room.vault.change(key, edit)


async def untag_resource(room: Room, call: Call, request: UntagResourceRequest) -> None:
    key = await key_to_change(room, call, request.KeyId)
    removed = frozenset(request.TagKeys or ())

    def edit(document: KeyDocument) -> None:
        if document.delete_at_ms:
            raise errors.pending_deletion(key.arn)
        document.tags = {name: value for name, value in document.tags.items() if name not in removed}

    await room.vault.change(key, edit)


async def list_resource_tags(room: Room, call: Call, request: ListResourceTagsRequest) -> ListResourceTagsResponse:
    key = await key_to_manage(room, call, request.KeyId)
    after = read_marker(request.Marker)
    names = sorted(name for name in key.document.tags if name > after)
    shown, more = page(names, names, request.Limit or _LIST_DEFAULT)
    return ListResourceTagsResponse(Tags=[Tag(name, key.document.tags[name]) for name in shown], **more)
