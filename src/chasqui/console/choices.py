"""What forms offer to choose from: queues, topics, functions and keys, as (ARN, name), the first thousand of each.

None of a kind that the visitor may not list: what is not offered can still be typed, and where there are more the page
says so.
"""

from __future__ import annotations

from typing import Any

from chasqui.console.looks import all_of
from chasqui.console.page import Page

Choices = list[tuple[str, str]]


async def _offered(page: Page, service: str, operation: str, member: str, **params: Any) -> list[Any]:
    found: list[Any] = (await all_of(page, service, operation, member, offered=True, **params)).found[member]
    return found


async def queues(page: Page) -> Choices:
    """Queues of this account and region."""
    urls = await _offered(page, "sqs", "ListQueues", "QueueUrls", MaxResults=1000)
    names = [url.rpartition("/")[2] for url in urls]
    return [(page.arn("sqs", name), name) for name in names]


async def topics(page: Page) -> Choices:
    """Topics."""
    found = await _offered(page, "sns", "ListTopics", "Topics")
    return [(each["TopicArn"], each["TopicArn"].rpartition(":")[2]) for each in found]


async def functions(page: Page) -> Choices:
    """Functions, without versions."""
    found = await _offered(page, "lambda", "ListFunctions", "Functions", MaxItems=50)
    return [(each["FunctionArn"], each["FunctionName"]) for each in found]


async def keys(page: Page) -> Choices:
    """KMS keys by their aliases."""
    found = await _offered(page, "kms", "ListAliases", "Aliases", Limit=100)
    return [(each["AliasArn"], each["AliasName"]) for each in found if each.get("TargetKeyId") is not None]


async def key_names(page: Page, managed: str) -> list[str]:
    """What a field for a KMS key suggests: the service's own alias, the others, then keys by their ARNs."""
    listed = await _offered(page, "kms", "ListKeys", "Keys", Limit=1000)
    names = [managed, *(name for _, name in await keys(page)), *(each["KeyArn"] for each in listed)]
    return list(dict.fromkeys(names))
