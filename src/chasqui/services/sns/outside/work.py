"""What SNS does without being called: it works jobs off, and brings messages to what is outside.

Imported by `service.py` when there is a topic.
"""

from __future__ import annotations

from chasqui.base.sections import DeliveryLimits
from chasqui.delivery.http.client import HttpClient
from chasqui.delivery.outbox import Outbox
from chasqui.services.sns.outside.couriers import Couriers
from chasqui.services.sns.publishing.expansion import Expander
from chasqui.services.sns.room import Room


async def begin(room: Room, outbox: Outbox, http: HttpClient, limits: DeliveryLimits) -> None:
    """Go on with what is there, and with what comes."""
    assert room.witness, "what changes is written down from now on"
    await Expander(room).start()
    await Couriers(room, outbox, http, limits.attempts_per_target_max).start()
