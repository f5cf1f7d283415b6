"""What invoking does without being called: it works asynchronous events off. Imported when there is a function."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from chasqui.services.lambda_.invoking.routes import Routes

if TYPE_CHECKING:
    from chasqui.services.lambda_.room import Room


async def begin(room: Room) -> Callable[[], Awaitable[None]]:
    """Go on with what is there, and with what comes; returns what ends it."""
    # Functions are told where the server is.
    await room.listening.wait()
    await Routes(room).start()
    return room.outbox.close_all
