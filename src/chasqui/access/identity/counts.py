"""How many of something an account has, kept beside it: a quota is then one look-up and never a walk.

Whoever creates or deletes a user, group, role, instance profile, policy or provider counts it in the same transaction.
"""

from __future__ import annotations

from typing import Final

import msgspec

from chasqui.store.port import Resource, Store, Transaction

COUNT: Final = "iam:count"
"""Owner the account, name the type that is counted, document a number."""


async def count(tx: Transaction, type_: str, account: str, change: int) -> int:
    """How many resources of a type there are, now that there are `change` more."""
    resource = await tx.get(COUNT, account, type_)
    number = _number(resource) + change
    document = str(number).encode()
    if resource is None:
        await tx.create(Resource(COUNT, account, type_, document))
    elif change:
        await tx.replace(msgspec.structs.replace(resource, document=document))
    return number


async def counted(store: Store, type_: str, account: str) -> int:
    """How many there are."""
    return _number(await store.resource(COUNT, account, type_))


def _number(resource: Resource | None) -> int:
    return int(resource.document) if resource is not None else 0
