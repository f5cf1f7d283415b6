"""A topic's subscriptions as the section's pages need them: with their attributes, so far as they may be seen."""

from __future__ import annotations

from typing import Any, Final

from chasqui.console.looks import Looks
from chasqui.console.page import Page

PAGES_MAX: Final = 5
"""Pages of 100 subscriptions that are looked at for a question about all of them."""


async def subscriptions(
    page: Page, arn: str, looks: Looks, after: str = "", pages: int = 1
) -> tuple[list[dict[str, Any]], str]:
    """Subscriptions of a topic as ListSubscriptionsByTopic gives them, with "Attributes" and, of those that are
    confirmed, "Id"; and the token of the next ones, "" for none."""
    found: list[dict[str, Any]] = []
    for _ in range(pages):
        answer = await looks.at("sns", "ListSubscriptionsByTopic", TopicArn=arn, NextToken=after or None)
        found += answer.get("Subscriptions", ())
        after = answer.get("NextToken", "")
        if not after:
            break
    for each in found:
        if each["SubscriptionArn"].startswith("arn:"):
            each["Id"] = each["SubscriptionArn"].rpartition(":")[2]
            answer = await looks.at("sns", "GetSubscriptionAttributes", SubscriptionArn=each["SubscriptionArn"])
            each["Attributes"] = answer.get("Attributes", {})
    return found, after
