"""SQS' own control endpoints: peek into a queue without receiving (`services/sqs/peeking.py`), and the overview
(`services/sqs/overview.py`)."""

from __future__ import annotations

from chasqui.base.control import Answer, ControlRequest, Endpoint
from chasqui.services.sqs.overview import overview
from chasqui.services.sqs.peeking import peek
from chasqui.services.sqs.room import Room


def control_handlers(room: Room) -> dict[tuple[str, str], Endpoint]:
    """(method, path) to endpoint."""

    async def messages(request: ControlRequest) -> Answer:
        return await peek(room, request)

    async def queues(request: ControlRequest) -> Answer:
        return await overview(room, request)

    return {
        ("GET", "/_aws/sqs/messages"): Endpoint(messages, "chasqui:PeekMessages"),
        ("POST", "/_aws/sqs/messages"): Endpoint(messages, "chasqui:PeekMessages"),
        ("GET", "/_chasqui/queues"): Endpoint(queues, "chasqui:ListQueues"),
    }
