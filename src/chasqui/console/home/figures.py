"""What there is in this account and region: how many of each kind, the fullest queues, what the advisor finds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.console.language import N_
from chasqui.console.page import Page

_PAGES_MAX: Final = 10
_FULLEST: Final = 5


class Tile(msgspec.Struct, frozen=True):
    """A number with its name, and where its page is. `more` says that counting ended before the last one, `at_s` when
    it was counted, if not just now."""

    section: str
    name: str
    number: int
    more: bool = False
    at_s: float = 0.0


class Figures(msgspec.Struct):
    """What was found. `denied` are what the visitor may not see, with the reasons."""

    tiles: list[Tile]
    fullest: list[dict[str, Any]]
    denied: list[tuple[str, ServiceError]]


Look = Callable[[Page, Figures], Awaitable[None]]


async def figures_of(page: Page) -> Figures:
    """Count what the visitor may see."""
    others = (
        (N_("Topics"), _topics),
        (N_("Buckets"), _buckets),
        (N_("Functions"), _functions),
        (N_("Advisor"), _findings),
    )
    return await _looked(page, ((N_("Queues"), _queues), *others))


async def moved(page: Page, before: Figures) -> Figures:
    """The same a while later: what messages do is looked at anew, and the rest taken as it was."""
    found = await _looked(page, ((N_("Queues"), _queues),))
    found.tiles += [tile for tile in before.tiles if tile.section != "queues"]
    found.denied = before.denied
    return found


async def _looked(page: Page, kinds: Sequence[tuple[str, Look]]) -> Figures:
    found = Figures([], [], [])
    for name, look in kinds:
        try:
            await look(page, found)
        except ServiceError as error:
            found.denied.append((name, error))
    return found


async def _queues(page: Page, found: Figures) -> None:
    try:
        await _queues_at_once(page, found)
    except ServiceError:
        # Who may not see the server's overview may still list queues.
        number, more = await _counted(page, ("sqs", "ListQueues", "QueueUrls"), MaxResults=1000)
        found.tiles.append(Tile("queues", N_("Queues"), number, more))


async def _queues_at_once(page: Page, found: Figures) -> None:
    wanted = {"account": page.api.account, "region": page.api.region, "limit": _FULLEST}
    told = await page.api.control("GET", "/_chasqui/queues", sort="visible", order="desc", **wanted)
    found.tiles.append(Tile("queues", N_("Queues"), told["total"]))
    found.tiles.append(Tile("queues", N_("Messages waiting"), told["totals"]["visible"]))
    found.tiles.append(Tile("queues", N_("In flight"), told["totals"]["inFlight"]))
    found.fullest = [queue for queue in told["queues"] if queue["visible"]]


async def _topics(page: Page, found: Figures) -> None:
    found.tiles.append(Tile("topics", N_("Topics"), *await _counted(page, ("sns", "ListTopics", "Topics"))))


async def _buckets(page: Page, found: Figures) -> None:
    listed = await page.api("s3", "ListBuckets", MaxBuckets=1000)
    found.tiles.append(
        Tile("buckets", N_("Buckets"), len(listed.get("Buckets", ())), bool(listed.get("ContinuationToken")))
    )


async def _functions(page: Page, found: Figures) -> None:
    number, more = await _counted(page, ("lambda", "ListFunctions", "Functions"), "Marker", "NextMarker")
    found.tiles.append(Tile("functions", N_("Functions"), number, more))


async def _findings(page: Page, found: Figures) -> None:
    where = {"account": page.api.account, "region": page.api.region}
    told = await page.api.control("GET", "/_chasqui/advice", None, count="true", **where)
    number, at_s = sum(told["counts"].values()), told["lookedAtMs"] / 1000
    found.tiles.append(Tile("advisor", N_("Findings"), number, at_s=at_s))


async def _counted(
    page: Page, listing: tuple[str, str, str], asked: str = "NextToken", told: str = "NextToken", **given: Any
) -> tuple[int, bool]:
    """How many a listing (service, operation, member) has, and whether there are more than were counted."""
    service, operation, member = listing
    number, token = 0, None
    for _ in range(_PAGES_MAX):
        answer = await page.api(service, operation, **given, **{asked: token})
        number += len(answer.get(member, ()))
        token = answer.get(told)
        if not token:
            return number, False
    return number, True
