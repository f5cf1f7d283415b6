"""What goes on without being called, once there is provisioned concurrency. Imported then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from chasqui.base.service import nothing
from chasqui.services.lambda_.room import Room


async def begin(room: Room) -> Callable[[], Awaitable[None]]:
    """Keep the environments that are asked for; returns what ends that (the runner's end does)."""
    await room.provisioner.begin()
    return nothing
