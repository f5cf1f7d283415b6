"""What an identity token of an OpenID Connect provider means to policies and to the session: condition keys, session
tags, the source identity.

Source: IAM user guide, "Available keys for AWS OIDC federation", "Passing session tags using
AssumeRoleWithWebIdentity", "Using source identity with AssumeRoleWithWebIdentity".
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chasqui.access.oidc.tokens import IdentityToken, audiences
from chasqui.base.actions import Values
from chasqui.services.sts import errors
from chasqui.services.sts.restrictions import TAGS_MAX, check_tags, check_transitive

_TAGS: Final = "https://aws.amazon.com/tags"
_SOURCE_IDENTITY: Final = "https://aws.amazon.com/source_identity"
_KEY_LENGTH_MAX: Final = 128
_VALUE_LENGTH_MAX: Final = 256
_SOURCE_IDENTITY_LENGTHS: Final = range(2, 65)


class WebClaims(msgspec.Struct, frozen=True):
    """What a token adds. `keys` are the condition keys of the provider with one value, which the session keeps; `many`
    are those with many."""

    keys: dict[str, str]
    many: dict[str, Values]
    tags: dict[str, str]
    transitive: tuple[str, ...]
    source_identity: str


class _Tags(msgspec.Struct):
    principal_tags: dict[str, str | list[str]] = {}
    transitive_tag_keys: list[str] = []


def web_claims(token: IdentityToken, provider: str, audience: str) -> WebClaims:
    """A token's, for the provider with this URL (without scheme) and the audience it was accepted for. Raises
    `InvalidIdentityToken` and what session tags may raise."""
    claims = token.claims
    keys = {f"{provider}:sub": token.subject, f"{provider}:aud": audience}
    many: dict[str, Values] = {f"{provider}:oaud": audiences(claims)}
    methods = claims.get("amr")
    if isinstance(methods, list) and all(isinstance(each, str) for each in methods):
        many[f"{provider}:amr"] = tuple(methods)
    tags, transitive = _session_tags(claims)
    return WebClaims(keys, many, tags, transitive, _source_identity(claims))


def _session_tags(claims: dict[str, Any]) -> tuple[dict[str, str], tuple[str, ...]]:
    try:
        found = msgspec.convert(claims.get(_TAGS, {}), _Tags)
        tags = {key: value if isinstance(value, str) else _only(value) for key, value in found.principal_tags.items()}
    except (msgspec.ValidationError, ValueError) as error:
        raise errors.invalid_identity_token(f"The token's session tags cannot be read: {error}") from error
    if (
        len(tags) > TAGS_MAX
        or any(not 0 < len(key) <= _KEY_LENGTH_MAX for key in tags)
        or any(len(value) > _VALUE_LENGTH_MAX for value in tags.values())
    ):
        raise errors.invalid_identity_token("The token has too many session tags, or too long ones")
    check_tags(list(tags))
    return tags, check_transitive(tags, found.transitive_tag_keys)


def _only(values: list[str]) -> str:
    (value,) = values
    return value


def _source_identity(claims: dict[str, Any]) -> str:
    value = claims.get(_SOURCE_IDENTITY, "")
    if not isinstance(value, str) or (value and len(value) not in _SOURCE_IDENTITY_LENGTHS):
        raise errors.invalid_identity_token("The token's source identity is not a text of 2 to 64 characters")
    return value
