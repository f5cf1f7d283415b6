"""What callers ask about themselves and about keys, and credentials for themselves: GetCallerIdentity,
GetAccessKeyInfo, GetSessionToken, GetFederationToken."""

from __future__ import annotations

from chasqui.access.identity.documents import ACCESS_KEY, AccessKeyDocument, decode
from chasqui.access.identity.session_key_ids import account_of_key_id
from chasqui.base.call import Call
from chasqui.services.sts import errors
from chasqui.services.sts.credentials import issue, own_seconds, refuse_what_is_missing
from chasqui.services.sts.restrictions import restrictions_of, tags_of
from chasqui.services.sts.service import Room
from chasqui.services.sts.types import (
    FederatedUser,
    GetAccessKeyInfoRequest,
    GetAccessKeyInfoResponse,
    GetCallerIdentityRequest,
    GetCallerIdentityResponse,
    GetFederationTokenRequest,
    GetFederationTokenResponse,
    GetSessionTokenRequest,
    GetSessionTokenResponse,
)


async def get_caller_identity(_room: Room, call: Call, _request: GetCallerIdentityRequest) -> GetCallerIdentityResponse:
    """Who calls."""
    caller = call.principal
    return GetCallerIdentityResponse(UserId=caller.id, Account=caller.account, Arn=caller.arn)


async def get_access_key_info(room: Room, _call: Call, request: GetAccessKeyInfoRequest) -> GetAccessKeyInfoResponse:
    """Whose a key is, whether or not it still works."""
    key_id = request.AccessKeyId or ""
    resource = await room.store.resource(ACCESS_KEY, "", key_id)
    account = decode(AccessKeyDocument, resource).account if resource is not None else account_of_key_id(key_id)
    if account is None:
        raise errors.unknown_access_key()
    return GetAccessKeyInfoResponse(Account=account)


async def get_session_token(room: Room, call: Call, request: GetSessionTokenRequest) -> GetSessionTokenResponse:
    """Temporary credentials of the caller itself."""
    caller = call.principal
    if caller.session:
        raise errors.not_with_session("GetSessionToken")
    refuse_what_is_missing(request)
    seconds = own_seconds(request.DurationSeconds, caller)
    subject = "" if caller.kind == "root" else caller.id
    credentials = issue(room, caller.account, seconds, kind="user", name=caller.name, subject=subject)
    return GetSessionTokenResponse(Credentials=credentials)


async def get_federation_token(
    room: Room, call: Call, request: GetFederationTokenRequest
) -> GetFederationTokenResponse:
    """Temporary credentials for somebody whom the caller vouches for: no more than the caller may and the session
    policies let through, which is nothing when there are none."""
    caller = call.principal
    if caller.session:
        raise errors.not_with_session("GetFederationToken")
    refuse_what_is_missing(request)
    tags, name = tags_of(request), request.Name or ""
    restrictions = await restrictions_of(room.directory, caller.account, request, tags)
    passed = {key.lower() for key in tags}
    credentials = issue(
        room,
        caller.account,
        own_seconds(request.DurationSeconds, caller),
        kind="federated",
        name=caller.name,
        subject="" if caller.kind == "root" else caller.id,
        session_name=name,
        policies=restrictions.policies,
        policy_arns=restrictions.policy_arns,
        tags={**{key: value for key, value in caller.tags.items() if key.lower() not in passed}, **tags},
    )
    user = FederatedUser(
        FederatedUserId=f"{caller.account}:{name}", Arn=f"arn:aws:sts::{caller.account}:federated-user/{name}"
    )
    return GetFederationTokenResponse(
        Credentials=credentials, FederatedUser=user, PackedPolicySize=restrictions.packed_percent
    )
