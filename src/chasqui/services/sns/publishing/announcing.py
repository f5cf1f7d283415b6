"""Publishing what the service itself has to say, to a topic of the account that it says it for."""

from __future__ import annotations

from chasqui.base.call import Call
from chasqui.base.principal import service_principal
from chasqui.services.sns.room import Announce, Room

SERVICE = service_principal("sns.amazonaws.com")


def announcer(room: Room) -> Announce:
    """What `Room.announce` is."""

    async def announce(topic: str, subject: str, message: str, base_url: str) -> None:
        # With the first event: servers that publish nothing start without it.
        from chasqui.services.sns.publishing.publish import publish  # noqa: PLC0415
        from chasqui.services.sns.types import PublishInput  # noqa: PLC0415

        _, _, _, region, account, _ = topic.split(":", 5)
        call = Call(account, region, SERVICE, SERVICE.id, base_url)
        await publish(room, call, PublishInput(TopicArn=topic, Subject=subject, Message=message))

    return announce
