"""IAM as the application mounts it. What the service is made of is imported when it is called, not here."""

from __future__ import annotations

from chasqui.access.authorizer import Authorizer
from chasqui.access.identity.directory import Directory
from chasqui.access.identity.sessions import Sealer
from chasqui.base.clock import Clock
from chasqui.base.service import Service
from chasqui.store.port import Store


class Room:
    """What IAM's operations stand on, given as their first argument."""

    __slots__ = ("authorizer", "clock", "directory", "ring", "store")

    def __init__(self, store: Store, clock: Clock, ring: Sealer, directory: Directory, authorizer: Authorizer) -> None:
        self.store = store
        self.clock = clock
        self.ring = ring
        self.directory = directory
        self.authorizer = authorizer


def iam_service(room: Room) -> Service:
    """IAM on these dependencies."""
    return Service(name="iam", module="chasqui.services.iam.table", room=room)
