"""The topic that a page is about, and its tabs."""

from __future__ import annotations

from typing import Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.console.language import N_
from chasqui.console.looks import is_denial
from chasqui.console.page import Page

TABS: Final = (
    ("subscriptions", N_("Subscriptions")),
    ("publish", N_("Publish message")),
    ("details", N_("Details")),
    ("policy", N_("Access policy")),
    ("edit", N_("Edit")),
    ("tags", N_("Tags")),
)
"""A topic's tabs: the last segment of their addresses ("topics/{name}/publish"), and their names."""


class TopicFacts(msgspec.Struct, frozen=True):
    """A topic: its name and ARN, and its attributes as GetTopicAttributes gives them. `denied` says why there are
    none."""

    name: str
    arn: str
    attributes: dict[str, str]
    denied: str = ""

    @property
    def fifo(self) -> bool:
        """Whether it is a FIFO topic."""
        return self.name.endswith(".fifo")


async def topic_of(page: Page) -> TopicFacts:
    """The topic that the address names. Raises `ServiceError` where there is none; one whose attributes the visitor may
    not see has none."""
    name = page.places["name"]
    arn = page.arn("sns", name)
    try:
        found = await page.api("sns", "GetTopicAttributes", TopicArn=arn)
    except ServiceError as error:
        if not is_denial(error):
            raise
        return TopicFacts(name, arn, {}, error.message)
    return TopicFacts(name, arn, found.get("Attributes", {}))
