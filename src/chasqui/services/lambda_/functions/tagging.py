"""TagResource, UntagResource and ListTags: tags of functions, and of mappings.

Source: API reference, TagResource; "Tagging AWS resources" for what tags may be. Layers have no tags.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.service import Operation
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import FUNCTION
from chasqui.services.lambda_.functions import arns
from chasqui.services.lambda_.functions.documents import FunctionDocument, changed, read
from chasqui.services.lambda_.functions.inputs import checked
from chasqui.services.lambda_.functions.names import FunctionName, read_name
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import (
    ListTagsRequest,
    ListTagsResponse,
    TagResourceRequest,
    UntagResourceRequest,
)
from chasqui.store.port import Transaction

_TAGS_MAX: Final = 50


def read_tags(given: Mapping[str, str]) -> dict[str, str]:
    """The tags of a request. Raises InvalidParameterValueException."""
    for key in given:
        if key.lower().startswith("aws:"):
            raise errors.invalid_parameter(
                "Tag keys starting with 'aws:' are reserved for internal use. Please remove the key and try again."
            )
    _check_count(given)
    return dict(given)


def _check_count(tags: Mapping[str, str]) -> None:
    if len(tags) > _TAGS_MAX:
        raise errors.invalid_parameter("Number of tags exceeds resource tag limit.")


def _function(call: Call, arn: str | None) -> FunctionName:
    """The function with an ARN. Raises InvalidParameterValueException for what has no tags here."""
    if ":function:" not in (arn or ""):
        raise errors.not_implemented(f"Tagging {arn}")
    named = read_name(call, arn)
    if named.qualifier:
        raise errors.invalid_parameter(
            "Tags on function aliases and versions are not supported. Please specify a function ARN."
        )
    return named


async def tag_resource(room: Room, call: Call, request: TagResourceRequest) -> None:
    added = read_tags(request.Tags or {})
    await _change(room, _function(call, request.Resource), lambda old: {**old, **added})


async def untag_resource(room: Room, call: Call, request: UntagResourceRequest) -> None:
    gone = frozenset(request.TagKeys or ())
    if not gone:
        raise errors.validation("Value null at 'tagKeys' failed to satisfy constraint: Member must not be null")
    await _change(
        room,
        _function(call, request.Resource),
        lambda old: {key: value for key, value in old.items() if key not in gone},
    )


async def _change(room: Room, named: FunctionName, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    async def write(tx: Transaction) -> None:
        found = await tx.get(FUNCTION, named.owner, named.name)
        if found is None:
            raise errors.function_not_found(named.arn)
        document = read(FunctionDocument, found)
        document.tags = change(document.tags)
        _check_count(document.tags)
        await tx.replace(changed(found, document))

    await room.store.transaction(write)


async def list_tags(room: Room, call: Call, request: ListTagsRequest) -> ListTagsResponse:
    named = _function(call, request.Resource)
    found = await room.store.resource(FUNCTION, named.owner, named.name)
    if found is None:
        raise errors.function_not_found(named.arn)
    return ListTagsResponse(Tags=read(FunctionDocument, found).tags)


OPERATIONS: dict[str, Operation] = {
    "ListTags": checked("ListTags", list_tags),
    "TagResource": checked("TagResource", tag_resource),
    "UntagResource": checked("UntagResource", untag_resource),
}
ACTIONS: dict[str, Action] = {
    "ListTags": arns.of("ListTags", "read", resource=arns.by_arn),
    "TagResource": arns.of("TagResource", "tagging", resource=arns.by_arn, context=arns.new_tags),
    "UntagResource": arns.of("UntagResource", "tagging", resource=arns.by_arn, context=arns.gone_tags),
}
