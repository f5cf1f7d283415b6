"""STS as the application mounts it. What the service is made of is imported when it is called, not here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chasqui.access.authorizer import Authorizer
from chasqui.access.identity.directory import Directory
from chasqui.access.identity.sessions import Sealer
from chasqui.base.clock import Clock
from chasqui.base.service import Service
from chasqui.store.port import Store

if TYPE_CHECKING:
    from chasqui.access.oidc.keys import KeySource


class Room:
    """What STS' operations stand on, given as their first argument.

    `oidc_keys` is the folder with OpenID Connect issuers' keys, "" to ask the issuers; `key_source` is made of it when
    a token of theirs comes first. `verifies`: callers are who they say they are.
    """

    __slots__ = ("authorizer", "clock", "directory", "key_source", "oidc_keys", "ring", "store", "verifies")

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ring: Sealer,
        directory: Directory,
        authorizer: Authorizer,
        oidc_keys: str = "",
        *,
        verifies: bool = False,
    ) -> None:
        self.store = store
        self.clock = clock
        self.ring = ring
        self.directory = directory
        self.authorizer = authorizer
        self.oidc_keys = oidc_keys
        self.verifies = verifies
        self.key_source: KeySource | None = None


def sts_service(room: Room) -> Service:
    """STS on these dependencies."""
    return Service(name="sts", module="chasqui.services.sts.table", room=room)
