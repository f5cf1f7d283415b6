"""What Ctrl-K finds: pages, and resources by any part of their names."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.arns import name_of, page_of
from chasqui.console.language import N_
from chasqui.console.looks import is_denial
from chasqui.console.page import Page
from chasqui.console.sections import MENU

_FIELDS: Final = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
_EACH_MAX: Final = 8
_PAGES_MAX: Final = 5
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{3,256}")
_PLACES: Final = {"Queues": "queues", "Topics": "topics", "Buckets": "buckets", "Functions": "functions"}


class Found(msgspec.Struct, frozen=True):
    """A place to jump to. `note` is what stands beside its name."""

    name: str
    address: str
    note: str


class Group(msgspec.Struct, frozen=True):
    """Places of one kind."""

    name: str
    entries: list[Found]


async def find(page: Page) -> Reply:
    """Groups of places whose names have what was typed, as JSON: {"groups": […], "note": "12 results"}."""
    typed = page.query["q"].strip()[:256]
    groups = [Group(page.text("Pages"), _pages(page, typed))]
    if typed:
        groups = [Group(page.text("As it was typed"), _meant(page, typed)), *groups]
        kinds: tuple[tuple[str, Callable[[Page, str], Awaitable[list[Found]]]], ...] = (
            (N_("Queues"), _queues),
            (N_("Topics"), _topics),
            (N_("Buckets"), _buckets),
            (N_("Functions"), _functions),
        )
        for name, look in kinds:
            try:
                groups.append(Group(page.text(name), await look(page, typed)))
            except ServiceError as error:
                # What the visitor may not list is not found. Who knows its name gets there all the same.
                if is_denial(error):
                    groups.append(Group(page.text(name), _named(page, name, typed)))
    groups = [group for group in groups if group.entries]
    number = sum(len(group.entries) for group in groups)
    note = page.plural("%(num)s result.", "%(num)s results.", number)
    return Reply(200, _FIELDS, msgspec.json.encode({"groups": groups, "note": note}))


def _named(page: Page, kind: str, typed: str) -> list[Found]:
    """Where something of this name would be, if there is one."""
    if not _NAME.fullmatch(typed):
        return []
    return [Found(typed, page.href(_PLACES[kind], typed), page.text("If there is one of this name"))]


def _pages(page: Page, typed: str) -> list[Found]:
    """The menu's pages, and what can be made."""
    places = [(page.text(entry.name), page.href(entry.section)) for entry in MENU]
    places.insert(0, (page.text("Overview"), page.href("home")))
    wanted = typed.casefold()
    return [Found(name, address, "") for name, address in places if wanted in name.casefold()]


def _meant(page: Page, typed: str) -> list[Found]:
    """What was typed may be an ARN, a queue's address or a message's id: then it says itself where to go."""
    if address := page_of(page, typed):
        return [Found(name_of(typed), address, typed)]
    parts = typed.split("/")
    if typed.startswith(("http://", "https://")) and len(parts) >= 5 and parts[4]:
        return [Found(parts[4], page.href("queues", parts[4], "details"), page.text("Queue"))]
    if _UUID.fullmatch(typed):
        return [Found(page.text("The path of message %(id)s", id=typed), page.href("trace", id=typed), "")]
    return []


async def _queues(page: Page, typed: str) -> list[Found]:
    try:
        wanted = {"account": page.api.account, "region": page.api.region, "limit": _EACH_MAX, "search": typed}
        told = await page.api.control("GET", "/_chasqui/queues", **wanted)
        names = [queue["name"] for queue in told["queues"]]
    except ServiceError:
        listed = await page.api("sqs", "ListQueues", QueueNamePrefix=typed, MaxResults=_EACH_MAX)
        names = [url.rpartition("/")[2] for url in listed.get("QueueUrls", ())]
    return [Found(name, page.href("queues", name, "details"), page.api.region) for name in names]


async def _topics(page: Page, typed: str) -> list[Found]:
    names = (topic["TopicArn"].rpartition(":")[2] async for topic in _listed(page, "sns", "ListTopics", "Topics"))
    return [
        Found(name, page.href("topics", name, "subscriptions"), page.api.region)
        async for name in _matching(names, typed)
    ]


async def _buckets(page: Page, typed: str) -> list[Found]:
    listed = await page.api("s3", "ListBuckets", MaxBuckets=1000)
    names = [bucket["Name"] for bucket in listed.get("Buckets", ()) if typed.casefold() in bucket["Name"]]
    return [Found(name, page.href("buckets", name), "") for name in names[:_EACH_MAX]]


async def _functions(page: Page, typed: str) -> list[Found]:
    found = _listed(page, "lambda", "ListFunctions", "Functions", ("Marker", "NextMarker"))
    names = (each["FunctionName"] async for each in found)
    return [
        Found(name, page.href("functions", name, "code"), page.api.region) async for name in _matching(names, typed)
    ]


async def _matching(names: AsyncIterator[str], typed: str) -> AsyncIterator[str]:
    wanted, found = typed.casefold(), 0
    async for name in names:
        if wanted in name.casefold():
            yield name
            found += 1
            if found == _EACH_MAX:
                return


async def _listed(
    page: Page, service: str, operation: str, member: str, tokens: tuple[str, str] = ("NextToken", "NextToken")
) -> AsyncIterator[dict[str, Any]]:
    """What an operation lists, in a bounded number of pages."""
    token = None
    for _ in range(_PAGES_MAX):
        answer = await page.api(service, operation, **{tokens[0]: token})
        for each in answer.get(member, ()):
            yield each
        token = answer.get(tokens[1])
        if not token:
            return
