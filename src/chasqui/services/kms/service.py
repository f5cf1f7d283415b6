"""KMS as the application mounts it. Nothing here may import what the service is made of: that comes when it is called.

Also `describer`, which tells the access layer a key's policy; its grants are `crypto.kms.grants`'.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from chasqui.access.described import Described
from chasqui.base.arn import Arn
from chasqui.base.call import Call
from chasqui.base.clock import Clock
from chasqui.base.errors import ServiceError
from chasqui.base.service import Service
from chasqui.crypto.kms.grants import Grants
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


def owner_of(call: Call) -> str:
    """Whose keys a call without an ARN is about."""
    return f"{call.account}/{call.region}"


def describer(vault: Vault) -> Callable[[Arn], Awaitable[Described | None]]:
    """What the access layer must know of a key or an alias.

    An alias' own ARN is described without a policy: it has none. `key/alias/NAME` is not AWS': it stands for the key
    behind an alias, and comes back with the key's ARN, which is what policies are asked about.
    """

    async def describe(arn: Arn) -> Described | None:
        owner = f"{arn.account}/{arn.region}"
        kind, _, name = arn.resource.partition("/")
        if kind == "alias":
            return Described(arn.account) if await vault.alias(owner, name) is not None else None
        if kind != "key":
            return None
        try:
            key = await vault.find(owner, name)
        except ServiceError:
            return None
        return Described(key.account, key.document.policy, key.document.tags, exclusive=True)

    return describe


def kms_service(room: Room) -> Service:
    """KMS on these dependencies."""
    return Service(name="kms", module="chasqui.services.kms.table", room=room)
