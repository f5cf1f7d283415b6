"""Messages looked at without receiving them: by the control endpoint `/_aws/sqs/messages`, for whoever may."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.console.numbers import digits
from chasqui.console.page import Page
from chasqui.console.queue_facts import QueueFacts

PEEK: Final = "/_aws/sqs/messages"


class Found(msgspec.Struct, frozen=True):
    """A page of what is in a queue; `after` is where the next one begins, "" for none."""

    messages: list[dict[str, Any]]
    after: str


async def look(page: Page, queue: QueueFacts, after: str = "", limit: int = 50, **query: object) -> Found:
    """Messages after a sequence number, those in flight and those delayed too. Raises `ServiceError`."""
    asked: dict[str, object] = {"ShowInvisible": "true", "ShowDelayed": "true", "Limit": limit, **query}
    answer = await page.api.control(
        "GET", PEEK, None, QueueUrl=queue.url, Region=page.api.region, After=after or None, **asked
    )
    found = answer["ReceiveMessageResponse"]["ReceiveMessageResult"]["Message"]
    return Found(found, answer["Next"] or "")


async def message_asked(page: Page, queue: QueueFacts) -> dict[str, Any]:
    """The message that the address (`?sequence=`) or the form (`again`, a receipt) names. Raises `ServiceError`."""
    receipt = (await page.form()).get("receipt") if page.visit.method == "POST" else ""
    sequence = page.query.get("sequence")
    if receipt:
        found = await look(page, queue, ReceiptHandle=receipt)
    elif number := digits(sequence):
        found = await look(page, queue, str(number - 1), 1)
        found = Found([each for each in found.messages if each["Sequence"] == sequence], "")
    else:
        found = Found([], "")
    if not found.messages:
        raise ServiceError("MessageNotFound", page.text("This message is not in the queue any more."), status=404)
    return found.messages[0]


async def everything(page: Page, queue: QueueFacts) -> AsyncIterator[dict[str, Any]]:
    """Every message of the queue, a page at a time. Raises `ServiceError`."""
    after = ""
    while True:
        found = await look(page, queue, after, 200, BytesMax=4 * 1024 * 1024)
        for each in found.messages:
            yield each
        after = found.after
        if not after:
            return
