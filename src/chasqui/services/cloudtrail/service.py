"""CloudTrail as the application mounts it. Nothing here may import what the service is made of: that comes when it is
called."""

from __future__ import annotations

from chasqui.access.audit.log import AuditLog
from chasqui.base.clock import Clock
from chasqui.base.service import Service


class Room:
    """What CloudTrail's operations stand on, given as their first argument."""

    __slots__ = ("audit", "clock")

    def __init__(self, audit: AuditLog, clock: Clock) -> None:
        self.audit = audit
        self.clock = clock


def cloudtrail_service(room: Room) -> Service:
    """CloudTrail on these dependencies."""
    return Service(name="cloudtrail", module="chasqui.services.cloudtrail.table", room=room, own_words=True)
