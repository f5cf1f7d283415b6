"""What forms offer to choose from: the first queues, topics, functions and keys, as (ARN, name).

None of a kind that the visitor may not list: what is not offered can still be typed.
"""

from __future__ import annotations

from typing import Final

from chasqui.console.looks import ask
from chasqui.console.page import Page

_QUEUES: Final = 1000
_FUNCTIONS: Final = 50
_KEYS: Final = 100

Choices = list[tuple[str, str]]


async def queues(page: Page) -> Choices:
    """Queues of this account and region."""
    found = (await ask(page, "sqs", "ListQueues", MaxResults=_QUEUES)).found
    names = [url.rpartition("/")[2] for url in found.get("QueueUrls", ())]
    return [(page.arn("sqs", name), name) for name in names]


async def topics(page: Page) -> Choices:
    """Topics: the first page that SNS lists."""
    found = (await ask(page, "sns", "ListTopics")).found
    return [(each["TopicArn"], each["TopicArn"].rpartition(":")[2]) for each in found.get("Topics", ())]


async def functions(page: Page) -> Choices:
    """Functions, without versions."""
    found = (await ask(page, "lambda", "ListFunctions", MaxItems=_FUNCTIONS)).found
    return [(each["FunctionArn"], each["FunctionName"]) for each in found.get("Functions", ())]


async def keys(page: Page) -> Choices:
    """KMS keys by their aliases."""
    aliases = (await ask(page, "kms", "ListAliases", Limit=_KEYS)).found.get("Aliases", ())
    return [(each["AliasArn"], each["AliasName"]) for each in aliases if each.get("TargetKeyId") is not None]


async def key_names(page: Page, managed: str) -> list[str]:
    """What a field for a KMS key suggests: the service's own alias, the others, then keys by their ARNs."""
    listed = (await ask(page, "kms", "ListKeys", Limit=_KEYS)).found.get("Keys", ())
    names = [managed, *(name for _, name in await keys(page)), *(each["KeyArn"] for each in listed)]
    return list(dict.fromkeys(names))
