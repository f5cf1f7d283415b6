"""What SNS does without being called: it works jobs off, and brings messages to what is outside.

Imported by `service.py` when there is a topic.
"""

from __future__ import annotations

from chasqui.services.sns.expansion import Expander
from chasqui.services.sns.room import Room


async def begin(room: Room) -> None:
    """Go on with what is there, and with what comes."""
    await Expander(room).start()
