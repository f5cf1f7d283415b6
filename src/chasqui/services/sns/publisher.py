"""Topics as other services see them (`fabric/publishing.py`): a publish by a service, for a resource of an account."""

from __future__ import annotations

from collections.abc import Mapping

from chasqui.base.actions import Values
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.fabric.letters import Attribute
from chasqui.fabric.recipients import Ask, Source, Undeliverable
from chasqui.services.sns.documents import TOPIC, place_of
from chasqui.services.sns.room import Room


class TopicPublisher:
    """The topics of a server. `ask` asks their policies."""

    def __init__(self, room: Room, ask: Ask) -> None:
        self._room = room
        self._ask = ask

    async def admits(self, arn: str, source: Source) -> bool:
        """Whether the topic exists and its policy lets the source's service publish."""
        if await self.is_fifo(arn) is None:
            return False
        context: dict[str, Values] = {"aws:SourceArn": source.arn, "aws:SourceAccount": source.account}
        allowed, _ = await self._ask(source.service, "sns:Publish", arn, context)
        return allowed

    async def is_fifo(self, arn: str) -> bool | None:
        """Whether the topic is FIFO; None when there is none."""
        place = place_of(arn)
        if place is None or ":" in place[1] or await self._room.store.resource(TOPIC, *place) is None:
            return None
        return place[1].endswith(".fifo")

    async def publish(
        self,
        source: Source,
        arn: str,
        subject: str | None,
        message: str,
        *,
        base_url: str = "",
        attributes: Mapping[str, Attribute] | None = None,
        admitted: bool = False,
    ) -> str:
        """See `fabric.publishing.Publisher`."""
        fifo = await self.is_fifo(arn)
        if fifo is None:
            raise Undeliverable("NotFound", "Topic does not exist")
        if fifo:
            raise Undeliverable("InvalidParameter", f"{source.service.id} does not publish to FIFO topics")
        if not admitted and not await self.admits(arn, source):
            raise Undeliverable("AccessDenied", f"The topic's policy does not let {source.service.id} publish to it.")
        # With the first publish: servers without topics start without it.
        from chasqui.services.sns.publishing.publish import publish  # noqa: PLC0415
        from chasqui.services.sns.types import MessageAttributeValue, PublishInput  # noqa: PLC0415

        _, _, _, region, account, _ = arn.split(":", 5)
        call = Call(account, region, source.service, source.service.id, base_url)
        try:
            given = {
                name: MessageAttributeValue(each.data_type, each.text, each.binary)
                for name, each in (attributes or {}).items()
            }
            answer = await publish(
                self._room,
                call,
                PublishInput(TopicArn=arn, Subject=subject, Message=message, MessageAttributes=given or None),
            )
        except ServiceError as error:
            raise Undeliverable(error.code, error.message) from error
        return answer.MessageId or ""
