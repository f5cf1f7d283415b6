"""What is in a queue, without receiving it: a live list, filters, groups of messages that are alike, downloads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import msgspec

from chasqui.base.bodies import Outgoing
from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.bodies import shape_of, visible
from chasqui.console.commands import TEXT_MAX
from chasqui.console.messages.drafts import draft_again, params_of
from chasqui.console.messages.looking import everything, look, message_asked
from chasqui.console.messages.records import Record, attributes_of, listed, peeked, written
from chasqui.console.messages.sending import command_of
from chasqui.console.numbers import digits
from chasqui.console.page import Page
from chasqui.console.queue_facts import TABS, QueueFacts, queue_of

_PAGE: Final = 50
_SCANNED_MAX: Final = 1000
_SCAN_BYTES_MAX: Final = 8 * 1024 * 1024
_LIVE_S: Final = 2.0
_GROUPS_MAX: Final = 100


class Filter(msgspec.Struct, frozen=True):
    """Which messages are listed: `text` is in the body, the attribute `name` is there, and is `value` if that is given.
    Case counts for neither."""

    text: str = ""
    name: str = ""
    value: str = ""

    def __bool__(self) -> bool:
        return bool(self.text or self.name)

    def among(self, messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those of the messages that it takes."""
        return [each for each in messages if self.takes(each)]

    def takes(self, message: dict[str, Any]) -> bool:
        """Whether a peeked message is one."""
        if self.text and self.text.casefold() not in message["Body"].casefold():
            return False
        if not self.name:
            return True
        found = values_by_name(message).get(self.name)
        return found is not None and (not self.value or found.casefold() == self.value.casefold())


class Group(msgspec.Struct):
    """Messages that are alike. `example` is one's sequence number."""

    name: str
    count: int
    first_ms: int
    last_ms: int
    example: str


class Listing(msgspec.Struct, frozen=True):
    """A page of messages: how many were looked at for it, and where the next begins ("" for none)."""

    records: list[Record]
    looked: int
    after: str


def filter_of(page: Page) -> Filter:
    """What the address says."""
    return Filter(page.query.get("text"), page.query.get("attribute"), page.query.get("value"))


def values_by_name(message: dict[str, Any]) -> dict[str, str]:
    """A peeked message's attributes as texts, and the system's too."""
    own = {name: written(value) for name, value in attributes_of(message).items()}
    return {each["Name"]: each["Value"] for each in message["Attribute"]} | own


def group(found: dict[str, Group], messages: Sequence[dict[str, Any]], attribute: str) -> None:
    """Count messages into the groups found so far: by an attribute's value, or by their shape where none is named."""
    for each in messages:
        name = values_by_name(each).get(attribute, "–") if attribute else shape_of(each["Body"])
        name, sent_ms = visible(name)[:200], _sent_ms(each)
        mine = found.setdefault(name, Group(name, 0, sent_ms, sent_ms, each["Sequence"]))
        mine.count += 1
        mine.first_ms, mine.last_ms = min(mine.first_ms, sent_ms), max(mine.last_ms, sent_ms)


def largest(found: dict[str, Group]) -> list[Group]:
    """The groups to be shown, the largest first."""
    return sorted(found.values(), key=_by_count)[:_GROUPS_MAX]


def _by_count(group: Group) -> tuple[int, str]:
    return -group.count, group.name


def _sent_ms(message: dict[str, Any]) -> int:
    return next((int(each["Value"]) for each in message["Attribute"] if each["Name"] == "SentTimestamp"), 0)


async def listing(page: Page, queue: QueueFacts, wanted: Filter, after: str) -> Listing:
    """A page of the queue, or of what the filter takes among the next thousand messages. Raises `ServiceError`."""
    if not wanted:
        found = await look(page, queue, after, _PAGE, BodyBytesMax=4096)
        return Listing([listed(each) for each in found.messages], len(found.messages), found.after)
    records: list[Record] = []
    looked = 0
    while len(records) < _PAGE and looked < _SCANNED_MAX:
        found = await look(page, queue, after, 100, BytesMax=_SCAN_BYTES_MAX)
        # On a thread: bodies may be large.
        taken = await asyncio.to_thread(wanted.among, found.messages)
        room = _PAGE - len(records)
        if len(taken) > room:
            after = taken[room - 1]["Sequence"]
            return Listing([*records, *map(listed, taken[:room])], looked + len(found.messages), after)
        records += map(listed, taken)
        looked += len(found.messages)
        after = found.after
        if not after:
            break
    return Listing(records, looked, after)


async def peek(page: Page) -> Reply:
    """The list."""
    queue, wanted = await queue_of(page), filter_of(page)
    after = _number(page.query.get("after"))
    values: dict[str, Any] = {"found": None, "denied": None, "now_ms": page.api.now_ms(), "wanted": wanted}
    try:
        values["found"] = await listing(page, queue, wanted, after)
    except ServiceError as error:
        values["denied"] = error
    live = page.query.get("live") != "off" and values["denied"] is None
    values |= {"live": live, "after": after, "groups": None}
    return await page.render("messages/peek.html", queue=queue, tab="messages", tabs=TABS, **values)


async def live(page: Page) -> Reply:
    """The list's changes."""
    queue, wanted, after = await queue_of(page), filter_of(page), _number(page.query.get("after"))
    return page.events(_changes(page, queue, wanted, after))


async def _changes(page: Page, queue: QueueFacts, wanted: Filter, after: str) -> AsyncIterator[str]:
    """The list, whenever it has become another. Ends when the queue is gone, or may not be seen any more."""
    shown = ""
    while True:
        values: dict[str, Any] = {"found": None, "denied": None, "wanted": wanted, "after": after}
        try:
            values["found"] = await listing(page, queue, wanted, after)
        except ServiceError as error:
            values["denied"] = error
        text = await page.fragment("messages/peek_live.html", queue=queue, **values)
        if text != shown:
            shown = text
            yield text
        if values["denied"] is not None:
            return
        await asyncio.sleep(_LIVE_S)


async def groups(page: Page) -> Reply:
    """Messages that are alike, by shape or by an attribute (`?attribute=`)."""
    queue, attribute = await queue_of(page), page.query.get("attribute")
    alike: dict[str, Group] = {}
    looked, after, denied = 0, "", None
    try:
        while looked < _SCANNED_MAX:
            found = await look(page, queue, after, 200, BytesMax=_SCAN_BYTES_MAX)
            # At once, and on a thread: bodies may be large, and all of them together a GiB.
            await asyncio.to_thread(group, alike, found.messages, attribute)
            looked += len(found.messages)
            after = found.after
            if not after:
                break
    except ServiceError as error:
        denied = error
    return await page.render(
        "messages/groups.html",
        queue=queue,
        tab="messages",
        tabs=TABS,
        groups=largest(alike),
        looked=looked,
        more=bool(after),
        attribute=attribute,
        denied=denied,
    )


async def one(page: Page) -> Reply:
    """One message, whole as far as a page shows it."""
    queue = await queue_of(page)
    found = await message_asked(page, queue)
    record = await asyncio.to_thread(peeked, found)
    again = None
    if found["BodyBytes"] <= TEXT_MAX:
        again = command_of(page, {"QueueUrl": queue.url, **params_of(draft_again(found))})
    return await page.render(
        "messages/one.html",
        queue=queue,
        tab="messages",
        tabs=TABS,
        record=record,
        now_ms=page.api.now_ms(),
        command=again,
    )


async def download(page: Page) -> Reply:
    """A message's body as a file: JSON, if it is that, else text."""
    queue = await queue_of(page)
    message = await message_asked(page, queue)
    suffix = "txt" if await asyncio.to_thread(shape_of, message["Body"]) == "text" else "json"
    data = message["Body"].encode("utf-8", "surrogatepass")
    return page.download(f"{message['MessageId']}.{suffix}", "application/octet-stream", data)


async def download_all(page: Page) -> Reply:
    """Every message of the queue, a line of JSON each."""
    queue = await queue_of(page)
    # Asked once before the answer begins, so that a refusal can still be told.
    await look(page, queue, limit=1)
    return page.download(f"{queue.name}.jsonl", "application/jsonl", Outgoing(_lines(page, queue)))


async def _lines(page: Page, queue: QueueFacts) -> AsyncIterator[bytes]:
    async for each in everything(page, queue):
        attributes = {part["Name"]: part["Value"] for part in each["Attribute"]}
        kept = {"MessageId": each["MessageId"], "MD5OfBody": each["MD5OfBody"], "Body": each["Body"]}
        more = attributes_of(each)
        line = kept | {"Attributes": attributes} | ({"MessageAttributes": more} if more else {})
        yield msgspec.json.encode(line) + b"\n"


def _number(text: str) -> str:
    """A sequence number that an address gives; "" for what is none."""
    return "" if digits(text) is None else text
