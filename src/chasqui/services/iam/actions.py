"""What the tables of actions of IAM's modules are made of: ARNs and condition keys out of requests.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access
Management". A request names an entity without its path; the access layer asks `describe` for the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chasqui.base.actions import AccessLevel, Action, Check, Values
from chasqui.base.call import Call
from chasqui.services.iam.entities import USERS, Kind

Resource = Callable[[Call, Any], str]


def of(name: str, level: AccessLevel, **facts: Any) -> Action:
    """The action of the operation with this name."""
    return Action(name=f"iam:{name}", level=level, **facts)


def named(kind: Kind[Any], member: str) -> Resource:
    """The entity that a member of the request names, with the request's path if it has one."""

    def arn(call: Call, request: Any) -> str:
        return kind.arn(call.account, getattr(request, "Path", None), getattr(request, member, None) or "")

    return arn


def all_of(kind: Kind[Any]) -> Resource:
    """Every entity of a kind under the request's path prefix."""

    def arn(call: Call, request: Any) -> str:
        return kind.arn(call.account, getattr(request, "PathPrefix", None), "")

    return arn


def user_or_caller(call: Call, request: Any) -> str:
    """The user that the request names, else the caller."""
    if not request.UserName:
        return call.principal.arn or "*"
    return USERS.arn(call.account, None, request.UserName)


def new_entity(_call: Call, request: Any) -> Mapping[str, Values]:
    """The condition keys of a request that makes or tags something."""
    keys: dict[str, Values] = {}
    tags = {tag.Key or "": tag.Value or "" for tag in getattr(request, "Tags", None) or ()}
    if tags:
        keys["aws:TagKeys"] = tuple(tags)
        keys.update((f"aws:RequestTag/{name}", value) for name, value in tags.items())
    boundary = getattr(request, "PermissionsBoundary", None)
    if boundary:
        keys["iam:PermissionsBoundary"] = boundary
    return keys


def untagged(_call: Call, request: Any) -> Mapping[str, Values]:
    """The condition keys of a request that takes tags away."""
    return {"aws:TagKeys": tuple(request.TagKeys or ())}


def tagging(name: str, resource: Resource) -> Callable[[Call, Any], Iterable[Check]]:
    """Whoever creates something with tags needs leave to tag it, too."""

    def checks(call: Call, request: Any) -> Iterable[Check]:
        if request.Tags:
            yield Check(f"iam:{name}", resource(call, request), new_entity(call, request))

    return checks
