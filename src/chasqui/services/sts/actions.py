"""STS in the language of policies: what each operation is called there, and the role or user it is about.

AssumeRole is decided by the role's trust policy, as the resource policy of the role it names (`access/authorizer.py`).
The operations that exchange one proof of identity for another need no permission. Source: Service Authorization
Reference, "Actions, resources, and condition keys for AWS Security Token Service".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chasqui.base.actions import Action, Check, Values
from chasqui.base.arn import parse_arn
from chasqui.base.call import Call


def _role(_call: Call, request: Any) -> str:
    """The role that is named. What is no ARN is refused by the operation, which knows AWS' words."""
    arn = request.RoleArn or ""
    return arn if parse_arn(arn) is not None else "*"


def _federated_user(call: Call, request: Any) -> str:
    return f"arn:aws:sts::{call.account}:federated-user/{request.Name or ''}"


def _tags(_call: Call, request: Any) -> dict[str, Values]:
    tags = {each.Key or "": each.Value or "" for each in request.Tags or ()}
    found: dict[str, Values] = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    return found | ({"aws:TagKeys": tuple(tags)} if tags else {})


def _assuming(call: Call, request: Any) -> Mapping[str, Values]:
    """A source identity, once set, is in every request of its session that passes it on."""
    found = _tags(call, request)
    found["sts:RoleSessionName"] = request.RoleSessionName or ""
    if request.ExternalId is not None:
        found["sts:ExternalId"] = request.ExternalId
    if request.TransitiveTagKeys:
        found["sts:TransitiveTagKeys"] = tuple(request.TransitiveTagKeys)
    source_identity = request.SourceIdentity or call.principal.source_identity
    if source_identity:
        found["sts:SourceIdentity"] = source_identity
    return found


def _passing_on(call: Call, request: Any) -> Iterable[Check]:
    """What a session is given beside the role, or hands down, must be allowed too."""
    role = _role(call, request)
    if request.Tags or call.principal.transitive_tags:
        yield Check("sts:TagSession", role)
    if request.SourceIdentity or call.principal.source_identity:
        yield Check("sts:SetSourceIdentity", role)


def _tagging(call: Call, request: Any) -> Iterable[Check]:
    if request.Tags:
        yield Check("sts:TagSession", _federated_user(call, request))


ACTIONS: dict[str, Action] = {
    "AssumeRole": Action(
        name="sts:AssumeRole",
        level="write",
        resource=_role,
        context=_assuming,
        also=_passing_on,
        hidden=("TokenCode",),
    ),
    "AssumeRoleWithWebIdentity": Action(
        name="sts:AssumeRoleWithWebIdentity",
        level="write",
        resource=_role,
        open=True,
        unsigned=True,
        hidden=("WebIdentityToken",),
    ),
    "GetAccessKeyInfo": Action(name="sts:GetAccessKeyInfo", level="read"),
    "GetCallerIdentity": Action(name="sts:GetCallerIdentity", level="read", open=True),
    "GetFederationToken": Action(
        name="sts:GetFederationToken",
        level="read",
        resource=_federated_user,
        context=_tags,
        also=_tagging,
        hidden=("TokenCode",),
    ),
    "GetSessionToken": Action(name="sts:GetSessionToken", level="read", open=True, hidden=("TokenCode",)),
}
