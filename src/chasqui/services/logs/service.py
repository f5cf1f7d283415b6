"""CloudWatch Logs as the application mounts it. Nothing here may import what the service is made of: that comes when it
is called."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from chasqui.access.described import Described
from chasqui.base.arn import Arn
from chasqui.base.clock import Clock
from chasqui.base.service import Service
from chasqui.store.port import Store
from chasqui.telemetry.log_groups import GROUP, LogGroups, read_group
from chasqui.telemetry.log_reading import LogReading
from chasqui.telemetry.log_retention import Retention


class Room:
    """What the operations stand on, given as their first argument."""

    __slots__ = ("clock", "groups", "reading", "retention", "store")

    def __init__(self, store: Store, clock: Clock, groups: LogGroups) -> None:
        self.store = store
        self.clock = clock
        self.groups = groups
        self.reading = LogReading(groups)
        self.retention = Retention(groups)


def describer(store: Store) -> Callable[[Arn], Awaitable[Described | None]]:
    """What the access layer must know of a log group: its owner and tags. Its streams have the same."""

    async def describe(arn: Arn) -> Described | None:
        kind, _, rest = arn.resource.partition(":")
        name = rest.partition(":")[0]
        if kind != "log-group" or not name or "\0" in name:
            return None
        found = await store.resource(GROUP, f"{arn.account}/{arn.region}", name)
        return Described(arn.account, tags=read_group(found).tags) if found is not None else None

    return describe


def logs_service(room: Room) -> Service:
    """CloudWatch Logs on these dependencies."""
    return Service(
        name="logs",
        module="chasqui.services.logs.table",
        room=room,
        start=room.retention.start,
        close=room.retention.close,
    )
