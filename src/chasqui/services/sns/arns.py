"""What the tables of actions of SNS' modules are made of: ARNs and condition keys out of requests.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon SNS". Actions whose resource
is not listed there are about "*"; their operations ask for the subscription's owner themselves. In refusals SNS spells
its name in capitals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from chasqui.base.actions import AccessLevel, Action, Check, Values
from chasqui.base.call import Call, owner_of
from chasqui.services.sns.documents import place_of, sns_arn

ENDPOINT: Final = "sns:endpoint"
"""The type of mobile endpoints' resources."""


def of(name: str, level: AccessLevel, **facts: Any) -> Action:
    """The action of the operation with this name."""
    return Action(name=f"sns:{name}", level=level, told=f"SNS:{name}", **facts)


def named(member: str) -> Callable[[Call, Any], str]:
    """The resource whose ARN is a member of the request."""

    def arn(_call: Call, request: Any) -> str:
        return getattr(request, member, None) or "*"

    return arn


topic = named("TopicArn")
resource = named("ResourceArn")


def new_topic(call: Call, request: Any) -> str:
    """The topic that CreateTopic makes."""
    return sns_arn(owner_of(call), request.Name or "*")


def new_tags(_call: Call, request: Any) -> Mapping[str, Values]:
    """The condition keys of a request that brings tags."""
    tags = {tag.Key or "": tag.Value or "" for tag in request.Tags or ()}
    keys: dict[str, Values] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    return keys | ({"aws:TagKeys": tuple(tags)} if tags else {})


def gone_tags(_call: Call, request: Any) -> Mapping[str, Values]:
    """The condition keys of a request that takes tags away."""
    return {"aws:TagKeys": tuple(request.TagKeys or ())}


def creating(call: Call, request: Any) -> Iterable[Check]:
    """CreateTopic with tags, or with a data protection policy, needs leave for these, too."""
    if request.Tags:
        yield Check("sns:TagResource", new_topic(call, request), new_tags(call, request))
    if request.DataProtectionPolicy:
        yield Check("sns:PutDataProtectionPolicy", new_topic(call, request))


def subscribing(_call: Call, request: Any) -> Mapping[str, Values]:
    """The condition keys of Subscribe."""
    given = {"sns:Protocol": request.Protocol, "sns:Endpoint": request.Endpoint}
    return {name: value for name, value in given.items() if value}


def place_of_endpoint(arn_text: str) -> tuple[str, str, str] | None:
    """(type, owner, name) of the resource of a mobile endpoint's ARN ("…:endpoint/GCM/application/uuid")."""
    place = place_of(arn_text)
    if place is None or not place[1].startswith("endpoint/"):
        return None
    return ENDPOINT, place[0], place[1].removeprefix("endpoint/")
