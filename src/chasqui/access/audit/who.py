"""The caller as CloudTrail's records show it: `userIdentity`, and the user name that events are looked up by.

Source: CloudTrail user guide, "CloudTrail userIdentity element".
"""

from __future__ import annotations

from typing import Any, Final

from chasqui.access.audit.redaction import cut
from chasqui.base.arn import parse_arn
from chasqui.base.principal import Principal
from chasqui.base.times import iso_time

_TYPES: Final = {"root": "Root", "user": "IAMUser", "role": "AssumedRole", "federated": "FederatedUser"}


def user_identity(principal: Principal) -> dict[str, Any]:
    """`userIdentity` in the caller's own account."""
    if principal.kind == "service":
        return {"type": "AWSService", "invokedBy": principal.name}
    if principal.kind == "anonymous":
        return {"type": "AWSAccount", "principalId": "", "accountId": "anonymous"}
    identity: dict[str, Any] = {
        "type": _TYPES[principal.kind],
        "principalId": principal.id,
        "arn": principal.arn,
        "accountId": principal.account,
        "accessKeyId": principal.access_key,
    }
    if principal.kind == "user":
        identity["userName"] = principal.name
    if principal.session:
        identity["sessionContext"] = _session(principal)
    return identity


def foreign_identity(principal: Principal) -> dict[str, Any]:
    """`userIdentity` in the log of another account, whose resource was used."""
    if not principal.account:
        return user_identity(principal)
    return {"type": "AWSAccount", "principalId": principal.id, "accountId": principal.account}


def web_identity(result: Any) -> dict[str, Any]:
    """`userIdentity` of AssumeRoleWithWebIdentity, whose caller has nothing but a token: what the result says of it."""
    provider, subject = result.Provider or "", result.SubjectFromWebIdentityToken or ""
    return {
        "type": "WebIdentityUser",
        "principalId": ":".join((provider, result.Audience or "", subject)),
        "userName": subject,
        "identityProvider": provider,
    }


def user_name(identity: dict[str, Any]) -> str:
    """What LookupEvents calls `Username`: the user's name, a role's session name, "root", else ""."""
    if identity["type"] == "Root":
        return "root"
    if identity["type"] in ("AssumedRole", "FederatedUser"):
        return str(identity["principalId"]).rpartition(":")[2]
    return str(identity.get("userName", ""))


def _session(principal: Principal) -> dict[str, Any]:
    context: dict[str, Any] = {}
    if principal.issuer:
        context["sessionIssuer"] = _issuer(principal)
    if principal.federated_provider:
        context["webIdFederationData"] = {
            "federatedProvider": principal.federated_provider,
            "attributes": {name: cut(value) for name, value in principal.claims.items()},
        }
    if principal.source_identity:
        context["sourceIdentity"] = principal.source_identity
    context["attributes"] = {
        "creationDate": iso_time(principal.issued_at_ms),
        "mfaAuthenticated": "true" if principal.mfa else "false",
    }
    return context


def _issuer(principal: Principal) -> dict[str, Any]:
    """Whoever the session was made from: the role, or the user or account that federated."""
    arn = parse_arn(principal.issuer)
    kind, _, name = arn.resource.partition("/") if arn is not None else ("", "", "")
    issuer: dict[str, Any] = {
        "type": {"role": "Role", "user": "IAMUser"}.get(kind, "Root"),
        "arn": principal.issuer,
        "accountId": arn.account if arn is not None else principal.account,
    }
    if kind == "role":
        issuer["principalId"] = principal.id.partition(":")[0]
    if name:
        issuer["userName"] = name.rpartition("/")[2]
    return issuer
