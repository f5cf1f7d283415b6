"""What the tables of actions of Lambda's modules are made of: ARNs and condition keys out of requests.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Lambda".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chasqui.base.actions import AccessLevel, Action, Check, Values
from chasqui.base.call import Call
from chasqui.services.lambda_.functions.names import peek, peek_layer


def of(name: str, level: AccessLevel, **facts: Any) -> Action:
    """The action of the operation with this name."""
    return Action(name=f"lambda:{name}", level=level, **facts)


def function(call: Call, request: Any) -> str:
    """The function that a request names, as it is qualified."""
    named = peek(call, request.FunctionName, getattr(request, "Qualifier", None))
    return "*" if named is None else named.qualified


def alias(call: Call, request: Any) -> str:
    """The function whose alias a request is about."""
    named = peek(call, request.FunctionName)
    return "*" if named is None else named.arn


def layer(call: Call, request: Any) -> str:
    """The layer that a request names."""
    return peek_layer(call, request.LayerName).arn


def layer_version(call: Call, request: Any) -> str:
    """The version of a layer that a request names."""
    return peek_layer(call, request.LayerName, request.VersionNumber).version_arn


def by_arn(_call: Call, request: Any) -> str:
    """The resource whose ARN a request has."""
    return getattr(request, "Arn", None) or getattr(request, "Resource", None) or "*"


def new_tags(_call: Call, request: Any) -> Mapping[str, Values]:
    """The condition keys of a request that brings tags."""
    tags: Mapping[str, str] = request.Tags or {}
    keys: dict[str, Values] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    return keys | ({"aws:TagKeys": tuple(tags)} if tags else {})


def gone_tags(_call: Call, request: Any) -> Mapping[str, Values]:
    """The condition keys of a request that takes tags away."""
    return {"aws:TagKeys": tuple(request.TagKeys or ())}


def configured(_call: Call, request: Any) -> Mapping[str, Values]:
    """The condition keys of what is configured of a function."""
    keys: dict[str, Values] = {}
    if request.Layers:
        keys["lambda:Layer"] = tuple(request.Layers)
    vpc = request.VpcConfig
    if vpc is not None and vpc.SubnetIds:
        keys["lambda:SubnetIds"] = tuple(vpc.SubnetIds)
    if vpc is not None and vpc.SecurityGroupIds:
        keys["lambda:SecurityGroupIds"] = tuple(vpc.SecurityGroupIds)
    return keys


def created(call: Call, request: Any) -> Mapping[str, Values]:
    """The condition keys of CreateFunction."""
    return {**configured(call, request), **new_tags(call, request)}


def passed_role(_call: Call, request: Any) -> Iterable[Check]:
    """Whoever gives a function a role must be allowed to pass it."""
    if request.Role:
        yield Check("iam:PassRole", request.Role, {"iam:PassedToService": "lambda.amazonaws.com"})


def creating(call: Call, request: Any) -> Iterable[Check]:
    """What CreateFunction needs beside its own action."""
    yield from passed_role(call, request)
    if request.Tags:
        yield Check("lambda:TagResource", function(call, request), new_tags(call, request))
