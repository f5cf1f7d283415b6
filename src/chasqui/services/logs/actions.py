"""CloudWatch Logs in the language of policies: what each operation is called there, the group or stream it acts on.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon CloudWatch Logs". What acts
on a group is judged by its ARN with ":log-stream:", so that policies that end with ":*" let it in, as AWS'
refusals show; tags are judged by the group's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chasqui.base.actions import AccessLevel, Action, Check, Values
from chasqui.base.call import Call, owner_of
from chasqui.services.logs.places import Place, group_arn, place_of_arn, stream_arn


def _place(call: Call, request: Any) -> Place:
    """The group that a request names, however; every group where it is no name."""
    identifier = getattr(request, "logGroupIdentifier", None)
    if request.logGroupName is not None or not identifier:
        return owner_of(call), request.logGroupName or ""
    return (place_of_arn(identifier) or (owner_of(call), "")) if identifier.startswith("arn:") else (
        owner_of(call), identifier
    )  # fmt: skip


def _group(call: Call, request: Any) -> str:
    return stream_arn(*_place(call, request), "")


def _groups(call: Call, _request: Any) -> str:
    return stream_arn(owner_of(call), "", "")


def _stream(call: Call, request: Any) -> str:
    return stream_arn(*_place(call, request), request.logStreamName or "")


def _tagged_group(call: Call, request: Any) -> str:
    return group_arn(owner_of(call), request.logGroupName or "")


def _tagged(call: Call, request: Any) -> str:
    place = place_of_arn(request.resourceArn or "")
    return group_arn(*place) if place is not None else "*"


def _tailed(call: Call, request: Any) -> str:
    return _tailed_groups(call, request)[0]


def _also_tailed(call: Call, request: Any) -> Iterable[Check]:
    return [Check("logs:StartLiveTail", each) for each in _tailed_groups(call, request)[1:]]


def _tailed_groups(call: Call, request: Any) -> list[str]:
    places = [place_of_arn(each) or (owner_of(call), each) for each in request.logGroupIdentifiers or ()]
    return [group_arn(*each) for each in places] or ["*"]


def _new_tags(_call: Call, request: Any) -> Mapping[str, Values]:
    tags = request.tags or {}
    found: dict[str, Values] = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    return {**found, "aws:TagKeys": tuple(tags)} if tags else {}


def _gone_tags(_call: Call, request: Any) -> Mapping[str, Values]:
    keys = getattr(request, "tagKeys", None) or getattr(request, "tags", None) or ()
    return {"aws:TagKeys": tuple(keys)}


def _of(operation: str, level: AccessLevel, **facts: Any) -> Action:
    return Action(name=f"logs:{operation}", level=level, **{"resource": _group, **facts})


ACTIONS: dict[str, Action] = {
    "CreateLogGroup": _of("CreateLogGroup", "write", context=_new_tags, new=True),
    "CreateLogStream": _of("CreateLogStream", "write"),
    "DeleteLogGroup": _of("DeleteLogGroup", "write"),
    "DeleteLogStream": _of("DeleteLogStream", "write", resource=_stream),
    "DeleteRetentionPolicy": _of("DeleteRetentionPolicy", "write"),
    "DescribeLogGroups": _of("DescribeLogGroups", "list", resource=_groups),
    "DescribeLogStreams": _of("DescribeLogStreams", "list"),
    "FilterLogEvents": _of("FilterLogEvents", "read", data=True),
    "GetLogEvents": _of("GetLogEvents", "read", resource=_stream, data=True),
    "ListTagsForResource": _of("ListTagsForResource", "list", resource=_tagged),
    "ListTagsLogGroup": _of("ListTagsLogGroup", "list", resource=_tagged_group),
    "PutLogEvents": _of("PutLogEvents", "write", resource=_stream, data=True, hidden=("logEvents",)),
    "PutRetentionPolicy": _of("PutRetentionPolicy", "write"),
    "StartLiveTail": _of("StartLiveTail", "read", resource=_tailed, also=_also_tailed, data=True),
    "TagLogGroup": _of("TagLogGroup", "tagging", resource=_tagged_group, context=_new_tags),
    "TagResource": _of("TagResource", "tagging", resource=_tagged, context=_new_tags),
    "UntagLogGroup": _of("UntagLogGroup", "tagging", resource=_tagged_group, context=_gone_tags),
    "UntagResource": _of("UntagResource", "tagging", resource=_tagged, context=_gone_tags),
}
