"""AssumeRole. Whether the caller may was decided before, by the role's trust policy and the caller's own policies
(`actions.py`); what is left are the rules of sessions, and of chains of them."""

from __future__ import annotations

from chasqui.access.identity.documents import RoleDocument
from chasqui.access.identity.roles import find_role
from chasqui.base.arn import Arn, parse_arn
from chasqui.base.call import Call
from chasqui.services.sts import errors
from chasqui.services.sts.credentials import issue, refuse_what_is_missing, role_seconds
from chasqui.services.sts.restrictions import (
    check_transitive,
    inherit_tags,
    restrictions_of,
    tags_of,
)
from chasqui.services.sts.service import Room
from chasqui.services.sts.types import AssumedRoleUser, AssumeRoleRequest, AssumeRoleResponse


async def assume_role(room: Room, call: Call, request: AssumeRoleRequest) -> AssumeRoleResponse:
    """A session of a role. A role that does not exist is refused as one that trusts somebody else, in every mode."""
    caller, role_arn = call.principal, request.RoleArn or ""
    arn = parse_arn(role_arn)
    if arn is None:
        raise errors.invalid_arn(role_arn)
    role = await find_role(room.store, arn)
    if role is None or caller.kind == "federated":
        raise errors.not_authorized(caller.arn, "sts:AssumeRole", role_arn)
    refuse_what_is_missing(request)
    source_identity = request.SourceIdentity or caller.source_identity
    if caller.source_identity and source_identity != caller.source_identity:
        raise errors.not_authorized(caller.arn, "sts:SetSourceIdentity", role_arn)
    check_source_identity(source_identity)
    given = tags_of(request)
    lasting = check_transitive(given, request.TransitiveTagKeys or ())
    tags, transitive = inherit_tags(caller.tags, caller.transitive_tags, given, lasting)
    restrictions = await restrictions_of(room.directory, arn.account, request, tags)
    seconds = role_seconds(request.DurationSeconds, role.session_seconds_max, chained=caller.session)
    session_name = request.RoleSessionName or ""
    credentials = issue(
        room,
        arn.account,
        seconds,
        kind="role",
        name=role.name,
        subject=role.id,
        session_name=session_name,
        policies=restrictions.policies,
        policy_arns=restrictions.policy_arns,
        tags=tags,
        transitive_tags=transitive,
        source_identity=source_identity,
    )
    return AssumeRoleResponse(
        Credentials=credentials,
        AssumedRoleUser=assumed_role_user(arn, role, session_name),
        PackedPolicySize=restrictions.packed_percent or None,
        SourceIdentity=source_identity or None,
    )


def check_source_identity(source_identity: str) -> None:
    """See that it may be one. Raises `ValidationError`."""
    if source_identity.lower().startswith("aws:"):
        raise errors.validation("A source identity cannot start with aws:")


def assumed_role_user(arn: Arn, role: RoleDocument, session_name: str) -> AssumedRoleUser:
    """Who the new session is."""
    return AssumedRoleUser(
        AssumedRoleId=f"{role.id}:{session_name}",
        Arn=f"arn:aws:sts::{arn.account}:assumed-role/{role.name}/{session_name}",
    )
