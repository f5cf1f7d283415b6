"""What the access layer must know of IAM's entities: their ARN, their tags, roles' trust policies.

A call names an entity without its path, which its ARN has, and in any case: a policy that is about `user/admins/*` must
be asked about the ARN. A call about an access key is about the user whose key it is. Only who wants to assume a role
must know its ARN: by another name there is none to be assumed. AWS' own policies are no other account's: what may be
done with them, the caller's policies say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from chasqui.access.described import Described
from chasqui.access.identity.documents import (
    ACCESS_KEY,
    GROUP,
    INSTANCE_PROFILE,
    OIDC_PROVIDER,
    POLICY,
    ROLE,
    USER,
    AccessKeyDocument,
    GroupDocument,
    InstanceProfileDocument,
    OidcProviderDocument,
    PolicyDocument,
    RoleDocument,
    UserDocument,
    decode,
    iam_arn,
)
from chasqui.access.identity.roles import boundary_context, described_role
from chasqui.access.policy.document import PolicyType
from chasqui.base.arn import Arn
from chasqui.store.port import Store


class _Kind(NamedTuple):
    """Where entities of a kind lie; `key` finds what one is stored under in the part of the ARN behind the kind."""

    stored_as: str
    document: type[Any]
    key: Callable[[str], str]


def _without_path(text: str) -> str:
    return text.rpartition("/")[2].lower()


_KINDS = {
    "user": _Kind(USER, UserDocument, _without_path),
    "group": _Kind(GROUP, GroupDocument, _without_path),
    "role": _Kind(ROLE, RoleDocument, _without_path),
    "instance-profile": _Kind(INSTANCE_PROFILE, InstanceProfileDocument, _without_path),
    "policy": _Kind(POLICY, PolicyDocument, _without_path),
    "oidc-provider": _Kind(OIDC_PROVIDER, OidcProviderDocument, str),
}


class Describer:
    """Describes the entities of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def describe(self, arn: Arn) -> Described | None:
        """The entity with this ARN, or with its kind and name."""
        if arn.account == "aws":
            return Described("")
        word, _, name = arn.resource.partition("/")
        if word == "access-key":
            key = await self._store.resource(ACCESS_KEY, "", name)
            document = decode(AccessKeyDocument, key) if key is not None else None
            if document is None or document.account != arn.account:
                return None
            word, name = "user", document.user
        return await self._describe(arn, word, name)

    async def _describe(self, arn: Arn, word: str, name: str) -> Described | None:
        kind = _KINDS.get(word)
        resource = await self._store.resource(kind.stored_as, arn.account, kind.key(name)) if kind is not None else None
        if kind is None or resource is None:
            return None
        document = decode(kind.document, resource)
        if isinstance(document, OidcProviderDocument):
            return Described(arn.account, tags=document.tags)
        own = iam_arn(arn.account, word, document.path, document.name)
        if isinstance(document, RoleDocument):
            return _role(arn, own, document)
        context = boundary_context(getattr(document, "boundary", None))
        return Described(arn.account, tags=getattr(document, "tags", {}), arn=own, context=context)


def _role(arn: Arn, own: str, document: RoleDocument) -> Described:
    if str(arn) == own:
        return described_role(arn.account, document)
    context = boundary_context(document.boundary)
    return Described(arn.account, tags=document.tags, exclusive=True, kind=PolicyType.TRUST, arn=own, context=context)
