"""TagResource, UntagResource and ListTags: tags of functions, and of mappings.

Source: API reference, TagResource; "Tagging AWS resources" for what tags may be. Layers have no tags.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from chasqui.base.actions import Action
from chasqui.base.arn import parse_arn
from chasqui.base.call import Call
from chasqui.base.service import Operation
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import FUNCTION, MAPPING
from chasqui.services.lambda_.functions import arns
from chasqui.services.lambda_.functions.documents import FunctionDocument, changed, read
from chasqui.services.lambda_.functions.inputs import checked
from chasqui.services.lambda_.functions.names import read_name
from chasqui.services.lambda_.mappings.documents import MappingDocument, read_mapping
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import (
    ListTagsRequest,
    ListTagsResponse,
    TagResourceRequest,
    UntagResourceRequest,
)
from chasqui.store.port import Resource, Transaction

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


class _Place(NamedTuple):
    """What has tags: a function or a mapping."""

    type: str
    owner: str
    name: str
    arn: str

    def read(self, found: Resource | None) -> FunctionDocument | MappingDocument:
        """Its document. Raises ResourceNotFoundException."""
        if found is None:
            raise errors.function_not_found(self.arn) if self.type == FUNCTION else errors.resource_not_found()
        return read(FunctionDocument, found) if self.type == FUNCTION else read_mapping(found)


def _place(call: Call, text: str | None) -> _Place:
    """What an ARN names. Raises InvalidParameterValueException for what has no tags here."""
    arn = parse_arn(text or "")
    kind, _, id_ = arn.resource.partition(":") if arn is not None else ("", "", "")
    if arn is not None and kind == "event-source-mapping":
        return _Place(MAPPING, f"{arn.account}/{arn.region}", id_, str(arn))
    if kind != "function":
        raise errors.not_implemented(f"Tagging {text}")
    named = read_name(call, text)
    if named.qualifier:
        raise errors.invalid_parameter(
            "Tags on function aliases and versions are not supported. Please specify a function ARN."
        )
    return _Place(FUNCTION, named.owner, named.name, named.arn)


async def tag_resource(room: Room, call: Call, request: TagResourceRequest) -> None:
    added = read_tags(request.Tags or {})
    await _change(room, _place(call, request.Resource), lambda old: {**old, **added})


async def untag_resource(room: Room, call: Call, request: UntagResourceRequest) -> None:
    gone = frozenset(request.TagKeys or ())
    if not gone:
        raise errors.validation("Value null at 'tagKeys' failed to satisfy constraint: Member must not be null")
    place = _place(call, request.Resource)
    await _change(room, place, lambda old: {key: value for key, value in old.items() if key not in gone})


async def _change(room: Room, place: _Place, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    async def write(tx: Transaction) -> None:
        found = await tx.get(place.type, place.owner, place.name)
        document = place.read(found)
        document.tags = change(document.tags)
        _check_count(document.tags)
        assert found is not None, "it was read"
        await tx.replace(changed(found, document))

    await room.store.transaction(write)


async def list_tags(room: Room, call: Call, request: ListTagsRequest) -> ListTagsResponse:
    place = _place(call, request.Resource)
    found = await room.store.resource(place.type, place.owner, place.name)
    return ListTagsResponse(Tags=place.read(found).tags)


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
