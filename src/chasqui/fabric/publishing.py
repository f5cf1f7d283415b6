"""`publish(source, arn, …)`: topics as other services see them, whichever service has them.

What is sent to a topic is not one row (`recipients.py`) but a publish of its own, so it cannot be part of the sender's
transaction: who must not lose it keeps it in a queue of its own first and tries until it is published.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from chasqui.base.arn import parse_arn
from chasqui.fabric.letters import Attribute
from chasqui.fabric.recipients import Source, Undeliverable


class Publisher(Protocol):
    """A service that has topics."""

    async def admits(self, arn: str, source: Source) -> bool:
        """Whether the topic exists and its policy lets the source's service publish."""
        ...

    async def is_fifo(self, arn: str) -> bool | None:
        """Whether the topic is FIFO; None when there is none."""
        ...

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
        """Publish, durably when this returns; the message's id. `base_url` is scheme and host of links in it;
        `admitted`: it has been found already that the source may (a role of an account has policies of its own). Raises
        `Undeliverable` for what will never be taken, and what else may pass as it comes (`StoreError`)."""
        ...


class Publishers:
    """The services' publishers, by the service in the ARN."""

    def __init__(self) -> None:
        self._by_service: dict[str, Publisher] = {}

    def add(self, service: str, publisher: Publisher) -> None:
        assert service not in self._by_service, f"{service} is published to by one publisher"
        self._by_service[service] = publisher

    def find(self, arn_text: str) -> Publisher | None:
        """The publisher for a topic's ARN; None where no service has such."""
        arn = parse_arn(arn_text)
        return self._by_service.get(arn.service) if arn is not None else None

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
        """See `Publisher.publish`."""
        publisher = self.find(arn)
        if publisher is None:
            raise Undeliverable("NotFound", f"nothing here can be published to at {arn}")
        return await publisher.publish(
            source, arn, subject, message, base_url=base_url, attributes=attributes, admitted=admitted
        )
