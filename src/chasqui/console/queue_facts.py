"""The queue that a page is about, for the sections that have pages of it."""

from __future__ import annotations

from typing import Final

import msgspec

from chasqui.console.language import N_
from chasqui.console.page import Page

TABS: Final = (
    ("messages", N_("Send and receive messages")),
    ("details", N_("Details")),
    ("monitoring", N_("Monitoring")),
    ("policy", N_("Access policy")),
    ("redrive", N_("Dead-letter queue")),
    ("subscriptions", N_("SNS subscriptions")),
    ("triggers", N_("Lambda triggers")),
    ("tags", N_("Tags")),
)
"""A queue's tabs: the last segment of their addresses ("queues/{name}/messages"), and their names."""


class QueueFacts(msgspec.Struct, frozen=True):
    """A queue: its name, address and ARN, and its attributes as GetQueueAttributes gives them."""

    name: str
    url: str
    arn: str
    attributes: dict[str, str]

    @property
    def fifo(self) -> bool:
        """Whether it is a FIFO queue."""
        return self.name.endswith(".fifo")


async def queue_of(page: Page) -> QueueFacts:
    """The queue that the address names. Raises `ServiceError`, where there is none or the visitor may not see it."""
    name = page.places["name"]
    url = (await page.api("sqs", "GetQueueUrl", QueueName=name))["QueueUrl"]
    found = await page.api("sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])
    attributes = found.get("Attributes", {})
    return QueueFacts(name, url, attributes.get("QueueArn", ""), attributes)
