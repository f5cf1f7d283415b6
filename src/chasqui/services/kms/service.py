"""KMS as the application mounts it. Nothing here may import what the service is made of: that comes when it is called.

Also `describer`, which tells the access layer of a key: its policy, its condition keys, its grants.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from chasqui.access.described import Described
from chasqui.base.actions import Values
from chasqui.base.arn import Arn
from chasqui.base.clock import Clock
from chasqui.base.service import Service
from chasqui.crypto.kms.grants import Grants
from chasqui.crypto.kms.keys import Key
from chasqui.crypto.kms.managed import is_managed, managed_policy
from chasqui.crypto.kms.vault import Vault
from chasqui.store.port import Store


class Room:
    """What KMS' operations stand on, given as their first argument."""

    __slots__ = ("clock", "grants", "store", "vault")

    def __init__(self, store: Store, clock: Clock, vault: Vault, grants: Grants) -> None:
        self.store = store
        self.clock = clock
        self.vault = vault
        self.grants = grants


def describer(vault: Vault, grants: Grants) -> Callable[[Arn], Awaitable[Described | None]]:
    """What the access layer must know of a key or an alias.

    An alias' own ARN is described without a policy: it has none. `key/alias/NAME` is not AWS': it stands for the key
    behind an alias, and comes back with the key's ARN, which is what policies are asked about.
    """

    async def describe(arn: Arn) -> Described | None:
        owner = f"{arn.account}/{arn.region}"
        kind, _, name = arn.resource.partition("/")
        if kind == "alias":
            return Described(arn.account) if await vault.alias(owner, name) is not None else None
        key = await _key(vault, owner, name) if kind == "key" else None
        if key is None:
            # A managed key that nobody has used yet: whoever may use it makes it, and nobody else.
            alias = name.removeprefix("alias/")
            unmade = kind == "key" and alias != name and is_managed(alias)
            return Described(arn.account, managed_policy(owner, alias), exclusive=True) if unmade else None
        return Described(
            key.account,
            key.document.policy,
            key.document.tags,
            exclusive=True,
            arn=key.arn,
            context=_facts(key),
            granted=lambda principal, action, context: grants.granted(principal, action, key.arn, context),
        )

    return describe


async def _key(vault: Vault, owner: str, name: str) -> Key | None:
    """The key that an id or "alias/NAME" names, if there is one already."""
    if not name.startswith("alias/"):
        return await vault.key(owner, name)
    alias = await vault.alias(owner, name.removeprefix("alias/"))
    return await vault.key(owner, alias.target) if alias is not None else None


def _facts(key: Key) -> dict[str, Values]:
    """The condition keys that a key sets (KMS developer guide, "Condition keys for AWS KMS")."""
    return {
        "kms:KeyOrigin": "AWS_KMS",
        "kms:KeySpec": key.document.spec,
        "kms:KeyUsage": key.document.usage,
        "kms:MultiRegion": "false",
    }


def kms_service(room: Room) -> Service:
    """KMS on these dependencies."""
    return Service(name="kms", module="chasqui.services.kms.table", room=room)
