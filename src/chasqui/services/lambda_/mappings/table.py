"""The operations of this folder, and their actions (Service Authorization Reference, "AWS Lambda")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chasqui.base.actions import Action, Values
from chasqui.base.call import Call, owner_of
from chasqui.services.lambda_.functions import arns
from chasqui.services.lambda_.functions.names import peek
from chasqui.services.lambda_.mappings.documents import mapping_arn
from chasqui.services.lambda_.mappings.managing import OPERATIONS

__all__ = ["ACTIONS", "OPERATIONS"]


def _mapping(call: Call, request: Any) -> str:
    return mapping_arn(owner_of(call), request.UUID or "")


def _function(call: Call, request: Any) -> Mapping[str, Values]:
    """The function that a mapping is for is a condition key."""
    named = peek(call, request.FunctionName) if getattr(request, "FunctionName", None) else None
    return {} if named is None else {"lambda:FunctionArn": named.qualified}


def _created(call: Call, request: Any) -> Mapping[str, Values]:
    return {**_function(call, request), **arns.new_tags(call, request)}


ACTIONS: dict[str, Action] = {
    "CreateEventSourceMapping": arns.of("CreateEventSourceMapping", "write", context=_created),
    "DeleteEventSourceMapping": arns.of("DeleteEventSourceMapping", "write", resource=_mapping),
    "GetEventSourceMapping": arns.of("GetEventSourceMapping", "read", resource=_mapping),
    "ListEventSourceMappings": arns.of("ListEventSourceMappings", "list", context=_function),
    "UpdateEventSourceMapping": arns.of("UpdateEventSourceMapping", "write", resource=_mapping, context=_function),
}
