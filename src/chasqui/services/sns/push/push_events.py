"""The events of a platform application's endpoints, published to the topics that the application names (developer
guide, "Application event notifications"): created, updated, deleted, and a direct message given up for good."""

from __future__ import annotations

import logging
from typing import Final, Literal

import msgspec

from chasqui.base.errors import ChasquiError
from chasqui.services.sns.push.push_documents import (
    ApplicationDocument,
    application_arn,
    application_of,
    endpoint_arn,
    platform_of,
)
from chasqui.services.sns.room import Room

_log = logging.getLogger("chasqui.sns")

Event = Literal["EndpointCreated", "EndpointUpdated", "EndpointDeleted", "DeliveryFailure"]
_SUBJECTS: Final[dict[Event, str]] = {
    "EndpointCreated": "EndpointCreated event for app",
    "EndpointUpdated": "EndpointUpdated event for app",
    "EndpointDeleted": "EndpointDeleted event for app",
    "DeliveryFailure": "DeliveryFailure event for app",
}


async def announce(
    room: Room,
    base_url: str,
    owner: str,
    application: ApplicationDocument,
    event: Event,
    endpoint: str,
    **facts: str | int,
) -> None:
    """Tell the topic of the event, if the application names one. `base_url` is at which address the server was called,
    for links. `endpoint` is the endpoint's name.

    The endpoint is as it is whether or not the topic takes the event: what goes wrong is logged.
    """
    topic = application.attributes.get(f"Event{event}")
    if not topic:
        return
    name = application_of(endpoint)
    message = {
        "EndpointArn": endpoint_arn(owner, endpoint),
        "EventType": event,
        "Resource": application_arn(owner, name),
        "Service": "SNS",
        **facts,
    }
    subject = f"{_SUBJECTS[event]} {name.partition('/')[2]} ({platform_of(endpoint)})"[:100]
    try:
        text = msgspec.json.encode(message, order="sorted").decode()
        await room.announce(topic, subject, text, room.public_url or base_url)
    except ChasquiError as error:
        _log.warning("an application's event was not published", extra={"topic": topic, "reason": str(error)})
