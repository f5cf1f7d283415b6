"""Log groups, their streams and events, and a function's log as it comes."""

from __future__ import annotations

import asyncio
import shlex
from collections import deque
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from chasqui.base.bodies import Outgoing
from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.commands import both, cli
from chasqui.console.functions.facts import ABSENT, function_of, show
from chasqui.console.looks import Looks
from chasqui.console.numbers import numbered
from chasqui.console.page import Page
from chasqui.console.routes import Route

_LINES_MAX: Final = 200
"""So many lines are followed on a page."""
_PAGE: Final = 50
_LINE_CHARS_MAX: Final = 8 * 1024
_ABSENT_SECONDS: Final = 2.0
_FINDS_PER_PAGE: Final = 10
SPANS: Final = (60_000 * 15, 3_600_000, 86_400_000, 0)
"""How far back a search looks, in ms; 0 for everything."""
DAYS: Final = (
    0,
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)
"""Retentions that CloudWatch Logs takes, in days; 0 for ever."""


class Line(msgspec.Struct, frozen=True):
    """An event of a log; `cut` says that more of it is not shown."""

    at_ms: int
    stream: str
    text: str
    cut: bool


def line_of(event: dict[str, Any], stream: str = "") -> Line:
    """An event as the operations give it."""
    message = str(event.get("message", "")).rstrip("\n")
    text = message[:_LINE_CHARS_MAX]
    return Line(event.get("timestamp", 0), event.get("logStreamName", stream), text, len(message) > len(text))


# ---------------------------------------------------------------------------------------------------- following a log


async def tab(page: Page) -> Reply:
    """A function's tab "Logs"."""
    function, group = await function_of(page), ""
    group = function.log_group
    values = await _followed(page, group)
    if page.partial:
        return await page.render("functions/tail.html", **values)
    tail = f"{cli(page.api, 'logs', 'Tail')} {shlex.quote(group)} --follow"
    return await show(page, "functions/function_logs.html", "logs", function, command=(tail,), **values)


async def _followed(page: Page, group: str) -> dict[str, Any]:
    """What the piece that follows a log shows to begin with."""
    looks, pattern = Looks(page, *ABSENT), page.query.get("pattern")
    lines = await _last_lines(looks, group, pattern)
    return {
        "group": group,
        "pattern": pattern,
        "live": page.query.get("live") != "no",
        "lines": lines,
        "denied": looks.denied,
    }


async def _last_lines(looks: Looks, group: str, pattern: str) -> list[Line]:
    """The newest lines, oldest first."""
    found: list[Line] = []
    token: str | None = None
    for _ in range(_FINDS_PER_PAGE):
        told = await looks.at(
            "logs",
            "FilterLogEvents",
            logGroupName=group,
            filterPattern=pattern or None,
            limit=_LINES_MAX,
            startFromHead=False,
            nextToken=token,
        )
        found += [line_of(each) for each in told.get("events", ())]
        token = told.get("nextToken")
        if not token or len(found) >= _LINES_MAX:
            break
    return found[:_LINES_MAX][::-1]


async def live(page: Page) -> Reply:
    """The stream of the lines that come."""
    return page.events(_lines(page, page.query.get("group"), page.query.get("pattern")))


async def _lines(page: Page, group: str, pattern: str) -> AsyncIterator[str]:
    """The newest lines, again whenever some are new."""
    kept: deque[Line] = deque(await _last_lines(Looks(page, *ABSENT), group, pattern), _LINES_MAX)
    yield await _piece(page, kept, None)
    while True:
        try:
            session = await _session(page, group, pattern)
        except ServiceError as error:
            if error.code != "ResourceNotFoundException":
                yield await _piece(page, kept, error)
                return
            # The group is made by the function's first output.
            await asyncio.sleep(_ABSENT_SECONDS)
            continue
        kept = deque(await _last_lines(Looks(page, *ABSENT), group, pattern), _LINES_MAX)
        yield await _piece(page, kept, None)
        # What came while they were read is in the first update too.
        seen: tuple[Line, ...] = tuple(kept)
        try:
            async for name, update in session:
                new = [line_of(each) for each in update.get("sessionResults", ())] if name == "sessionUpdate" else []
                if new:
                    kept.extend(each for each in new if each not in seen)
                    seen = ()
                    yield await _piece(page, kept, None)
        except ServiceError:
            continue  # a session lasts three hours
        finally:
            await session.aclose()


async def _session(page: Page, group: str, pattern: str) -> Any:
    """A session of StartLiveTail. Raises `ServiceError`."""
    arn = f"arn:aws:logs:{page.api.region}:{page.api.account}:log-group:{group}"
    told = await page.api("logs", "StartLiveTail", logGroupIdentifiers=[arn], logEventFilterPattern=pattern or None)
    return told["responseStream"]


async def _piece(page: Page, lines: deque[Line], problem: ServiceError | None) -> str:
    return await page.fragment("functions/tail_lines.html", lines=list(lines), problem=problem, denied=(), partial=True)


# ---------------------------------------------------------------------------------------------- browsing all of them


async def browse(page: Page) -> Reply:
    """Log groups; with `group` its streams or what is searched for; with `stream` too that stream's events."""
    if page.query.get("group") and page.query.get("stream"):
        return await _stream(page)
    if page.query.get("group"):
        return await _group(page)
    looks = Looks(page, *ABSENT)
    told = await looks.at(
        "logs",
        "DescribeLogGroups",
        logGroupNamePrefix=page.query.get("prefix") or None,
        limit=_PAGE,
        nextToken=page.query.get("token") or None,
    )
    return await page.render(
        "functions/log_groups.html",
        groups=told.get("logGroups", ()),
        token=told.get("nextToken", ""),
        denied=looks.denied,
        problem=None,
    )


async def _group(page: Page) -> Reply:
    group = page.query.get("group")
    if page.query.get("show") == "live":
        values = await _followed(page, group)
        if page.partial:
            return await page.render("functions/tail.html", **values)
        return await page.render("functions/log_live.html", problem=None, **values)
    told = await page.api("logs", "DescribeLogGroups", logGroupNamePrefix=group, limit=1)
    facts: dict[str, Any] = next((each for each in told.get("logGroups", ()) if each["logGroupName"] == group), {})
    looks, found, token, problem = Looks(page, *ABSENT), list[Line](), "", None
    searching = "pattern" in page.query
    if searching:
        try:
            found, token = await _search(page, group)
        except ServiceError as error:
            problem = error
    streams = await looks.at(
        "logs",
        "DescribeLogStreams",
        logGroupName=group,
        orderBy="LastEventTime",
        descending=True,
        limit=_PAGE,
        nextToken=page.query.get("token") or None,
    )
    return await page.render(
        "functions/log_group.html",
        (problem.status or 400) if problem is not None else 200,
        group=group,
        facts=facts,
        streams=streams.get("logStreams", ()),
        token=streams.get("nextToken", ""),
        searching=searching,
        found=found,
        found_token=token,
        command=both(
            page.api, "logs", "FilterLogEvents", logGroupName=group, filterPattern=page.query.get("pattern") or None
        ),
        spans=SPANS,
        days=DAYS,
        denied=looks.denied,
        problem=problem,
    )


async def _search(page: Page, group: str) -> tuple[list[Line], str]:
    """A page of the events that match, newest first. Raises `ServiceError`."""
    since = numbered(page, "since", page.query.get("since")) or 0
    now_ms = page.api.now_ms()
    told = await page.api(
        "logs",
        "FilterLogEvents",
        logGroupName=group,
        filterPattern=page.query.get("pattern") or None,
        startTime=now_ms - since if since else None,
        limit=100,
        startFromHead=False,
        nextToken=page.query.get("found") or None,
    )
    return [line_of(each) for each in told.get("events", ())], told.get("nextToken", "")


async def _stream(page: Page) -> Reply:
    group, stream = page.query.get("group"), page.query.get("stream")
    told = await page.api(
        "logs",
        "GetLogEvents",
        logGroupName=group,
        logStreamName=stream,
        limit=100,
        startFromHead=page.query.get("from") == "start",
        nextToken=page.query.get("token") or None,
    )
    lines = [line_of(each, stream) for each in told.get("events", ())]
    return await page.render(
        "functions/log_stream.html",
        group=group,
        stream=stream,
        lines=lines,
        newer=told.get("nextForwardToken", ""),
        older=told.get("nextBackwardToken", ""),
        command=both(page.api, "logs", "GetLogEvents", logGroupName=group, logStreamName=stream),
    )


async def download(page: Page) -> Reply:
    """A stream's events as a text, whole."""
    group, stream = page.query.get("group"), page.query.get("stream")
    first = await _events_from(page, group, stream, None)
    name = f"{stream.replace('/', '-')}.txt"
    return page.download(name, "text/plain; charset=utf-8", Outgoing(_text(page, group, stream, first)))


async def _events_from(page: Page, group: str, stream: str, token: str | None) -> dict[str, Any]:
    return await page.api(
        "logs", "GetLogEvents", logGroupName=group, logStreamName=stream, startFromHead=True, nextToken=token
    )


async def _text(page: Page, group: str, stream: str, told: dict[str, Any]) -> AsyncIterator[bytes]:
    while told.get("events"):
        lines = (
            f"{datetime.fromtimestamp(each['timestamp'] / 1000, UTC).isoformat(timespec='milliseconds')}"
            f" {each['message'].rstrip()}\n"
            for each in told["events"]
        )
        yield "".join(lines).encode("utf-8", "replace")
        told = await _events_from(page, group, stream, told.get("nextForwardToken"))


async def change(page: Page) -> Reply:
    """Keep a group's events for other days, or delete it."""
    form = await page.form()
    group, action = form["group"], form["action"]
    if action == "delete" and form["confirm"] == group:
        await page.api("logs", "DeleteLogGroup", logGroupName=group)
        return page.redirect(
            page.href("functions", "logs"), done=page.text("The log group %(name)s was deleted.", name=group)
        )
    back = page.href("functions", "logs", group=group)
    if action == "retention":
        days = numbered(page, page.text("Retention"), form["days"])
        operation = "PutRetentionPolicy" if days else "DeleteRetentionPolicy"
        await page.api("logs", operation, logGroupName=group, retentionInDays=days or None)
        return page.redirect(back, done=page.text("The retention was changed."))
    return page.redirect(back, failed=page.text("What was typed is not the group's name: nothing was deleted."))


FIRST_ROUTES: Final = (
    Route("GET", "functions/logs", browse),
    Route("POST", "functions/logs", change),
    Route("GET", "functions/logs-live", live),
    Route("GET", "functions/logs-file", download),
)
ROUTES: Final = (Route("GET", "functions/{name}/logs", tab),)
