"""Every queue with its figures, at a glance: what `chasqui queues` and the console's list show.

An account's queues may be many thousands. They are read in slices, between which other requests have their turn, and of
a queue only what the order asks for is looked up before it is known which of them are shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Final

import msgspec

from chasqui.base.control import Answer, ControlRequest, Refusal
from chasqui.services.sqs.policies import redrive_policy
from chasqui.services.sqs.queues import TYPE, decode_document, owner_of, queue_arn
from chasqui.services.sqs.room import Room
from chasqui.store.values import Counts, QueueGone, Resource

PAGE_MAX: Final = 1000
_SLICE: Final = 500
_COUNTED: Final = ("NumberOfMessagesSent", "NumberOfMessagesReceived", "NumberOfMessagesDeleted")


class Line(msgspec.Struct, eq=False):
    """A queue of the overview. `oldest_ms` is when its oldest message was sent, once that was looked up."""

    name: str
    account: str
    region: str
    queue: int
    created_s: int
    dead_letter_queue: str
    encryption: str
    kms_key: str
    counts: Counts | None = None
    oldest_ms: int | None = None

    @property
    def fifo(self) -> bool:
        return self.name.endswith(".fifo")

    def row(self, room: Room, now_ms: int) -> dict[str, Any]:
        """What is told of it."""
        arn = queue_arn(self.account, self.region, self.name)
        counts = self.counts or Counts(0, 0, 0)
        return {
            "name": self.name,
            "account": self.account,
            "region": self.region,
            "arn": arn,
            "fifo": self.fifo,
            "created": self.created_s,
            "deadLetterTargetArn": self.dead_letter_queue or None,
            "encryption": self.encryption,
            "kmsKey": self.kms_key or None,
            "visible": counts.visible,
            "inFlight": counts.in_flight,
            "delayed": counts.delayed,
            "oldestAgeSeconds": None if self.oldest_ms is None else max(0, now_ms - self.oldest_ms) // 1000,
            # Not `counters[…]`: what is only read must not make room for itself.
            **{name: room.counters.get((name, arn), 0) for name in _COUNTED},
        }


_ORDERS: Final[dict[str, Callable[[Line], Any]]] = {
    "name": lambda line: "",
    "type": lambda line: line.fifo,
    "created": lambda line: line.created_s,
    "visible": lambda line: line.counts.visible if line.counts else 0,
    "inFlight": lambda line: line.counts.in_flight if line.counts else 0,
    "delayed": lambda line: line.counts.delayed if line.counts else 0,
    # The oldest message is the one that was sent first: no message is the youngest age.
    "age": lambda line: -line.oldest_ms if line.oldest_ms is not None else -(1 << 62),
    "deadLetterQueue": lambda line: line.dead_letter_queue,
    "encryption": lambda line: line.encryption,
}
_BY_COUNT: Final = ("visible", "inFlight", "delayed")


async def overview(room: Room, request: ControlRequest) -> Answer:
    """Queues with their depths, ages and counts so far; `limit` and `after` page.

    With `account` and `region` those of one place, in an order: `sort` (a column) and `order` (asc, desc); `search`
    (anywhere in the name; with `match=prefix` at its beginning), `type` (standard, fifo); `names`, separated by commas,
    for these alone.
    """
    if request.parameter("account"):
        return await _of_one_place(room, request)
    limit = request.number("limit", 100, PAGE_MAX)
    owner, _, name = request.parameter("after").partition(" ")
    found = await room.store.resources(TYPE, after=(owner, name), limit=limit + 1)
    lines = [_line(resource) for resource in found[:limit]]
    await _count(room, lines)
    await _age(room, lines)
    last = found[limit - 1] if len(found) > limit else None
    now_ms = room.clock.now_ms()
    rows = [line.row(room, now_ms) for line in lines if line.counts is not None]
    return Answer({"queues": rows, "after": f"{last.owner} {last.name}" if last else None})


async def _of_one_place(room: Room, request: ControlRequest) -> Answer:
    sort, order = request.parameter("sort", "name"), request.parameter("order", "asc")
    if sort not in _ORDERS or order not in ("asc", "desc"):
        raise Refusal(400, f"sort must be one of {', '.join(_ORDERS)}, and order asc or desc")
    limit, begin = request.number("limit", 100, PAGE_MAX), request.number("after", 0, 1 << 40)
    owner = owner_of(request.parameter("account"), request.parameter("region", room.default_region))
    names = request.parameter("names")
    found = _named(room, owner, names.split(",")[:PAGE_MAX]) if names else _searched(room, owner, request)
    lines = [line async for line in found]
    if sort in _BY_COUNT or sort == "age":
        await _count(room, lines)
    if sort == "age":
        await _age(room, lines)
    if len(lines) > _SLICE:
        # Sorting them all would hold the loop.
        totals = await asyncio.to_thread(_ordered, lines, sort, order)
    else:
        totals = _ordered(lines, sort, order)
    shown = lines[begin : begin + limit]
    await _count(room, shown)
    await _age(room, shown)
    now_ms, end = room.clock.now_ms(), begin + limit
    return Answer(
        {
            "queues": [line.row(room, now_ms) for line in shown],
            "total": len(lines),
            "totals": totals if sort in _BY_COUNT else None,
            "after": str(end) if end < len(lines) else None,
        }
    )


def _ordered(lines: list[Line], sort: str, order: str) -> dict[str, int]:
    """Put them in order; the messages of all of them."""
    # By name first, then by the column: sorting keeps the order of those that are equal there.
    key, down = _ORDERS[sort], order == "desc"
    lines.sort(key=lambda line: line.name, reverse=down and sort == "name")
    lines.sort(key=key, reverse=down)
    return _totals(lines)


def _totals(lines: list[Line]) -> dict[str, int]:
    """The messages of all of them, where an order by counts has looked at each."""
    counts = [line.counts for line in lines if line.counts]
    return {
        "visible": sum(each.visible for each in counts),
        "inFlight": sum(each.in_flight for each in counts),
        "delayed": sum(each.delayed for each in counts),
    }


async def _searched(room: Room, owner: str, request: ControlRequest) -> AsyncIterator[Line]:
    """The queues of an account and region that match, slice by slice."""
    wanted, kind = request.parameter("search"), request.parameter("type")
    at_beginning = request.parameter("match") == "prefix"
    prefix, anywhere = (wanted, "") if at_beginning else ("", wanted.lower())
    after = ""
    while True:
        found = await room.store.resources(TYPE, owner, prefix=prefix, after=(owner, after), limit=_SLICE)
        for resource in found:
            if anywhere in resource.name.lower() and kind in ("", "fifo" if _is_fifo(resource.name) else "standard"):
                yield _line(resource)
        if len(found) < _SLICE:
            return
        after = found[-1].name


async def _named(room: Room, owner: str, names: Iterable[str]) -> AsyncIterator[Line]:
    for name in names:
        resource = await room.store.resource(TYPE, owner, name)
        if resource is not None:
            yield _line(resource)


def _is_fifo(name: str) -> bool:
    return name.endswith(".fifo")


def _line(resource: Resource) -> Line:
    document = decode_document(resource)
    account, _, region = resource.owner.partition("/")
    attributes = document.attributes
    redrive, key = redrive_policy(attributes), attributes.get("KmsMasterKeyId", "")
    managed = attributes.get("SqsManagedSseEnabled", "true") == "true"
    return Line(
        resource.name,
        account,
        region,
        document.queue,
        document.created_s,
        redrive.target_arn if redrive else "",
        "SSE-KMS" if key else "SSE-SQS" if managed else "",
        key,
    )


async def _count(room: Room, lines: list[Line]) -> None:
    """Look up the counts of those that have none yet; a queue that is being deleted keeps none."""
    missing = [line for line in lines if line.counts is None]
    for begin in range(0, len(missing), _SLICE):
        part = missing[begin : begin + _SLICE]
        # All of a slice are asked for at once: the store answers as many as fit into each of its turns.
        for line, pending in zip(part, [room.store.counts(line.queue) for line in part], strict=True):
            try:
                line.counts = await pending
            except QueueGone:
                continue


async def _age(room: Room, lines: list[Line]) -> None:
    """Look up the oldest message of those that have any."""
    missing = [line for line in lines if line.oldest_ms is None and line.counts is not None]
    missing = [line for line in missing if line.counts and (line.counts.visible or line.counts.in_flight)]
    for begin in range(0, len(missing), _SLICE):
        part = missing[begin : begin + _SLICE]
        for line, pending in zip(part, [room.store.oldest_sent_at_ms(line.queue) for line in part], strict=True):
            try:
                line.oldest_ms = await pending
            except QueueGone:
                continue
