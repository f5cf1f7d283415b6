"""Grants: who may use a key by one, and how they are found.

A grant allows what no policy says; it never overrules a Deny. Grants count from their creation on: there is no time in
which only the grant token helps, so tokens only name grants. Source: KMS developer guide, "Grants in AWS KMS".
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from chasqui.base.actions import Values
from chasqui.base.bounded import keep
from chasqui.base.principal import Principal
from chasqui.crypto.kms.documents import GRANT, Constraints, GrantDocument, decode_grant
from chasqui.store.port import Resource, Store, Transaction

CONTEXT: Final = "kms:EncryptionContext:"
CONTEXT_KEYS: Final = "kms:EncryptionContextKeys"
GRANT_ID: Final = "kms:GrantId"
"""Not AWS': the grant that a RetireGrant is about, for those who may retire only their own."""

_CACHED_MAX: Final = 1024
_PER_KEY_MAX: Final = 50_000


class Grant(NamedTuple):
    """A grant and its id."""

    id: str
    document: GrantDocument


class Grants:
    """The grants of keys in use, kept until any grant changes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_key: dict[str, tuple[Grant, ...]] = {}
        self._changes = 0
        store.watch_resources(GRANT, self._changed)

    def _changed(self, _owner: str, _name: str) -> None:
        self._changes += 1
        self._by_key.clear()

    async def of(self, key_arn: str) -> tuple[Grant, ...]:
        """A key's grants."""
        found = self._by_key.get(key_arn)
        if found is None or not self._store.fresh():
            changes = self._changes

            async def read(tx: Transaction) -> list[Resource]:
                return await tx.children(GRANT, key_arn, limit=_PER_KEY_MAX)

            rows = await self._store.transaction(read)
            found = tuple(Grant(row.name, decode_grant(row.document)) for row in rows)
            if changes == self._changes:
                keep(self._by_key, key_arn, found, _CACHED_MAX)
        return found

    async def granted(self, principal: Principal, action: str, key_arn: str, context: Mapping[str, Values]) -> bool:
        """Whether a grant of this key allows this, where policies said neither yes nor no. `context` are the request's
        condition keys, among them its encryption context (`kms:EncryptionContext:…`)."""
        names = names_of(principal)
        given = context_of(context)
        operation = action.removeprefix("kms:")
        for grant in await self.of(key_arn):
            document = grant.document
            if operation == "RetireGrant":
                found = grant.id == context.get(GRANT_ID) and may_retire(document, names)
            elif operation in document.operations and document.grantee in names:
                found = operation in _WITHOUT_CONTEXT or met(document.constraints, given)
            else:
                found = False
            if found:
                return True
        return False


# Operations that have no encryption context to be constrained by.
_WITHOUT_CONTEXT: Final = frozenset(("DescribeKey", "GetPublicKey", "CreateGrant"))


def names_of(principal: Principal) -> frozenset[str]:
    """What a grant may call this principal: a role's session is also its role."""
    issuer = principal.issuer if principal.kind == "role" else ""
    return frozenset(each for each in (principal.arn, issuer) if each)


def may_retire(document: GrantDocument, names: Iterable[str]) -> bool:
    """Whether one of these may retire a grant by the grant itself."""
    return document.retiring in names or ("RetireGrant" in document.operations and document.grantee in names)


def met(constraints: Constraints | None, context: Mapping[str, str]) -> bool:
    """Whether an encryption context is what a grant's constraints want."""
    if constraints is None:
        return True
    if constraints.equals is not None and constraints.equals != context:
        return False
    return constraints.subset is None or constraints.subset.items() <= context.items()


def context_of(context: Mapping[str, Values]) -> dict[str, str]:
    """The encryption context among a request's condition keys."""
    names = context.get(CONTEXT_KEYS, ())
    return {name: str(context.get(CONTEXT + name, "")) for name in ((names,) if isinstance(names, str) else names)}


def context_keys(context: Mapping[str, str] | None) -> dict[str, Values]:
    """An encryption context as condition keys."""
    if not context:
        return {}
    found: dict[str, Values] = {CONTEXT + name: value for name, value in context.items()}
    return found | {CONTEXT_KEYS: tuple(context)}


def new_token(key_arn: str, grant_id: str) -> str:
    """A grant token: names key and grant, and has what nobody can guess."""
    return base64.b64encode(f"1|{key_arn}|{grant_id}|{os.urandom(24).hex()}".encode()).decode()


def read_token(token: str) -> tuple[str, str] | None:
    """(key ARN, grant id) of a grant token, or None when it is none. Whether it is the grant's is for the grant to
    say."""
    try:
        parts = base64.b64decode(token, validate=True).decode("ascii").split("|")
    except (binascii.Error, ValueError):
        return None
    return (parts[1], parts[2]) if len(parts) == 4 and parts[0] == "1" else None
