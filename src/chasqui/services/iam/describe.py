"""What the access layer must know of IAM's entities: above all their ARN.

A call names an entity without its path, which its ARN has; a policy that is about `user/admins/*` must be asked about
the ARN. A call about an access key is about the user whose key it is. AWS' own policies are no other account's: what
a caller may do with them, its own policies say.
"""

from __future__ import annotations

from typing import Any, cast

from chasqui.access.described import Described
from chasqui.access.identity.documents import (
    ACCESS_KEY,
    OIDC_PROVIDER,
    AccessKeyDocument,
    OidcProviderDocument,
    decode,
)
from chasqui.base.arn import Arn
from chasqui.services.iam.entities import GROUPS, POLICIES, PROFILES, ROLES, USERS, Kind, key_of
from chasqui.store.port import Store

_KINDS: dict[str, Kind[Any]] = {kind.word: kind for kind in (USERS, GROUPS, ROLES, PROFILES, POLICIES)}


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
            return await self._of_key(arn.account, name)
        if word == "oidc-provider":
            return await self._of_provider(arn.account, name)
        kind = _KINDS.get(word)
        return await self._of_entity(kind, arn.account, name.rpartition("/")[2]) if kind is not None else None

    async def _of_key(self, account: str, key_id: str) -> Described | None:
        resource = await self._store.resource(ACCESS_KEY, "", key_id)
        key = decode(AccessKeyDocument, resource) if resource is not None else None
        if key is None or key.account != account:
            return None
        return await self._of_entity(USERS, account, key.user)

    async def _of_provider(self, account: str, url: str) -> Described | None:
        resource = await self._store.resource(OIDC_PROVIDER, account, url)
        return Described(account, tags=decode(OidcProviderDocument, resource).tags) if resource is not None else None

    async def _of_entity(self, kind: Kind[Any], account: str, name: str) -> Described | None:
        resource = await self._store.resource(kind.stored_as, account, key_of(name)) if name else None
        if resource is None:
            return None
        document = cast("Any", decode(kind.document, resource))
        tags = getattr(document, "tags", {})
        return Described(account, tags=tags, arn=kind.arn(account, document.path, document.name))
