"""AssumeRoleWithWebIdentity: a token of an OpenID Connect provider for a session of a role that trusts the provider.

The token is the only credential, so it is checked in every mode: its issuer must be a provider that the role's account
has registered, for this audience, and have signed it; then the role's trust policy decides, with the token's claims as
condition keys. Nothing is said of the role before that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from chasqui.access.authorizer import AccessDenied
from chasqui.access.described import Described
from chasqui.access.identity.directory import NOBODY
from chasqui.access.identity.documents import OIDC_PROVIDER, OidcProviderDocument, decode, iam_arn
from chasqui.access.identity.roles import described_role, find_role
from chasqui.access.oidc.fetched import FetchedKeys
from chasqui.access.oidc.folder import FolderKeys
from chasqui.access.oidc.keys import IssuerUnreachable, KeySource, NoKeys, without_scheme
from chasqui.access.oidc.tokens import (
    ExpiredToken,
    IdentityToken,
    InvalidToken,
    NoMatchingKey,
    check_signature,
    check_times,
    read_token,
)
from chasqui.access.policy.keys import moment_keys
from chasqui.base.actions import Values
from chasqui.base.arn import parse_arn
from chasqui.base.call import Call
from chasqui.base.principal import Principal
from chasqui.services.sts import errors
from chasqui.services.sts.credentials import issue, refuse_what_is_missing, role_seconds
from chasqui.services.sts.restrictions import restrictions_of
from chasqui.services.sts.roles import assumed_role_user, check_source_identity
from chasqui.services.sts.service import Room
from chasqui.services.sts.types import AssumeRoleWithWebIdentityRequest as Request
from chasqui.services.sts.types import AssumeRoleWithWebIdentityResponse as Response
from chasqui.services.sts.web_claims import WebClaims, web_claims

_ACTION: Final = "sts:AssumeRoleWithWebIdentity"
_REFUSED: Final = f"Not authorized to perform {_ACTION}"
UNKNOWN_KEYS: Final = frozenset(
    ("aws:sourceip", "aws:securetransport", "aws:useragent", "aws:referer", "aws:sourcevpce")
)
"""Condition keys of the request's way here. Operations are not told, so a trust policy that asks for one refuses."""


async def assume_role_with_web_identity(room: Room, call: Call, request: Request) -> Response:
    """A session of a role, for the holder of a token."""
    role_arn, session_name = request.RoleArn or "", request.RoleSessionName or ""
    arn = parse_arn(role_arn)
    if arn is None:
        raise errors.invalid_arn(role_arn)
    refuse_what_is_missing(request)
    token, audience = await _verified(room, arn.account, request.WebIdentityToken or "")
    url = without_scheme(token.issuer)
    claims = web_claims(token, url, audience)
    check_source_identity(claims.source_identity)
    provider = iam_arn(arn.account, "oidc-provider", "/", url)
    principal = Principal(
        kind="federated",
        account=arn.account,
        arn=provider,
        id=f"{provider}:{audience}:{token.subject}",
        name=token.subject,
        federated_provider=provider,
        claims=claims.keys,
    )
    role = await find_role(room.store, arn)
    if role is None:
        raise errors.denied(_REFUSED)
    await _trusted(
        room, principal, role_arn, described_role(arn.account, role), _context(room, call, claims, session_name)
    )
    restrictions = await restrictions_of(room.directory, arn.account, request, claims.tags)
    credentials = issue(
        room,
        arn.account,
        role_seconds(request.DurationSeconds, role.session_seconds_max, chained=False),
        kind="role",
        name=role.name,
        subject=role.id,
        session_name=session_name,
        policies=restrictions.policies,
        policy_arns=restrictions.policy_arns,
        tags=claims.tags,
        transitive_tags=claims.transitive,
        source_identity=claims.source_identity,
        federated_provider=provider,
        claims=claims.keys,
    )
    return Response(
        Credentials=credentials,
        SubjectFromWebIdentityToken=token.subject,
        AssumedRoleUser=assumed_role_user(arn, role, session_name),
        PackedPolicySize=restrictions.packed_percent or None,
        Provider=provider,
        Audience=audience,
        SourceIdentity=claims.source_identity or None,
    )


async def _verified(room: Room, account: str, text: str) -> tuple[IdentityToken, str]:
    """(a token to be believed, the audience it was accepted for). Raises AWS' refusals."""
    try:
        token = read_token(text)
        audience = await _registered_audience(room, account, token)
        keys = await _key_source(room).keys(token.issuer, token.kid)
        await asyncio.get_running_loop().run_in_executor(None, check_signature, token, keys)
        check_times(token, room.clock.now_ms() // 1000)
    except InvalidToken as error:
        raise errors.invalid_identity_token(str(error)) from error
    except ExpiredToken as error:
        raise errors.expired_identity_token(str(error)) from error
    except (NoKeys, NoMatchingKey) as error:
        raise errors.no_verification_key() from error
    except IssuerUnreachable as error:
        raise errors.provider_unreachable() from error
    return token, audience


async def _registered_audience(room: Room, account: str, token: IdentityToken) -> str:
    """The first of a token's audiences that the account has registered for its issuer."""
    resource = await room.store.resource(OIDC_PROVIDER, account, without_scheme(token.issuer))
    if resource is None:
        raise errors.no_provider(token.issuer)
    registered = decode(OidcProviderDocument, resource).client_ids
    found = next((each for each in token.audience if each in registered), None)
    if found is None:
        raise errors.wrong_audience()
    return found


def _key_source(room: Room) -> KeySource:
    if room.key_source is None:
        room.key_source = FolderKeys(Path(room.oidc_keys)) if room.oidc_keys else FetchedKeys(room.clock)
    return room.key_source


async def _trusted(
    room: Room, principal: Principal, role_arn: str, described: Described, context: Mapping[str, Values]
) -> None:
    """Let the role's trust policy decide. Raises `AccessDenied`."""
    for action in _actions(context):
        answer = await room.authorizer.ask(principal, NOBODY, action, role_arn, context, described)
        if not answer.decision.allowed or answer.decision.depends_on & UNKNOWN_KEYS:
            raise AccessDenied(_REFUSED, answer)


def _actions(context: Mapping[str, Values]) -> Iterator[str]:
    yield _ACTION
    if "aws:TagKeys" in context:
        yield "sts:TagSession"
    if "sts:SourceIdentity" in context:
        yield "sts:SetSourceIdentity"


def _context(room: Room, call: Call, claims: WebClaims, session_name: str) -> dict[str, Values]:
    context: dict[str, Values] = {
        **moment_keys(room.clock.now_ms(), call.region),
        "sts:RoleSessionName": session_name,
        **claims.keys,
        **claims.many,
        **{f"aws:RequestTag/{key}": value for key, value in claims.tags.items()},
    }
    if claims.tags:
        context["aws:TagKeys"] = tuple(claims.tags)
    if claims.transitive:
        context["sts:TransitiveTagKeys"] = claims.transitive
    if claims.source_identity:
        context["sts:SourceIdentity"] = claims.source_identity
    return context
