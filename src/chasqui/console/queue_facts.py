"""The queue that a page is about, for the sections that have pages of it."""

from __future__ import annotations

from typing import Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.console.language import N_
from chasqui.console.looks import is_denial
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
    """A queue: its name, address and ARN, and its attributes as GetQueueAttributes gives them. `denied` is what of
    that the visitor may not know."""

    name: str
    url: str
    arn: str
    attributes: dict[str, str]
    denied: tuple[ServiceError, ...] = ()

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


async def queue_used(page: Page) -> QueueFacts:
    """The same for pages that serve who may use the queue and not look at it: a program's user, who may only send. A
    queue's address is known by its name. Raises `ServiceError`, where there is none."""
    name, denied = page.places["name"], list[ServiceError]()
    url, attributes = f"{page.api.base_url}/{page.api.account}/{name}", dict[str, str]()
    try:
        url = (await page.api("sqs", "GetQueueUrl", QueueName=name))["QueueUrl"]
    except ServiceError as error:
        _note(denied, error)
    try:
        found = await page.api("sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])
        attributes = found.get("Attributes", {})
    except ServiceError as error:
        _note(denied, error)
    return QueueFacts(name, url, page.arn("sqs", name), attributes, tuple(denied))


def _note(denied: list[ServiceError], error: ServiceError) -> None:
    if not is_denial(error):
        raise error
    denied.append(error)
