"""The tab "Dead-letter queue": where messages go that failed, which queues send theirs here, and moving them back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.attributes import dead_letter_arn, decoded
from chasqui.console.commands import both
from chasqui.console.looks import tell_cut
from chasqui.console.messages.drafts import WrongDraft, whole
from chasqui.console.messages.looking import look
from chasqui.console.messages.records import Record, listed
from chasqui.console.page import Page
from chasqui.console.queue_facts import TABS, QueueFacts, queue_of

_LIVE_S: Final = 1.0
_TASKS_MAX: Final = 10
_SOURCES_MAX: Final = 1000
_PREVIEW_MAX: Final = 5
_MOVING: Final = ("RUNNING", "CANCELLING")


class Target(msgspec.Struct, frozen=True):
    """The dead-letter queue of a queue. `waiting` is None where the visitor may not see it."""

    name: str
    arn: str
    receives_max: str
    waiting: int | None
    problem: str


class Redrive(msgspec.Struct, frozen=True):
    """What the form says."""

    destination: str = ""
    custom: str = ""
    rate: str = ""


async def target_of(page: Page, queue: QueueFacts) -> Target | None:
    """The queue's dead-letter queue."""
    arn = dead_letter_arn(queue.attributes)
    if not arn:
        return None
    receives_max = str(decoded(queue.attributes["RedrivePolicy"]).get("maxReceiveCount", ""))
    name = arn.rpartition(":")[2]
    waiting, problem = None, ""
    try:
        url = (await page.api("sqs", "GetQueueUrl", QueueName=name, QueueOwnerAWSAccountId=arn.split(":")[4]))[
            "QueueUrl"
        ]
        names = ["ApproximateNumberOfMessages"]
        found = await page.api("sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=names)
        waiting = int(found["Attributes"]["ApproximateNumberOfMessages"])
    except (ServiceError, IndexError) as error:
        problem = str(error)
    return Target(name, arn, receives_max, waiting, problem)


async def sources_of(page: Page, queue: QueueFacts) -> list[str]:
    """The names of the queues whose dead-letter queue this is."""
    found = await page.api("sqs", "ListDeadLetterSourceQueues", QueueUrl=queue.url, MaxResults=_SOURCES_MAX)
    if found.get("NextToken"):
        tell_cut(page, _SOURCES_MAX)
    return [str(url).rpartition("/")[2] for url in found.get("queueUrls", ())]


async def tasks_of(page: Page, queue: QueueFacts) -> list[dict[str, Any]]:
    """The moves out of this queue, the newest first."""
    found = await page.api("sqs", "ListMessageMoveTasks", SourceArn=queue.arn, MaxResults=_TASKS_MAX)
    return list(found.get("Results", ()))


async def _waiting(page: Page, queue: QueueFacts) -> int:
    names = ["ApproximateNumberOfMessages"]
    found = await page.api("sqs", "GetQueueAttributes", QueueUrl=queue.url, AttributeNames=names)
    return int(found["Attributes"]["ApproximateNumberOfMessages"])


async def _first(page: Page, queue: QueueFacts) -> tuple[list[Record], ServiceError | None]:
    try:
        found = await look(page, queue, limit=_PREVIEW_MAX, BodyBytesMax=4096)
    except ServiceError as error:
        return [], error
    return [listed(each) for each in found.messages], None


async def index(page: Page) -> Reply:
    """The tab."""
    return await _tab(page, await queue_of(page), 200, Redrive(), "")


async def _tab(page: Page, queue: QueueFacts, status: int, asked: Redrive, problem: str) -> Reply:
    denied: list[ServiceError] = []
    sources: list[str] = []
    tasks: list[dict[str, Any]] = []
    unsure = False
    try:
        sources = await sources_of(page, queue)
    except ServiceError as error:
        denied.append(error)
        unsure = True
    try:
        tasks = await tasks_of(page, queue)
    except ServiceError as error:
        denied.append(error)
    records, unseen = await _first(page, queue) if sources or unsure else ([], None)
    return await page.render(
        "messages/redrive.html",
        status,
        queue=queue,
        tab="redrive",
        tabs=TABS,
        target=await target_of(page, queue),
        sources=sources,
        unsure=unsure,
        tasks=tasks,
        waiting=int(queue.attributes.get("ApproximateNumberOfMessages", "0")),
        records=records,
        unseen=unseen,
        denied=denied,
        asked=asked,
        problem=problem,
        command=_command(page, queue, asked),
    )


def _params(queue: QueueFacts, asked: Redrive) -> dict[str, Any]:
    """StartMessageMoveTask's parameters. Raises `WrongDraft`."""
    params: dict[str, Any] = {"SourceArn": queue.arn}
    if asked.destination == "custom":
        params["DestinationArn"] = asked.custom.strip()
    if asked.rate.strip():
        params["MaxNumberOfMessagesPerSecond"] = whole(asked.rate.strip(), "rate")
    return params


def _command(page: Page, queue: QueueFacts, asked: Redrive) -> tuple[str, str] | None:
    try:
        params = _params(queue, asked)
    except WrongDraft:
        return None
    return both(page.api, "sqs", "StartMessageMoveTask", **params)


async def start(page: Page) -> Reply:
    """Begin to move the messages."""
    form = await page.form()
    queue = await queue_of(page)
    asked = Redrive(form.get("destination"), form.get("custom"), form.get("rate"))
    try:
        await page.api("sqs", "StartMessageMoveTask", **_params(queue, asked))
    except WrongDraft as wrong:
        return await _tab(page, queue, 400, asked, page.text(wrong.text))
    except ServiceError as error:
        return await _tab(page, queue, error.status or 400, asked, str(error))
    return page.redirect(page.href("queues", queue.name, "redrive"), done=page.text("The redrive has started."))


async def cancel(page: Page) -> Reply:
    """End a move."""
    queue = await queue_of(page)
    found = await page.api("sqs", "CancelMessageMoveTask", TaskHandle=(await page.form()).get("task"))
    num = int(found.get("ApproximateNumberOfMessagesMoved", 0))
    text = page.plural(
        "The redrive is cancelled; %(num)s message was moved.",
        "The redrive is cancelled; %(num)s messages were moved.",
        num,
    )
    return page.redirect(page.href("queues", queue.name, "redrive"), done=text)


async def live(page: Page) -> Reply:
    """How far the moves are."""
    return page.events(_progress(page, await queue_of(page)))


async def _progress(page: Page, queue: QueueFacts) -> AsyncIterator[str]:
    """The tasks, whenever they changed. While nothing moves it is looked more seldom."""
    shown = ""
    while True:
        try:
            tasks = await tasks_of(page, queue)
            waiting = await _waiting(page, queue)
        except ServiceError:
            return
        text = await page.fragment("messages/tasks_live.html", queue=queue, tasks=tasks, waiting=waiting)
        if text != shown:
            shown = text
            yield text
        moving = any(each["Status"] in _MOVING for each in tasks)
        await asyncio.sleep(_LIVE_S if moving else 3 * _LIVE_S)
